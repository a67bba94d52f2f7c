"""`paperkb check`: what counts against a baseline, safe fixes, ghosts by rank, links as Obsidian follows them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, run_command

Vault = Callable[..., Run]
DOUBTFUL = "---\ntitle: Adam: A Method\narxiv: 1412.6980\naliases: Adam\n---\ntext\n"
FIXED = '---\ntitle: "Adam: A Method"\narxiv: "1412.6980"\naliases: ["Adam"]\n---\ntext\n'


def test_warnings_fail_and_notices_do_not(vault: Vault, tmp_path: Path) -> None:
    run = vault({"a.md": "# A\n\n[[#gone]] and [[wanted]]\n"})
    first = run("check", "--json")
    assert (first.code, first.json["counts"]) == (2, {"error": 0, "warning": 1, "notice": 1})
    (tmp_path / "vault" / "a.md").write_text("# A\n\n[[wanted]]\n")
    assert run("check").code == 0


# -- baseline --------------------------------------------------------------------------------------------------------


def test_only_what_the_baseline_lacks_counts(vault: Vault, tmp_path: Path) -> None:
    run, note, known = vault({"a.md": "[[#gone]]\n"}), tmp_path / "vault" / "a.md", tmp_path / "known.json"
    known.write_text(run("check", "--json").out)
    note.write_text("# New heading\n\nlines move\n\n[[#gone]]\n")
    again = run("check", "--baseline", str(known))
    assert (again.code, again.out) == (0, "0 errors, 0 warnings, 0 notices\n")
    note.write_text("[[#gone]]\n\n[[#gone]]\n")
    again = run("check", "--baseline", str(known), "--json")
    assert again.code == 2
    assert [finding["line"] for finding in again.json["findings"]] == [3], "the second of its kind is new"
    note.write_text("all is well\n")
    assert run("check", "--baseline", str(known)).code == 0


def test_a_baseline_as_powershell_redirects_it(vault: Vault, tmp_path: Path) -> None:
    run, known = vault({"a.md": "[[#gone]]\n"}), tmp_path / "known.json"
    known.write_text(run("check", "--json").out, "utf-16")
    assert run("check", "--baseline", str(known)).code == 0


def test_a_conflict_stays_known_when_its_lines_move(vault: Vault, tmp_path: Path) -> None:
    paper = "---\n{}arxiv: '1706.03762'\ndate: {}\n---\n"
    run = vault({"a.md": paper.format("", "2017-06-12"), "b.md": paper.format("", "2018-01-01")})
    known = tmp_path / "known.json"
    first = run("check", "--json")
    assert "date-conflict" in {finding["code"] for finding in first.json["findings"]}
    known.write_text(first.out)
    (tmp_path / "vault" / "a.md").write_text(paper.format("x: y\n", "2017-06-12"))
    assert run("check", "--baseline", str(known)).code == 0


# -- hints -----------------------------------------------------------------------------------------------------------


def test_a_missing_implementation_is_reported_with_a_command_that_lists_all(
    vault: Vault, tmp_path: Path
) -> None:
    run = vault({"a.md": "---\ntitle: LoRA\narxiv: '2106.09685'\nimplementation: lorra\n---\n"})
    [line] = [line for line in run("check").out.splitlines() if "implementation-missing" in line]
    told = run_command(tuple(line.split("`paperkb ")[1].split("`")[0].split()), tmp_path / "vault", tmp_path)
    assert {"lora", "transformer"} <= set(told.out.split("\n"))


# -- fixes -----------------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_a_diff_and_writes_nothing(vault: Vault, tmp_path: Path) -> None:
    run, note = vault({"x/adam.md": DOUBTFUL}), tmp_path / "vault" / "x" / "adam.md"
    shown = run("check", "--fix", "--dry-run")
    assert shown.out.split("\n")[:9] == [
        "--- x/adam.md",
        "+++ x/adam.md",
        "@@ -1,5 +1,5 @@",
        " ---",
        "-title: Adam: A Method",
        "-arxiv: 1412.6980",
        "-aliases: Adam",
        '+title: "Adam: A Method"',
        '+arxiv: "1412.6980"',
    ]
    assert note.read_text() == DOUBTFUL


def test_a_diff_has_every_blank_of_the_note(vault: Vault) -> None:
    run = vault({"a.md": "---\ntitle: 深層\u3000学習: 入門\u00a01\nkind: paper\n---\n"})
    assert "-title: 深層\u3000学習: 入門\u00a01" in run("check", "--fix", "--dry-run").out.split("\n")


def test_fixes_are_written_and_what_is_left_is_told(vault: Vault, tmp_path: Path) -> None:
    run, note = vault({"adam.md": DOUBTFUL, "open.md": "---\ntitle: A\n"}), tmp_path / "vault" / "adam.md"
    note.chmod(0o640)
    before = run("query", "--json").json["papers"]
    done = run("check", "--fix", "--json")
    assert note.read_text() == FIXED
    assert note.stat().st_mode & 0o777 == 0o640
    assert [(fix["path"], fix["line"], fix["better"], fix["is_written"]) for fix in done.json["fixes"]] == [
        ("adam.md", 2, '"Adam: A Method"', True),
        ("adam.md", 3, '"1412.6980"', True),
        ("adam.md", 4, '["Adam"]', True),
    ]
    assert {f["code"] for f in done.json["findings"]} == {"front-matter-open", "orphan"}, "no fix closes a fence"
    assert done.code == 2
    assert run("query", "--json").json["papers"] == before
    assert run("check", "--fix", "--json").json["fixes"] == []


def test_only_a_vault_of_ones_own_is_fixed_and_only_when_asked(vault: Vault, paperkb: Run, tmp_path: Path) -> None:
    run, note = vault({"adam.md": DOUBTFUL}), tmp_path / "vault" / "adam.md"
    for command in (("check",), ("index", "--rebuild"), ("show", "adam"), ("check", "--fix", "--dry-run")):
        run(*command)
        assert note.read_text() == DOUBTFUL, command
    assert "--dry-run needs --fix" in run("check", "--dry-run").err
    curated = paperkb("check", "--fix", cwd=tmp_path)
    assert (curated.code, curated.err) == (
        1,
        "paperkb: the curated vault is read-only - name yours with --vault\n",
    )


def test_a_note_that_must_not_be_written_is_named_and_the_others_are_fixed(vault: Vault, tmp_path: Path) -> None:
    run, root = vault({"adam.md": DOUBTFUL, "z.md": DOUBTFUL.replace("Adam", "Z")}), tmp_path / "vault"
    (tmp_path / "elsewhere.md").hardlink_to(root / "adam.md")
    done = run("check", "--fix")
    assert (done.code, done.err) == (1, "paperkb: adam.md: has another name (a hard link) - left as it is\n")
    assert (root / "adam.md").read_text() == DOUBTFUL
    assert (root / "z.md").read_text() != DOUBTFUL.replace("Adam", "Z")


# -- ghosts and links ------------------------------------------------------------------------------------------------


def test_every_ghost_is_in_the_answer_most_wanted_first(vault: Vault) -> None:
    notes = {f"{n}.md": "".join(f"[[wanted {m}]]\n" for m in range(n + 1)) for n in range(30)}
    answer = vault(notes)("check", "--json").json
    assert [(ghost["key"], ghost["notes"]) for ghost in answer["ghosts"]] == [
        (f"wanted-{m}", 30 - m) for m in range(30)
    ]
    told = [finding["message"] for finding in answer["findings"] if finding["code"] == "ghost"]
    assert len(told) == 20
    assert told[0] == "`wanted-0` is wanted by 30 notes but has none"
    first = answer["ghosts"][0]
    assert (first["id"], first["path"], first["line"], first["column"], first["title"]) == (
        None,
        "0.md",
        1,
        1,
        "wanted 0",
    )


@pytest.mark.parametrize("command", ["index", "check"])
def test_links_as_obsidian_follows_them_for_one_run(vault: Vault, command: str) -> None:
    run = vault({"a.md": "---\naliases: [Other]\n---\n", "s.md": "[[Other]]\n"})
    plain = run("index", "--json").json["links"]
    assert plain == {"resolved": 1, "ambiguous": 0, "missing": 0, "external": 0}
    strict = run(command, "--links", "obsidian", "--json").json
    if command == "index":
        assert strict["links"] == {"resolved": 0, "ambiguous": 0, "missing": 1, "external": 0}
        assert strict["links_as"] == "obsidian"
        assert "links as Obsidian follows them: 0 resolved" in run("index", "--links", "obsidian").out
    else:
        assert [finding["code"] for finding in strict["findings"]] == ["link-missing"]
    assert run("index", "--json").json["links"] == plain


def test_the_setting_gives_every_command_the_same_answer(vault: Vault, tmp_path: Path) -> None:
    run = vault({"a.md": "---\naliases: [Other]\n---\n", "s.md": "[[Other]]\n", "paperkb.toml": 'links = "obsidian"\n'})
    assert run("index", "--json").json["links"]["missing"] == 1
    assert [link["status"] for link in run("show", "s.md", "--json").json["documents"][0]["links"]] == ["missing"]
    assert run("index", "--links", "papers", "--json").json["links"]["missing"] == 0
    assert run("index", "--json").json["links"]["missing"] == 1
    (tmp_path / "vault" / "paperkb.toml").write_text('links = "logseq"\n')
    wrong = run("index")
    assert wrong.code == 1
    assert wrong.err.endswith('paperkb.toml: `links` must be "papers" or "obsidian"\n')
    assert run("check", "--links", "logseq").err.endswith("choose from papers, obsidian\n")
