"""Trees and columns: a pipe gets the same characters as a terminal, but lines are never wrapped."""

import io

import pytest
from rich.console import Console

from cli.render.parts import Columns, Part, Text, Tree, plain
from cli.render.terminal import on_terminal


def tree() -> Tree:
    top = Tree(Text("what led to A", "bold"))
    first, last = top.add(Text("B  because")), top.add(Text("C"))
    first.add(Text("深層学習")).add(Text("D"))
    first.add(Text("E"))
    last.add(Text("F")).add(Text("G"))
    return top


PARTS: list[Part] = [
    tree(),
    Tree(Text("alone: nothing")),
    Columns([(Text("└ builds on"), Text("深層学習"), Text("why")), (Text("é"), Text("x"), Text())], 1),
    Columns([(Text("  gating"), Text("in convnets")), (Text("a"), Text("in b"))], 2),
]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_pipe_gets_the_signs_of_a_terminal(part: Part, encoding: str) -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding, errors="replace")
    console = Console(file=file, width=1000, legacy_windows=False)
    for drawn in on_terminal([part]):
        console.print(drawn)
    file.seek(0)
    piped = [line.encode(encoding, "replace").decode() for line in plain([part], is_ascii=encoding == "ascii")]
    assert piped == [line.rstrip() for line in file.read().splitlines()]


def test_a_tree_may_be_as_deep_as_a_lineage() -> None:
    top = Tree(Text("0"))
    at = top
    for number in range(1, 2000):
        at = at.add(Text(str(number)))
    lines = list(plain([top]))
    assert len(lines) == 2000
    assert lines[-1].strip() == "└── 1999"
