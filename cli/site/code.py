"""The card of code that runs: claim, verdict, figures, and the command."""

import json
from typing import Any

from cli.page.html import Html, joined, tag
from cli.render.code import STANDS, code_rows, measured
from cli.site.parts import section
from cli.site.site import Site

_GOOD = ("claim-held", "verified")


def implementation(card: dict[str, Any]) -> Html | None:
    """The paper's implementation, as the terminal's card shows it."""
    code = card.get("code")
    if not code:
        return None
    look = "good" if code["status"] in _GOOD else "soso"
    return section(
        "Implementation",
        tag("p", tag("span", STANDS[code["status"]], class_=f"badge {look}"), " ", tag("code", code["id"])),
        tag("pre", tag("code", f"paperkb run {code['id']}"), class_="command"),
        _rows(code),
        id_="implementation",
    )


def experiments(site: Site, card: dict[str, Any]) -> Html | None:
    """Experiments about the paper, with what they found."""
    names = dict.fromkeys(
        edge["source"].partition(":")[2]
        for edge in card["edges"]["in"]
        if edge["type"] == "links" and edge.get("role") == "experiment"
    )
    found = []
    for name in names:
        row = site.store.one("SELECT data FROM implementation WHERE id = ?", (name,))
        code = json.loads(row[0]) if row else None
        if code:
            tables = "\n".join(line.plain for line in measured(code)).strip()
            found.append(
                joined(
                    tag("h3", code["question"]),
                    tag("p", code["answer"]) if code["answer"] else None,
                    tag("div", tag("pre", tables), class_="scroll") if tables else None,
                    tag("pre", tag("code", f"paperkb run {name}"), class_="command"),
                )
            )
    return section("Experiments", *found)


def _rows(code: dict[str, Any]) -> Html:
    """Heads and their texts; rows without a head, or with the same one, continue the one before."""
    parts: list[Html] = []
    above = ""
    for head, said in code_rows(code):
        if head not in (code["id"], "run it"):
            parts += [tag("dt", head)] if head not in ("", above) else []
            parts.append(tag("dd", said.plain))
            above = head or above
    return tag("dl", *parts)
