"""Which words of a citation are the title: the text of a link, words in quotes or in bold, or those that come first."""

import re
from collections.abc import Sequence

from kb import ids
from kb.decorated import plain_title
from kb.dialects.cited_dates import (
    BRACKETS,
    MARK,
    PAUSE,
    SEGMENT,
    SHORT_YEAR,
    VENUE,
    VENUE_YEAR,
    YEAR,
    date_of_part,
    dates_of,
)
from kb.dialects.cited_people import authors_after, authors_before, may_be_name, one_before, people
from kb.dialects.note_titles import without_id, without_site
from kb.model import Link
from kb.regex import rare
from kb.small_words import SMALL_WORDS
from kb.titles import display_title
from kb.venues import is_known

_LONGEST = 300
_LONGEST_LABEL = 60
_MOST_COMMAS = 12

_LABEL = rare(
    r"(?:(?:the|full|official|original|unofficial|verified|our|project|blog|model|arxiv|nips|research at) )*"
    r"(?:arxiv|paper|pdf|abs|abstract|link|url|doi|html|preprint|open ?review|code|github|repo|repository|page|web|"
    r"website|site|homepage|project|blog|post|blogpost|article|slides?|video|poster|demo|data|datasets?|models?|card|"
    r"supp|supplementary|appendix|bib|bibtex|talk|notes?|review|summary|tweet|thread|colab|codes|docs?|documents?|here|"
    r"source|version|pytorch|tensorflow|jax|keras|hugging ?face|hf|semantic scholar|scholar|acm|ieee|springer|cvf|"
    r"acl(?: ?web| anthology)?|biorxiv|medrxiv|proceedings|web ?page|"
    r"pmlr|jmlr|nips|neurips|icml|iclr|cvpr|iccv|eccv|emnlp|naacl|aaai|ijcai|kdd|nature|science|scientific reports|"
    r"(?:paper|pdf|abs|abstract|doi|html|source|arxiv) (?:id|url|link|page|pdf|online)|link to (?:the )?paper|"
    r"(?:tech(?:nical)? )?report|paper here|论文|论文原文|原?论文(?:链接|地址)|原文(?:链接|入口|地址)?"
    r"|(?:[\w.]{2,10} ?)?链接|(?:查看|下载)? ?PDF ?(?:下载|链接)?|下载|代码|代码(?:链接|地址)"
    r"|项目|项目(?:主页|地址)|仓库|論文|論文リンク|リンク|コード|実装|논문|원문|(?:논문|원문) ?링크|링크|코드|출처"
    r"|enlace|artículo|artigo|código|lien|quelle|статья|ссылка|ссылка на статью|код|\d{1,4}|v\d)",
    re.IGNORECASE,
)
_ADDRESS = rare(r"^\([^()\s]*[/#.][^()\s]*\)")
"""An address after a wiki-link, where somebody added one."""
_AWARD = rare(
    r"(?<=\d)[\s,]*[(（]?(?:oral|spotlight|highlight|poster|award|best paper|[\w ]{0,20}workshops?)[\w ]{0,12}[)）]?$",
    re.IGNORECASE,
)
"""`CVPR 2023 (Highlight)`, `ICML 2023 Workshop`"""
_DOI = rare(r"10\.\d{4,9}/\S")
_CITEKEY = rare(r"[^\W\d_][^\W\d_-]{2,30}(?:19|20)\d\d[\w-]{0,60}")
_BOLD = rare(r"(\*\*|__)(?P<text>(?:(?!\1).){2,300}?)\1")
_ITALIC = rare(rf"(?P<sign>[*_])(?![*_\s])(?P<text>(?:(?!(?P=sign)).){{2,300}}?)(?P=sign)(?=\s*(?:[{MARK}(\[.,:]|$))")
"""Emphasized words before a separator; if plain words follow, it is a title with an emphasized word."""
_LONGEST_NICKNAME, _FEWEST_OF_TITLE = 3, 2
"""Words."""
_AFTER_COLON = rare(rf"\s*(?P<more>[^\W\d_a-z][^{MARK}|｜(\[]{{8,250}}?)(?=\s+[|｜–—-]|\s?[{MARK}(\[]|\.?\s*$|\.\s)")
_WORDS = rare(r"[^\W\d_][\w'’/+-]*")
_BADGE = rare(r"!\[([^\[\]]*)\]\([^()\s]*\)")
QUOTED = rare(r"[\"“«](?P<text>[^\"“”«»]{2,300})[\"”»]")
_DATED = rare(rf"{YEAR}[a-z]?\b")
_STOP = rare(r"\.\s+(?=[^\W\d_a-z][^\W\d_]|[A-Z]-|\d)")
"""A period before a word that is not an initial."""
_ENDS_IN_INITIAL = rare(r"\b[A-Z]{1,3}$")
_FAMILY_FIRST = rare(r"(?:[a-z]{2,4} ){0,2}[^\s,.]+(?:, [A-Z]\.| [A-Z]{1,3}[,.] )")
_ONE_INVERTED = rare(r"[^\W\d_a-z][\w'’-]+, [^\W\d_a-z][\w'’-]+(?: [A-Z]\.)?")
_SENTENCE = rare(r"[^.]*\s[a-z]+\s[^.]*\.")
"""`Ann, Ada. The ends of nets. Publisher, 2019.` has one author: a title with a plain word follows."""
_MONTH = r"(?:,\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}(?:\s\d\d?)?)?"
_AUTHORS_FIRST = rare(
    rf"(?P<who>[^{MARK}\"“]{{3,400}}?[.,]?)\s?[\[(]?\b(?P<year>{YEAR})[a-z]?{_MONTH}[\])]?[.,:]\s+(?=\S)"
)
_NAMES_FIRST = rare(rf"(?P<who>[^{MARK}\"“:]{{3,400}}?):\s+(?=\S)")
"""`Ann, A., Bo, B.: Title. Venue (2019)`, in Springer's style."""
_ET_AL_FIRST = rare(r"(?P<who>[^\"“\[(]{3,100}?\bet\.? al\b)[.,:]+\s+(?=[^\W\d_a-z])")
_YEAR_LAST = rare(
    rf"[\s,]*(?:[(\[](?P<year>{YEAR})[a-z]?{_MONTH}[)\]][.,:]?|(?<=[.,]\s)(?P<bare>{YEAR})[a-z]?[.,:])\s*$"
)
"""`Ann (2019).`, `Ann. 2019.`"""
_PAPER_LABEL = rare(
    r"^[*_]*(?:[\w-]{1,20} )?(?:paper|title|cite|citation|reference|apa(?: \d)?|mla|chicago|harvard"
    r"|论文|論文|标题|논문)[*_]*\s*[:：][*_]*\s*",
    re.IGNORECASE,
)
_VENUE_LAST = rare(rf"\s*\((?:\*\*|\*|_)?(?P<name>{VENUE}[\w ’'-]{{0,20}})(?:\*\*|\*|_)?\)$")
_OF_SENTENCE = rare(
    r"\b(?:as|in|see|from|by|of|and|or|the|to|with|is|are|this|that|on|for|cf|like|than|our|use)$", re.I
)
_INITIAL = rare(r"\b[A-Z]\.|\bet al\b")


_COINED_AND_YEAR = rare(rf"[A-Z][a-z]+(?:[A-Z][a-z]+)*[A-Z][A-Za-z]*-?\d? {YEAR}")
"""`AdamW 2017`, written like `NeurIPS 2017`."""


def is_label(text: str) -> bool:
    """Whether a link's text is an id, a citation key, or a word like `pdf` or `CVPR 2019`, not the name of a paper."""
    bare = text.strip(" *_[]()`\"'.:").replace("_", " ")
    bare = bare if bare.isascii() else plain_title(bare)
    if not bare or not any(map(str.isalnum, bare)) or (len(bare) < _LONGEST_LABEL and _LABEL.fullmatch(bare)):
        return True
    venue = bare if bare[-1].isdigit() or not ("20" in bare or "19" in bare) else _AWARD.sub("", bare)
    if VENUE_YEAR.fullmatch(venue) or SHORT_YEAR.fullmatch(venue):
        return is_known(venue) or not _COINED_AND_YEAR.fullmatch(venue)
    if " " not in text.strip() and _CITEKEY.fullmatch(text.strip(" *[]()`.:")):
        return True
    if _DOI.match(bare) or (bare[-1].isdigit() and ids.parse_arxiv(bare)):
        return True
    return "://" in bare and bool(ids.parse_id(bare))


def shown(link: Link) -> str:
    """The text of a Markdown link or wiki-link without emphasis, with the text of a badge; empty for other links."""
    if link.kind == "markdown" and link.raw.startswith("["):
        end = link.raw.rfind("](") if link.raw.endswith(")") else link.raw.rfind("][")  # by reference; or -1, `[text]`
        text = _BADGE.sub(r"\1", link.raw[1:end])
        return display_title(re.sub(r"\\([\[\]])|\*\*", r"\1", text).strip('*_`"“” '))
    if link.kind == "wiki":
        return link.raw.strip("[]").rpartition("|")[2].strip()
    return ""


def find_title(text: str, links: Sequence[Link], *, is_signed: bool = False) -> tuple[str, str, str, Link | None]:
    """(title, text before it, text after it, link that shows it); the title is empty if it cannot be determined.

    Args:
        text: a citation in which each of the links is a `MARK`.
        is_signed: whether the authors were before it.
    """
    text = _PAPER_LABEL.sub("", text)
    bare = text.lstrip('*_"“ ')
    if bare.startswith(MARK) and links and not is_label(shown(links[0])):
        title, year = without_date(shown(links[0]))
        tail = bare[1:].lstrip('*_"” ')
        more = "" if year else _subtitle(title, tail)
        title = f"{title.rstrip(' :')}: {more}" if more else title
        return _clean(title), "", year + tail.partition(more)[2] if more else year + tail, links[0]
    before, mark, after = text.partition(MARK)
    if mark and not is_label(shown(links[0])) and authors_before(before):
        title, year = without_date(shown(links[0]))
        return _clean(title), before, year + after, links[0]
    text = text.lstrip(f"{MARK} :-–—,")
    if text.startswith("("):
        text = _ADDRESS.sub("", text, count=1).lstrip(f"{MARK} :-–—,")
    quoted = QUOTED.search(text)
    if quoted and _is_whole(text, quoted) and MARK not in quoted["text"]:
        before, year = _without_year(text[: quoted.start()])
        return _clean(quoted["text"]), before, year + text[quoted.end() :], None
    if signed := _italic_after_names(text):
        return signed
    bold = _BOLD.match(text)
    if bold and bold["text"].endswith((":", "：")) and bold["text"][0].islower():  # `**left out:** ...`
        return "", "", "", None
    if bold:
        who, year = without_date(bold["text"])
        if people(who, is_cited=True):
            title, _, tail, linked = find_title(text[bold.end() :].lstrip(" .,:;–—-"), links)
            return title, who, f"{year} {tail}", linked
    if bold:
        title, mark, rest = bold["text"].partition(MARK)
        if not mark:
            title, rest = without_date(title)
            return _clean(title), "", rest + text[bold.end() :], None
    italic = _ITALIC.match(text)
    if italic and people(italic["text"], is_cited=True):
        title, _, tail, _ = _plain_title(text[italic.end() :].lstrip(" .,"))
        return title, italic["text"], tail, None
    if italic and MARK not in italic["text"] and not date_of_part(italic["text"]):
        title, rest = without_date(italic["text"])
        return _clean(title), "", rest + text[italic.end() :], None
    return _title_alone(text) if is_signed else _plain_title(text)


def _italic_after_names(text: str) -> tuple[str, str, str, None] | None:
    """An emphasized title after its authors, as books have it: `Ann, Ada, and Bob Bo. *The Ends*. Publisher, 2019.`"""
    italic = _ITALIC.search(text)
    if italic is None or text[: italic.start()].rstrip()[-1:] not in (".", ",", ")", ":") or MARK in italic["text"]:
        return None
    if date_of_part(italic["text"]) or is_known(italic["text"]):
        return None
    before, year = _without_year(text[: italic.start()])
    if not _are_authors(before, is_dated=bool(year or dates_of(text[italic.end() :]))):
        return None
    title, rest = without_date(italic["text"])
    return _clean(title), before, f"{year}{rest}{text[italic.end() :]}", None


def _subtitle(title: str, tail: str) -> str:
    """The rest of a title of which only the first words are a link: `[Nets](...): A Study of Ends | CVPR 2019`.

    Words after the link are a remark, unless the colon is part of the link, or they are written like a title.
    """
    if len(title.split()) > _LONGEST_NICKNAME:
        return ""
    is_cut = title.endswith(":")
    found = _AFTER_COLON.match(tail if is_cut else tail.removeprefix(":")) if is_cut or tail.startswith(":") else None
    words = [word for word in _WORDS.findall(found["more"]) if word.lower() not in SMALL_WORDS] if found else []
    is_title = len(words) > _FEWEST_OF_TITLE and all(word[0].isupper() for word in words)
    return found["more"] if found and (is_cut or is_title) else ""


def without_date(title: str) -> tuple[str, str]:
    """A title, and the brackets with a date (`(2017)`, `(NeurIPS 2018)`) after it."""
    found = [match for match in BRACKETS.finditer(title) if match.end() == len(title.rstrip(" .*_"))]
    if found and found[0].start() and dates_of(found[0][0]):
        return title[: found[0].start()], found[0][0]
    return title, ""


def without_last_date(title: str) -> tuple[str, str]:
    """A title on a line of its own, and the date after it: in brackets, or behind a comma (`Nets, June 2019`)."""
    bare, comma, last = title.rpartition(", ")
    return (bare, f"({last})") if comma and date_of_part(last) else without_date(title)


def _is_whole(text: str, quoted: re.Match[str]) -> bool:
    """Whether a quotation is the whole title: there is nothing or names before it, and a separator after it."""
    after = text[quoted.end() :].lstrip("*_ ")
    ends = quoted["text"].rstrip("*_ ")[-1:] in (".", ",") or after[:1] in ("", MARK, *",.;([-–—")
    ends = ends or after.startswith("by ") or _DATED.match(after) is not None
    before, year = _without_year(text[: quoted.start()].strip(" *_"))
    is_dated = bool(year or dates_of(text[quoted.end() :]))
    return ends and (not before or _are_authors(before, is_dated=is_dated))


def _are_authors(before: str, *, is_dated: bool) -> bool:
    """Whether what is before a title in marks is its authors."""
    return bool(authors_before(before, is_dated=is_dated) or (is_dated and one_before(before)))


def _without_year(before: str) -> tuple[str, str]:
    """Authors, and the year after them."""
    dated = _YEAR_LAST.search(before)
    return (before[: dated.start()].strip(), f"({dated['year'] or dated['bare']})") if dated else (before.strip(), "")


def _plain_title(text: str) -> tuple[str, str, str, Link | None]:
    """A title without marks around it, perhaps after its authors."""
    cited = _AUTHORS_FIRST.match(text)
    if cited and people(cited["who"], is_cited=True):
        pause = PAUSE.search(text, cited.end())
        end = pause.start() if pause else len(text)
        return _clean(text[cited.end() : end]), cited["who"], f"({cited['year']}) {text[end:]}", None
    names = _first_sentence_of_names(text)
    if names and dates_of(text):
        title, _, tail, _ = _plain_title(text[len(names) :].lstrip(" ."))
        return title, names, tail, None
    named = _NAMES_FIRST.match(text)
    if named and _INITIAL.search(named["who"]) and people(named["who"], is_cited=False):
        pause = PAUSE.search(text, named.end())
        end = pause.start() if pause else len(text)
        return _clean(text[named.end() : end]), named["who"], text[end:], None
    others = _ET_AL_FIRST.match(text)
    if others and people(others["who"], is_cited=True):
        title, _, tail, _ = _title_alone(text[others.end() :])
        return title, others["who"], tail, None
    return _title_alone(text)


def _title_alone(text: str) -> tuple[str, str, str, Link | None]:
    """A title with no authors before it: up to the first separator, or a comma followed by the citation's rest."""
    year = next((match for match in BRACKETS.finditer(text) if dates_of(match[0])), None)
    pause = next((match for match in PAUSE.finditer(text) if _ends_title(text, match)), None)
    ends = [match.start() for match in (year, pause) if match]
    lead = text[: min(ends)] if ends else text
    if text[len(lead) :].lstrip(f"{MARK} ")[:1].islower() or _OF_SENTENCE.search(lead.rstrip(" ,")):
        return "", "", "", None  # a sentence with a link in it
    if _INITIAL.search(lead) and people(lead, is_cited=bool(year)):
        return "", "", "", None  # authors come first, and it is not clear which words after them are the title
    for comma in [match.start() for match in re.finditer(r",\s", lead)][:_MOST_COMMAS]:
        rest = lead[comma + 1 :]
        if authors_after(rest, is_cited=bool(dates_of(text))) or all(
            date_of_part(part) for part in SEGMENT.split(rest)
        ):
            return _clean(lead[:comma]), "", text[comma:], None
    return _clean(lead), "", text[len(lead) :], None


def _first_sentence_of_names(text: str) -> str:
    """The authors, if they are the first sentence: `S. Ann and B. Bo. Title.`, `Ann, S. and Bo, B. Title.`"""
    for stop in _STOP.finditer(text, 0, _LONGEST):
        is_initial = bool(_ENDS_IN_INITIAL.search(text, 0, stop.start()))
        who = text[: stop.start() + is_initial]
        if _ONE_INVERTED.fullmatch(who) and may_be_name(who) and _SENTENCE.match(text, stop.end()):
            return who
        if (not is_initial or _FAMILY_FIRST.match(who)) and people(who, is_cited=True):
            return who
    return ""


def _ends_title(text: str, pause: re.Match[str]) -> bool:
    """Whether a separator ends the title; a dash before a capital may be part of it, unless names or a date follow."""
    after = text[pause.end() :].lstrip()
    if pause[0].strip() not in ("-", "–", "—") or not after[:1].isupper():
        return True
    return bool(authors_after(after, is_cited=bool(dates_of(after))) or dates_of(PAUSE.split(after)[0]))


def _clean(title: str) -> str:
    title = without_id(_PAPER_LABEL.sub("", display_title(title.replace(MARK, ""))))
    title = title.rstrip()
    venue = _VENUE_LAST.search(title)
    title = (title[: venue.start()] if venue and is_known(venue["name"]) else title).strip(" .,;:：，。；*_`")
    if title[:1] in tuple('"“‘') and title[-1:] in tuple('"”’'):
        title = title[1:-1].strip(" .,;:*_`")
    title = without_site(title)
    return title if re.search(r"[^\W\d_]", title) and len(title) <= _LONGEST else ""
