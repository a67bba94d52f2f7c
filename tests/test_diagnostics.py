"""`docs/diagnostics.md` and the code list the same findings: every code has a section, and nothing else does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "diagnostics.md").read_text("utf-8")
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_SEVERITIES = {"error", "warning", "notice"}


def in_source() -> set[str]:
    """Every code: a literal in the call that reports it, or a value in a table named `..._CODES`."""
    return {code for room in ("kb", "linker") for file in (ROOT / room).rglob("*.py") for code in _codes(file)}


def _codes(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func).lstrip("_") in (
            "Problem",
            "Diagnostic",
            "Change",
            "notice",
            "says",
            "report",
        ):
            texts = (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))
            yield from [text for text in texts if _CODE.fullmatch(text) and text not in _SEVERITIES][:1]
        elif isinstance(node, ast.Assign) and _name(node.targets[0]).endswith("_CODES"):
            assert isinstance(node.value, ast.Dict)
            yield from (value.value for value in node.value.values if isinstance(value, ast.Constant))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def on_page() -> dict[str, str]:
    """The section of the page for each code."""
    parts = re.split(r"^### `([a-z-]+)`.*\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def test_every_code_has_its_part_and_every_part_its_code() -> None:
    assert sorted(in_source()) == sorted(on_page())


@pytest.mark.parametrize("code", sorted(on_page()))
def test_each_part_says_what_to_do_and_shows_an_example(code: str) -> None:
    part = on_page()[code]
    assert re.search(rf"^    \S.*:\d+:\d+: {code} .* - .*", part, re.MULTILINE), "an example line as `check` prints it"
    assert "**Do:**" in part


def test_parts_are_in_order_within_their_section() -> None:
    for section in PAGE.split("\n## ")[1:]:
        codes = re.findall(r"^### `([a-z-]+)`", section, re.MULTILINE)
        assert codes == sorted(codes), section.partition("\n")[0]
