"""What `docs/programs.md` says besides the keys of answers: public names, tools with their arguments, examples."""

import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import paperkb
from tests.cli.conftest import ROOT, environment, make_vault
from tests.page_of_keys import Page

TEXT = (ROOT / "docs" / "programs.md").read_text("utf-8")


def _named(before: str) -> list[str]:
    """The first cell of each row of the table with this header."""
    return re.findall(r"^\| `([^`]+)` \|", TEXT.partition(before)[2].partition("\n\n")[0], re.MULTILINE)


def test_every_public_name_has_its_row_with_its_signature() -> None:
    members = inspect.getmembers(paperkb.Vault, lambda member: not inspect.isclass(member))
    public = [(name, member) for name, member in members if not name.startswith("_")]
    called = [f"vault.{name}{_signature(member) if callable(member) else ''}" for name, member in public]
    assert sorted(_named("| name | answer |\n")) == sorted([f"paperkb.open{_signature(paperkb.open)}", *called])
    assert sorted(_named("| name | what it is |\n")) == sorted(f"paperkb.{n}" for n in paperkb.__all__ if n != "open")


def _signature(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values() if each.name != "self"]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))


@pytest.mark.parametrize(
    ("table", "entries", "fields"),
    [
        ("paperkb-query-expr", "papers", paperkb.Paper._fields),
        ("paperkb-check", "findings", paperkb.Diagnostic._fields),
        ("paperkb-check", "ghosts", paperkb.Ghost._fields),
    ],
)
def test_named_tuples_have_the_keys_that_the_page_says(table: str, entries: str, fields: tuple[str, ...]) -> None:
    assert set(Page(TEXT).tables[table].inside[entries].inside["[]"].inside) == set(fields)


def test_every_error_is_of_the_one_kind_and_has_what_the_page_says() -> None:
    for name in paperkb.__all__:
        kind = getattr(paperkb, name)
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not paperkb.Error:
            assert issubclass(kind, paperkb.Error)
            [row] = re.findall(rf"^\| `paperkb\.{name}` \| (.*) \|$", TEXT, re.MULTILINE)
            [builtin] = re.findall(r"also a `(\w+)`", row)
            assert builtin in [base.__name__ for base in kind.__mro__]


def test_every_tool_has_its_row_with_its_arguments() -> None:
    pytest.importorskip("pydantic", reason="needs the extra `mcp`")
    from cli.mcp.tools import TOOLS

    def argument(name: str, field: Any) -> str:
        return name if field.is_required() else f"{name}={json.dumps(field.default)}"

    called = [
        f"{name}({', '.join(argument(each, field) for each, field in tool.model_fields.items())})"
        for name, tool in TOOLS.items()
    ]
    assert _named("| tool | answer |\n") == called


def test_what_only_agents_are_told_is_on_the_page(tides: Path, tmp_path: Path) -> None:
    pytest.importorskip("pydantic", reason="needs the extra `mcp`")
    from cli.implementations import Installed
    from cli.mcp.tools import TOOLS
    from linker.vault import open_vault

    root = Path(shutil.copytree(tides, tmp_path / "tides"))
    (root / "wide.md").write_text("x" * 30_000)
    page = Page(TEXT)

    def ask(tool: str, **arguments: Any) -> dict[str, Any]:
        with open_vault(root, Installed(), base=False, index=tmp_path / "index.sqlite") as vault:
            return {"schema": f"paperkb.{tool}/1", **TOOLS[tool].model_validate(arguments).answer(vault)}

    problems = [each for name in ("harmonic", "wide.md") for each in page.problems("note", ask("note", name=name))]
    edges = ask("query", edges=True)["edges"]
    assert not problems + [each for edge in edges for each in page.problems("edges-of-query", edge)]
    assert not page.unseen(["note", "edges-of-query"])


@pytest.fixture
def among_notes(tmp_path: Path) -> dict[str, Any]:
    """Options of `subprocess.run` for the examples: a folder of notes with a draft, and `paperkb` on the PATH."""
    notes = make_vault(tmp_path / "notes", {
        "draft.md": "# Draft\n\nAs in [[transformer]] and [@lee2020]; [[nowhere]].\n",
        "lee.md": "---\ntitle: A Paper\nkind: paper\ncitekey: lee2020\ndate: 2020\n---\n",
    })  # fmt: skip
    (commands := tmp_path / "bin").mkdir()
    (commands / "paperkb").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cli.main "$@"\n')
    (commands / "paperkb").chmod(0o755)
    env = environment(tmp_path)
    return {"cwd": notes, "env": {**env, "PATH": f"{commands}{os.pathsep}{env['PATH']}"}, "text": True, "check": True}


@pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")
def test_examples_for_the_shell_run(among_notes: dict[str, Any]) -> None:
    [shown] = re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", TEXT)
    assert _printed(shown[0], among_notes) == shown[1]
    [block] = re.findall(r"```sh\n((?:.*\n)*?)```", TEXT)
    examples = [example.strip() for example in re.split(r"^#.*\n", block, flags=re.MULTILINE)[1:]]
    assert all(_printed(example, among_notes) for example in examples)
    assert {"@misc{lee2020,", "@inproceedings{vaswani2017attention,"} <= set(
        (among_notes["cwd"] / "refs.bib").read_text().split("\n")
    )


def _printed(line: str, among: dict[str, Any]) -> str:
    return str(subprocess.run(["bash", "-eo", "pipefail", "-c", line], stdout=subprocess.PIPE, **among).stdout)


def test_the_example_for_python_runs(among_notes: dict[str, Any]) -> None:
    [block] = re.findall(r"```python\n((?:.*\n)*?)```", TEXT)
    printed = subprocess.run(
        [sys.executable, "-c", block], stdout=subprocess.PIPE, **among_notes | {"cwd": among_notes["cwd"].parent}
    ).stdout
    assert printed.startswith("lora builds on transformer")
