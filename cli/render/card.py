"""A card as lines for the terminal; nothing is computed here."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from cli.render.timeline.printable import printable

_FACTS = ("authors", "date", "venue", "arxiv_id", "doi", "family", "category", "tags", "aliases", "status")
_VERDICTS = {
    "held": ("held", "green"),
    "not-held": ("did NOT hold", "red"),
    "not-reproduced": ("did not reproduce at toy scale", "yellow"),
}
_MENTIONS = 8


def render_card(card: dict[str, Any]) -> Iterator[Text]:
    """Lines of the card, ready for a rich console."""
    yield Text(printable(card["title"] or card["key"]), style="bold")
    source = f", {card['source']}" if card.get("source") else ""
    yield Text(f"{card['kind']}:{card['key']}{source}", style="dim")
    yield from _facts(card)
    if card["kind"] == "document":
        yield from _document(card["documents"][0])
    for title, kind, side in (
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
    ):
        yield from _edges(title, [edge for edge in card["edges"][side] if edge["type"] == kind], side)
    if card.get("code"):
        yield from _code(card["code"])
    if card.get("neighbors"):
        yield from _section("shares patterns with")
        for other in card["neighbors"]:
            yield _item(other["key"], f"{', '.join(other['patterns'])}")
    yield from _mentions(card)


def _section(title: str) -> Iterator[Text]:
    yield Text()
    yield Text(title, style="bold cyan")


def _item(head: str, rest: str = "", dim: str = "") -> Text:
    line = Text.assemble("  ", (printable(head), "bold"), no_wrap=False)
    if rest:
        line.append(f"  {printable(rest)}")
    if dim:
        line.append(f"  {printable(dim)}", style="dim")
    return line


def _facts(card: dict[str, Any]) -> Iterator[Text]:
    for name in _FACTS:
        value = card.get(name)
        if not value:
            continue
        shown = printable(", ".join(value) if isinstance(value, list) else str(value))
        candidates = card["sources"].get(name, [])
        line = Text.assemble("  ", (f"{name.replace('_', ' '):<10}", "dim"), shown)
        if candidates:
            line.append(f"  {printable(candidates[0]['path'])}:{candidates[0]['line']}", style="dim")
        yield line
        for other in candidates[1:] if name not in ("aliases", "tags") else []:
            value = ", ".join(other["value"]) if isinstance(other["value"], list) else other["value"]
            yield Text.assemble(
                "  ",
                " " * 10,
                ("also ", "yellow"),
                printable(value),
                (f"  {printable(other['path'])}:{other['line']}", "dim"),
            )


def _edges(title: str, edges: list[dict[str, Any]], side: str) -> Iterator[Text]:
    if not edges:
        return
    yield from _section(title)
    ends: dict[str, dict[str, Any]] = {}
    for edge in edges:
        end = edge["target" if side == "out" else "source"]
        if end not in ends or not ends[end]["why"]:
            ends[end] = edge
    for end, edge in ends.items():
        kind, _, key = end.partition(":")
        yield _item(key, edge["why"], "no note yet" if kind == "ghost" else "")


def _code(code: dict[str, Any]) -> Iterator[Text]:
    yield from _section("implementation")
    yield _item(code["id"], f"{code['place'][0]}  ({code['status'].replace('-', ' ')})")
    yield Text(f"  oracle     {printable(code['oracle'])}")
    if code["claim"]:
        yield Text(f"  claim      {printable(code['claim'])}  (grade {code['grade']})")
    if code["outcome"]:
        yield Text(f"             {printable(code['outcome'])}")
    for record in code["records"]:
        yield from _record(record)
    yield Text(f"  run it     paperkb run {code['id']}")


def _record(record: dict[str, Any]) -> Iterator[Text]:
    device = printable(str(record.get("env", {}).get("device", "")))
    when = f"{record.get('time_utc', '')[:10]}, {record.get('code', {}).get('git', '')[:8]}"
    if record["kind"] == "claim":
        shown, style = _VERDICTS.get(record["verdict"], (record["verdict"], ""))
        yield Text.assemble("  verdict    ", (shown, style), (f"  {device}, {when}", "dim"))
    elif record["kind"] == "bench" and record.get("status") == "ok" and record.get("variant") == "reference":
        time, ratio = record["time_ms"], record["ratio"]
        against = (
            ""
            if not ratio
            else f", tie with {ratio['baseline']}"
            if ratio["tie"]
            else f", {ratio['p50']:.2f} times {ratio['baseline']}"
        )
        yield Text.assemble(
            f"  bench      {record['case']} {record['mode']} {record['dtype']}: {time['p50']:.3g} ms",
            against,
            (f"  {device}, {when}", "dim"),
        )


def _mentions(card: dict[str, Any]) -> Iterator[Text]:
    places = [f"{mention['path']}:{mention['line']}" for mention in card["mentions"]]
    unique = list(dict.fromkeys(places))
    if not unique:
        return
    yield from _section("mentioned in")
    for place in unique[:_MENTIONS]:
        yield Text(f"  {printable(place)}")
    if len(unique) > _MENTIONS:
        yield Text(f"  and {len(unique) - _MENTIONS} more places", style="dim")


def _document(document: dict[str, Any]) -> Iterator[Text]:
    yield Text(f"  dialect    {document['dialect']}: {printable(document['dialect_by'])}")
    yield Text(f"  about      {document['about'] or 'no single paper'}: {printable(document['about_by'])}")
    yield from _section(f"{len(document['links'])} links")
    for link in document["links"]:
        yield Text.assemble(
            f"  {link['line']}:{link['column']}  ",
            (printable(link["raw"])[:60], "bold"),
            f"  {link['how'] or link['status']}",
            f"  {printable(link['target'] or '')}",
        )
