"""What a note says never becomes a command: to the terminal, a spreadsheet, Markdown, or the markup of a library."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, make_vault, run_command

NOTES = {
    "evil.md": r"""---
title: "\e[31mRed\e[0m [bold]b[/bold] \u202Egnp.exe 2 < 3 | pipe ![i](http://t/x) `c`"
authors: ["=cmd|' /C calc'!A0", "\u2067right\u2069 [link=file:///etc/passwd]a[/link]"]
date: 2001
venue: "+1+1\u0007"
tags: ["[red]tag[/red]", "\u001b]0;title\u0007", "-2+3"]
aliases: ["@SUM(A1)", "\u009b31m"]
family: "\e[32mgreen"
category: "[/bold]\u202E"
patterns: [gate]
status: "=1+1"
---

## Builds on

- [[plain]]: \u202E why [bold]really[/bold] <script>alert(1)</script>
- [[no\u001b[31mnote]]: nothing
""",
    "plain.md": "---\ntitle: Plain\nauthors: [P. Lain]\ndate: 1999\n---\n",
    "raw.md": "---\ntitle: raw\nkind: paper\n---\n\n# \x1b[31mred\x07\n\n"
    "[[lost\u202e|\x1b]0;x\x07]] [[#\x1b[2Jgone]]\n",
    "gate.md": '---\nkind: pattern\ntitle: "\\e[31mGate"\n---\n',
    "two a.md": '---\ntitle: "Twin \\e[31mA"\nkind: paper\n---\n',
    "two b.md": '---\ntitle: "Twin \\u202EB"\nkind: paper\n---\n',
}
CONTROLS = (*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0))
BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
FORBIDDEN = [chr(sign) for sign in (*CONTROLS, *BIDI)]
COMMANDS = [
    ("query",),
    ("query", "--fields", "title,authors,venue,tags,family,category,status,path"),
    ("query", "--format", "csv", "--fields", "title,authors,venue,tags,status"),
    ("query", "--format", "md", "--fields", "title,authors,venue,tags,status"),
    ("query", "--format", "keys"),
    ("query", "--json"),
    ("show", "evil", "--json"),
    ("show", "evil"),
    ("show", "gate"),
    ("show", "raw"),
    ("show", "twin"),
    ("lineage", "evil"),
    ("lineage", "evil", "--to", "plain"),
    ("timeline",),
    ("timeline", "--format", "lanes", "--lanes", "category"),
    ("timeline", "--lanes", "family"),
    ("patterns",),
    ("patterns", "gaps"),
    ("check",),
    ("query", "pattern:\x1b[31mnone"),
    ("query", "in:twin"),
    ("show", "\x1b[31mnone\u202e"),
]


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = make_vault(tmp_path_factory.mktemp("evil"), NOTES)
    return lambda *arguments, **more: run_command(("--own", *arguments), root, root.parent, **more)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command).replace("\x1b", "ESC"))
def test_nothing_that_a_terminal_obeys_comes_out(evil: Run, command: tuple[str, ...]) -> None:
    done = evil(*command)
    assert done.out or done.err
    assert not [sign for sign in FORBIDDEN if sign in done.out + done.err]


def test_markup_of_the_terminal_library_is_text(evil: Run) -> None:
    assert "[bold]b[/bold]" in evil("query").out
    assert "[link=file:///etc/passwd]a[/link]" in evil("show", "evil").out
    assert "[bold]really[/bold]" in evil("lineage", "evil").out
    assert "[bold]really[/bold]" in evil("lineage", "evil", "--to", "plain").out


def test_no_cell_of_a_csv_is_a_formula(evil: Run) -> None:
    shown = evil("query", "--format", "csv", "--fields", "key,title,authors,venue,tags,status").out
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert len(rows) == 5
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r")]
    [row] = [row for row in rows if row["key"] == "evil"]
    assert (row["authors"][:6], row["venue"], row["status"]) == ("'=cmd|", "'+1+1", "'=1+1")


def test_a_title_in_markdown_is_neither_html_nor_a_picture_nor_a_cell_of_its_own(evil: Run) -> None:
    shown = evil("query", "--format", "md", "--fields", "key,title").out
    [line] = [line for line in shown.split("\n") if line.startswith("| evil |")]
    assert r"2 \< 3 \| pipe !\[i\](http://t/x) \`c\`" in line
    assert line.replace(r"\|", "").count("|") == 3


def test_json_keeps_what_the_note_says(evil: Run) -> None:
    [paper] = [paper for paper in evil("query", "--json").json["papers"] if paper["key"] == "evil"]
    assert paper["authors"][0] == "=cmd|' /C calc'!A0"
    assert "[bold]b[/bold]" in paper["title"]
    assert "2 < 3" in paper["title"]
    raw = evil("show", "evil", "--json").out
    assert "\x1b" not in raw  # control characters are escaped in JSON
    assert json.loads(raw)["kind"] == "paper"


def test_file_names_are_text_too(vault: Callable[..., Run]) -> None:
    note = "---\ntitle: X\nkind: paper\n---\n[[#none]] [[y]]\n"
    run = vault(
        {"\x1b[31mred\u202e.md": note, "\x1b[31m/x.md": note, "b/x.md": note, "a [bold]b.md": "[[#none]]\n"}
        | {"k.md": '---\nkey: "\\e[31mk\\u202e"\ntitle: K\nkind: paper\n---\n'}
    )
    for command in (("query", "--fields", "key,path"), ("check",), ("show", "x"), ("query", "--format", "keys")):
        shown = run(*command).out
        assert not [sign for sign in FORBIDDEN if sign in shown], command
    assert "a [bold]b.md:1:1" in run("check").out


def test_the_name_of_a_vault_is_text_too(tmp_path: Path) -> None:
    folder = tmp_path / "\x1b[31mred\u202e"
    folder.mkdir()
    (folder / "paperkb.toml").touch()
    shown = run_command(("index",), folder, tmp_path).out
    assert shown.startswith(f"{tmp_path}/[31mred: 0 documents")
    assert not [sign for sign in FORBIDDEN if sign in shown]


def test_a_deep_lineage_and_a_circle_are_drawn(vault: Callable[..., Run]) -> None:
    chain = {
        f"n{number}.md": f"---\ntitle: N{number}\nkind: paper\nbuilds_on: [n{(number + 1) % 301}]\n---\n"
        for number in range(301)
    }
    run = vault(chain)
    assert len(run("lineage", "n0").out.split("\n")) > 600
    assert run("lineage", "n0", "--to", "n150").out.startswith("1 shortest path of 150 steps")
    assert run("lineage", "n0", "--json").json["ancestors"]
    assert run("query", "builds-on:n5*", "--json").json["total"] == 301
    assert run("check").code == 2
