"""arXiv ids as people write them, and the cleaning of field values that all ids share; `kb.ids` is the entry point.

Source: https://info.arxiv.org/help/arxiv_identifier.html
"""
import re
import unicodedata

from kb.percent import unquote
from kb.regex import rare
from kb.titles import INVISIBLE
from kb.typed import NamedTuple


class ArxivId(NamedTuple):
    """An arXiv id without version (`1706.03762`, `hep-th/9901001`), and the version if one was given."""

    base: str
    version: int | None = None


# -- reading what people typed or pasted -----------------------------------------------------------------------------

FLAGS = re.IGNORECASE | re.ASCII        # without ASCII, `k` also matches the Kelvin sign, and `\d` digits of any script
ENCLOSING = "<>(){}[]\"'`*|.,; \t\r\n"
# Character by character, so that positions in prose stay valid: dashes, spaces, full-width forms of East Asian typing.
TYPOGRAPHIC = (dict.fromkeys([*range(0x2010, 0x2014), 0x2212], "-") | dict.fromkeys([0xA0, 0x2009, 0x202F, 0x3000], " ")
               | {0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)})
_FOUR_DIGITS = re.compile(r"\d{4}", re.ASCII)                     # in every arXiv id, but in few other URLs
_LONGEST = 2000                         # characters; no id or URL of one is longer
_ADDRESS = rare(r"(?:[a-z]{1,10}:)?(?://)?(?:www\.)?(?P<host>[a-z0-9.-]+)/++"
                      r"(?P<path>[^?#]*+)(?:\?(?P<query>[^#]*))?(?:#.*)?", FLAGS)


def clean(text: str) -> str:
    """A field value as it was meant: no invisible characters, plain dashes, no entities, no percent-encoding."""
    if len(text) > _LONGEST:
        return ""
    if text.isascii():
        if not ("%" in text or "&" in text or "\\" in text):         # most texts have nothing to decode
            return text.strip()
    else:
        text = unicodedata.normalize("NFKC", text.translate(INVISIBLE)).translate(TYPOGRAPHIC)
    text = text.replace("\\_", "_")
    return unquote(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")).strip()


def address(text: str) -> tuple[str, str, str]:
    """(host, path, query) of a URL, with or without scheme; the host is empty if there is none."""
    found = _ADDRESS.fullmatch(text.strip(ENCLOSING)) if "/" in text else None
    return (found["host"].lower(), found["path"], found["query"] or "") if found else ("", "", "")


# -- the id ----------------------------------------------------------------------------------------------------------

_ARCHIVES = {
    "acc-phys", "adap-org", "alg-geom", "ao-sci", "astro-ph", "atom-ph", "bayes-an", "chao-dyn", "chem-ph", "cmp-lg",
    "comp-gas", "cond-mat", "cs", "dg-ga", "funct-an", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math",
    "math-ph", "mtrl-th", "nlin", "nucl-ex", "nucl-th", "patt-sol", "physics", "plasm-ph", "q-alg", "q-bio",
    "quant-ph", "solv-int", "supr-con",
}
_MM = r"(?:0[1-9]|1[0-2])"
_ID = (rf"(?:(?P<new>(?:07(?:0[4-9]|1[0-2])|(?:0[89]|1[0-4]){_MM})\.(?!0000)\d{{4}}"          # 0704 to 1412
       rf"|(?:1[5-9]|[2-9]\d){_MM}\.(?!00000)\d{{5}})"                                       # from 1501
       r"|(?P<archive>[a-z]{1,7}(?:-[a-z]{2,4})?)(?:\.[a-z-]{2,12})?"
       rf"/(?P<number>(?:9[1-9]{_MM}|0[0-6]{_MM}|070[1-3])(?!000)\d{{3}}))"                  # 9101 to 0703
       r"(?:\s?v(?P<version>[1-9]\d{0,2}))?(?![a-z0-9])")
_NAME = (r"(?:arxiv\s(?:e-?|pre)prints?,?\s)?(?:oai:arxiv\.org:|(?:doi:\s?)?10\.48550/arxiv\."
         r"|arxiv(?:[\s_-]id)?[\"']?[\s:.=#(\[_-]{1,3}[\"']?(?:abs/)?)")
_END = r"(?:\.pdf|\.ps)?(?:\s?\[[a-z.-]{2,20}\]?)?(?:[\s,(]{1,3}(?:\d\d?\s[a-z]{3,9}\s)?\d{4})?"    # [cs.CL] 6 Dec 2017

NAMED = _NAME + _ID                     # an id with the word arXiv; has groups, for `normal`
_NAMED_FIELD = rare(NAMED + _END, FLAGS)
_BARE_FIELD = rare(rf"(?:{_NAME}|(?:corr,?\s)?abs/)?{_ID}{_END}", FLAGS)
_PATH = rare(r"(?:(?:abs|pdf|html|format|e-print|src|ps|tb|papers?|arxiv|overview|graph/v1/paper"
                   rf"|ftp/arxiv/papers/\d{{4}})/+)?(?:arxiv:)?{_ID}(?:\.pdf|\.ps)?/?", FLAGS)
ARXIV_HOSTS = {"arxiv.org", "alphaxiv.org", "api.semanticscholar.org", "ar5iv.org", "arxiv-sanity.com",
               "arxiv-vanity.com", "catalyzex.com", "emergentmind.com", "hf.co", "huggingface.co", "papers.cool",
               "scirate.com", "semanticscholar.org", "ui.adsabs.harvard.edu", "xxx.lanl.gov"}
DOI_HOSTS = {"doi.org", "dx.doi.org"}


def parse_arxiv(text: str, *, bare: bool = True) -> ArxivId | None:
    """The arXiv id that a whole field value or URL stands for; with `bare=False` it must say arXiv or be a URL."""
    text = clean(text).strip(ENCLOSING)
    if not _FOUR_DIGITS.search(text):
        return None
    host, path, _ = address(text)
    if host in ARXIV_HOSTS or host.endswith(".arxiv.org"):
        found = _PATH.fullmatch(path)
    elif host in DOI_HOSTS:
        found = _NAMED_FIELD.fullmatch(path)
    else:
        found = (_BARE_FIELD if bare else _NAMED_FIELD).fullmatch(text)
    if found is None or (found["archive"] and found["archive"].lower() not in _ARCHIVES):
        return None
    base = found["new"] or f"{found['archive'].lower()}/{found['number']}"     # the subject class is not part of the id
    return ArxivId(base, int(found["version"]) if found["version"] else None)


_ALMOST_NEW = rare(r"(\d{3,4})[._,\s:-]?(\d{1,6})(?:v\d{1,3})?", FLAGS)
_ALMOST_OLD = rare(r"([a-z]{1,5}[\s_-]?[a-z]{0,5})(?:\.[a-z]{2})?[\s/_-]?(\d{7})(?:v\d{1,3})?", FLAGS)
_LABEL = rare(r"arxiv(?:\.org/(?:abs|pdf)/|[\s:.]{1,3})", FLAGS)


def arxiv_hint(text: str) -> str | None:
    """What a near miss should probably be: `1501.0001` -> `1501.00001`, `hepth/9901001` -> `hep-th/9901001`.

    None for a valid id, and for anything far from one.
    """
    text = clean(text).strip(ENCLOSING).removesuffix(".pdf")
    if parse_arxiv(text):
        return None
    label = _LABEL.search(text)
    text = text[label.end():] if label else text
    guess = ""
    if new := _ALMOST_NEW.fullmatch(text):
        month, number = new[1].zfill(4), new[2]                     # 704.0001 was read as a decimal number
        if month < "1501":
            number = f"{number}0" if len(number) == 3 else number.lstrip("0").zfill(4)      # and so was 1412.698
        else:
            number = number.lstrip("0").zfill(5)
        guess = f"{month}.{number}"
    elif old := _ALMOST_OLD.fullmatch(text):
        letters = re.sub("[^a-z]", "", old[1].lower())
        archive = next((name for name in _ARCHIVES if name.replace("-", "") == letters), "")
        guess = f"{archive}/{old[2]}"
    found = parse_arxiv(guess)
    return found.base if found else None
