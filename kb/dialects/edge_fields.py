"""Links in fields: names under the edge keys, `[[links]]` and addresses of papers anywhere."""

from collections.abc import Iterator

from kb import ids, roles
from kb.facts import EDGE_FIELDS, fact_name
from kb.fields import PEOPLE, Field, Scalar
from kb.items import why
from kb.model import Link
from kb.percent import unquote
from kb.regex import rare
from kb.targets import external

_NO_LINKS = {"url", "arxiv_id", "doi", "citekey", "tags"}
"""Facts whose addresses are the note's own, or a tag like any other."""
_LINK = rare(
    r"\[\[(?P<wiki>[^\[\]\n]{1,400})\]\]|(?<!!)\[[^\[\]\n]{0,400}\]\(<?(?P<address>[^()\s<>]{1,2000})>?\)"
    r"|(?<![^\s(])(?!\()(?P<page>(?:[^\s,]|,(?=\S)){1,400}%20[0-9a-f]{32}\.md)"
)
"""The last form is Notion's: `Title (../Papers/Title%20<id>.md)`."""


def edge_links(fields: list[Field], entry: int = 0) -> list[Link]:
    """Each name under `builds_on`, `cites`, `patterns`, `constraints` or `broader`; each `[[link]]` under any key.

    The address of a paper is also a link (`sources: [https://arxiv.org/abs/1706.03762]`), except in the fields of
    `_NO_LINKS`.
    """
    links: list[Link] = []
    for field in fields:
        key = field.key.strip().lower()
        for value in field.values:
            may_link = "[" in value.written or "%20" in value.written
            if value.text.startswith("http") and fact_name(key) not in _NO_LINKS and ids.parse_id(value.text):
                address = value.text.strip()
                links.append(Link(address, value.line, value.column, "property", address, role=key, entry=entry))
                continue
            if not (may_link or key in EDGE_FIELDS):
                continue  # most values
            if key in PEOPLE and not value.written.startswith(('"', "'")):
                continue  # Readwise writes a person as `[[@name on Twitter]]`; Obsidian's own links are quoted
            role = roles.of_field(field.key)
            found = list(_links(value, role, entry)) if may_link else []
            if not found and key in EDGE_FIELDS and value.text.strip():
                name = value.text.strip()
                found = [Link(name, value.line, value.column, "property", name, role=role, entry=entry)]
            links += found
    return links


def _links(value: Scalar, role: str, entry: int) -> Iterator[Link]:
    """`[[Name#part|shown]] why` or `[shown](address)` anywhere in a value; only a typed edge has a why."""
    line, start = value.line, -value.column + 1  # where the current line begins, counted in `written`
    position = 0
    matches = list(_LINK.finditer(value.written))
    for match in matches:
        breaks = value.written.count("\n", position, match.start())
        if breaks:
            line, start = line + breaks, value.written.rindex("\n", 0, match.start()) + 1
        position = match.start()
        address = match["address"] or match["page"]
        target, _, fragment = (match["wiki"] or address).partition("|")[0].partition("#")
        if address:
            target = address if external(target) else unquote(target)
        is_reasoned = len(matches) == 1 and not match["page"]
        reason = why(value.text[value.text.find(match[0]) + len(match[0]) :]) if is_reasoned else ""
        yield Link(
            match[0],
            line,
            position - start + 1,
            "property",
            target.strip().rstrip("\\"),
            "" if external(target) else fragment.strip(),
            role,
            reason if role in roles.TYPED else "",
            entry,
        )
