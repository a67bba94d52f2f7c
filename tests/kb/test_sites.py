"""Addresses of papers that have neither an arXiv id nor a DOI, as they are found in other people's notes."""

import pytest

from kb.ids import PaperId, find_ids, page_of, parse_id
from kb.sites import year_of
from tests.kb.growth import LINEAR, growth

ATTENTION = "3f5ee243547dee91fbd053c1c4a845aa"
COT = "9d5609613524ecf4f15af0f7b31abca4"
DOJO = "97091a5177d8dc64b1da8bf3e1f6fb54"
MONASH = "eddea82ad2755b24c4e168c5fc2ebd40"
VERIFY = "aca97732e30bcf1303bc22ac3924fd16"
FEDPROX = "1f5fe83998a09396ebe6477d9475ba0c"
RECOMPUTATION = "80083951326cf5b35e5100260d64ed81"
SUOD = "37385144cac01dff38247ab11c119e3c"
AWQ = "42a452cbafa9dd64e9ba4aa95cc1ef21"

ONE_PAPER = {                                           # an id, and the addresses that lead to it
    "neurips:7181-attention-is-all-you-need": [
        "https://papers.nips.cc/paper/7181-attention-is-all-you-need",
        "http://papers.nips.cc/paper/7181-attention-is-all-you-need.pdf",
        "https://papers.neurips.cc/paper/7181-attention-is-all-you-need.pdf",
        "https://web.archive.org/web/2018/http://papers.nips.cc/paper/7181-attention-is-all-you-need",
    ],
    f"neurips:2017/{ATTENTION}": [
        f"https://papers.nips.cc/paper_files/paper/2017/hash/{ATTENTION}-Abstract.html",
        f"https://proceedings.neurips.cc/paper/2017/file/{ATTENTION}-Paper.pdf",
        rf"https://proceedings.neurips.cc/paper\_files/paper/2017/file/{ATTENTION}-Paper.pdf",
        f"https://proceedings.neurips.cc/paper_files/paper/2017/file/{ATTENTION}-Bibtex.bib",
    ],
    f"neurips:2022/{COT}": [
        f"https://proceedings.neurips.cc/paper/2022/hash/{COT}-Abstract.html",
        f"https://proceedings.neurips.cc/paper_files/paper/2022/hash/{COT}-Abstract-Conference.html",
        f"https://proceedings.neurips.cc/paper_files/paper/2022/file/{COT}-Paper-Conference.pdf",
    ],
    f"neurips:2024/{DOJO}-Datasets_and_Benchmarks_Track": [
        f"https://proceedings.nips.cc/paper_files/paper/2024/hash/{DOJO}-Abstract-Datasets_and_Benchmarks_Track.html",
        f"https://proceedings.neurips.cc/paper_files/paper/2024/file/{DOJO}-Paper-Datasets_and_Benchmarks_Track.pdf",
    ],
    f"neurips:2021/{MONASH}-round2": [
        f"https://datasets-benchmarks-proceedings.neurips.cc/paper/2021/file/{MONASH}-Paper-round2.pdf",
        f"https://datasets-benchmarks-proceedings.neurips.cc/paper_files/paper/2021/hash/{MONASH}-Abstract-round2.html",
    ],
    f"iclr:2024/{VERIFY}": [
        f"https://proceedings.iclr.cc/paper_files/paper/2024/hash/{VERIFY}-Abstract-Conference.html",
        rf"https://proceedings.iclr.cc/paper\_files/paper/2024/file/{VERIFY}-Paper-Conference.pdf",
        f"https://proceedings.iclr.cc/paper/2024/hash/{VERIFY}-Abstract-Conference.html",
    ],
    f"mlsys:2020/{FEDPROX}": [
        f"https://proceedings.mlsys.org/paper/2020/hash/{FEDPROX}-Abstract.html",
        f"https://proceedings.mlsys.org/paper_files/paper/2020/file/{FEDPROX}-Paper.pdf",
    ],
    f"mlsys:2023/{RECOMPUTATION}": [
        f"https://proceedings.mlsys.org/paper_files/paper/2023/hash/{RECOMPUTATION}-Abstract-mlsys2023.html",
        f"https://proceedings.mlsys.org/paper_files/paper/2023/file/{RECOMPUTATION}-Paper-mlsys2023.pdf",
    ],
    f"mlsys:2024/{AWQ}": [
        f"https://proceedings.mlsys.org/paper_files/paper/2024/hash/{AWQ}-Abstract-Conference.html?utm_source=chatgpt.com",
        f"https://proceedings.mlsys.org/paper_files/paper/2024/file/{AWQ}-Paper-Conference.pdf",
    ],
    "neurips:by-source-2017-3058": ["http://papers.nips.cc/paper/by-source-2017-3058"],
    "cvf:cvpr_2016/He_Deep_Residual_Learning_CVPR_2016": [
        "https://openaccess.thecvf.com/content_cvpr_2016/html/He_Deep_Residual_Learning_CVPR_2016_paper.html",
        "https://www.cv-foundation.org/openaccess/content_cvpr_2016/papers/He_Deep_Residual_Learning_CVPR_2016_paper.pdf",
        "http://www.cv-foundation.org//openaccess/content_cvpr_2016/html/He_Deep_Residual_Learning_CVPR_2016_paper.html",
    ],
    "cvf:iccv_2017/He_Mask_R-CNN_ICCV_2017": [
        "https://openaccess.thecvf.com/content_iccv_2017/html/He_Mask_R-CNN_ICCV_2017_paper.html",
        "http://openaccess.thecvf.com/content_ICCV_2017/papers/He_Mask_R-CNN_ICCV_2017_paper.pdf",
    ],
    "cvf:cvpr_2017/Ilg_FlowNet_2.0_Evolution_CVPR_2017": [
        "http://openaccess.thecvf.com/content_cvpr_2017/papers/Ilg_FlowNet_2.0_Evolution_CVPR_2017_paper.pdf",
    ],
    "cvf:eccv_2018/Yuxin_Wu_Group_Normalization_ECCV_2018": [
        "https://openaccess.thecvf.com/content_ECCV_2018/html/Yuxin_Wu_Group_Normalization_ECCV_2018_paper.html",
    ],
    "cvf:cvpr_2018_workshops/w14/Huang_The_ApolloScape_Dataset_CVPR_2018": [
        "https://openaccess.thecvf.com/content_cvpr_2018_workshops/w14/html/Huang_The_ApolloScape_Dataset_CVPR_2018_paper"
        ".html?ref=https://githubhelp.com",
        "https://openaccess.thecvf.com/content_cvpr_2018_workshops/papers/w14/Huang_The_ApolloScape_Dataset_CVPR_2018_paper"
        ".pdf",
    ],
    "cvf:cvpr_workshops_2015/W03/Lin_Deep_Learning_of_2015_CVPR": [
        "https://www.cv-foundation.org/openaccess/content_cvpr_workshops_2015/W03/papers/"
        "Lin_Deep_Learning_of_2015_CVPR_paper.pdf",
    ],
    "cvf:iccvw_2019/VOT/Li_Multi-Adapter_RGBT_Tracking_ICCVW_2019": [
        "https://openaccess.thecvf.com/content_ICCVW_2019/html/VOT/Li_Multi-Adapter_RGBT_Tracking_ICCVW_2019_paper.html",
    ],
    "cvf:CVPR2021W/TCV/Shukla_A_Mathematical_Analysis_of_Learning_Loss_for_Active_Learning_in_CVPRW_2021": [
        "https://openaccess.thecvf.com/content/CVPR2021W/TCV/html/"
        "Shukla_A_Mathematical_Analysis_of_Learning_Loss_for_Active_Learning_in_CVPRW_2021_paper.html",
    ],
    "jmlr:v15/srivastava14a": [
        "http://jmlr.org/papers/v15/srivastava14a.html",
        "https://jmlr.org/papers/volume15/srivastava14a/srivastava14a.pdf?utm_content=buffer79b43",
        "http://www.jmlr.org/papers/volume15/srivastava14a.old/source/srivastava14a.pdf",
        "http://jmlr.org/papers/volume15/srivastava14a.old/srivastava14a.pdf",
    ],
    "jmlr:v11/el-yaniv10a": ["https://jmlr.csail.mit.edu/papers/v11/el-yaniv10a.html"],
    "jmlr:v20/18-444": [
        "http://jmlr.csail.mit.edu/papers/volume20/18-444/18-444.pdf",
        "https://www.jmlr.org/papers/v20/18-444.html",
    ],
    "pmlr:v235/ma24e": [
        "https://proceedings.mlr.press/v235/ma24e.html",
        "https://raw.githubusercontent.com/mlresearch/v235/main/assets/ma24e/ma24e.pdf",
    ],
    "ieee:726791": [
        "https://ieeexplore.ieee.org/document/726791?reload=true&arnumber=726791",
        "https://ieeexplore.ieee.org/abstract/document/726791/",
        "https://ieeexplore.ieee.org/document/726791/authors#authors",
        "http://ieeexplore.ieee.org/xpl/articleDetails.jsp?tp=&arnumber=726791",
        "https://ieeexplore.ieee.org/stamp/stamp.jsp?arnumber=00726791&tag=1",
    ],
    "ieee:4436033": [
        "http://ieeexplore.ieee.org/iel5/78/4451275/04436033.pdf?tp=&arnumber=4436033&isnumber=4451275",
        "ieeexplore.ieee.org/document/4436033",
    ],
    "usenix:osdi22/yu": [
        "https://www.usenix.org/conference/osdi22/presentation/yu",
        "https://www.usenix.org/system/files/osdi22-yu.pdf",
        "https://www.usenix.org/system/files/osdi22-yu_0.pdf?utm_source=chatgpt.com",
    ],
    "usenix:nsdi13/nishtala": ["https://www.usenix.org/conference/nsdi13/technical-sessions/presentation/nishtala"],
    "usenix:nsdi22/gunasekaran": ["https://www.usenix.org/system/files/nsdi22-paper-gunasekaran.pdf"],
    "usenix:usenixsecurity18/kalodner": [
        "https://www.usenix.org/conference/usenixsecurity18/presentation/kalodner",
        "https://www.usenix.org/system/files/conference/usenixsecurity18/sec18-kalodner.pdf",
        "https://www.usenix.org/system/files/sec18-kalodner.pdf",
    ],
    "acm:1073135": [
        "http://portal.acm.org/citation.cfm?doid=1073083.1073135",
        "https://dl.acm.org/citation.cfm?id=1073135",
        "http://portal.acm.org/citation.cfm?id=1073135&CFID=16207717&CFTOKEN=47893490",
    ],
    "pubmed:20046194": [
        "https://pubmed.ncbi.nlm.nih.gov/20046194/",
        "https://www.ncbi.nlm.nih.gov/pubmed/20046194?dopt=Abstract",
        "https://europepmc.org/article/MED/20046194",
    ],
    "pmc:PMC3512298": [
        "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC3512298/",
        "http://www.ncbi.nlm.nih.gov/pmc/articles/PMC3512298/pdf/nihms603976.pdf",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC3512298/#sec2",
        "https://europepmc.org/article/PMC/PMC3512298",
    ],
    "sciencedirect:S0079610704000215": [
        "https://www.sciencedirect.com/science/article/pii/S0079610704000215?via%3Dihub",
        "https://www.sciencedirect.com/science/article/abs/pii/S0079610704000215",
        "https://linkinghub.elsevier.com/retrieve/pii/S0079610704000215",
    ],
    "jstor:2118511": ["https://www.jstor.org/stable/2118511", "http://www.jstor.org/stable/pdf/2118511.pdf?seq=1"],
    "usenix:osdi16/li": [
        "https://www.usenix.org/conference/osdi16/technical-sessions/presentation/li",
        "https://www.usenix.org/conference/osdi16/presentation/li",
        "https://www.usenix.org/system/files/conference/osdi16/osdi16-li.pdf",
        "https://www.usenix.org/system/files/osdi16-li_0.pdf",
    ],
    "doi:10.3386/w20592": [
        "https://www.nber.org/papers/w20592",
        "http://www.nber.org/papers/w20592.pdf",
        "https://www.nber.org/system/files/working_papers/w20592/w20592.pdf",
    ],
    "doi:10.2139/ssrn.2326253": [
        "https://papers.ssrn.com/sol3/papers.cfm?abstract_id=2326253",
        "https://papers.ssrn.com/sol3/Delivery.cfm?abstractid=2326253&mirid=1",
        "https://ssrn.com/abstract=2326253",
    ],
    "doi:10.1101/240317": [
        "https://www.biorxiv.org/content/early/2017/12/30/240317",
        "https://www.biorxiv.org/content/biorxiv/early/2017/12/30/240317.full.pdf",
    ],
    "doi:10.1038/nature14539": [
        "https://www.nature.com/articles/nature14539.pdf?origin=ppub",
        "https://www.nature.com/articles/nature14539/figures/1",
        "http://www.nature.com/nature/journal/v521/n7553/full/nature14539.html",
        "http://www.nature.com/nature/journal/v521/n7553/abs/nature14539.html#close",
        "https://www.nature.com/nature/journal/v521/n7553/pdf/nature14539.pdf",
    ],
    "doi:10.24963/ijcai.2019/123": [
        "https://www.ijcai.org/proceedings/2019/123",
        "https://www.ijcai.org/Proceedings/2019/0123.pdf",
    ],
    "doi:10.7554/elife.05826": [
        "https://elifesciences.org/articles/05826",
        "https://elifesciences.org/articles/05826v2",
        "https://elifesciences.org/content/4/e05826",
    ],
    "doi:10.1145/2939672.2939785": [
        "https://dl.acm.org/doi/10.1145/2939672.2939785",
        "https://dl.acm.org/doi/abs/10.1145/2939672.2939785?casa_token=a",
        "https://dl.acm.org/doi/pdf/10.1145/2939672.2939785",
        "http://doi.acm.org/10.1145/2939672.2939785",
        "https://dl.acm.org/citation.cfm?doid=10.1145/2939672.2939785",
    ],
}


@pytest.mark.parametrize(("paper", "url"), [(paper, url) for paper, urls in ONE_PAPER.items() for url in urls])
def test_all_addresses_of_a_paper_are_one_id(paper: str, url: str) -> None:
    assert str(parse_id(url)) == paper
    assert [str(found) for _, _, found, _ in find_ids(f"See ({url}), and more.")] == [paper]


@pytest.mark.parametrize("paper", [
    *ONE_PAPER, "openreview:B16dGcqlx", "acl:N19-1423", "dblp:conf/nips/VaswaniSPUJGKP17", "arxiv:hep-th/9901001",
    "s2:204e3073870fae3d05bcbc2f6a8e263d9b72e776", "s2:CorpusId:13756489",
])
def test_an_id_and_the_address_of_its_page_are_read_back(paper: str) -> None:
    found = parse_id(paper)
    assert found is not None
    assert str(found) == paper
    assert parse_id(page_of(found)) == found


@pytest.mark.parametrize(("paper", "page"), [
    (f"neurips:2017/{ATTENTION}",
     f"https://proceedings.neurips.cc/paper_files/paper/2017/hash/{ATTENTION}-Abstract.html"),
    (f"neurips:2022/{COT}",
     f"https://proceedings.neurips.cc/paper_files/paper/2022/hash/{COT}-Abstract-Conference.html"),
    (f"neurips:2021/{MONASH}-round2",
     f"https://datasets-benchmarks-proceedings.neurips.cc/paper_files/paper/2021/hash/{MONASH}-Abstract-round2.html"),
    (f"iclr:2024/{VERIFY}",
     f"https://proceedings.iclr.cc/paper_files/paper/2024/hash/{VERIFY}-Abstract-Conference.html"),
    (f"mlsys:2020/{FEDPROX}", f"https://proceedings.mlsys.org/paper_files/paper/2020/hash/{FEDPROX}-Abstract.html"),
    (f"mlsys:2023/{RECOMPUTATION}",
     f"https://proceedings.mlsys.org/paper_files/paper/2023/hash/{RECOMPUTATION}-Abstract-mlsys2023.html"),
    (f"mlsys:2024/{AWQ}",
     f"https://proceedings.mlsys.org/paper_files/paper/2024/hash/{AWQ}-Abstract-Conference.html"),
    ("cvf:eccv_2018/Yuxin_Wu_Group_Normalization_ECCV_2018",
     "https://openaccess.thecvf.com/content_ECCV_2018/html/Yuxin_Wu_Group_Normalization_ECCV_2018_paper.html"),
    ("cvf:iccv_2017/He_Mask_R-CNN_ICCV_2017",
     "https://openaccess.thecvf.com/content_iccv_2017/html/He_Mask_R-CNN_ICCV_2017_paper.html"),
    ("cvf:iccvw_2019/VOT/Li_Multi-Adapter_RGBT_Tracking_ICCVW_2019",
     "https://openaccess.thecvf.com/content_ICCVW_2019/html/VOT/Li_Multi-Adapter_RGBT_Tracking_ICCVW_2019_paper.html"),
    ("jmlr:v20/18-444", "https://jmlr.org/papers/v20/18-444.html"),
    ("usenix:atc23/li-jiamin", "https://www.usenix.org/conference/atc23/presentation/li-jiamin"),
    ("ieee:726791", "https://ieeexplore.ieee.org/document/726791"),
    ("usenix:osdi16/li", "https://www.usenix.org/conference/osdi16/presentation/li"),
    ("pmc:pmc3512298", "https://pmc.ncbi.nlm.nih.gov/articles/PMC3512298/"),
])
def test_the_page_is_where_the_site_has_it(paper: str, page: str) -> None:
    found = parse_id(paper)
    assert found is not None
    assert page_of(found) == page


@pytest.mark.parametrize(("paper", "year"), [
    (f"neurips:2017/{ATTENTION}", 2017), ("neurips:by-source-2017-3058", 2017), ("neurips:1999-a-paper", None),
    ("cvf:cvpr_2017_workshops/w12/Cho_PaletteNet_Image_Recolorization_CVPR_2017", 2017),
    ("cvf:cvpr_workshops_2015/W03/Lin_Deep_Learning_of_2015_CVPR", 2015), ("cvf:CVPR2021W/TCV/Shukla_CVPRW_2021", 2021),
    ("acl:N19-1423", 2019), ("acl:P02-1040", 2002), ("acl:J93-2004", 1993), ("acl:2020.acl-main.1", 2020),
    ("usenix:osdi22/yu", 2022), ("usenix:osdi99/seltzer", 1999),
    (f"iclr:2024/{VERIFY}", 2024), (f"mlsys:2020/{FEDPROX}", 2020),
    ("usenix:osdi16/li", 2016), ("usenix:usenix99/ann", 1999),
    ("pmlr:v203/patil23a", None), ("jmlr:v15/srivastava14a", None), ("ieee:726791", None),
])
def test_ids_of_conferences_tell_the_year(paper: str, year: int | None) -> None:
    found = parse_id(paper)
    assert found is not None
    assert year_of(*found) == year


def test_a_number_that_restarts_each_year_is_no_paper_by_itself() -> None:
    """The hashes are of small numbers, so the same hash is another paper in another year or track."""
    found = {
        str(parse_id(f"https://proceedings.neurips.cc/paper_files/paper/{year}/hash/{ATTENTION}-Abstract{track}.html"))
        for year, track in (("2017", ""), ("2020", ""), ("2021", ""), ("2021", "-round1"), ("2021", "-round2"))
    }
    assert len(found) == 5
    suod_and_pathways = (f"https://proceedings.mlsys.org/paper_files/paper/{year}/hash/{SUOD}-Abstract.html"
                         for year in ("2021", "2022"))
    assert len(set(map(parse_id, suod_and_pathways))) == 2
    in_proceedings = "http://jmlr.org/proceedings/papers/v15/glorot11a/glorot11a.pdf"               # not the journal
    assert parse_id(in_proceedings) == PaperId("pmlr", "v15/glorot11a")


@pytest.mark.parametrize("url", [
    "https://papers.nips.cc/", "https://papers.nips.cc/paper/2017", "https://papers.nips.cc/paper_files/paper/2024",
    "https://papers.nips.cc/book/advances-in-neural-information-processing-systems-30-2017",
    "https://papers.nips.cc/paper/7181-attention-is-all-you-need-supplemental.zip",
    f"https://proceedings.neurips.cc/paper/2020/file/{ATTENTION}-Supplemental.pdf",
    f"https://proceedings.neurips.cc/paper/2020/file/{ATTENTION}-Review.html",
    f"https://proceedings.neurips.cc/paper/2020/file/{ATTENTION[1:]}-Paper.pdf",
    "https://proceedings.mlsys.org/book/320.pdf", "https://proceedings.iclr.cc/paper_files/paper/2024",
    f"https://proceedings.mlsys.org/paper_files/paper/2024/hash/{AWQ}-Abstract-mlsys2023.html",
    f"https://proceedings.iclr.cc/paper_files/paper/2024/file/{VERIFY}-Supplemental-Conference.pdf",
    "https://openaccess.thecvf.com/CVPR2021", "https://openaccess.thecvf.com/content_cvpr_2018/CameraReady/3968.pdf",
    "https://openaccess.thecvf.com/content_cvpr_2017/supplemental/He_Deep_CVPR_2017_supplemental.pdf",
    "https://openaccess.thecvf.com/content_ECCVW_2018/papers/11133/Wang_ESRGAN_ECCVW_2018_paper.pdf",
    "https://openaccess.thecvf.com/content_cvpr_2017/../html/x_y_paper.html",
    "https://openaccess.thecvf.com/content_cvpr_2017/html/%2e%2e/%2e%2e/etc_paper.html",
    "https://openaccess.thecvf.com/content_cvpr_2017/html/a'b\"><script>_paper.html",
    "https://jmlr.org/papers/v15/", "https://jmlr.org/papers/", "https://jmlr.org/mloss/",
    "https://jmlr.org/papers/volume15/srivastava14a/other14a.pdf", "https://jmlr.org/papers/v15/../srivastava14a.html",
    "https://raw.githubusercontent.com/mlresearch/v235/main/README.md",
    "https://raw.githubusercontent.com/mlresearch/v235/main/assets/ma24e/other24a.pdf",
    "https://ieeexplore.ieee.org/xpl/conhome/9054840/proceeding", "https://ieeexplore.ieee.org/document/0",
    "https://ieeexplore.ieee.org/ielx7/34/9448371/8985307/supp1-2971687.pdf?arnumber=8985307",
    "https://ieeexplore.ieee.org/document/99999999999", "https://ieeexplore.ieee.org/author/37085345645",
    "https://www.usenix.org/conference/osdi22", "https://www.usenix.org/conference/osdi22/technical-sessions",
    "https://www.usenix.org/system/files/conference/usenixsecurity12/sec12-final91.pdf",
    "https://www.usenix.org/system/files/osdi22_slides-yu.pdf", "https://www.usenix.org/publications/login/fall2020",
    "https://dl.acm.org/citation.cfm?id=12", "https://dl.acm.org/author_page.cfm?id=81100212557",
    "https://dl.acm.org/ft_gateway.cfm?id=1073135", "https://dl.acm.org/citation.cfm?id=1073135%20or%201",
    "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC3512298/bin/CMMM2012-824569.001.jpg",
    "https://pubmed.ncbi.nlm.nih.gov/?term=sleep", "https://www.jstor.org/journal/econometrica",
    "https://www.usenix.org/conference/osdi27", "https://www.usenix.org/system/files/osdi16-slides-li.pdf",
    "https://www.nber.org/people/ann_ann", "https://papers.ssrn.com/sol3/cf_dev/AbsByAuth.cfm?per_id=17",
    "https://neurips.cc/virtual/2023/poster/70362", "https://evil.org/papers.nips.cc/paper/7181-attention",
    "https://papers.nips.cc.evil.org/paper/7181-attention-is-all-you-need",
])
def test_what_is_near_a_paper_is_none(url: str) -> None:
    assert parse_id(url) is None


@pytest.mark.parametrize("url", [
    "https://papers.nips.cc/paper/1-", "https://proceedings.mlsys.org/paper/2020/hash/",
    "https://proceedings.neurips.cc/paper/2020/hash/", "https://jmlr.org/papers/v1/a",
    "https://usenix.org/conference/a22/presentation", "https://usenix.org/system/files/a22-",
    "https://openaccess.thecvf.com/content_cvpr_2017/", "https://ieeexplore.ieee.org/a.jsp?&", "&arnumber=",
    "https://papers.ssrn.com/sol3/papers.cfm?", "https://www.usenix.org/conference/osdi16/",
    "https://dl.acm.org/citation.cfm?", "&id=1", "https://raw.githubusercontent.com/mlresearch/v1/a/assets/",
])
def test_endless_addresses_take_linear_time_and_are_no_ids(url: str) -> None:
    for piece in ("1", "a", "/", "-", "_", "&arnumber=1", "&id=1.", "(", "../"):
        assert parse_id(url + piece * 5_000) is None
        assert growth(lambda text: list(find_ids(text)), f"{url}{piece * 50} ", 30_000) < LINEAR
