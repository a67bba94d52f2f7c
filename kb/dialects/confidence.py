"""How confident a report is in each of its statements, in the many ways people write that.

`- Statement: Medium`, `**High confidence**: statement`, `- Statement (High): reason`, a list under `**High**`, a table.
"""

import re
from collections.abc import Iterator

from kb.labelled import Statement, fold_label
from kb.model import Item

_DEGREE = r"(?:very[ -])?(?:high|medium|moderate|low)(?:[ /–-](?:to[ -])?(?:high|medium|moderate|low))?|\d{1,3} ?%"
_IS_LEVEL = re.compile(rf"({_DEGREE})(?:[ -]confidence)?(?: claims?| statements?)?|confidence: ?({_DEGREE})", re.I)
_AT = re.compile(
    rf"\s*(?:[(（]\W?({_DEGREE})(?:[ -]confidence)?[)）](?=\s*(?:[:：.–—-]|$))"
    rf"|(?:[:：]|\s[–—-])\s*({_DEGREE})(?:[ -]confidence)?(?=\s*(?:[.:;,–—(-]|$)))[\s.:：;,–—-]*",
    re.IGNORECASE,
)
"""A level at the end of a statement: `(High)`, `: Medium`, `- low confidence`; the reason follows."""
_SURE = re.compile(rf"({_DEGREE})(?:[ -]confidence\b| (?:for|in|on|that)\b)", re.IGNORECASE)


def confidence(section: Statement) -> Iterator[Item]:
    """Statements with their level as a part, and the reason if one is given."""
    waiting = [(each, "") for each in section.under[::-1]]
    while waiting:
        each, level = waiting.pop()
        own = _IS_LEVEL.fullmatch(fold_label(each.lead)) if each.lead else None
        if own:
            level = (own[1] or own[2]).lower()
        if each.kind == "row":
            yield from _row(each)
        elif each.heads and each.under:
            waiting += [(nested, level) for nested in each.under[::-1]]
        elif own:
            said = " ".join([each.text, *(nested.whole for nested in each.walk())]).strip()
            if said:
                yield Item("confidence", each.line, said, (("level", level),))
        else:
            yield _statement(each, level)


def _statement(each: Statement, level: str) -> Item:
    """One statement; the level of its list counts unless it names one itself."""
    text, parts = each.whole, list[tuple[str, str]]()
    ends, sure = _AT.search(text), _SURE.match(text)
    if ends and ends.start():
        reason = text[ends.end() :].strip(" ()")
        text, level, parts = text[: ends.start()], ends[1] or ends[2], [("reason", reason)] if reason else []
    elif sure:
        level = sure[1]
    parts += [("reason", nested.whole) for nested in each.walk()]
    return Item("confidence", each.line, text, ((("level", level.lower()),) if level else ()) + tuple(parts))


def _row(row: Statement) -> Iterator[Item]:
    """The level in one cell and the statement in the others; a row without a level is the table's header."""
    cells = [cell.strip() for cell in row.whole.split("\t")]
    level = next((found for cell in cells if (found := _IS_LEVEL.fullmatch(cell))), None)
    said = [cell for cell in cells if cell and not _IS_LEVEL.fullmatch(cell)]
    if level and said:
        reasons = tuple(("reason", cell) for cell in said[1:])
        yield Item("confidence", row.line, said[0], (("level", (level[1] or level[2]).lower()), *reasons))
