"""Papers as a JSON Canvas (https://jsoncanvas.org/spec/1.0/), for Obsidian: a card per paper, a group per lane.

The card of a paper with a note in the vault shows that note; any other is a link to its address, or text.
"""
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from cli.printable import printable
from cli.render.timeline.arrange import arrange
from cli.render.timeline.layout import place
from cli.render.timeline.markup import safe_href
from cli.render.timeline.model import Metrics, Node, Options
from cli.render.timeline.palette import LIGHT, color_index
from cli.render.timeline.papers import WORDS, Edge, Paper

WIDTH, HEIGHT = 260, 100                    # of a card in pixels
CARDS = Metrics(measure=lambda text, bold: WIDTH, row=HEIGHT + 40, text=HEIGHT, lane_pad=80, header=0, footer=0, gap=0,
                space=40, margin=40, radius=(0, 0), label_max=WIDTH)
ROOM = 150                                  # pixels of width for each paper, so that lanes stay a few rows high


def render_canvas(papers: Iterable[Paper], edges: Iterable[Edge], notes: Mapping[str, str]) -> str:
    """The text of a `.canvas` file to put into the vault; `notes` are the paths of the notes there, by key.

    Raises:
        ValueError: two papers have the same key.
    """
    papers = tuple(papers)
    arranged = arrange(papers, edges)
    placed = place(arranged, Options(max(2400, ROOM * len(papers)), CARDS))
    left, right = min((node.label_x for node in placed.nodes), default=0.0), placed.width
    groups = [{"id": f"lane-{i}", "type": "group", "label": lane.name, "x": round(left - 40), "y": round(lane.y),
               "width": round(right - left + 40), "height": round(lane.height - 20), "color": _color(i)}
              for i, lane in enumerate(placed.lanes)]
    ids = {node.key: f"paper-{i}" for i, node in enumerate(placed.nodes)}
    cards = [_card(node, ids[node.key], notes.get(node.key)) for node in placed.nodes]
    lane_of = {node.key: node.lane for node in placed.nodes}
    arrows = [{"id": f"link-{i}", "fromNode": ids[edge.source], "fromSide": "left", "toNode": ids[edge.target],
               "toSide": "right", "color": _color(lane_of[edge.target]), "label": _said(edge),
               **({"toEnd": "none"} if edge.kind == "links" else {})}
              for i, edge in enumerate(arranged.edges)]
    return json.dumps({"nodes": [*groups, *cards], "edges": arrows}, ensure_ascii=False, indent=1) + "\n"


def _card(node: Node, name: str, note: str | None) -> dict[str, Any]:
    at = {"x": round(node.label_x), "y": round(node.y - HEIGHT / 2), "width": WIDTH, "height": HEIGHT,
          "color": _color(node.lane)}
    href = safe_href(node.href)
    if note:
        return {"id": name, "type": "file", "file": note, **at}
    if href and href.lower().startswith("http"):
        return {"id": name, "type": "link", "url": href, **at}
    title = f"\n\n{_plain(node.title)}" if node.title != node.label else ""
    return {"id": name, "type": "text", "text": f"**{_plain(node.label)}** {_plain(node.date or '')}{title}", **at}


def _said(edge: Edge) -> str:
    words = WORDS[edge.kind]
    return f"{words}: {printable(edge.why)}" if edge.why else words


def _color(lane: int) -> str:
    return LIGHT[color_index(lane)]


def _plain(text: str) -> str:
    """The text escaped, so that Markdown shows it as it is."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", printable(text))
