"""What all commands share: options before and after them, help and completion, the choice of vault and index."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Result, Run, environment, run_command

COMMANDS = ["index", "query", "show", "timeline", "lineage", "patterns", "check", "import", "export", "serve",
            "site", "mcp", "run", "verify", "bench", "forget"]
READERS = [
    ("query",),
    ("show", "harmonic"),
    ("timeline",),
    ("lineage", "harmonic"),
    ("patterns",),
    ("patterns", "gaps"),
    ("check",),
    ("index",),
]


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_json_is_understood_before_and_after_the_command(paperkb: Run, command: tuple[str, ...]) -> None:
    before, after = paperkb("--json", *command), paperkb(*command, "--json")
    for answer in (before, after):
        assert answer.json["schema"] == f"paperkb.{command[0]}/1"
        assert answer.err == ""
        assert list(answer.json) == sorted(answer.json)
    if command[0] != "index":  # its output has a duration
        assert before.out == after.out


def test_options_of_the_vault_stand_before_or_behind_every_command(tides: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> Result:
        return run_command(arguments, tmp_path, tmp_path)

    place = ["--vault", str(tides), "--own"]
    for line in ("query -tag:sea", "check", "check --fix --dry-run", "export", "timeline --plain"):
        command = line.split()
        assert run(*command, *place) == run(*place, *command)
        assert run(*command, f"--vault={tides}", "--own") == run(*place, *command)
    assert run("forget", "--vault", str(tides), "--json", "--own").json["removed"]
    (tmp_path / "a.md").write_text("---\ntitle: A\nkind: paper\n---\n")
    assert run("export", *place, "--index", "i.sqlite", "--vault", ".", "--json").json["papers"][0]["key"] == "a"
    assert (tmp_path / "i.sqlite").is_file()
    assert run("query", *place, "--", "--json").out == "no paper matches\n"
    for line in ("query --vault", "export --vault"):
        assert run(*line.split()).err.startswith("paperkb: Option '--vault' requires an argument - see `paperkb ")


def _offered(words: str, cwd: Path, home: Path) -> list[str]:
    """What a shell offers to complete the last word."""
    line = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    asked = {"_PAPERKB_COMPLETE": "complete_bash", "HOME": str(home), **line}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from cli.main import main; sys.exit(main([]))"],
        cwd=cwd, env=environment(home, **asked), capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


def test_a_shell_completes_options_on_both_sides_of_the_command(tides: Path, home: Path) -> None:
    for words in ("paperkb --no-", "paperkb check --no-"):
        assert _offered(words, tides, home) == ["--no-color", "--no-refresh"]
    assert _offered("paperkb check --b", tides, home) == ["--baseline"]
    assert "check" in _offered("paperkb ", tides, home)


def test_a_shell_completes_names(tides: Path, tmp_path: Path) -> None:
    run_command(("--own", "--vault", str(tides), "index"), tmp_path, tmp_path)
    for words in (f"paperkb --vault {tides} --own show ", f"paperkb show --vault {tides} --own "):
        assert _offered(f"{words}storm", tmp_path, tmp_path) == ["storm-surge"]
        assert {"residual", "harmonic"} < set(_offered(words, tmp_path, tmp_path))
    for typed in ("~", "$HOME"):
        words = f"paperkb --own --vault {typed}/{os.path.relpath(tides, tmp_path)} show storm"
        assert _offered(words, tmp_path, tmp_path) == ["storm-surge"], "shells complete words before they expand them"
    assert "residual" not in _offered("paperkb --own lineage ", tides, tmp_path)
    assert _offered("paperkb --own lineage harmonic --to st", tides, tmp_path) == ["storm-surge"]
    for command in ("run", "verify", "bench"):
        assert _offered(f"paperkb {command} batchn", tmp_path, tmp_path) == ["batchnorm"]
    assert _offered("paperkb bench report batchn", tmp_path, tmp_path) == []
    (tmp_path / "a.md").write_text("# A")
    assert _offered("paperkb --vault . show ", tmp_path, tmp_path) == [], "completion builds no index"
    assert len(list((tmp_path / "cache").glob("*/*/*.sqlite"))) == 1


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_pipe_gets_plain_text_and_whole_lines(paperkb: Run, command: tuple[str, ...]) -> None:
    narrow, wide = paperkb(*command, COLUMNS="60"), paperkb(*command, COLUMNS="300")
    assert "\x1b" not in narrow.out
    assert not [line for line in wide.out.split("\n") if line != line.rstrip()]
    if command[0] != "timeline":  # the width of a picture depends on COLUMNS
        assert narrow.out.split(" in 0.")[0] == wide.out.split(" in 0.")[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_with_two_examples(paperkb: Run, command: str) -> None:
    shown = paperkb(command, "--help")
    assert shown.code == 0
    examples = shown.out.rpartition("Examples:")[2]
    written = [line.strip() for line in examples.strip().split("\n")]
    assert len(written) >= 2
    assert all(line.startswith((f"paperkb {command}", f"paperkb --vault ~/notes {command}")) for line in written)


def test_the_command_is_a_module_too(tides: Path, home: Path) -> None:
    words = [sys.executable, "-m", "paperkb", "--own", "query", "storm", "--format", "keys"]
    done = subprocess.run(words, cwd=tides, env=environment(home), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run_command(tuple(words[3:]), tides, home).out != ""


def test_the_version_is_that_of_the_project(paperkb: Run) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert paperkb("--version").out == f"paperkb {project['version']}\n"


def test_without_a_command_the_help_is_shown(paperkb: Run) -> None:
    shown = paperkb(own=False)
    assert shown.code == 0
    assert shown.out == paperkb("--help", own=False).out
    assert "Usage: paperkb" in shown.out
    assert all(f"\n  {command}" in shown.out for command in COMMANDS)
    assert "..." not in shown.out.partition("Commands:")[2], "no summary of a command is cut off"


def test_a_summary_from_another_note_stands_apart_from_its_place(vault: Callable[..., Run]) -> None:
    told = "Every place of a text looks at every other place, and nothing goes step by step."
    run = vault({
        "a.md": "---\ntitle: Wide Nets\narxiv: '2001.00001'\nvenue: ICLR\n---\n- a list\n",
        "b.md": f"---\narxiv: '2001.00001'\n---\n{told}\n",
    })  # fmt: skip
    assert f"\n{told}  b.md\n" in run("show", "a").out


def test_a_summary_in_a_script_without_spaces_is_shown_as_it_is_written(vault: Callable[..., Run]) -> None:
    told = "本文用 BERT 模型训练了一个更深的网络。它在三个数据集上都更好。"
    korean = "더 깊은 신경망을 더 빠르게 학습하는 방법을 제안한다."
    run = vault({
        "a.md": f"---\narxiv: '2001.00001'\n---\n# Wide Nets\n\n作者：张三，李四\n\n{told}\n",
        "b.md": f"---\narxiv: '2001.00002'\n---\n# Deep Nets\n\n{korean}\n",
    })  # fmt: skip
    assert f"\n{told}\n" in run("show", "a").out
    assert f"\n{korean}\n" in run("show", "b").out


def test_a_vault_without_anything_says_so(vault: Callable[..., Run]) -> None:
    run = vault({"a.txt": ""})
    assert "/vault: 0 documents, 0 papers, 0 ghosts\n" in run("index").out
    assert run("patterns").out.startswith("no patterns: ")
    assert run("patterns", "gaps").out.startswith("nothing to compare: ")
    run = vault({"b.md": "---\nkind: paper\npatterns: [gate]\n---\n"})
    assert run("patterns").out == "patterns\n  gate  1  b  no note yet\n", "no heading over an empty list"


def test_added_and_removed_notes_are_counted_in_the_own_vault_only(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("[[b]]")
    (tmp_path / "b.md").write_text("# B")

    def told() -> list[str]:
        return run_command(("--vault", str(tmp_path), "index"), tmp_path, tmp_path).out.split("\n")

    assert told()[-2].startswith("2 added, 0 changed, 0 removed in ")
    (tmp_path / "b.md").unlink()
    first, *_, last, _ = told()
    assert first.endswith(": 1 document, 0 papers, 1 ghost")
    assert last.startswith("0 added, 0 changed, 1 removed in ")


def test_a_file_is_no_vault(paperkb: Run, tides: Path) -> None:
    note = tides / "harmonic.md"
    done = paperkb("--vault", str(note), "query")
    assert (done.code, done.out, done.err) == (1, "", f"paperkb: {note}: not a folder\n")


def test_an_ambiguous_name_is_listed(paperkb: Run) -> None:
    done = paperkb("show", "a")
    assert (done.code, done.out) == (1, "")
    assert done.err.split("\n")[:3] == [
        "paperkb: `a` may mean 2 things - give the key of one",
        "  paper:kelvin-machine  A Brass Machine that Adds Waves",
        "  paper:lost-note  A Gauge Nobody Read",
    ]


def test_a_note_may_be_named_as_a_shell_completes_it(paperkb: Run, tides: Path, tmp_path: Path) -> None:
    whole = paperkb("show", "patterns/sum-of-waves.md").out
    assert whole.startswith("Sum of waves\n")
    for name, where in (("./patterns/sum-of-waves.md", tides), ("sum-of-waves.md", tides / "patterns"),
                        (str(tides / "patterns" / "sum-of-waves.md"), tmp_path)):  # fmt: skip
        assert paperkb("--vault", str(tides), "show", name, cwd=where).out == whole
    (tmp_path / "other.md").touch()
    told = paperkb("--vault", str(tides), "show", "./other.md", cwd=tmp_path)
    assert (told.code, told.err) == (1, f"paperkb: ./other.md: is outside {tides}\n")


def test_a_tree_says_where_a_paper_is_unfolded(vault: Callable[..., Run]) -> None:
    notes = {
        "a.md": "builds_on: [b, c]",
        "b.md": "builds_on: [c, e]",
        "c.md": "builds_on: [d]",
        "d.md": "builds_on: [e]",
        "e.md": "date: 2001",
    }
    run = vault({name: f"---\nkind: paper\n{fields}\n---\n" for name, fields in notes.items()})
    assert run("lineage", "a").out.split("\n")[1:7] == [
        "├── ○ b",
        "│   ├── ○ e 2001",
        "│   └── ○ c  (below)",
        "└── ○ c",
        "    └── ○ d",
        "        └── ○ e 2001  (above)",
    ]


def test_a_query_may_begin_with_a_negated_field(paperkb: Run) -> None:
    found = paperkb("query", "-has:doi", "--format", "keys").out
    assert found == paperkb("query", "NOT has:doi", "--format", "keys").out
    assert "harmonic" not in found.split()
    assert paperkb("timeline", "-tag:sea", "--json").json["nodes"]
    assert "unknown field `builds_on`" in paperkb("query", "-builds_on:harmonic").err
    for negated in ("-(has:doi)", '-"gauge nobody read"'):
        assert paperkb("query", negated, "--json").json == paperkb("query", f"NOT {negated[1:]}", "--json").json


def test_a_query_that_begins_with_a_minus_goes_behind_two(paperkb: Run) -> None:
    assert paperkb("query", "-tide").err == (
        "paperkb: No such option: -t - see `paperkb query --help`; a query that begins with - goes after --\n"
    )
    assert "harmonic" not in paperkb("query", "--format", "keys", "--", "-title:harmonic").out
    for other in (("query", "--tide"), ("timeline", "-o")):
        assert "goes behind" not in paperkb(*other).err


def test_several_words_are_one_query(paperkb: Run) -> None:
    assert paperkb("query", "tag:sea", "year:1921", "--format", "keys").out == "harmonic\n"


def test_which_vault_is_meant(paperkb: Run, tides: Path, tmp_path: Path) -> None:
    def documents(*arguments: str, **more: str | Path) -> int:
        return int(paperkb(*arguments, "index", "--json", **more).json["documents"])

    inside = tides / "patterns"
    assert documents() == documents(cwd=inside) == documents("--vault", str(tides), cwd=tmp_path) == 10
    assert documents(cwd=tmp_path, PAPERKB_VAULT=str(inside)) == 3
    assert documents("--vault", str(tides), cwd=tmp_path, PAPERKB_VAULT=str(inside)) == 10
    assert documents(cwd=tmp_path) > 40  # the curated one
    (tmp_path / ".obsidian").mkdir()
    assert documents(cwd=tmp_path) == 0


def test_an_answer_from_the_curated_vault_says_so_in_a_folder_of_notes(
    paperkb: Run, tmp_path: Path
) -> None:
    told = (
        "paperkb: this is about the curated vault, not the notes here - "
        "use `paperkb --vault . ...`, or put an empty paperkb.toml here\n"
    )
    (tmp_path / "README.md").write_text("# About this folder\n")
    (tmp_path / "list.txt").touch()
    assert paperkb("query", cwd=tmp_path).err == ""
    (tmp_path / "a note.md").write_text("# A\n")
    for line in ("query", "check", "show vit --json", "timeline -o x.svg", "forget"):
        assert paperkb(*line.split(), cwd=tmp_path).err == told, line
    assert paperkb("--vault", ".", "query", cwd=tmp_path).err == ""
    assert paperkb("query", cwd=ROOT / "papers").err == "", "the notes here are the curated ones"
    (tmp_path / "paperkb.toml").touch()
    assert paperkb("query", cwd=tmp_path).err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    line = f"mkdir gone && cd gone && rmdir ../gone && {sys.executable} -m cli.main query"
    done = subprocess.run(
        line, shell=True, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("paperkb: the current folder no longer exists - ")


def test_own_leaves_the_curated_vault_out(paperkb: Run) -> None:
    with_base = paperkb("query", "--format", "keys", own=False).out.split()
    own = paperkb("query", "--format", "keys").out.split()
    assert set(own) < set(with_base)
    assert "transformer" in with_base
    one, other = (paperkb("index", "--json", own=flag).json for flag in (True, False))
    assert [one[name] for name in ("documents", "papers")] == [other[name] for name in ("documents", "papers")]


def test_no_refresh_answers_from_the_index_as_it_stands(vault: Callable[..., Run], tmp_path: Path) -> None:
    run = vault({"a.md": "---\ntitle: A\nkind: paper\n---\n"})
    assert run("query", "--format", "keys").out == "a\n"
    (tmp_path / "vault" / "b.md").write_text("---\ntitle: B\nkind: paper\n---\n")
    assert run("--no-refresh", "query", "--format", "keys").out == "a\n"
    assert run("query", "--format", "keys").out == "a\nb\n"


def test_index_file_of_ones_own(vault: Callable[..., Run], tmp_path: Path) -> None:
    run, place = vault({"a.md": "# A\n"}), tmp_path / "mine" / "x.sqlite"
    assert run("--index", str(place), "index").code == 0
    assert place.is_file()
    assert not (tmp_path / "cache").exists()
    assert run("--index", str(place), "forget").out == f"removed {place}\n"
    assert not place.exists()
    assert run("--index", str(place), "forget").out == "there was no index\n"


@pytest.mark.parametrize("command", [("index",), ("index", "--rebuild"), ("forget",), ("query",)], ids=" ".join)
def test_no_other_file_is_taken_for_an_index(
    vault: Callable[..., Run], tmp_path: Path, command: tuple[str, ...]
) -> None:
    run, note, library = vault({"a.md": "# A\n"}), tmp_path / "vault" / "a.md", tmp_path / "library.sqlite"
    with contextlib.closing(sqlite3.connect(library)) as database:
        database.execute("CREATE TABLE document (title)")
    cache = tmp_path / "cache" / "paperkb"
    cache.mkdir(parents=True)
    for precious in (note, library, cache / ".." / ".." / "library.sqlite"):
        before = precious.read_bytes()
        done = run("--index", str(precious), *command)
        assert (done.code, done.err) == (
            1,
            f"paperkb: {precious}: is not a paperkb index - choose another path with --index\n",
        )
        assert precious.read_bytes() == before


def test_index_says_what_changed(vault: Callable[..., Run], tmp_path: Path) -> None:
    run, note = vault({"a.md": "# A\n", "b.md": "# B\n"}), tmp_path / "vault" / "a.md"
    assert run("index", "--json").json["changed"] == {"added": 2, "changed": 0, "removed": 0}
    assert run("index", "--json").json["changed"] == {"added": 0, "changed": 0, "removed": 0}
    note.write_text("# Another\n")
    (tmp_path / "vault" / "b.md").unlink()
    told = run("index", "--json").json
    assert told["changed"] == {"added": 0, "changed": 1, "removed": 1}
    assert told["notes"] == {"added": [], "changed": ["a.md"], "removed": ["b.md"]}
    assert run("index", "--rebuild", "--json").json["changed"] == {"added": 1, "changed": 0, "removed": 0}


def test_interrupted_it_says_so_and_leaves_an_index_that_works(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    root.mkdir()
    for number in range(3000):
        (root / f"n{number}.md").write_text(f"---\ntitle: Note {number}\nkind: paper\n---\n[[n{number + 1}]]\n")
    (root / "paperkb.toml").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "--own", "index"],
        cwd=root,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    cache = tmp_path / "cache" / "paperkb"
    while process.poll() is None and not list(cache.glob("*/*.sqlite-new")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (1, "paperkb: interrupted\n")
    assert [file.name for file in cache.glob("*/*")] == ["own.sqlite"]
    assert run_command(("--own", "query", "--json", "--limit", "1"), root, tmp_path).json["total"] == 3000
