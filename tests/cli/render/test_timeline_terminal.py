"""The terminal views: never wider than the console, complete in plain text, honest about what they leave out."""
import io
import re
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console

from cli.render.parts import Text
from cli.render.terminal import on_terminal
from cli.render.timeline.papers import Edge, Paper
from cli.render.timeline.terminal_lanes import render_lanes
from cli.render.timeline.terminal_log import render_log
from tests.cli.render.golden import FOLDER, NAMES, drawn
from tests.cli.render.timeline_papers import edges, papers, synthetic
from tests.hostile import disguised, hostile_drawing

WIDTHS = [1, 7, 20, 40, 60, 79, 80, 81, 100, 120, 200]
HOSTILE = [Paper("esc", "\x1b[31mred\x9b2J\x07", "t", "2017", "La\x1bne", True),
           Paper("bidi", "A\u202elive", "t", "2018", "[red]Lane[/red]", False),
           Paper("markup", "[bold]text[/bold] :smile:", "t", "2019", "注意力机制", False),
           Paper("wide", "注意力就是你所需要的一切🤖🤖 " * 4, "t", "2019", "注意力机制", True),
           Paper("e\u0301", "e\u0301" * 90, "t", None, "👩‍🔬", True)]
HOSTILE_EDGES = [Edge("bidi", "esc", "builds-on"), Edge("wide", "markup", "cites"), Edge("wide", "bidi", "builds-on")]


Render = Callable[..., list[Text]]


def plain(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("render", [render_log, render_lanes])
@pytest.mark.parametrize("what", ["known", "hostile", "forty lanes", "nothing"])
def test_no_line_is_wider_than_the_console(width: int, render: Render, what: str) -> None:
    made, links = {"known": (papers(), edges()), "hostile": (HOSTILE, HOSTILE_EDGES),
                   "forty lanes": synthetic(200, 40), "nothing": ([], [])}[what]
    lines = render(made, links, width)
    assert all(cell_len(line.plain) <= width for line in lines)
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=False, emoji=False)
    for line in on_terminal(lines):
        console.print(line)
    assert len(out.getvalue().splitlines()) == len(lines), "rich wrapped a line"


@pytest.mark.parametrize("render", [render_log, render_lanes])
def test_nothing_that_a_terminal_obeys_gets_through_and_markup_is_only_text(render: Render) -> None:
    text = plain(render(HOSTILE, HOSTILE_EDGES, 120))
    assert not set(text) & set("\x1b\x9b\x07\u202e")
    assert "[bold]text[/bold] :smile:" in text
    assert "[red]Lane[/red]" in text
    assert "Alive" in text


@pytest.mark.parametrize("render", [render_log, render_lanes])
@pytest.mark.parametrize("width", [60, 120])
def test_what_strangers_write_stays_on_its_line_and_disguises_nothing(width: int, render: Render) -> None:
    lines = render(*hostile_drawing(), width)
    assert all(cell_len(line.plain) <= width for line in lines)
    assert not disguised(plain(lines))
    assert all(len(line.plain.splitlines()) <= 1 for line in lines)
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, markup=False, highlight=False, emoji=False)
    for line in on_terminal(lines):
        console.print(line)
    assert not re.sub("\x1b\\[[0-9;]*m", "", out.getvalue()).count("\x1b"), "only colors"
    assert "file:///etc/passwd" not in "".join(style for line in lines for _, style in line.pieces)


@pytest.mark.parametrize("name", NAMES)
def test_the_view_is_the_one_that_was_looked_at(name: str) -> None:
    assert drawn(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8"), \
        "if you meant to change it: python -m tests.cli.render.golden"


@pytest.mark.parametrize("render", [render_log, render_lanes])
def test_no_color_leaves_the_words_and_the_weight(render: Render) -> None:
    def printed(**environment: str) -> str:
        out = io.StringIO()
        console = Console(file=out, width=120, force_terminal=True, color_system="truecolor", _environ=environment)
        for line in on_terminal(render(papers(), edges(), 120)):
            console.print(line)
        return out.getvalue()

    colored, bare = printed(), printed(NO_COLOR="1")
    color = re.compile("\x1b\\[([12];)*[39]\\d")
    assert color.search(colored)
    assert not color.search(bare)
    assert re.search("\x1b\\[1m(LSTM|Transformer)", bare)
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == re.sub("\x1b\\[[0-9;]*m", "", bare)


@pytest.mark.parametrize("render", [render_log, render_lanes])
def test_plain_is_ascii_when_the_papers_are(render: Render) -> None:
    long = [*papers(), Paper("long", "a label " * 30, "t", "2024", "Sequence", True)]
    assert plain(render(long, edges(), 100, plain=True)).isascii()


def test_the_log_runs_from_new_to_old_and_shows_each_year_once() -> None:
    lines = [line.plain for line in render_log(papers(), edges(), 120)]
    years = [line[:4] for line in lines if line[:4].isdigit()]
    assert years == sorted(set(years), reverse=True)
    assert years[0] == "2022"
    assert years[-1] == "1986"
    assert len(lines) == len(papers()) + 6 + 1                  # a line for each lane's name, and one for the marks
    assert lines[-1] == "● code runs  ○ no code  ← builds on"
    named = [label for line in lines for label in [line.split("  ← ")[0]] if label.endswith(" BERT")]
    assert len(named) == 1


def test_the_log_names_each_lane_over_its_own_column() -> None:
    lines = [line.plain for line in render_log(papers(), edges(), 120)]
    columns = {line[line.index("┌") + 2:]: line.index("┌") for line in lines[:6]}
    lane = {paper.label: paper.lane for paper in papers()}
    for line in lines[6:-1]:
        mark = max(line.find("●"), line.find("○"))
        gutter, _, rest = line.partition("  ← ")
        label = gutter[18:].strip()
        assert columns[lane[label]] == mark, (label, rest)


def test_all_parents_are_shown_or_counted() -> None:
    wide, narrow = ([line.plain for line in render_log(papers(), edges(), width)] for width in (160, 60))
    parents = {edge.target for edge in edges() if edge.source == "transformer"}
    labels = {paper.key: paper.label for paper in papers()}
    (full,) = [line for line in wide if "Transformer  ←" in line and "Vision" not in line]
    assert all(labels[key] in full for key in parents)
    (cut,) = [line for line in narrow if "Transformer  ←" in line and "Vision" not in line]
    shown = cut.split("← ")[1]
    names, _, more = shown.rpartition(" +")
    assert names.count(",") + 1 + int(more) == len(parents)


def test_undated_papers_end_the_log() -> None:
    lines = render_log([*papers(), Paper("undated", "Undated", "t", None, "Sequence", True)], edges(), 100)
    assert lines[-2].plain.startswith("n.d.")
    assert lines[-2].plain.endswith("Undated")


def test_important_papers_are_bold_in_the_log() -> None:
    console = Console(width=120)
    bold = {segment.text for line in on_terminal(render_log(papers(), edges(), 120)) for segment in console.render(line)
            if segment.style and segment.style.bold}
    assert bold & {paper.label for paper in papers()} == {"Transformer", "BERT", "Backpropagation", "LSTM", "BatchNorm"}


@pytest.mark.parametrize(("made", "width"), [(papers(), 160), (papers(), 80), (synthetic(120)[0], 130)])
def test_lanes_show_every_paper_whole_with_its_mark_beside_it(made: list[Paper], width: int) -> None:
    text = plain(render_lanes(made, [], width))
    for paper in made:
        mark = "●" if paper.runnable else "○"
        assert f"{mark} {paper.label}" in text or f"{paper.label} {mark}" in text, paper


def test_lanes_fall_back_to_the_log_with_a_note_on_a_narrow_console() -> None:
    note, *log = render_lanes(papers(), edges(), 79)
    assert note.plain == "lanes need 80 columns, this console has 79: shown as a log"
    assert plain(log) == plain(render_log(papers(), edges(), 79))
