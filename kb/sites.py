"""Sites with their own ids for papers: the form of an id, the addresses that contain it, and a paper's page.

On other sites an address contains the paper's DOI, or all of it that varies.

An id is only a site's name for a paper. On another site the same paper has another id, and so does a page that moved:
`neurips:7181-attention-is-all-you-need` became `neurips:2017/3f5ee243547dee91fbd053c1c4a845aa`.
"""
import re

from kb.regex import rare
from kb.typed import Literal, NamedTuple

Scheme = Literal[
    "arxiv", "doi", "openreview", "acl", "pmlr", "jmlr", "neurips", "iclr", "mlsys", "cvf", "usenix", "ieee", "acm",
    "pubmed", "pmc", "sciencedirect", "jstor", "dblp", "s2",
]
_FLAGS = re.IGNORECASE | re.ASCII


class Site(NamedTuple):
    """A site's usual name, the form of its ids, and the address of a paper's page.

    Args:
        page: with `{}` for the id; empty if building the address takes more than that.
    """

    name: str
    value: re.Pattern[str]
    page: str


_YEAR_AND_HASH = r"(?:19|20)\d\d/[0-9a-f]{32}"
_AUTHOR_YEAR = r"[a-z][a-z'-]{0,40}\d\d[a-z]{0,2}"
SITES: dict[Scheme, Site] = {
    "openreview": Site("OpenReview", rare(r"[A-Za-z0-9_-]{5,40}"), "https://openreview.net/forum?id={}"),
    "acl": Site("ACL Anthology", rare(r"[A-Z]\d\d-\d{4}|\d{4}\.[a-z0-9_]{1,30}-[a-z0-9_]{1,30}\.\d{1,5}", _FLAGS),
                "https://aclanthology.org/{}"),
    "pmlr": Site("PMLR", rare(rf"[vr]\d{{1,4}}/{_AUTHOR_YEAR}"), "https://proceedings.mlr.press/{}.html"),
    "jmlr": Site("JMLR", rare(rf"v\d{{1,3}}/(?:{_AUTHOR_YEAR}|\d\d-\d{{3,4}})", re.ASCII),
                 "https://jmlr.org/papers/{}.html"),
    # Hashes recur: they are hashes of a number that restarts with each year and track. Numbers before titles do not.
    "neurips": Site("NeurIPS", rare(rf"{_YEAR_AND_HASH}(?:-\w{{1,40}})?"
                                    r"|\d{1,5}-[a-z0-9-]{1,250}|by-source-\d{4}-\d{1,5}", re.ASCII),
                    "https://papers.nips.cc/paper/{}"),
    "iclr": Site("ICLR", rare(_YEAR_AND_HASH, re.ASCII), ""),
    "mlsys": Site("MLSys", rare(_YEAR_AND_HASH, re.ASCII), ""),
    # The case of a conference's name varies. Files and pages of ECCVW_2018 are in different folders.
    "cvf": Site("CVF", rare(r"(?:(?!eccvw)[a-z]{3,8}_(?:workshops_)?(?:19|20)\d\d(?:_workshops)?|[a-z]{3,8}\d{4}w?)"
                            r"(?:/[\w-]{1,40})?/[\w.'-]{3,250}", _FLAGS), ""),
    "usenix": Site("USENIX", rare(r"[a-z]{2,20}\d\d/[a-z][a-z0-9-]{1,60}", re.ASCII), ""),
    "ieee": Site("IEEE Xplore", rare(r"[1-9]\d{2,9}", re.ASCII), "https://ieeexplore.ieee.org/document/{}"),
    "acm": Site("ACM", rare(r"[1-9]\d{3,9}", re.ASCII), "https://dl.acm.org/citation.cfm?id={}"),
    "pubmed": Site("PubMed", rare(r"[1-9]\d{3,7}", re.ASCII), "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    "pmc": Site("PubMed Central", rare(r"PMC[1-9]\d{3,8}", _FLAGS), "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
    "sciencedirect": Site("ScienceDirect", rare(r"S\d{7}[\dX]\d{7}[\dX]", _FLAGS),
                          "https://www.sciencedirect.com/science/article/pii/{}"),
    "jstor": Site("JSTOR", rare(r"[1-9]\d{3,9}", re.ASCII), "https://www.jstor.org/stable/{}"),
    "dblp": Site("DBLP", rare(r"[a-z]{1,20}/[A-Za-z0-9_-]{1,40}/[A-Za-z0-9_:+.-]{1,80}"), "https://dblp.org/rec/{}"),
    "s2": Site("Semantic Scholar", rare(r"[0-9a-f]{40}|corpusid:\d{1,12}", _FLAGS),
               "https://www.semanticscholar.org/paper/{}"),
}

# Hosts, where the id is in `path?query`, and how it is built from the match.
_NEURIPS = {"papers.nips.cc", "papers.neurips.cc", "proceedings.neurips.cc", "proceedings.nips.cc",
            "datasets-benchmarks-proceedings.neurips.cc"}
_HASHED = r"paper(?:_files/paper)?/(\d{4})/(?:hash|file)/([0-9a-f]{32})-(?:Abstract|Paper|Bibtex)"
_JMLR = {"jmlr.org", "jmlr.csail.mit.edu"}
_END = r"/?\?.*"
_PLACES: list[tuple[Scheme, set[str], re.Pattern[str], str]] = [
    ("openreview", {"openreview.net"}, rare(r"(?:forum|pdf|attachment|revisions)\?(?:.*&)?id=([^&]+)(?:&.*)?"), r"\1"),
    ("acl", {"aclanthology.org", "aclanthology.info", "aclweb.org", "anthology.aclweb.org"},
     rare(r"(?:[^?]*/)?([^/?]+?)(?:v\d)?(?:\.pdf|\.bib|\.xml)?" + _END), r"\1"),
    ("pmlr", {"proceedings.mlr.press", *_JMLR},
     rare(r"(?:proceedings/papers/)?([^/]+/[^/?.]+?)(?:-supp)?(?:/[^/?]*)?(?:\.html|\.pdf)?" + _END), r"\1"),
    ("pmlr", {"raw.githubusercontent.com"},                         # the files, from volume 235 on
     rare(r"mlresearch/(v\d+)/[^/?]+/assets/([^/?.]+)/\2\.pdf" + _END), r"\1/\2"),
    ("jmlr", _JMLR,
     rare(r"papers/v(?:olume)?(\d+)/([^/?.]+)(?:\.html|\.pdf|\.bib|(?:\.old)?(?:/source)?/\2\.pdf)?" + _END),
     r"v\1/\2"),
    ("neurips", _NEURIPS,
     rare(_HASHED + r"(?:-Conference|(-\w+))?\.(?:html|pdf|bib)" + _END, re.ASCII), r"\1/\2\3"),
    ("neurips", _NEURIPS, rare(r"paper/([a-z0-9-]+)(?:\.html|\.pdf)?" + _END), r"\1"),
    ("iclr", {"proceedings.iclr.cc"}, rare(_HASHED + r"-Conference\.(?:html|pdf|bib)" + _END, re.ASCII), r"\1/\2"),
    ("mlsys", {"proceedings.mlsys.org"},
     rare(_HASHED + r"(?:-Conference|-mlsys\1)?\.(?:html|pdf|bib)" + _END, re.ASCII), r"\1/\2"),
    ("cvf", {"openaccess.thecvf.com", "cv-foundation.org"},
     rare(r"(?:openaccess/)?content[_/]([^/?]+)(/[^/?]+)?/(?:html|papers)(/[^/?]+)?(/[^/?]+)_paper\.(?:html|pdf)"
          + _END),
     r"\1\2\3\4"),
    ("usenix", {"usenix.org"},
     rare(r"(?:legacy/)?conference/([a-z]+\d\d)/(?:[a-z-]+/)?presentation/([a-z0-9-]+)" + _END, re.ASCII), r"\1/\2"),
    ("usenix", {"usenix.org"},                         # of the security symposium, the files are called `sec18-ann.pdf`
     rare(r"system/files/(?:conference/([a-z]+\d\d)/)?(?(1)[a-z]+\d\d|([a-z]+\d\d))-(?:paper-)?"
          r"(?!final|paper|slides|full)([a-z0-9-]+?)(?:_\d)?\.pdf" + _END, re.ASCII), r"\1\2/\3"),
    ("ieee", {"ieeexplore.ieee.org"},
     rare(r"(?:(?:abstract/)?document/(\d+)(?:/[^?]*)?\?|iel\w?/\d+/\d+/0*(\d+)\.pdf\?"
          r"|[^?]*\.jsp\?(?:.*&)?arnumber=0*(\d+)(?![^&])).*"), r"\1\2\3"),
    ("acm", {"dl.acm.org", "portal.acm.org"},
     rare(r"citation\.cfm\?(?:.*&)?(?:do)?id=(?:\d+\.)?(\d+)(?:&.*)?"), r"\1"),
    ("pubmed", {"pubmed.ncbi.nlm.nih.gov", "ncbi.nlm.nih.gov", "europepmc.org"},
     rare(r"(?:pubmed/|(?:article|abstract)/(?:MED|med)/)?(\d+)" + _END), r"\1"),
    ("pmc", {"pmc.ncbi.nlm.nih.gov", "ncbi.nlm.nih.gov", "europepmc.org"},
     rare(r"(?:pmc/)?articles?/(?:PMC/|pmc/)?((?:PMC|pmc)\d+)(?:/pdf(?:/[^/?]*)?)?" + _END), r"\1"),
    ("sciencedirect", {"sciencedirect.com", "linkinghub.elsevier.com"},
     rare(r"(?:science/article/(?:abs/)?|retrieve/)pii/([^/?]+)(?:/pdf(?:ft)?)?" + _END), r"\1"),
    ("jstor", {"jstor.org"}, rare(r"(?:stable/(?:pdf/)?)(\d+)(?:\.pdf)?" + _END), r"\1"),
    # Articles of Nature's older journals are elsewhere.
    ("doi", {"nature.com"},
     rare(r"(?:articles|[a-z]+/journal/v\d+/n\w+/(?:abs|full|pdf))/"
          r"(s\d{5}-\d{3}-\d{4,5}-[\da-z]|(?:nature|ncomms|srep)\d{1,6}|n[a-z]{1,7}\.\d{1,5}|\d{6}a0)"
          r"(?:(?:_F\d+)?\.(?:e?pdf|html)|/[^?]*)?\?.*", _FLAGS), r"10.1038/\1"),
    ("doi", {"ijcai.org"},                                          # from 2017 on
     rare(r"proceedings/(20(?:1[7-9]|[2-9]\d))/0*([1-9]\d{0,3})(?:\.pdf|/)?\?.*", _FLAGS), r"10.24963/ijcai.\1/\2"),
    ("doi", {"elifesciences.org"},
     rare(r"(?:articles|content/\d+)/e?(\d{5,6})(?:[/v.][^?]*)?\?.*"), r"10.7554/elife.\1"),
    ("doi", {"nber.org"},
     rare(r"(?:papers/(w\d{1,5})(?:\.pdf)?|system/files/working_papers/(w\d{1,5})/[^/?]+\.pdf)" + _END),
     r"10.3386/\1\2"),
    ("doi", {"papers.ssrn.com", "ssrn.com"},
     rare(r"(?:sol3/[^?]*\?(?:.*&)?abstract_?id=|abstract=)(\d{4,9})(?:[&?/].*)?", _FLAGS), r"10.2139/ssrn.\1"),
    ("doi", {"biorxiv.org"},
     rare(r"content/(?:biorxiv/)?early/\d{4}/\d\d/\d\d/(\d{6})(?:\.\d)?(?:\.full|\.abstract)?(?:\.pdf)?" + _END),
     r"10.1101/\1"),
    ("dblp", {"dblp.org", "dblp.uni-trier.de", "dblp.dagstuhl.de"},
     rare(r"rec/(?:html/|bibtex\d?/|bib\d?/)?([^?]+?)(?:\.html|\.bib|\.xml)?" + _END), r"\1"),
    ("s2", {"semanticscholar.org", "api.semanticscholar.org"},
     rare(r"(?:(?:paper|reader|graph/v1/paper)/(?:[^/?]*/)?)?([^/?]+)(?:[/?].*)?"), r"\1"),
]
HOSTS = {host for _, hosts, _, _ in _PLACES for host in hosts}


def find_value(host: str, path: str, query: str) -> tuple[Scheme, str] | None:
    """The id in an address of one of these sites."""
    for scheme, hosts, place, form in _PLACES:
        found = place.fullmatch(f"{path}?{query}") if host in hosts else None
        if found and (normal := normal_value(scheme, found.expand(form))):
            return scheme, normal
    return None


def normal_value(scheme: Scheme, value: str) -> str:
    """The canonical spelling of an id of a site; empty if it is not one."""
    if scheme == "doi":
        return value.lower()
    if not SITES[scheme].value.fullmatch(value):
        return ""
    match scheme:
        case "acl":
            return value.upper() if value[0].isalpha() else value.lower()
        case "cvf":
            conference, slash, rest = value.partition("/")
            return (conference.lower() if "_" in conference else conference.upper()) + slash + rest
        case "pmc" | "sciencedirect":
            return value.upper()
        case "usenix":
            return re.sub(r"^sec(?=\d)", "usenixsecurity", value)
        case "s2":
            return value.lower().replace("corpusid", "CorpusId")
    return value


_YEARS: dict[Scheme, re.Pattern[str]] = {
    "neurips": rare(r"(?:by-source-|(?=\d{4}/))(\d{4}).*"),
    "iclr": rare(r"(\d{4})/.*"),
    "mlsys": rare(r"(\d{4})/.*"),
    "cvf": rare(r"[^/\d]*(\d{4}).*"),
    "acl": rare(r"(?:[A-Z](?=\d\d-))?(\d{2}|\d{4})[-.].*"),
    "usenix": rare(r"[a-z]+(\d\d)/.*"),
}
DATED = tuple(_YEARS)
"""Sites whose ids contain the year of the conference."""
_CENTURY = 60                       # two-digit years from here on are 19xx; the Anthology begins in the 1960s


def year_of(scheme: Scheme, value: str) -> int | None:
    """The year in an id; None for a text that is not an id."""
    found = _YEARS[scheme].fullmatch(value) if scheme in _YEARS and normal_value(scheme, value) == value else None
    year = int(found[1]) if found else 0
    return (year if year > 99 else year + (1900 if year >= _CENTURY else 2000)) if found else None


_HASHED_PAGES: dict[Scheme, tuple[str, str]] = {
    "neurips": ("proceedings.neurips.cc", "2022"),
    "iclr": ("proceedings.iclr.cc", "2023"),
    "mlsys": ("proceedings.mlsys.org", "2024"),
}
"""Hosts, and the first year in which addresses name the main track."""


def page(scheme: Scheme, value: str) -> str:
    """The address of a paper's page."""
    if scheme in _HASHED_PAGES and "/" in value:
        return _hashed_page(scheme, *value.split("/"))
    if scheme == "cvf":
        return _cvf_page(*value.split("/"))
    if scheme == "usenix":
        return "https://www.usenix.org/conference/{}/presentation/{}".format(*value.split("/"))
    if scheme == "s2" and ":" in value:
        return f"https://api.semanticscholar.org/{value}"
    return SITES[scheme].page.format(value)


def _hashed_page(scheme: Scheme, year: str, told: str) -> str:
    number, _, track = told.partition("-")
    host, since = _HASHED_PAGES[scheme]
    host = f"datasets-benchmarks-{host}" if track.startswith("round") else host
    if scheme == "mlsys" and year == "2023":
        track = "mlsys2023"
    kind = f"-{track}" if track else "-Conference" if year >= since else ""
    return f"https://{host}/paper_files/paper/{year}/hash/{number}-Abstract{kind}.html"


def _cvf_page(conference: str, *rest: str) -> str:
    *workshop, paper = rest
    folder, _, year = conference.removesuffix("_workshops").rpartition("_")
    if not folder:
        where = [f"content/{conference}", *workshop, "html"]
    elif folder.endswith("w"):
        where = [f"content_{conference.upper()}", "html", *workshop]
    else:
        is_capital = folder == "eccv" or year >= "2019"
        where = [f"content_{conference.upper() if is_capital else conference}", *workshop, "html"]
    return f"https://openaccess.thecvf.com/{'/'.join(where)}/{paper}_paper.html"
