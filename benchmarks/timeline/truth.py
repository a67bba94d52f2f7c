"""Criteria 19 and 20: terminal widths, and every link of every output compared with the graph."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rich.cells import cell_len

from benchmarks.timeline.criteria import Measured
from benchmarks.timeline.odd import languages
from benchmarks.timeline.page import settled, shown
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import Stage, paper_set
from benchmarks.timeline.walk import LISTED

COLUMNS = (60, 80, 120, 200)
ROW = re.compile(r"^(?:\d{4}|.{4})  (?:[│| ] )*[●○*o] ", re.M)        # a row of the log: optional year, lanes, a mark
Pairs = set[tuple[str, str]]


def terminal(stage: Stage) -> Measured:
    """19: the widest line in cells at each width, with and without `--plain`."""
    widest: dict[str, int] = {}
    wrong = []
    for drawn in (paper_set("64"), languages()):
        for form in ("log", "lanes"):
            for columns in COLUMNS:
                for plain in ((), ("--plain",)):
                    text = stage.command(stage.vault(drawn), "timeline", "--format", form, *plain,
                                         COLUMNS=str(columns), NO_COLOR="1")
                    name = f"{drawn.name} {form} {columns} {' '.join(plain)}".strip()
                    widest[name] = max(cell_len(line) for line in text.splitlines())
                    if widest[name] > columns:
                        wrong.append(f"{name}: {widest[name]} cells")
                    if "\x1b" in text or (plain and drawn.name == "64" and not text.isascii()):
                        wrong.append(f"{name}: color, or more than ASCII")
                    rows = len(ROW.findall(text))
                    if drawn.name == "64" and form == "log" and rows < len(drawn.papers):
                        wrong.append(f"{name}: {rows} rows")
    return Measured(19, f"{len(wrong)} of {len(widest)} outputs wrong{': ' + wrong[0] if wrong else ''}",
                    not wrong, not wrong, {"widest": widest, "wrong": wrong})


def truth(stage: Stage) -> Measured:
    """20: the drawn, hidden, listed and exported links of the 64 papers are exactly those of their notes."""
    drawn = paper_set("64")
    graph = {(edge.source, edge.target) for edge in drawn.edges}
    layout = json.loads(stage.drawing(drawn, "json").read_text("utf-8"))
    routes = {(route["source"], route["target"]): route for route in layout["routes"]}
    curves = {pair for pair, route in routes.items() if route["points"]}
    svg = stage.drawing(drawn, "svg").read_text("utf-8")
    outputs: dict[str, Pairs] = {
        "layout": set(routes),
        "graphml": _graphml(stage.drawing(drawn, "graphml")),
        "dot": set(re.findall(r'^\s*"([^"]+)" -> "([^"]+)"', stage.drawing(drawn, "dot").read_text("utf-8"), re.M)),
        "mermaid": _mermaid(stage.drawing(drawn, "mmd"), {node["key"]: node["label"] for node in layout["nodes"]}),
        "canvas": _canvas(stage.drawing(drawn, "canvas")),
        "page": _page(stage, drawn),
        "panels": _panels(stage, drawn),
    }
    wrong = {name: f"{len(pairs - graph)} invented, {len(graph - pairs)} lost"
             for name, pairs in outputs.items() if pairs != graph}
    hidden = layout["hidden_implied"]
    if len(graph) - len(curves) != hidden + layout.get("hidden_unimportant", 0):
        wrong["layout, hidden"] = f"{len(graph) - len(curves)} are not drawn, {hidden} are reported as hidden"
    if f"{hidden} implied link" not in svg:
        wrong["svg, hidden"] = "the number of hidden links is not shown"
    told = len(re.findall(r"<title>[^<]* (?:builds on|cites) [^<]*</title>", svg))
    if told != len(curves):
        wrong["svg, drawn"] = f"{told} links are named, {len(curves)} drawn"
    shown_ = "; ".join(f"{name}: {what}" for name, what in wrong.items())
    return Measured(
        20, shown_ or f"{len(graph)} links in {len(outputs)} outputs; {len(curves)} drawn, {hidden} reported as hidden",
        not wrong, not wrong, {"wrong": wrong, "drawn": len(curves), "hidden": hidden},
    )


def _graphml(path: Path) -> Pairs:
    found = ElementTree.parse(path).iter("{http://graphml.graphdrawing.org/xmlns}edge")
    return {(str(edge.get("source")), str(edge.get("target"))) for edge in found}


def _mermaid(path: Path, labels: dict[str, str]) -> Pairs:
    """Nodes are numbered there, and are identified by their labels."""
    text = path.read_text("utf-8")
    key = {re.sub(r"\W+", " ", label).strip(): key for key, label in labels.items()}
    names = {}
    for name, label in re.findall(r'^\s*(n\d+)\W*\["(.*?)(?:<br/>\d+)?"\]', text, re.M):
        plain = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)
        names[name] = key[re.sub(r"\W+", " ", plain).strip()]
    return {(names[a], names[b]) for a, b in re.findall(r"^(n\d+) (?:-->|-\.->) (n\d+)", text, re.M)}


def _canvas(path: Path) -> Pairs:
    """Cards are files of the vault: KEY.md."""
    read = json.loads(path.read_text("utf-8"))
    key = {node["id"]: Path(node["file"]).stem for node in read["nodes"] if node["type"] == "file"}
    return {(key[edge["fromNode"]], key[edge["toNode"]]) for edge in read["edges"]}


def _page(stage: Stage, drawn: PaperSet) -> Pairs:
    """The links in the data of the page."""
    text = stage.drawing(drawn, "html").read_text("utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    read = json.loads(found[1]) if found else {}
    keys, edges = read["papers"]["key"], read["edges"]
    return {(keys[a], keys[b]) for a, b in zip(edges["source"], edges["target"])}


def _panels(stage: Stage, drawn: PaperSet) -> Pairs:
    """The links that the panels of all papers list, at both ends; a link listed at only one end counts as invented."""
    up: Pairs = set()
    down: Pairs = set()
    with shown(stage, drawn) as page:
        for paper in drawn.papers:
            page.page.evaluate(f"() => {{ location.hash = {json.dumps('p=' + paper.key)}; }}")
            settled(page.page)
            listed: dict[str, Any] = page.page.evaluate(LISTED)
            up |= {(paper.key, other) for other in listed.get("Builds on", [])}
            down |= {(other, paper.key) for other in listed.get("Built on by", [])}
    return up if up == down else up | {(a, f"{b}, at one end only") for a, b in up ^ down}
