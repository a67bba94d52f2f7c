"""The SVG is well-formed, harmless, readable in both themes and the same bytes every time."""
import hashlib
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from cli.render.timeline import palette
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Edge, Options, Paper
from cli.render.timeline.svg import PIXELS, render_svg
from tests.cli.render.timeline_papers import edges, papers

PAGE = Options(1600, PIXELS)
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "]]>&amp;<!--", "\x00\x1b[2J\x9b\ufffe\ud800",
           "A\u202elive\u2066", "</text><foreignObject/>", "&#x3c;script&#x3e;", "' onload='alert(1)", "&lol;"]


def drawing(made: list[Paper], links: list[Edge]) -> ET.Element:
    return ET.fromstring(render_svg(layout(made, links, PAGE)).encode())


def test_known_papers_are_all_there_as_links_with_their_titles() -> None:
    root = drawing(papers(), edges())
    links = {link.get("href"): link for link in root.iter(f"{SVG}a")}
    assert len(links) == len(papers())
    bert = links["papers/bert.md"]
    assert bert.findtext(f"{SVG}title") == "BERT, the paper (2018-10-11)"
    assert bert.findtext(f"{SVG}text") == "BERT"
    assert {"runs", "bold"} <= set((bert.get("class") or "").split())
    assert "runs" not in (links["papers/gpt3.md"].get("class") or "").split()
    assert root.get("role") == "img"
    assert "59 papers in 6 lanes from 1986" in (root.findtext(f"{SVG}desc") or "")
    assert "19 implied links hidden" in "".join(root.itertext())


def test_hostile_text_in_every_field_stays_text() -> None:
    made = [Paper(f"{i}{text}", text, text, "2017", text, True, text) for i, text in enumerate(HOSTILE)]
    links = [Edge(made[i + 1].key, made[i].key, "builds-on", text) for i, text in enumerate(HOSTILE[1:])]
    root = ET.fromstring(render_svg(layout(made, links, PAGE), HOSTILE[0]).encode())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "a", "text", "path", "circle"}
    allowed = {"class", "href", "x", "y", "d", "cx", "cy", "r", "width", "height", "viewBox", "role", "transform", "id",
               "aria-labelledby"}
    assert {name for element in root.iter() for name in element.attrib} <= allowed
    said = "".join(root.itertext())
    assert "<script>alert(1)</script>" in said
    assert not set(said) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b\x9b")
    assert "url(" not in (root.findtext(f"{SVG}style") or "")


@pytest.mark.parametrize("href", ["https://arxiv.org/abs/1706.03762", "HTTP://x.org/a?b=1&c=2", "papers/lora.md",
                                  "../a b.md#top", "?q=1", "notes/10:30.md"])
def test_web_and_relative_addresses_are_linked(href: str) -> None:
    (link,) = drawing([replace(papers()[0], href=href)], []).iter(f"{SVG}a")
    assert link.get("href") == href


@pytest.mark.parametrize("href", ["javascript:alert(1)", "java\nscript:alert(1)", " JavaScript:alert(1)",
                                  "data:text/html,x", "file:///etc/passwd",
                                  "vbscript:x", "//evil.example/x", "\x01javascript:alert(1)",
                                  "http://[", "javascript&colon;alert(1):", "", None])
def test_other_addresses_are_not_linked(href: str | None) -> None:
    assert not list(drawing([replace(papers()[0], href=href)], []).iter(f"{SVG}a"))


def test_only_marks_that_occur_are_in_the_legend() -> None:
    def legend(made: list[Paper], links: list[Edge]) -> set[str]:
        return {group.findtext(f"{SVG}text[last()]") or "" for group in drawing(made, links).iter(f"{SVG}g")
                if group.get("class") == "legend"}

    a, b = Paper("a", "a", "a", "2015-01", "L", True), Paper("b", "b", "b", "2016-01", "L", True)
    assert legend([a, b], [Edge("b", "a", "builds-on")]) == {"runnable", "is built on by"}
    assert legend([a, replace(b, date="2014", runnable=False)], [Edge("b", "a", "cites")]) == {
        "runnable", "no implementation", "only year known", "is cited by", "against time"}


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


def luminance(color: str) -> float:
    channels = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def over(color: str, paper: str) -> str:
    """The band: a lane's color laid thinly over the paper."""
    share = palette.BAND_OPACITY
    mixed = [share * int(color[i:i + 2], 16) + (1 - share) * int(paper[i:i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(channel):02x}" for channel in mixed)


@pytest.mark.parametrize(("colors", "paper", "ink", "faint"), [
    (palette.LIGHT, palette.LIGHT_PAPER, palette.LIGHT_INK, palette.LIGHT_FAINT),
    (palette.DARK, palette.DARK_PAPER, palette.DARK_INK, palette.DARK_FAINT),
])
def test_all_text_reaches_the_contrast_of_wcag_aa(colors: tuple[str, ...], paper: str, ink: str, faint: str) -> None:
    for color in colors:
        assert contrast(color, over(color, paper)) >= 4.5, color
        assert contrast(ink, over(color, paper)) >= 7, color
    assert contrast(faint, paper) >= 4.5


def test_terminal_colors_are_readable_on_black_and_on_white() -> None:
    for color in palette.TERMINAL:
        assert min(contrast(color, "#000000"), contrast(color, "#ffffff")) >= 4.5, color
