"""The title of a paper from the text of a link to it, for a paper that has no note and is in no list.

Text that points (`this paper`, `here`, `Figure 2`), cites (`Kingma and Ba, 2014`) or is part of the sentence is not a
title.
"""

import re
from collections import Counter
from collections.abc import Mapping

from kb import ids
from kb.dialects.cited_titles import is_label, without_date
from kb.dialects.note_titles import without_id, without_site
from kb.regex import rare
from kb.titles import display_title, title_key

_SIGNS = " *_`\"'“”.,;:"
_LONGEST_LINK, _LONGEST = 3000, 300
_LONGEST_POINTER = 6
"""Words."""
_FEWEST = 3
"""Words; a shorter one may be a nickname."""
_SHOWN = rare(r"\[\[[^\[\]|]*\|(?P<wiki>[^\[\]]+)\]\]|\[(?P<text>.*?)\](?:\(.*|\[[^\[\]]*\])?", re.DOTALL)
_IMAGE = rare(r"!\[[^\[\]]*\]\([^()]*\)")
_NAME = r"(?:(?:[Vv]an|[Vv]on|[Dd]e[rn]?|[Dd]i|[Ll][ea]) ){0,3}(?:[A-Z]\. ?){0,3}[^\W\d_a-z][\w'’-]+"
_BEFORE = rare(
    r"(?:[\w&+-]{1,20} ){0,3}(?:paper|title|论文|論文|논문)\s?[:：]\s*|\[?(?:pdf|arxiv)(?:\]|:)\s*", re.IGNORECASE
)
_AFTER = rare(r"\s?[\[(](?:pdf|arxiv|paper|link|html)[\])]$", re.IGNORECASE)
"""`_BEFORE` and `_AFTER`: `Original paper:` before a title, `[PDF]` before or after it."""
_BY = rare(
    rf"^{_NAME}(?:(?:,| and| &) {_NAME})? et\.? al\b\.?,?(?: ?\(?\d{{4}}[a-z]?\)?)?\s?[:,.–—-]\s*"
    rf"|[\s,–—-]{{1,4}}(?:by )?\(?{_NAME} et\.? al\b(?!\.?['’]s\b).*$|,\s[Bb]y [A-Z][^()\[\]]{{2,200}}$"
)
"""Authors before or after a title."""
_POINTS = rare(
    r".*\b(?:papers?|preprint|article|pdf|arxiv|link|here|abstract)|.*(?:论文|論文|链接|連結|原文|논문|링크)"
    r"|.*\b(?:\d{4}|\w+['’]s) (?:work|study|method|approach)"
    r"|(?:see|read|view|get|download|check|click|open|go to|link to)(?: (?:out|the|this|more|on|full|original|it))+\b.*"
    r"|(?:sec(?:tion|\.)?|fig(?:ure|\.)?|tab(?:le|\.)?|eq(?:uation|\.)?|appendix|chapter|algorithm|theorem|part|page"
    r"|p\.|ref\.?|§)\s?[\d(A-Z][\w.()]{0,6}",
    re.IGNORECASE,
)
"""Words that point somewhere and name nothing."""
_GENERIC = rare(
    r"(?:(?:ref|refs|reference|references|original|publication|whitepaper|study|this|more|details|read|view|download|"
    r"tutorial|survey|report|thesis|work|method|methods|citation|cite|cited|journal|proceedings|book|chapter|"
    r"manuscript|announcement|release|technical|tech|full|text|learn|see|also|theory|proof|research|official|"
    r"reading|related|extended|version|supplementary|material|materials|preprint|v1|v2|v3|nature|science|"
    r"openreview|submission|arxiv|"
    r"neurips|nips|icml|iclr|cvpr|iccv|eccv|acl|emnlp|naacl|aaai|ijcai|kdd|sigir|jmlr|tmlr|pnas|springer|"
    r"elsevier|sciencedirect|ieee|wiley|pubmed|researchgate|openai|deepmind|google|meta|distill|biorxiv|"
    r"medrxiv|the|a|an|and|on|at|in|of|to|for|its|their|our|my|by|from)(?: |$))+"
)
"""A link with only such words says where it leads, not what the paper is called."""
_CITES = rare(
    rf"{_NAME}(?:(?:,? and|,? &|,) {_NAME})*(?:['’]s)?,? ?[\[(]?(?:19|20)\d\d[a-z]?[\])]?"
    rf"|.*\bet\.? al\b.*|{_NAME},? (?:and|&) {_NAME}|[A-Za-z]+(?:\+\d\d|(?:19|20)\d\d\w*)"
)
_SITE = rare(r"(?:[\w-]+\.)+[a-z]{2,4}/?")
_HAS_LETTER = rare(r"[^\W\d_]")


def title_shown(raw: str) -> str:
    """The title in the text of a link, given as written; empty if the text is not a title."""
    found = _SHOWN.fullmatch(raw.strip()) if len(raw) <= _LONGEST_LINK else None
    text = _IMAGE.sub("", found["wiki"] or found["text"] or "") if found else ""
    text = without_site(without_id(display_title(text.replace("\\[", "[").replace("\\]", "]"))))
    if text.rstrip(_SIGNS[:-4]).endswith(("…", "...")):  # cut off
        return ""
    text = text.strip(_SIGNS)
    if "//" in text or is_label(text) or ids.parse_id(text):
        return ""
    before = _BEFORE.match(text)
    text = _BY.sub("", _AFTER.sub("", text[before.end() :] if before else text))
    title = without_date(text)[0].strip(_SIGNS)
    return title if _may_be_title(text, title) else ""


def _may_be_title(text: str, title: str) -> bool:
    words = title.split()
    if not words or len(title) > _LONGEST or not _HAS_LETTER.search(title):
        return False
    if words[0].isalpha() and words[0].islower():  # part of the sentence; `word2vec` and `t-SNE` are names
        return False
    if len(words) == 1 and _SITE.fullmatch(title):
        return False
    is_short = len(words) <= _LONGEST_POINTER
    if is_short and (_POINTS.fullmatch(title) or _CITES.fullmatch(text) or is_label(title)):
        return False
    return not _GENERIC.fullmatch(title_key(title))


def best_title(shown: Mapping[str, int]) -> str:
    """The title that links give a paper: a full title before a nickname, then the most frequent one; empty if none.

    Args:
        shown: links as written, and the number of each.
    """
    counts: Counter[str] = Counter()
    for raw, count in shown.items():
        counts[title_shown(raw)] += count
    del counts[""]
    return min(counts, key=lambda title: (len(title.split()) < _FEWEST, -counts[title], -len(title), title), default="")
