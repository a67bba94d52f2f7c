"""Identifiers: the forms people paste, what must be refused, and where ids appear in prose."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.ids import ArxivId, PaperId, arxiv_hint, doi_flag, find_ids, is_opaque, parse_arxiv, parse_doi, parse_id
from tests.kb.growth import LINEAR, growth

# -- arXiv -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "base", "version"), [
    ("1706.03762", "1706.03762", None),
    ("arXiv:1706.03762v5", "1706.03762", 5),
    ("arxiv: 1706.03762", "1706.03762", None),
    ("arXiv:1706.03762 v5", "1706.03762", 5),
    ("ＡｒＸｉｖ：１７０６．０３７６２", "1706.03762", None),
    ("https://de.arxiv.org/abs/hep-th/9901001v2", "hep-th/9901001", 2),
    ("https://arxiv.org/tb/1706.03762", "1706.03762", None),
    ("https://doi.org/10.48550/arXiv.cs/0112017", "cs/0112017", None),
    ("https://arxiv.org/abs/cs.CL/0112017", "cs/0112017", None),
    ("https://huggingface.co/papers/1706.03762#community", "1706.03762", None),
    ("0704.0001", "0704.0001", None),
    ("1412.6980", "1412.6980", None),
    ("1501.00001", "1501.00001", None),
    ("cs/0112017", "cs/0112017", None),
    ("arXiv:cs/0112017v1", "cs/0112017", 1),
    ("cs.CL/0112017", "cs/0112017", None),
    ("math.GT/0309136", "math/0309136", None),
    ("hep-th/9901001", "hep-th/9901001", None),
    ("cmp-lg/9404001v2", "cmp-lg/9404001", 2),
    ("https://arxiv.org/abs/2302.00722", "2302.00722", None),
    ("http://arxiv.org/abs/1706.03762v5", "1706.03762", 5),
    ("ttp://arxiv.org/abs/1706.03762", "1706.03762", None),
    ("https://arxiv.org/pdf/2103.14636", "2103.14636", None),
    ("https://arxiv.org/pdf/2202.07184.pdf", "2202.07184", None),
    ("https://arxiv.org/pdf/2202.07184v3.pdf#page=4", "2202.07184", 3),
    ("https://arxiv.org/abs/cs/0112017", "cs/0112017", None),
    ("https://arxiv.org/pdf/hep-th/9901001.pdf", "hep-th/9901001", None),
    ("https://arxiv.org/html/1706.03762v7#S3.F1", "1706.03762", 7),
    ("https://arxiv.org/e-print/1706.03762", "1706.03762", None),
    ("https://export.arxiv.org/abs/1706.03762?context=cs", "1706.03762", None),
    ("www.arxiv.org/abs/1706.03762", "1706.03762", None),
    ("https://arxiv.org/abs/1706.03762/", "1706.03762", None),
    ("https://doi.org/10.48550/arXiv.1706.03762", "1706.03762", None),
    ("10.48550/arXiv.1706.03762", "1706.03762", None),
    ("https://ar5iv.labs.arxiv.org/html/1706.03762", "1706.03762", None),
    ("https://ar5iv.org/abs/1706.03762", "1706.03762", None),
    ("https://huggingface.co/papers/1706.03762", "1706.03762", None),
    ("https://www.alphaxiv.org/abs/1706.03762v2", "1706.03762", 2),
    ("https://www.semanticscholar.org/arxiv/1706.03762", "1706.03762", None),
    ("oai:arXiv.org:cs/0112017", "cs/0112017", None),
    ("(arXiv:1706.03762)", "1706.03762", None),
    ("<https://arxiv.org/abs/1706.03762>", "1706.03762", None),
    ("arXiv%3A1706.03762", "1706.03762", None),
    ("１７０６．０３７６２", "1706.03762", None),
    ("1706\u200b.03\u00ad762", "1706.03762", None),
    ("hep\u2010th/9901001", "hep-th/9901001", None),
    ("arXiv preprint arXiv:1706.03762 (2017)", "1706.03762", None),
    ("CoRR abs/1706.03762", "1706.03762", None),
    ("arXiv:1706.03762v5 [cs.CL] 6 Dec 2017", "1706.03762", 5),
    ("1706.03762 [cs.CL]", "1706.03762", None),
])
def test_arxiv_id_in_any_disguise(text: str, base: str, version: int | None) -> None:
    assert parse_arxiv(text) == ArxivId(base, version)
    assert parse_id(text) == PaperId("arxiv", base)


@pytest.mark.parametrize("text", [
    "", " ", "Attention Is All You Need", "1706", "17060.3762",
    "1501.0001", "1412.69801",              # four digits until 1412, five from 1501
    "0703.0001",                            # the new style began in April 2007,
    "cs/0704001",                           # when the old one ended
    "1713.00001", "1700.00001", "cs/0113017", "hep-th/9900001",
    "0704.0000", "1501.00000", "cs/0112000",
    "1706.03762v0", "1706.03762v01", "1706.03762v",
    "stat/0112017", "hepth/9901001", "foo/0112017",
    "https://arxiv.org/list/cs.LG/recent", "https://arxiv.org/a/lecun_y_1", "https://arxiv.org/",
    "https://example.org/abs/1706.03762",
    "https://paperswithcode.com/paper/attention-is-all-you-need",
])
def test_what_is_no_arxiv_id(text: str) -> None:
    assert parse_arxiv(text) is None
    assert parse_id(text) is None


@pytest.mark.parametrize(("text", "accepted"), [
    ("1706.03762", False), ("cs/0112017", False), ("abs/1706.03762", False),
    ("arXiv:1706.03762", True), ("https://arxiv.org/abs/1706.03762", True), ("10.48550/arXiv.1706.03762", True),
])
def test_without_bare_a_number_must_say_that_it_is_an_id(text: str, accepted: bool) -> None:
    assert (parse_arxiv(text, bare=False) is not None) == accepted


@pytest.mark.parametrize(("text", "hint"), [
    ("1501.0001", "1501.00001"),
    ("https://arxiv.org/abs/1501.0001", "1501.00001"),
    ("arXiv:1706.3762v2", "1706.03762"),
    ("1501_00001", "1501.00001"),
    ("1412.06980", "1412.6980"),
    ("704.0001", "0704.0001"),              # what is left of an id that was read as a decimal number
    ("1412.698", "1412.6980"),
    ("1706.03762v0", "1706.03762"),
    ("hepth/9901001", "hep-th/9901001"),
    ("hep-th-9901001", "hep-th/9901001"),
    ("quantph/9901001v1", "quant-ph/9901001"),
    ("1706.03762", None), ("0703.0001", None), ("cs/0113017", None), ("20170612", None), ("Adam", None), ("", None),
])
def test_almost_an_id_gets_a_hint(text: str, hint: str | None) -> None:
    assert arxiv_hint(text) == hint


# -- DOI -------------------------------------------------------------------------------------------------------------

SICI = "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2"


@pytest.mark.parametrize(("text", "doi"), [
    ("doi: 10.1145/3292500.3330701", "10.1145/3292500.3330701"),
    ("DOI:10.1145/3292500.3330701", "10.1145/3292500.3330701"),
    ("https://dx.doi.org/10.1145/3292500.3330701", "10.1145/3292500.3330701"),
    ("(see 10.1038/nature14539).", "10.1038/nature14539"),
    ("10.1038/NATURE14539", "10.1038/nature14539"),
    (SICI.upper(), SICI),
    (SICI.replace("<", "&lt;").replace(">", "&gt;"), SICI),
    ("https://doi.org/" + SICI.replace("<", "%3C").replace(">", "%3E"), SICI),
    ("10.48550/arXiv.1706.03762", "10.48550/arxiv.1706.03762"),
    ("10.5555/3295222.3295349", "10.5555/3295222.3295349"),
    ("10.1000/xyz123/", "10.1000/xyz123"),
    ("10.1016/0893-6080(89)90020-8", "10.1016/0893-6080(89)90020-8"),
    ("(10.1061/(ASCE)0733-9399(1994)120:5(1129))", "10.1061/(asce)0733-9399(1994)120:5(1129)"),
    (r"10.1007/978-3-031-22137-8\_29", "10.1007/978-3-031-22137-8_29"),
    ("https://dl.acm.org/doi/pdf/10.1145/3292500.3330701", "10.1145/3292500.3330701"),
    ("https://onlinelibrary.wiley.com/doi/10.1002/sim.968/full", "10.1002/sim.968"),
    ("https://link.springer.com/article/10.1007/s10846-017-0696-1?token=BE%3D", "10.1007/s10846-017-0696-1"),
    ("https://link.springer.com/content/pdf/10.1007/s10846-017-0696-1.pdf", "10.1007/s10846-017-0696-1"),
    ("https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0000308&type=printable",
     "10.1371/journal.pone.0000308"),
    ("https://www.biorxiv.org/content/10.1101/2020.05.01.072975v1.full.pdf", "10.1101/2020.05.01.072975"),
    ("10.1234", None), ("10.1234/", None), ("10.12/abc", None), ("210.1234/abc", None), ("3.10.1234/abc", None),
    ("", None),
])
def test_doi_normal_form(text: str, doi: str | None) -> None:
    assert parse_doi(text) == doi


def test_the_placeholder_prefix_is_flagged_and_kept() -> None:
    assert parse_id("10.5555/3295222.3295349") == PaperId("doi", "10.5555/3295222.3295349")
    assert "does not resolve" in (doi_flag("10.5555/3295222.3295349") or "")
    assert doi_flag("10.1145/3292500.3330701") is None


# -- the other sites -------------------------------------------------------------------------------------------------

HASH = "204e3073870fae3d05bcbc2f6a8e263d9b72e776"


@pytest.mark.parametrize(("text", "expected"), [
    ("https://openreview.net/forum?id=B16dGcqlx", "openreview:B16dGcqlx"),
    ("http://openreview.net/pdf?noteId=abcdef&id=Syg_lYixe&name=x", "openreview:Syg_lYixe"),
    ("https://openreview.net/group?id=ICLR.cc/2017", None),
    ("https://openreview.net/profile?id=~Someone1", None),
    ("https://aclanthology.org/N19-1423/", "acl:N19-1423"),
    ("https://www.aclweb.org/anthology/n19-1423.pdf", "acl:N19-1423"),
    ("https://aclanthology.org/2020.acl-main.1.pdf", "acl:2020.acl-main.1"),
    ("https://aclanthology.org/2020.acl-main.1v2.pdf", "acl:2020.acl-main.1"),
    ("https://aclanthology.org/volumes/2020.acl-main/", None),
    ("http://proceedings.mlr.press/v37/ioffe15.html", "pmlr:v37/ioffe15"),
    ("https://proceedings.mlr.press/v78/bajcsy17a/bajcsy17a.pdf", "pmlr:v78/bajcsy17a"),
    ("http://jmlr.org/proceedings/papers/v48/allamanis16.pdf", "pmlr:v48/allamanis16"),
    ("https://proceedings.mlr.press/v37/", None),
    ("DBLP:conf/nips/VaswaniSPUJGKP17", "dblp:conf/nips/VaswaniSPUJGKP17"),
    ("https://dblp.org/rec/conf/nips/VaswaniSPUJGKP17.html?view=bibtex", "dblp:conf/nips/VaswaniSPUJGKP17"),
    ("https://dblp.org/rec/journals/corr/abs-1706-03762", "arxiv:1706.03762"),
    ("DBLP:journals/corr/abs-hep-th-9901001", "arxiv:hep-th/9901001"),
    (f"https://www.semanticscholar.org/paper/Attention-Vaswani/{HASH}", f"s2:{HASH}"),
    (HASH.upper(), f"s2:{HASH}"),
    ("https://api.semanticscholar.org/CorpusID:13756489", "s2:CorpusId:13756489"),
    ("corpusid:13756489", "s2:CorpusId:13756489"),
    ("https://www.nature.com/articles/s41598-018-19194-4.pdf#Sec1", "doi:10.1038/s41598-018-19194-4"),
    ("https://www.nature.com/articles/nature14539.epdf?author_access_token=a", "doi:10.1038/nature14539"),
    ("https://www.nature.com/articles/323533a0", "doi:10.1038/323533a0"),
    ("https://www.nature.com/articles/pr1977123", None), ("https://www.nature.com/nature/volumes/521", None),
    ("https://www.nature.com/nature/journal/v521/n7553/index.html", None),
    ("https://www.ijcai.org/Proceedings/16/Papers/123.pdf", None),  # DOIs begin in 2017
    ("https://www.emergentmind.com/papers/1706.03762", "arxiv:1706.03762"),
    ("https://example.org/forum?id=B16dGcqlx", None),
    ("notes/2017/06-12", None), ("NICE: Non-linear", None), ("C:/papers/x", None),
])
def test_ids_of_other_sites(text: str, expected: str | None) -> None:
    found = parse_id(text)
    assert (str(found) if found else None) == expected
    if found:
        assert parse_id(str(found)) == found


@pytest.mark.parametrize(("text", "expected"), [
    ("https://translate.google.com/translate?hl=en&tl=zh&u=https://arxiv.org/abs/1706.03762", "arxiv:1706.03762"),
    ("https://translate.google.com/translate?u=https%3A%2F%2Farxiv.org%2Fabs%2F1706.03762&sl=en", "arxiv:1706.03762"),
    ("https://www.google.com/url?q=https://openreview.net/forum?id=B16dGcqlx&sa=D", "openreview:B16dGcqlx"),
    ("https://web.archive.org/web/20200101000000/https://arxiv.org/abs/1706.03762v2", "arxiv:1706.03762"),
    ("chrome-extension://efaidnbmnnnib/https://arxiv.org/pdf/1706.03762.pdf", "arxiv:1706.03762"),
    ("https://a.org/login?url=https://b.org/?u=http://aclanthology.org/N19-1423", "acl:N19-1423"),
    ("https://sci-hub.se/https://doi.org/10.1000/a", "doi:10.1000/a"),
    ("https://doi.org/10.1000/a?url=https://b.org", "doi:10.1000/a"),
    ("https://github.com/a/b?ref=https://arxiv.org/abs/1706.03762", None),
    ("https://a.org/login?url=https://arxiv.org", None),
])
def test_an_address_in_another_one(text: str, expected: str | None) -> None:
    found = parse_id(text)
    assert (str(found) if found else None) == expected


@pytest.mark.parametrize(("url", "opaque"), [
    ("https://t.co/AbC123", True), ("bit.ly/2abc", True), ("HTTPS://T.CO/x", True),
    ("https://arxiv.org/abs/1706.03762", False), ("https://example.org/t.co/x", False), ("not.co/x", False),
    ("", False),
])
def test_short_links_are_opaque(url: str, opaque: bool) -> None:
    assert is_opaque(url) == opaque


# -- prose -----------------------------------------------------------------------------------------------------------

def seen(text: str) -> list[tuple[str, str, int | None]]:
    return [(text[start:end], str(paper), version) for start, end, paper, version in find_ids(text)]


@pytest.mark.parametrize(("text", "expected"), [
    ("Adam (arXiv:1412.6980v9), not 1412.6980 alone.", [("arXiv:1412.6980v9", "arxiv:1412.6980", 9)]),
    ("[Adam](https://arxiv.org/abs/1412.6980).", [("https://arxiv.org/abs/1412.6980", "arxiv:1412.6980", None)]),
    ("<http://arxiv.org/pdf/1412.6980v2.pdf>,", [("http://arxiv.org/pdf/1412.6980v2.pdf", "arxiv:1412.6980", 2)]),
    ("see www.arxiv.org/abs/hep-th/9901001", [("www.arxiv.org/abs/hep-th/9901001", "arxiv:hep-th/9901001", None)]),
    ("arXiv preprint arXiv:1412.6980, 2014", [("arXiv preprint arXiv:1412.6980", "arxiv:1412.6980", None)]),
    ("[x](https://doi.org/10.1016/0893-6080(89)90020-8)",
     [("https://doi.org/10.1016/0893-6080(89)90020-8", "doi:10.1016/0893-6080(89)90020-8", None)]),
    ("doi:10.1000/a,10.1000/b; **10.1000/c**",
     [(written, "doi:" + written[-9:], None) for written in ("doi:10.1000/a", "10.1000/b", "10.1000/c")]),
    (f"({SICI})", [(SICI, f"doi:{SICI}", None)]),
    ("10.1000/a<br>next", [("10.1000/a", "doi:10.1000/a", None)]),
    ("| https://openreview.net/forum?id=B16dGcqlx|", [("https://openreview.net/forum?id=B16dGcqlx",
                                                      "openreview:B16dGcqlx", None)]),
    ("论文（arXiv：1412.6980v2）见https://arxiv.org/abs/1706.03762的。",
     [("arXiv：1412.6980v2", "arxiv:1412.6980", 2), ("https://arxiv.org/abs/1706.03762", "arxiv:1706.03762", None)]),
    ("x\u200by ar\u200bXiv:1412\u200b.6980\u200b z", [("ar\u200bXiv:1412\u200b.6980", "arxiv:1412.6980", None)]),
    ("10.48550/arXiv.1412.6980", [("10.48550/arXiv.1412.6980", "arxiv:1412.6980", None)]),
    ("arXiv:1412.6980v0 arXiv:1501.0001 marXiv:1412.6980 arXiv 2017", []),
    ("Costs 10.5 and 1706.03762 or cs/0112017; https://example.org/1706.03762", []),
    ("", []),
])
def test_ids_in_prose(text: str, expected: list[tuple[str, str, int | None]]) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize("written", [
    "arXiv e-print, arXiv: 1412.6980", "ARXIV:1412.6980", "oai:arXiv.org:1412.6980", "doi: 10.48550/arXiv.1412.6980",
    "www.ui.adsabs.harvard.edu/abs/1412.6980", "HTTPS://ARXIV.ORG/abs/1412.6980", "doi:   10.1000/a", "10.1000/a",
    "export.arxiv.org/abs/1412.6980", "www.proceedings.mlr.press/v97/houlsby19a", "www.anthology.aclweb.org/P18-1031",
])
@pytest.mark.parametrize("before", [
    "", "x" * 80 + " ", "1/2 ", "10.5 ", "http:// ", "Xiv ", "arXiv:1706.03762 ", "a.org/ ",
])
def test_an_id_is_seen_whatever_stands_before_it(before: str, written: str) -> None:
    assert (written, str(parse_id(written))) in [(found, paper) for found, paper, _ in seen(before + written)]


PIECES = st.sampled_from([
    "arXiv:", "1706.03762", "v2", " ", "https://", "arxiv.org/abs/", "10.1000/", "a(", ")", "<", "[", "]", "\u200b",
    "\u00e9", "，", ",", "\\_", "%", "&amp;", "?id=", "doi", "/", "#",
])


@given(st.lists(PIECES, max_size=25).map("".join))
def test_spans_are_in_order_and_what_they_cover_is_the_id(text: str) -> None:
    end = 0
    for start, stop, paper, _ in find_ids(text):
        assert end <= start < stop <= len(text)
        assert parse_id(text[start:stop]) == paper
        assert parse_id(str(paper)) == paper
        end = stop


@pytest.mark.parametrize("piece", [
    "arXiv:", "arXiv preprint ", "10.1000/", "10.1000/a)", "https://", "https://a(", "doi:", "www.", "[", "()",
    " ", "\u200b", "https://a/?u=", "&u=http://",
])
def test_hostile_prose_takes_linear_time(piece: str) -> None:
    assert growth(lambda text: list(find_ids(text)), piece, 60_000) < LINEAR


@pytest.mark.parametrize("piece", ["arXiv:", "[", "10.1000/", "(", "1", "https://", "?u=https://"])
def test_a_megabyte_in_a_field_is_no_id(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert parse_id(text) is None
    assert parse_doi(text) is None
    assert arxiv_hint(text) is None
