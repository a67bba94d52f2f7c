"""The SVG is well-formed, harmless, complete in both themes and the same bytes every time."""
import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options, Route
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.style import Theme
from cli.render.timeline.svg import PIXELS, render_svg
from cli.render.timeline.textwidth import pixel_width
from cli.render.timeline.trunks import trunks
from tests.cli.render.timeline_papers import edges, papers, synthetic
from tests.hostile import disguised, hostile_drawing

PAGE = Options(1600, PIXELS)
SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "rect", "g", "a", "text", "path", "circle", "ellipse"}
SHAPES = {"rect", "text", "path", "circle", "ellipse"}
ATTRIBUTES = {"class", "href", "textLength", "lengthAdjust", "text-anchor", "x", "y", "d", "cx", "cy", "r", "rx", "ry",
              "width", "height", "viewBox", "role", "transform", "id", "aria-labelledby", "stroke-width"}


def drawing(made: list[Paper], links: list[Edge]) -> ET.Element:
    return ET.fromstring(render_svg(layout(made, links, PAGE)).encode())


def test_known_papers_are_all_there_as_links_with_their_titles() -> None:
    root = drawing(papers(), edges())
    links = {link.get("href"): link for link in root.iter(f"{SVG}a")}
    assert len(links) == len(papers())
    bert = links["papers/bert.md"]
    assert bert.findtext(f"{SVG}title") == "BERT, the paper (2018-10-11)"
    assert bert.findtext(f"{SVG}text") == "BERT"
    assert "runs" in (bert.get("class") or "").split()
    assert [text.get("class") for text in bert.iter(f"{SVG}text")] == ["halo strong"]
    assert "runs" not in (links["papers/gpt3.md"].get("class") or "").split()
    assert root.get("role") == "graphics-document document", "an image would hide its links from screen readers"
    assert "59 papers in 6 lanes from 1986 to 2022," in (root.findtext(f"{SVG}desc") or "")
    assert "19 implied links hidden" in "".join(root.itertext())


def test_hostile_text_in_every_field_stays_text() -> None:
    picture = render_svg(layout(*hostile_drawing(), PAGE), "</title><script>alert(1)</script>")
    root = ET.fromstring(picture.encode())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
    assert {name for element in root.iter() for name in element.attrib} <= ATTRIBUTES
    said = "".join(root.itertext())
    assert "<script>window.pwned=1;alert(1)</script>" in said
    assert not disguised(picture)
    for link in root.iter(f"{SVG}a"):
        assert re.match(r"https?://|(?!//)[^:]*(/|$)", link.get("href") or ""), link.get("href")
    assert "url(" not in (root.findtext(f"{SVG}style") or "")


@pytest.mark.parametrize("href", ["https://arxiv.org/abs/1706.03762", "HTTP://x.org/a?b=1&c=2", "papers/lora.md",
                                  "../a b.md#top", "?q=1", "notes/10:30.md"])
def test_web_and_relative_addresses_are_linked(href: str) -> None:
    (link,) = drawing([papers()[0]._replace(href=href)], []).iter(f"{SVG}a")
    assert link.get("href") == href


@pytest.mark.parametrize("href", ["javascript:alert(1)", "java\nscript:alert(1)", " JavaScript:alert(1)",
                                  "data:text/html,x", "file:///etc/passwd",
                                  "vbscript:x", "//evil.example/x", "\x01javascript:alert(1)",
                                  "http://[", "javascript&colon;alert(1):",
                                  "https://arxiv.org@evil.example/abs/1", "/\\evil.example",
                                  'https://x.org/"onload="', "notes/<b>.md", "", None])
def test_other_addresses_are_not_linked(href: str | None) -> None:
    assert not list(drawing([papers()[0]._replace(href=href)], []).iter(f"{SVG}a"))


def test_only_marks_that_occur_are_in_the_legend() -> None:
    def legend(made: list[Paper], links: list[Edge]) -> set[str]:
        return {group.findtext(f"{SVG}text[last()]") or "" for group in drawing(made, links).iter(f"{SVG}g")
                if group.get("transform")}

    a, b = Paper("a", "a", "a", "2015-01", "L", True), Paper("b", "b", "b", "2016-01", "L", True)
    assert legend([a, b], [Edge("b", "a", "builds-on")]) == {
        "code runs", "more papers build on it", "is built on by"}
    assert legend([a, b._replace(date="2014", runnable=False)], [Edge("b", "a", "cites")]) == {
        "code runs", "no code", "only year known", "is cited by", "backward in time"}


def test_links_that_have_no_place_are_counted() -> None:
    made, links = synthetic(400)
    placed = layout(made, links, PAGE)
    lost = [route for route in placed.routes if not route.points and not route.implied]
    assert lost, "more links than a picture can hold"
    assert f"{len(lost)} links between less built-on papers not drawn" in render_svg(placed)


@pytest.mark.parametrize("width", [300, 500, 700, 900, 1600])
def test_the_legend_and_the_names_of_lanes_stay_inside_the_picture(width: int) -> None:
    made = [*papers(), Paper("x", "X", "X", "2001", "A lane with a rather long name", False)]
    links = [*edges(), Edge("x", "lstm", "cites"), Edge("lstm", "lora", "builds-on")]
    placed = layout(made, links, Options(width, PIXELS))
    root = ET.fromstring(render_svg(placed, chosen=frozenset({"bert"})).encode())
    right, bottom = float(root.get("width", "0")), float(root.get("height", "0"))
    entries = [group for group in root.iter(f"{SVG}g") if group.get("transform")]
    assert len(entries) == 11, "every mark there is"
    for group in entries:
        x, y = map(float, re.findall(r"[\d.]+", group.get("transform", "")))
        words = group.findall(f"{SVG}text")[-1]
        assert x + float(words.get("x", "0")) + pixel_width(11)(words.text or "", False) <= right
        assert placed.height - PIXELS.footer < y - 9
        assert y + 3 < bottom
    gutter = (placed.undated or placed.plot)[0]
    for name in root.iter(f"{SVG}text"):
        if name.get("class") == "lane strong":
            assert float(name.get("x", "0")) + pixel_width(12)(name[-1].tail if len(name) else name.text, True) < gutter
    said = [text for name in root.iter(f"{SVG}text") if name.get("class") == "lane strong" for text in name.itertext()]
    assert "A lane with a rather long name" in " ".join(said), "on one line, on two, or on hover"


@pytest.mark.parametrize("made", [(papers(), edges()), synthetic(300, 30)])
@pytest.mark.parametrize("width", [500, 1600])
def test_nothing_enters_the_gutter_of_the_names(made: tuple[list[Paper], list[Edge]], width: int) -> None:
    placed = layout(*made, Options(width, PIXELS))
    gutter = PIXELS.margin + max(PIXELS.measure(lane.label, True) for lane in placed.lanes)
    assert all(node.label_x > gutter and node.x - node.radius > gutter for node in placed.nodes)
    assert all(x > gutter for route in placed.routes for x, _ in route.points)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_of_one_theme_needs_no_style_sheet(theme: Theme) -> None:
    """Office and drawing programs know no variables, few selectors, and paint a label's outline over the label."""
    placed = layout(papers(), edges(), PAGE)
    picture, adaptive = render_svg(placed, theme=theme), render_svg(placed)
    assert not re.search(r"<style|class=|var\(|paint-order|font:", picture)
    drawn = [part for part in ET.fromstring(picture).iter() if part.tag.removeprefix(SVG) in SHAPES]
    assert all(re.search("#[0-9a-f]{6}", f"{part.get('fill')} {part.get('stroke')}") for part in drawn)
    labels = [part for part in drawn if part.tag == f"{SVG}text"]
    assert all(label.get("font-size") and label.get("font-family") for label in labels)
    outlines = [part for part in labels if part.get("aria-hidden")]
    assert [part.text for part in outlines] == [node.label for node in placed.nodes]
    assert all(part.get("stroke") == part.get("fill") != "none" for part in outlines)
    words = [part for part in labels if part not in outlines]
    assert not any(part.get("stroke") for part in words), "painted over the label where paint-order is unknown"
    known = [part for part in ET.fromstring(adaptive).iter() if part.tag.removeprefix(SVG) in SHAPES]
    assert [part.text for part in drawn if part not in outlines] == [part.text for part in known]


def test_every_color_of_an_adaptive_picture_has_a_value() -> None:
    placed = layout(papers(), edges(), PAGE)
    adaptive = render_svg(placed)
    unstyled = re.sub("<style>.*?</style>", "", adaptive, flags=re.S)
    assert render_svg(placed, styled=False) == unstyled.replace("</desc>\n\n", "</desc>\n")
    used = set(re.findall(r"var\(--(\w+)\)", adaptive))
    assert used <= set(re.findall(r"--(\w+):#", adaptive))


def test_a_trunk_is_counted_where_curves_of_one_paper_run_together() -> None:
    def route(source: str, *points: tuple[float, float]) -> Route:
        return Route(source, "parent", "builds-on", "", 0, False, False, points)

    level = ((0.0, 5.0), (10.0, 5.0), (20.0, 5.0), (30.0, 5.0))
    longer = ((0.0, 5.0), (20.0, 5.0), (40.0, 5.0), (60.0, 5.0))
    bend = ((35.0, 5.0), (35.0, 9.0), (40.0, 9.0))
    found = trunks([route("a", *level, *bend), route("b", *level, *bend), route("c", *longer),
                    replace(route("d", *longer), kind="cites"), replace(route("e", *longer), target="other")])
    assert [(trunk.points[0], trunk.points[3], trunk.shared) for trunk in found] == [
        ((30.0, 5.0), (40.0, 9.0), 2), ((0.0, 5.0), (30.0, 5.0), 3)]


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    code = ("import sys, hashlib; from tests.cli.render.timeline_papers import *; "
            "from cli.render.timeline.layout import layout; from cli.render.timeline.model import Options; "
            "from cli.render.timeline.svg import PIXELS, render_svg; "
            "picture = layout(set(papers()), set(edges()), Options(1600, PIXELS)); "
            "print(hashlib.sha256(render_svg(picture).encode()).hexdigest())")
    here = hashlib.sha256(render_svg(layout(papers(), edges(), PAGE)).encode()).hexdigest()
    for seed in ("1", "2"):
        done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
                              capture_output=True, text=True)
        assert done.stdout.strip() == here
