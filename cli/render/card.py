"""A card as people read it; nothing is computed here."""

from collections.abc import Iterable, Iterator

from cli.printable import printable
from cli.render.parts import Grid, Row, Text
from kb.typed import Any

_FACTS = ("authors", "date", "venue", "arxiv_id", "doi", "family", "category", "tags", "aliases", "status")
EDGES = (
    ("builds on", "builds-on", "out"),
    ("built on by", "builds-on", "in"),
    ("cites", "cites", "out"),
    ("cited by", "cites", "in"),
    ("uses", "uses-pattern", "out"),
    ("used by", "uses-pattern", "in"),
    ("raises", "raises-constraint", "out"),
    ("raised by", "raises-constraint", "in"),
    ("broader", "broader", "out"),
    ("narrower", "broader", "in"),
    ("implements", "implements", "out"),
)
"""Title, type and side of each list of edges, in order."""
_MENTIONS = 8
_SAID = 240
"""Characters shown of a passage; `--json` has all of it."""


def render_card(card: dict[str, Any]) -> Iterator[Text | Grid]:
    """The parts of the card, in order."""
    yield Text(printable(card["title"] or card["key"]), style="bold")
    source = f", {card['source']}" if card.get("source") else ""
    yield Text(printable(f"{card['kind']}:{card['key']}{source}"), style="dim")
    if card["summary"]:
        yield _summary(card)
    facts = [*_facts(card), *(_dialect(card["documents"][0]) if card["kind"] == "document" else ())]
    if facts:
        yield _grid(facts, "dim")
    if card["kind"] == "document":
        links = card["documents"][0]["links"]
        yield from _section("discusses", map(_told, card["documents"][0]["discusses"]))
        yield from _section(f"{len(links)} link{'s' * (len(links) != 1)}", map(_link, links))
    for document in card.get("documents") or ():
        yield from _items(document["items"])
    for title, kind, side in EDGES:
        yield from _section(title, _edges([edge for edge in card["edges"][side] if edge["type"] == kind], side))
    if card.get("code"):
        from cli.render.code import code_rows, measured  # slow to import, and most papers have no code

        question = card["code"]["question"]
        yield from _section("experiment" if question else "implementation", code_rows(card["code"]))
        yield from measured(card["code"])
    about = [edge for edge in card["edges"]["in"] if edge["type"] == "links" and edge.get("role") == "experiment"]
    yield from _section("experiments", _edges(about, "in"))
    neighbors = card.get("neighbors") or []
    yield from _section(
        "shares patterns with", ((other["key"], Text(printable(", ".join(other["patterns"])))) for other in neighbors)
    )
    yield from _section("discussed in", map(_discussed, card["discussed"]))
    yield from _linked(card)
    yield from _mentions(card)


def _summary(card: dict[str, Any]) -> Text:
    """The summary, with its place if it comes from another note than the card's own."""
    said, place = printable(card["summary"]), card["summary_from"]
    if not place or (place["source"], place["path"]) == (card["source"], card["path"]):
        return Text(said)
    curated = "curated " if place["source"] == "curated" else ""
    return Text.assemble(said, (f"  {curated}{printable(place['path'])}", "dim"))


def _grid(rows: list[Row], style: str) -> Grid:
    return Grid([(printable(head), said) for head, said in rows], style)


def _section(title: str, rows: Iterator[Row]) -> Iterator[Text | Grid]:
    listed = list(rows)
    if listed:
        yield Text()
        yield Text(title, style="bold cyan")
        yield _grid(listed, "bold")


def _facts(card: dict[str, Any]) -> Iterator[Row]:
    for name in _FACTS:
        value = card.get(name)
        if not value:
            continue
        candidates = card["sources"].get(name, [])
        empty = card["boilerplate_tags"] if name == "tags" else []
        said = [each for each in value if each not in empty] if empty else value
        if name == "authors" and card["authors_more"]:
            said = [*value, "et al."]
        if said:
            yield name.replace("_", " "), _fact(said, candidates[0] if candidates else None)
        if empty:
            yield "boilerplate tags", Text(printable(", ".join(empty)), style="dim")
        for other in candidates[1:] if name not in ("aliases", "tags") else []:
            yield "", Text.assemble(("also ", "yellow"), _fact(other["value"], other))
    if not all(identifier.startswith(("arxiv:", "doi:")) for identifier in card["ids"]):
        from kb.ids import addresses_of  # slow to import, and most papers have no other ids

        for site, address in addresses_of(card["ids"]):
            yield site, Text(printable(address))


def _fact(value: list[str] | str, source: dict[str, Any] | None) -> Text:
    curated = "curated " if source and source["source"] == "curated" else ""
    place = printable(f"{curated}{source['path']}:{source['line']}") if source else ""
    shown = printable(", ".join(value) if isinstance(value, list) else value)
    return Text.assemble(shown, (f"  {place}" if place else "", "dim"))


def ends(edges: Iterable[dict[str, Any]], side: str) -> dict[str, str]:
    """Each node at the other end of these edges once, with the first why that is given."""
    found: dict[str, str] = {}
    for edge in edges:
        end = edge["target" if side == "out" else "source"]
        found[end] = found.get(end) or edge["why"]
    return found


def _edges(edges: list[dict[str, Any]], side: str) -> Iterator[Row]:
    for end, said in ends(edges, side).items():
        kind, _, key = end.partition(":")
        why = Text(printable(said))
        if kind == "ghost":
            why.append("  no note yet" if said else "no note yet", style="dim")
        yield key, why


def _linked(card: dict[str, Any]) -> Iterator[Text | Grid]:
    """What its notes link and no list above has. A note about no single paper lists all of its links; code has none."""
    if card["kind"] in ("document", "implementation"):
        return
    listed = {edge[end] for side, end in (("out", "target"), ("in", "source")) for edge in card["edges"][side]
              if edge["type"] != "links"}  # fmt: skip
    rows = list(_edges([edge for edge in card["edges"]["out"] if edge["target"] not in listed], "out"))
    yield from _section("mentions", iter(rows[:_MENTIONS]))
    if len(rows) > _MENTIONS:
        yield Text(f"  and {len(rows) - _MENTIONS} more", style="dim")


def _discussed(found: dict[str, Any]) -> Row:
    return f"{found['path']}:{found['line']}", Text(_cut(found["why"] or found["text"]))


def _cut(said: str) -> str:
    return printable(said if len(said) <= _SAID else said[: _SAID - 1] + "…")


def _told(found: dict[str, Any]) -> Row:
    why, category = printable(found["why"]), printable(found["category"] or "")
    return found["paper"].partition(":")[2], Text.assemble(why, "  " if why and category else "", (category, "dim"))


def _items(items: list[dict[str, Any]]) -> Iterator[Text | Grid]:
    """Claims, questions, experiments: a section for each kind, each statement followed by its parts."""
    for kind in dict.fromkeys(item["kind"] for item in items):
        rows = (row for item in items if item["kind"] == kind for row in _item(item))
        yield from _section(plural(kind), rows)


def plural(kind: str) -> str:
    """The plural of a kind of item."""
    return kind if kind == "code" else f"{kind}s"


def _item(item: dict[str, Any]) -> Iterator[Row]:
    yield str(item["line"]), Text(printable(item["text"]))
    for name, text in item["parts"]:
        yield "", Text.assemble((f"{printable(name)}: ", "dim"), printable(text))


def _mentions(card: dict[str, Any]) -> Iterator[Text]:
    places: dict[str, str] = {}
    for mention in card["mentions"]:
        place = f"{mention['path']}:{mention['line']}"
        places[place] = places.get(place) or mention.get("why", "")
    if places:
        yield Text()
        yield Text("mentioned in", style="bold cyan")
    for place, why in list(places.items())[:_MENTIONS]:
        yield Text.assemble(f"  {printable(place)}", (f"  {_cut(why)}" if why else "", "dim"))
    if len(places) > _MENTIONS:
        yield Text(f"  and {len(places) - _MENTIONS} more", style="dim")


def _dialect(document: dict[str, Any]) -> Iterator[Row]:
    yield "dialect", Text(printable(f"{document['dialect']}: {document['dialect_by']}"))
    yield "about", Text(printable(f"{document['about'] or 'no single paper'}: {document['about_by']}"))


def _link(link: dict[str, Any]) -> Row:
    raw, leads = printable(link["raw"]), printable(link["target"] or ", ".join(link["candidates"]))
    curated = "curated " if link["target_source"] == "curated" else ""
    how = link["how"] or link["status"]
    return f"{link['line']}:{link['column']}", Text.assemble(
        (raw if len(raw) <= 60 else raw[:59] + "…", "bold"), f"  {how}", f"  {curated}{leads}" if leads else ""
    )
