"""`import paperkb`: the example in its docstring runs, and failures are exceptions that a program can catch."""

import contextlib
import inspect
import io
import json
import os
import pickle
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import networkx
import pytest

import paperkb
from cli import api
from kb import store
from kb.query.names import Named, find
from kb.store import Store
from tests.cli.conftest import make_vault, run_command

VAULT = Path(__file__).parent / "cli" / "vaults" / "tides"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_the_example_runs_on_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.md").write_text("# Mine\n\n[[transformer]]\n")
    monkeypatch.chdir(tmp_path)
    example = textwrap.dedent(str(inspect.getdoc(paperkb)).partition("\n\n")[2])
    assert "paperkb.open" in example
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(example, "paperkb.py", "exec"), {})
    assert "2017-06-12 Attention Is All You Need" in printed.getvalue()


def test_what_papers_build_on_ranks_first_and_what_they_cite_together_is_told() -> None:
    with paperkb.open(VAULT, own=True) as vault:
        influence = vault.influence()
        assert next(iter(influence)) == "paper:kelvin-machine", "all others build on it"
        assert list(influence.values()) == sorted(influence.values(), reverse=True)
        assert influence["paper:ensemble"] == 1
        assert {f"paper:{paper.key}" for paper in vault.query("").papers} <= set(influence)
        together = vault.cocited("harmonic")
        assert all(count >= 1 and name in influence for name, count in together)
    with paperkb.open() as vault:
        assert vault.cocited("transformer", limit=1)[0][1] >= 1


def test_an_answer_is_of_one_state_whatever_is_indexed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    note = tmp_path / "notes" / "mine.md"
    note.write_text("---\ntitle: Mine\nkind: paper\n---\n")

    def slowly(store: Store, name: str) -> Named:
        found = find(store, name)
        note.unlink()
        paperkb.open(tmp_path / "notes", own=True).close()
        return found

    with paperkb.open(tmp_path / "notes", own=True) as vault:
        monkeypatch.setattr(api, "find", slowly)
        assert vault.show("mine")["title"] == "Mine"
        assert vault.query().papers == [], "the next answer reflects the next state"


def test_it_answers_what_the_command_answers() -> None:
    with paperkb.open(VAULT, own=True) as vault:
        answer = vault.query("builds-on:kelvin-machine*", sort="-date", limit=1)
        assert (answer.total, [paper.key for paper in answer.papers]) == (3, ["ensemble"])
        assert vault.paths("storm-surge", "kelvin-machine") == [
            [
                {
                    "source": "storm-surge",
                    "target": "harmonic",
                    "why": "their sum is taken away, what is left is the surge.",
                    "path": "storm-surge.md",
                    "line": 17,
                },
                {
                    "source": "harmonic",
                    "target": "kelvin-machine",
                    "why": "the same waves, now with the moon's slow ones.",
                    "path": "harmonic.md",
                    "line": 20,
                },
            ]
        ]
        graph = vault.graph()
        assert isinstance(graph, networkx.MultiDiGraph)
        assert graph.nodes["paper:harmonic"]["date"] == "1921-05"
        assert {data["type"] for _, _, data in graph.out_edges("paper:storm-surge", data=True)} == {
            "builds-on",
            "uses-pattern",
        }


@pytest.mark.parametrize(
    ("asked", "command", "part"),
    [
        (lambda vault: vault.show("harmonic"), ("show", "harmonic"), ""),
        (lambda vault: vault.lineage("ensemble", depth=1), ("lineage", "ensemble", "--depth", "1"), ""),
        (lambda vault: vault.paths("ensemble", "harmonic"), ("lineage", "ensemble", "--to", "harmonic"), "paths"),
        (lambda vault: vault.patterns(), ("patterns",), "patterns"),
        (lambda vault: vault.constraints(), ("patterns",), "constraints"),
        (lambda vault: vault.gaps(), ("patterns", "gaps"), "gaps"),
        (lambda vault: [each._asdict() for each in vault.query().papers], ("query",), "papers"),
        (lambda vault: [each._asdict() for each in vault.check()], ("check",), "findings"),
        (lambda vault: [each._asdict() for each in vault.ghosts()], ("check",), "ghosts"),
    ],
)
def test_every_answer_is_that_of_a_command(
    asked: Callable[[paperkb.Vault], Any], command: tuple[str, ...], part: str, tmp_path: Path
) -> None:
    printed = run_command(("--own", *command, "--json"), VAULT, tmp_path).json
    with paperkb.open(VAULT, own=True) as vault:
        answer = json.loads(json.dumps(asked(vault)))
    assert answer == (printed[part] if part else {name: printed[name] for name in printed if name != "schema"})


def test_a_bibliography_is_the_text_that_export_prints(tmp_path: Path) -> None:
    with paperkb.open(VAULT, own=True) as vault:
        for form in ("bibtex", "biblatex", "csl"):
            printed = run_command(("--own", "export", "tag:sea", "--format", form), VAULT, tmp_path).out
            assert vault.export("tag:sea", form=form) == printed
            assert "A Brass Machine" in printed
        with pytest.raises(ValueError, match="unknown form `ris` - forms are bibtex, biblatex, csl"):
            vault.export(form="ris")


def test_the_graph_is_written_as_xml_whatever_a_note_holds(tmp_path: Path) -> None:
    note = '---\ntitle: "Ef\\u0001fects"\nkind: paper\n---\n## Builds on\n\n- [[b]]: one \x02 step\n'
    with paperkb.open(make_vault(tmp_path / "notes", {"a.md": note}), own=True) as vault:
        written = io.BytesIO()
        networkx.write_graphml(vault.graph(), written)
    read = networkx.parse_graphml(written.getvalue().decode())
    assert (read.nodes["paper:a"]["title"], read.edges["paper:a", "ghost:b"]["why"]) == ("Effects", "one  step")


def test_what_opening_found_to_be_changed_is_told(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for name in ("a", "b", "c"):
        (notes / f"{name}.md").write_text("# A note\n")
    with paperkb.open(notes, own=True) as vault:
        assert vault.changes.added == ["a.md", "b.md", "c.md"]
    (notes / "a.md").unlink()
    (notes / "b.md").write_text("# Another note\n")
    (notes / "d.md").write_text("# A note\n")
    with paperkb.open(notes, own=True) as vault:
        changes = vault.changes
    assert (changes.added, changes.changed, changes.removed) == (["d.md"], ["b.md"], ["a.md"])


def test_threads_that_open_a_new_vault_together_get_the_whole_of_it(tmp_path: Path) -> None:
    def count(attempt: int) -> int:
        with paperkb.open(VAULT, own=True, index=tmp_path / f"{attempt // 8}.sqlite") as vault:
            return vault.query().total

    with paperkb.open(VAULT, own=True) as vault:
        total = vault.query().total
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(count, range(40))) == [total] * 40


def test_the_home_folder_may_be_written_as_shells_expand_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_vault(tmp_path / "notes", {"mine.md": "---\ntitle: Mine\nkind: paper\n---\n"})
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "notes")
    for folder in ("~/notes", Path("~/notes")):
        with paperkb.open(folder, own=True, index="~/i.sqlite") as vault:
            assert [paper.title for paper in vault.query().papers] == ["Mine"]
    assert (tmp_path / "i.sqlite").exists()
    asked = run_command(("--own", "--vault=~/notes", "query"), tmp_path, tmp_path, HOME=str(tmp_path))
    assert "Mine" in asked.out


def test_failures(tmp_path: Path) -> None:
    with paperkb.open(VAULT, own=True) as vault:
        with pytest.raises(paperkb.UnknownName):
            vault.show("nobody")
        with pytest.raises(paperkb.AmbiguousName):
            vault.show("a")
        with pytest.raises(paperkb.QueryError) as caught:
            vault.query("yaer:1921")
        assert caught.value.position == 0
    with pytest.raises(NotADirectoryError):
        paperkb.open(tmp_path / "nowhere")
    (tmp_path / "paperkb.toml").write_text("excluded = []")
    with pytest.raises(paperkb.ConfigError, match="unknown setting `excluded`"):
        paperkb.open(tmp_path)
    with pytest.raises(paperkb.StoreError, match="is not a paperkb index"):
        paperkb.open(VAULT, index=tmp_path / "paperkb.toml")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # of the tests, by xdist
def test_a_vault_that_cannot_answer_says_why(tmp_path: Path) -> None:
    def asked_elsewhere(question: Callable[[], object]) -> str:
        with ThreadPoolExecutor(1) as threads, pytest.raises(paperkb.StoreError) as caught:
            threads.submit(question).result()
        return str(caught.value)

    index = tmp_path / "i.sqlite"
    with paperkb.open(VAULT, own=True, index=index) as vault:
        assert repr(vault) == f"<paperkb.Vault {str(VAULT)!r}>"
        for question in (vault.query, vault.close):
            assert "belongs to the thread and process that opened it - open one" in asked_elsewhere(question)
        assert vault.query().papers, "it is open still"
        if hasattr(os, "fork"):
            if not (child := os.fork()):
                code = 1
                try:
                    vault.query()  # SQLite forbids it: the locks stayed with the parent
                except paperkb.StoreError:
                    code = 0
                finally:
                    os._exit(code)
            assert os.waitpid(child, 0)[1] == 0
    vault.close()
    assert repr(vault).endswith(", closed>")
    with pytest.raises(paperkb.StoreError, match="this vault is closed - open it again"):
        vault.check()
    with paperkb.open(VAULT, own=True, index=index, refresh=False) as vault:
        index.write_bytes(index.read_bytes()[:100] + bytes(100_000))
        with pytest.raises(paperkb.StoreError, match="malformed - open the vault again"):
            vault.show("harmonic")
    with paperkb.open(VAULT, own=True, index=index) as vault:
        assert vault.show("harmonic")["key"] == "harmonic"


@pytest.mark.parametrize("failing", [("show", "nobody"), ("show", "a"), ("query", "yaer:1921")], ids=str)
def test_a_failure_reaches_another_process_as_it_is(failing: tuple[str, str]) -> None:
    question, asked = failing
    with paperkb.open(VAULT, own=True) as vault, pytest.raises(paperkb.Error) as caught:
        getattr(vault, question)(asked)
    received = pickle.loads(pickle.dumps(caught.value))
    assert (type(received), str(received)) == (caught.type, str(caught.value))
    assert vars(received) == vars(caught.value)


def test_a_full_disk_is_told_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "FOR_BUILDING", (*store.FOR_BUILDING, "max_page_count = 5"))
    with pytest.raises(paperkb.StoreError, match="database or disk is full - is another paperkb running"):
        paperkb.open(VAULT, own=True)

