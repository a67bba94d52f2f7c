"""Identifiers of papers: how they appear in a field, in a URL and in prose, and their one normal form.

A field or a URL is an id (`parse_arxiv`, `parse_doi`, `parse_id`); prose contains ids (`find_ids`). In a field a bare
number is an arXiv id. In prose it never is; there it takes the word arXiv or a URL.

Source of the DOI syntax: DOI Handbook, section 2.2.
"""
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from kb.arxiv_id import (
    ARXIV_HOSTS,
    DOI_HOSTS,
    ENCLOSING,
    FLAGS,
    NAMED,
    TYPOGRAPHIC,
    ArxivId,
    address,
    arxiv_hint,
    clean,
    parse_arxiv,
)
from kb.percent import quote
from kb.regex import beyond_ascii, rare
from kb.remember import remembered
from kb.sites import HOSTS, SITES, Scheme, find_value, normal_value, page
from kb.titles import INVISIBLE
from kb.typed import NamedTuple

__all__ = ["ArxivId", "PaperId", "Scheme", "addresses_of", "arxiv_hint", "doi_flag", "find_ids", "find_tokens",
           "is_opaque", "known_as", "page_of", "parse_arxiv", "parse_doi", "parse_id", "read_token"]


class PaperId(NamedTuple):
    """An id in normal form. `str()` gives `arxiv:1706.03762`, which `parse_id` reads back."""

    scheme: Scheme
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


# -- DOI -------------------------------------------------------------------------------------------------------------

# Characters of an address. `<` only before a digit (old SICI DOIs), elsewhere it opens an HTML tag. A `,` or `;` before
# another DOI or URL ends it.
_TOKEN = r"(?:[!#-+\--:=-\[\]_a-zA-Z{}~]|[,;](?!10\.\d|https?:|doi:)|<(?=\d)|\\(?=_)){1,500}"
_DOI = rf"10\.\d{{4,9}}(?:\.\d{{1,9}})?/{_TOKEN}"
_DOI_IN_FIELD = rare(rf"(?:(?<![^\W_])(?<!\.)|(?<=doi)){_DOI}", FLAGS)
_PLAIN_DOI = rare(r"10\.\d{4,9}/[a-z0-9]{1,100}(?:[.-][a-z0-9]{1,100}){0,3}", FLAGS)      # the usual form
_QUERY = rare(r"[?#]|&\w{1,20}=")
# What publishers add to the DOI in the address of a paper's page or file.
_LANDING = rare(r"(?:/(?:full|abstract|pdf|epdf|meta|html|fulltext|summary))?(?:\.full)?(?:\.pdf|\.html?)?$")
_SENTENCE = ".,;:!?'*_~"            # punctuation and emphasis at the end of an id are not part of it
_CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_BRACKET = rare(r"[()\[\]{}<>]")


def parse_doi(text: str) -> str | None:
    """The first DOI of a field value or URL in normal form: lower case, no scheme, no enclosing punctuation."""
    return _read_doi(clean(text))


def _read_doi(text: str) -> str | None:
    if _PLAIN_DOI.fullmatch(text):
        return text.lower()
    found = _DOI_IN_FIELD.search(text) if "10." in text else None
    if found is None:
        return None
    doi = _closed(_QUERY.split(found[0], maxsplit=1)[0]).lower()
    before = text[:found.start()].lower()
    if before.endswith(("/", "=")) and not before.endswith("doi.org/"):
        doi = _LANDING.sub("", doi)
        doi = re.sub(r"v\d\d?$", "", doi) if "rxiv.org/" in before else doi         # bioRxiv and medRxiv versions
    doi = doi.rstrip(_SENTENCE + "/")
    return doi if re.search(r"/.*[a-z0-9]", doi) else None


def _closed(token: str) -> str:
    """The token up to the first unbalanced bracket, without the punctuation of the sentence around it."""
    open_at: list[tuple[int, str]] = []
    for bracket in _BRACKET.finditer(token):
        sign, at = bracket[0], bracket.start()
        if sign in _CLOSERS:
            open_at.append((at, _CLOSERS[sign]))
        elif not open_at or open_at.pop()[1] != sign:
            return token[:at].rstrip(_SENTENCE)
    return token[:open_at[0][0] if open_at else None].rstrip(_SENTENCE)


def doi_flag(doi: str) -> str | None:
    """Why a well-formed DOI should not be relied on, or None."""
    return "10.5555 is a placeholder prefix (ACM): the DOI does not resolve" if doi.startswith("10.5555/") else None


# -- fields and addresses ----------------------------------------------------------------------------------------------

# Through a translator, an archive or a proxy: an address in the path, or in a parameter that names the destination (not
# the referrer).
_NESTED = rare(r"[a-z-]{1,20}://[^?#]*?(?:/(?P<path>https?:/.+)|\?(?:[^#]*?&)?"
               r"(?:u|q|url|uri|link|href|file|src|pdf|target|to|dest|destination|redirect|redirect_url)="
               r"(?P<query>https?:/[^&]+).*)", FLAGS)
_DBLP_CORR = rare(r"journals/corr/abs-(?:([a-z]+(?:-[a-z]+)?)-)?(\d{4}-\d{4,5}|\d{7})")
_BARE_DOI = rare(r"(?:doi:?\s{0,3})?\S+", FLAGS)
_SCHEMES = {str(scheme): scheme for scheme in SITES}
_S2 = SITES["s2"].value
_S2_DIGITS = 40                     # the only id that has no `.`, `/` or `:`


@remembered(1 << 14)                 # well-known papers are linked from many notes
def parse_id(text: str) -> PaperId | None:
    """The id given by a whole field value, URL or `scheme:value`. An arXiv id in any disguise is an arXiv id."""
    found = _read(clean(text), bare=True)
    return found[0] if found else None


def _read(text: str, bare: bool) -> tuple[PaperId, int | None] | None:
    """The id that the cleaned text stands for, and its arXiv version."""
    if not ("." in text or "/" in text or ":" in text) and len(text) < _S2_DIGITS:       # most note names
        return None
    if text.startswith("10.") and not text.startswith("10.48550/"):                      # nothing else starts like this
        return _bare_doi(text)
    if arxiv := parse_arxiv(text, bare=bare):
        return PaperId("arxiv", arxiv.base), arxiv.version
    host, path, query = address(text)
    if host in HOSTS and (held := find_value(host, path, query)):
        return _normal(*held)
    inner = _NESTED.match(text) if text.find("http", 1) > 0 else None
    if inner and (nested := _read(inner["path"] or inner["query"], bare=False)):
        return nested
    trimmed = text.strip(ENCLOSING)
    before, colon, value = trimmed.partition(":")
    if colon and (scheme := _SCHEMES.get(before.lower())):
        return _normal(scheme, value.lstrip())
    if _S2.fullmatch(trimmed):
        return _normal("s2", trimmed)
    return _bare_doi(text)


def _bare_doi(text: str) -> tuple[PaperId, None] | None:
    doi = _read_doi(text) if "10." in text and _BARE_DOI.fullmatch(text.strip(ENCLOSING)) else None
    return (PaperId("doi", doi), None) if doi else None


def _normal(scheme: Scheme, value: str) -> tuple[PaperId, int | None] | None:
    if scheme == "dblp" and (corr := _DBLP_CORR.fullmatch(value)):          # the DBLP record of a preprint
        archive, number = corr.groups(default="")
        return _read(f"{archive}/{number}" if archive else number.replace("-", "."), bare=True)
    normal = normal_value(scheme, value)
    return (PaperId(scheme, normal), None) if normal else None


def page_of(paper: PaperId) -> str:
    """The address of the paper's page."""
    scheme, value = paper
    if scheme == "arxiv":
        return f"https://arxiv.org/abs/{value}"
    return f"https://doi.org/{quote(value)}" if scheme == "doi" else page(scheme, value)


def addresses_of(identifiers: Iterable[str]) -> list[tuple[str, str]]:
    """(site, address of the paper's page there) for each site with its own ids; neither arXiv nor DOIs."""
    found = (paper for identifier in identifiers if (paper := parse_id(identifier)))
    return [(SITES[scheme].name, page(scheme, value)) for scheme, value in found if scheme in SITES]


def known_as(identifier: str) -> str:
    """The id under which a paper is looked up, as text: a DOI of the ACL Anthology or of JSTOR ends in its id there.

    Older ones of the Anthology do not: `doi:10.3115/1073083.1073135` is known as itself.
    """
    if identifier.startswith(("doi:10.18653/v1/", "doi:10.3115/v1/")):
        value = normal_value("acl", identifier.rpartition("/v1/")[2])
        return f"acl:{value}" if value else identifier
    if identifier.startswith("doi:10.2307/") and (value := normal_value("jstor", identifier.rpartition("/")[2])):
        return f"jstor:{value}"
    return identifier


# -- prose -----------------------------------------------------------------------------------------------------------

_LONGEST_HOST = 24                  # characters; longer hosts are only found after `https://`: looking back takes time
_HOSTS = sorted(host for host in ARXIV_HOSTS | DOI_HOSTS | HOSTS if len(host) <= _LONGEST_HOST)
_STARTS = "".join(sorted({host[0] for host in _HOSTS} | set("1adehow")))       # the alternatives are tried only there
# Every id contains one of these markers, not far from its start. Most prose has none, and looking for them is fast.
_ENDINGS = "|".join(sorted({rf"(?<={re.escape(host[host.rindex('.'):])}/)" for host in _HOSTS}))
_SIGNS = [(sign[0], re.compile(sign, re.ASCII))        # looking for one letter is thirty times faster
          for sign in (rf"/(?:(?<=://)|(?i:{_ENDINGS}))", r"10\.", "x[iI][vV]", "X[iI][vV]")]
_LEAD = max(len(f"export.{host}/") for host in _HOSTS)        # the most that can come before a marker
_SEEN = rare(
    rf"(?s:.{{0,{_LEAD}}}?)(?<![a-z0-9])(?=[{_STARTS}])"
    rf"(?P<id>(?:https?://|(?:www\.|export\.)?(?:{'|'.join(map(re.escape, _HOSTS))})/){_TOKEN}"
    rf"|(?:doi:?\s{{0,3}})?{_DOI}|(?P<named>{NAMED}))", FLAGS)


_HIDDEN, _ODD = (rare("[" + re.escape("".join(map(chr, table))) + "]") for table in (INVISIBLE, TYPOGRAPHIC))


def find_ids(text: str) -> Iterator[tuple[int, int, PaperId, int | None]]:
    """(start, end, id, arXiv version) of every id in running prose, in order; spans do not overlap."""
    for start, end, token in find_tokens(text):
        if read := _read(clean(token), bare=False):
            yield start, end, *read


def read_token(token: str) -> PaperId | None:
    """The id that a token of `find_tokens` stands for, or None."""
    read = _read(clean(token), bare=False)
    return read[0] if read else None


def find_tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, token) of everything in prose that looks like an id; reading one takes longer than finding it."""
    hidden: list[int] = []
    plain = text
    if not text.isascii():
        beyond = beyond_ascii(text)
        if _HIDDEN.search(beyond):
            hidden = [sign.start() for sign in _HIDDEN.finditer(text)]
            plain = _HIDDEN.sub("", text)
        if _ODD.search(beyond):
            plain = _ODD.sub(lambda odd: TYPOGRAPHIC[ord(odd[0])], plain)
    shifts = [at - before for before, at in enumerate(hidden)]       # positions in `plain` where `text` gets ahead
    pos = 0
    for at in sorted([f.start() for first, sign in _SIGNS if first in plain for f in sign.finditer(plain)]):
        while pos <= at and (seen := _SEEN.match(plain, max(pos, at - _LEAD))):
            token = seen["id"] if seen["named"] else _closed(seen["id"])
            start, pos = seen.start("id"), seen.start("id") + max(len(token), 1)
            yield start + bisect_right(shifts, start), pos + bisect_right(shifts, pos - 1), token


# -- links that say nothing ------------------------------------------------------------------------------------------

_SHORTENERS = {
    "a.co", "aka.ms", "amzn.to", "bit.do", "bit.ly", "buff.ly", "cutt.ly", "db.tt", "dlvr.it", "fb.me", "g.co",
    "git.io", "goo.gl", "hubs.la", "hubs.ly", "ift.tt", "is.gd", "j.mp", "lnkd.in", "nyti.ms", "ow.ly", "rb.gy",
    "rebrand.ly", "s.id", "shorturl.at", "spr.ly", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "trib.al", "v.gd", "wp.me",
}


def is_opaque(url: str) -> bool:
    """Whether the URL is a short link, whose target cannot be known without the network."""
    return address(clean(url))[0] in _SHORTENERS
