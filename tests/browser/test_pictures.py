"""Pictures in a real browser: labels apart whatever the font, both themes, readable by machines, nothing fetched."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from cli.render.matrix import render_matrix_svg
from cli.render.timeline import palette
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options
from cli.render.timeline.svg import PIXELS, render_svg
from tests.browser.conftest import PageOf
from tests.browser.drawn import barriers
from tests.cli.render.timeline_papers import MATRIX, edges, papers
from tests.hostile import FLAG, hostile_drawing

BOXES = """() => [...document.querySelectorAll('.node text')].map(text => {
    const box = text.getBoundingClientRect();
    return [box.left, box.top + 2, box.right, box.bottom - 2, text.textContent] })"""
PICTURES = {
    "timeline": render_svg(layout(papers(), edges(), Options(1600, PIXELS)), chosen=frozenset({"bert"})),
    "matrix": render_matrix_svg(MATRIX),
}


def html(path: Path, picture: str, style: str = "") -> Path:
    path.write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>A picture</title>'
                    f"<style>body{{margin:0}}{style}</style><main><h1>A picture</h1>{picture}</main></html>", "utf-8")
    return path


@pytest.mark.parametrize("font", ["DejaVu Sans", "Liberation Sans", "Liberation Serif", "monospace"])
def test_labels_stay_apart_and_inside_whatever_the_font(page_of: PageOf, tmp_path: Path, font: str) -> None:
    replace = f".timeline text{{font-family:'{font}',sans-serif!important}}"
    if font == "monospace":
        replace = ".timeline text{font-family:monospace!important;letter-spacing:-.5px}"
    opened = page_of(html(tmp_path / "x.html", PICTURES["timeline"], replace), viewport={"width": 1600, "height": 800})
    boxes = opened.page.evaluate(BOXES)
    assert len(boxes) == len(papers())
    for one, other in combinations(boxes, 2):
        assert not (one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]), (one, other)
    assert all(left >= 0 and right <= 1600 for left, _, right, _, _ in boxes)
    assert not opened.faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("picture", PICTURES)
def test_axe_finds_nothing_in_either_theme(page_of: PageOf, tmp_path: Path, picture: str, scheme: str) -> None:
    opened = page_of(html(tmp_path / "x.html", PICTURES[picture]), color_scheme=scheme)
    assert not barriers(opened.page)
    fill = opened.page.evaluate("getComputedStyle(document.querySelector('.timeline .paper')).fill")
    paper = palette.LIGHT_PAPER if scheme == "light" else palette.DARK_PAPER
    assert [int(number) for number in re.findall(r"\d+", fill)] == [int(paper[i:i + 2], 16) for i in (1, 3, 5)]


def test_every_paper_is_reached_with_the_tab_key(page_of: PageOf, tmp_path: Path) -> None:
    opened = page_of(html(tmp_path / "x.html", PICTURES["timeline"]))
    reached = set()
    for _ in papers():
        opened.page.keyboard.press("Tab")
        reached.add(opened.page.evaluate("document.activeElement.querySelector('text')?.textContent"))
    assert reached == {paper.label for paper in papers()}


def test_a_page_that_sets_the_variables_themes_the_picture(page_of: PageOf, tmp_path: Path) -> None:
    own = "body .timeline{--paper:#010203}body .timeline .c0{--mark:#040506}"
    opened = page_of(html(tmp_path / "x.html", PICTURES["timeline"], own))
    seen = opened.page.evaluate("""[getComputedStyle(document.querySelector('.timeline .paper')).fill,
        getComputedStyle(document.querySelector('.timeline .c0 .edging')).fill]""")
    assert seen == ["rgb(1, 2, 3)", "rgb(4, 5, 6)"]


def test_hostile_papers_run_nothing_as_a_file_or_in_a_page(page_of: PageOf, tmp_path: Path) -> None:
    picture = render_svg(layout(*hostile_drawing(), Options(1600, PIXELS)), "<script>window.pwned=1</script>")
    (tmp_path / "x.svg").write_text(picture, "utf-8")
    for target in (tmp_path / "x.svg", html(tmp_path / "x.html", picture)):
        opened = page_of(target)
        opened.page.wait_for_timeout(100)
        assert opened.page.evaluate(f"window.{FLAG}") is None
        assert not opened.faults
