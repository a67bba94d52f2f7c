"""Each export is read back by a program for its format, or by the rules of the format, and leaves nothing out."""
import json
import re
import shutil
import subprocess
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.printable import printable
from cli.render.timeline.canvas import render_canvas
from cli.render.timeline.dot import render_dot
from cli.render.timeline.graphml import render_graphml
from cli.render.timeline.mermaid import render_mermaid
from cli.render.timeline.model import Options
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.picture import Picture
from cli.render.timeline.svg import PIXELS
from cli.render.timeline.write import write
from tests.cli.render.timeline_papers import edges, papers, synthetic
from tests.hostile import disguised, hostile_drawing

WHY = 'the "why" & <more>'
LINKS = [*edges(), Edge("bert", "gelu", "cites", WHY), Edge("dalle", "clip", "cites")]


def read_graphml(text: str) -> networkx.MultiDiGraph:
    return networkx.parse_graphml(text.split("?>", 1)[1], force_multigraph=True)


def test_graphml_is_typed_and_has_every_paper_and_every_link_with_kind_and_why() -> None:
    graph = read_graphml(render_graphml(papers(), LINKS, "A title"))
    assert graph.number_of_nodes() == len(papers())
    assert graph.nodes["bert"] == {"label": "BERT", "title": "BERT, the paper", "date": "2018-10-11", "year": 2018,
                                   "lane": "Transformers", "runnable": True, "url": "papers/bert.md"}
    assert graph.nodes["gpt3"]["runnable"] is False
    found = Counter((source, target, data["kind"]) for source, target, data in graph.edges(data=True))
    assert found == Counter((edge.source, edge.target, edge.kind) for edge in LINKS)
    assert [data["why"] for _, _, data in graph.edges(data=True) if "why" in data] == [WHY]


def test_graphml_holds_hostile_text_as_text() -> None:
    made, links = hostile_drawing()
    text = render_graphml(made, links, "]]></data>")
    assert not disguised(text)
    assert "<!" not in text
    graph = read_graphml(text)
    assert graph.number_of_nodes() == len(made)
    assert graph.number_of_edges() == len(links)
    assert {data.get("title", "") for _, data in graph.nodes(data=True)} == {printable(paper.title) for paper in made}


# A reader for the part of the DOT language that we write: names and values are quoted, numbers or plain words.
_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*|#?[\d.]+)|(->|[{}\[\],=]))', re.S)


def read_dot(text: str) -> tuple[dict[str, dict[str, str]], list[tuple[str, str, dict[str, str]]]]:
    """Nodes and edges with their attributes; fails on anything that the language does not allow."""
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        assert match, text[at:at + 60]
        quoted, word, sign = match.groups()
        tokens.append(("sign", sign) if sign else ("name", word or quoted.replace('\\"', '"').replace("\\\\", "\\")))
        at = match.end()
    nodes: dict[str, dict[str, str]] = {}
    links = []
    at = 3
    assert tokens[0] == ("name", "digraph")
    assert tokens[2] == ("sign", "{")
    depth = 1
    while depth:
        kind, value = tokens[at]
        if (kind, value) == ("sign", "}"):
            depth, at = depth - 1, at + 1
            continue
        assert kind == "name", tokens[at:at + 5]
        if value == "subgraph" and tokens[at + 2] == ("sign", "{"):
            depth, at = depth + 1, at + 3
            continue
        target = None
        at += 1
        if tokens[at] == ("sign", "->"):
            target, at = tokens[at + 1][1], at + 2
        attributes: dict[str, str] = {}
        assert tokens[at] == ("sign", "["), tokens[at]
        while tokens[at] != ("sign", "]"):
            assert tokens[at + 2] == ("sign", "=")
            attributes[tokens[at + 1][1]] = tokens[at + 3][1]
            at += 4
        at += 1
        if target is not None:
            links.append((value, target, attributes))
        elif value not in ("graph", "node", "edge"):
            nodes[value] = attributes
    assert at == len(tokens), "nothing follows the graph"
    return nodes, links


def test_dot_has_every_paper_and_every_link_with_kind_and_why() -> None:
    nodes, links = read_dot(render_dot(papers(), LINKS, 'a "title"'))
    assert set(nodes) == {paper.key for paper in papers()}
    assert nodes["bert"]["label"] == "BERT"
    assert nodes["bert"]["date"] == "2018-10-11"
    assert nodes["bert"]["lane"] == "Transformers"
    assert Counter((source, target, data["kind"]) for source, target, data in links) == Counter(
        (edge.source, edge.target, edge.kind) for edge in LINKS)
    (cited,) = [data for source, target, data in links if (source, target) == ("bert", "gelu") and "why" in data]
    assert cited["why"] == WHY
    assert cited["style"] == "dotted"


def test_dot_holds_hostile_text_within_its_quotes() -> None:
    made, links = hostile_drawing()
    text = render_dot(made, links, 'x" {')
    assert not disguised(text)
    nodes, found = read_dot(text)
    assert len(nodes) == len(made)
    assert len(found) == len(links)
    assert {name for node in nodes.values() for name in node} <= {
        "label", "tooltip", "lane", "runnable", "date", "fillcolor", "URL"}
    assert all(re.match(r"https?://|(?!//)[^:]*(/|$)", node.get("URL", "")) for node in nodes.values())
    shown = [node.get(name, "") for node in nodes.values() for name in ("label", "tooltip", "URL")]
    assert not any("&" in said.replace("&amp;", "") for said in (*shown, *nodes)), "Graphviz decodes entities"


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed - apt-get install graphviz")
@pytest.mark.parametrize("made", [(papers(), LINKS), hostile_drawing()])
def test_graphviz_draws_it(made: tuple[list[Paper], list[Edge]]) -> None:
    done = subprocess.run(["dot", "-Tplain"], input=render_dot(*made, "t").encode(), capture_output=True, check=True)
    assert done.stdout.decode().count("\nnode ") == len(made[0])


def test_canvas_follows_its_specification() -> None:
    notes = {paper.key: f"notes/{paper.key}.md" for paper in papers()[:10]}
    check_canvas(json.loads(render_canvas(papers(), LINKS, notes)), len(papers()), len(LINKS))
    check_canvas(json.loads(render_canvas([], [], {})), 0, 0)
    check_canvas(json.loads(render_canvas(*synthetic(300, 30), {})), 300, len(synthetic(300, 30)[1]))


def check_canvas(canvas: Any, papers: int, links: int) -> None:
    """Check for valid JSON Canvas 1.0, with no card over another or outside of all groups."""
    assert set(canvas) == {"nodes", "edges"}
    ids = [item["id"] for item in canvas["nodes"] + canvas["edges"]]
    assert len(ids) == len(set(ids))
    need = {"text": {"text"}, "file": {"file"}, "link": {"url"}, "group": {"label"}}
    for node in canvas["nodes"]:
        assert set(node) == {"id", "type", "x", "y", "width", "height", "color"} | need[node["type"]]
        assert all(isinstance(node[name], int) for name in ("x", "y", "width", "height"))
        assert re.fullmatch("#[0-9a-f]{6}", node["color"])
    cards = [node for node in canvas["nodes"] if node["type"] != "group"]
    groups = [node for node in canvas["nodes"] if node["type"] == "group"]
    assert len(cards) == papers
    assert len(canvas["edges"]) == links
    for i, card in enumerate(cards):
        assert any(inside(card, group) for group in groups)
        assert not any(overlap(card, other) for other in cards[:i])
    named = {card["id"] for card in cards}
    for edge in canvas["edges"]:
        assert set(edge) == {"id", "fromNode", "fromSide", "toNode", "toSide", "color", "label"}
        assert {edge["fromNode"], edge["toNode"]} <= named
        assert {edge["fromSide"], edge["toSide"]} <= {"top", "right", "bottom", "left"}


def inside(card: dict[str, int], group: dict[str, int]) -> bool:
    return all(group[at] <= card[at] and card[at] + card[size] <= group[at] + group[size]
               for at, size in (("x", "width"), ("y", "height")))


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
               for at, size in (("x", "width"), ("y", "height")))


def test_a_card_is_the_note_if_there_is_one_else_the_address_else_a_text() -> None:
    made = [Paper("a", "A", "A note", "2015", "L", True, "https://arxiv.org/abs/1"),
            Paper("b", "B", "B", "2016", "L", True, "https://arxiv.org/abs/2"),
            Paper("c", "C *x*", "![](http://evil.example/x)", "2017", "L", True, None)]
    canvas = json.loads(render_canvas(made, [Edge("b", "a", "builds-on", "because")], {"a": "papers/a.md"}))
    kinds = {node["type"]: node for node in canvas["nodes"]}
    assert kinds["file"]["file"] == "papers/a.md"
    assert kinds["link"]["url"] == "https://arxiv.org/abs/2"
    assert kinds["text"]["text"] == "**C \\*x\\*** 2017\n\n\\!\\[\\]\\(http\\:\\/\\/evil\\.example\\/x\\)"
    assert kinds["file"]["x"] < kinds["link"]["x"] < kinds["text"]["x"], "time runs to the right"
    assert canvas["edges"][0]["label"] == "builds on: because"


def test_canvas_holds_hostile_text_as_text() -> None:
    made, links = hostile_drawing()
    text = render_canvas(made, links, {})
    assert not disguised(text)
    canvas = json.loads(text)
    check_canvas(canvas, len(made), len(links))
    for node in canvas["nodes"]:
        assert re.match("https?://[^@/]+(/|$)", node.get("url", "http://x/"))
        assert not re.search(r"(?<!\\)[<\[!`]", node.get("text", "")), "nothing that Markdown would act on"


_MERMAID = [
    re.compile(pattern) for pattern in (
        r"flowchart RL", r"end", r"%% [\w ,.()#;-]*", r'subgraph lane\d+\["[\w ,.()#;-]+"\]',
        r'  n\d+(\[|\(\[)"[\w ,.()#;-]+(<br/>\d{4})?"(\]|\]\))', r"n\d+ (-->|-\.->) n\d+",
        r'click n\d+ href "https?://[\w:/?=&#%@+~,.-]+" _blank', r"classDef c\d+ stroke:#[0-9a-f]{6}",
        r"class n\d+(,n\d+)* c\d+")
]


def lines_of(text: str) -> list[str]:
    """The lines, each of a form that Mermaid reads as one statement."""
    lines = text.splitlines()
    for line in lines:
        assert any(form.fullmatch(line) for form in _MERMAID), line
    return lines


def test_mermaid_has_every_paper_and_every_link_with_kind_and_why() -> None:
    lines = lines_of(render_mermaid(papers(), LINKS, "A title"))
    names = {match[2]: match[1] for line in lines if (match := re.match(r'  (n\d+)\(?\["(.+?)(<br/>.*)?"', line))}
    assert len(names) == len(papers())
    for edge in LINKS:
        source, target = (names[next(paper.label for paper in papers() if paper.key == key).replace("&", "#38;")]
                          for key in (edge.source, edge.target))
        assert f"{source} {'-->' if edge.kind == 'builds-on' else '-.->'} {target}" in lines
    assert "%% the #34;why#34; #38; #60;more#62;" in lines
    assert 'subgraph lane0["Sequence"]' in lines


def test_mermaid_holds_hostile_text_within_its_quotes() -> None:
    made, links = hostile_drawing()
    text = render_mermaid(made, links, "%%{init: {}}%%")
    assert not disguised(text)
    lines = lines_of(text)
    shown = {unescape(re.sub(r"#(\d+);", r"&#\1;", match[1])) for line in lines
             if (match := re.match(r'  n\d+\(?\["(.*?)(?:<br/>\d{4})?"\]', line))}
    assert shown == {printable(paper.label) or printable(paper.key) or "no name" for paper in made}


def test_mermaid_labels_start_no_list() -> None:
    made = [Paper("a", "1. Introduction", "t", None, "- lane", True), Paper("b", "1) x", "t", None, "- lane", True)]
    text = render_mermaid(made, [], "t")
    assert '"1#46; Introduction"' in text
    assert '["#45; lane"]' in text


@pytest.mark.parametrize("render", [render_mermaid, render_dot, render_graphml])
def test_the_order_of_papers_and_links_does_not_matter(render: Any) -> None:
    assert render(papers()[::-1], LINKS[::-1], "t") == render(papers(), LINKS, "t")


def test_more_than_mermaid_draws_is_said(tmp_path: Path) -> None:
    def notes(papers: list[Paper], links: list[Edge]) -> list[str]:
        picture = Picture(tuple(papers), tuple(links), tuple(links), Options(1600, PIXELS))
        return write(tmp_path / "x.mmd", picture)

    assert notes(papers(), LINKS) == []
    (note,) = notes(*synthetic(600))
    assert "at most 500 links" in note


ANY = st.characters() | st.sampled_from(list("\"\\&;#<>{}[]|%`\u202e"))
TEXT = st.text(ANY, max_size=12)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=2, max_size=4, unique_by=lambda fields: fields[0]), TEXT)
def test_any_text_in_any_field_comes_back_as_it_can_be_shown(fields: list[tuple[str, str, str]], title: str) -> None:
    made = [Paper(key, label, said, "2017", label, True, said) for key, label, said in fields]
    links = [Edge(fields[0][0], key, "builds-on", said) for key, _, said in fields[1:]]
    labels = sorted(printable(paper.label) or printable(paper.key) for paper in made)
    whys = sorted(printable(edge.why) for edge in links)

    graph = read_graphml(render_graphml(made, links, title))
    assert sorted(data.get("label", "") for _, data in graph.nodes(data=True)) == labels
    assert sorted(data.get("why", "") for *_, data in graph.edges(data=True)) == whys
    nodes, found = read_dot(render_dot(made, links, title))
    assert sorted(node["label"].replace("&amp;", "&") for node in nodes.values()) == labels
    assert sorted(edge.get("why", "") for *_, edge in found) == whys
    lines = lines_of(render_mermaid(made, links, title))
    assert sum("-->" in line for line in lines) == len(links)
    check_canvas(json.loads(render_canvas(made, links, {})), len(made), len(links))


def test_keys_that_look_alike_stay_apart() -> None:
    made = [Paper("a\u202eb", "one", "t", "2015", "L", True), Paper("ab", "two", "t", "2016", "L", True)]
    graph = read_graphml(render_graphml(made, [Edge("ab", "a\u202eb", "builds-on")], "t"))
    assert dict(graph.nodes(data="label")) == {"ab": "one", "ab (2)": "two"} or \
        dict(graph.nodes(data="label")) == {"ab": "two", "ab (2)": "one"}
    assert graph.number_of_edges() == 1
