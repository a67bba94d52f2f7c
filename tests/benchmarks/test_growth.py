"""Twice the notes take twice the work, counted because a clock is too imprecise: calls, SQLite steps, memory, bytes."""

import json
import sqlite3
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from benchmarks.engine.truth import TAG
from benchmarks.engine.vault import Note, key, notes, vocabulary, write_vault
from cli.export.works import works
from cli.site import ahead
from cli.site import write as writing
from cli.site.build import build
from cli.site.front import front
from cli.site.pages import page
from cli.site.site import Site
from kb.citekeys import distinct
from kb.query import reach
from kb.query.answer import ask
from kb.query.names import find
from linker import workers
from linker.card import card
from linker.lineage import Lineage, around
from linker.vault import Vault, open_vault
from tests.linker.conftest import Cards

NOTES, LINKS = 200, 11
RANK = 100
"""Of a word that is in most notes."""

LINEAR = 2.25
"""Twice the notes, plus what sorting and trees add."""

STEPS = 20
"""SQLite instructions between two counts."""


@dataclass(frozen=True)
class Generated:
    root: Path
    notes: list[Note]

    def open(self, index: Path, *only: Path) -> Vault:
        return open_vault(self.root, Cards(), base=False, index=index, only=only)

    @property
    def newest(self) -> Note:
        """The newest note with `LINKS` links, so that the change is the same at all sizes."""
        return next(note for note in reversed(self.notes) if note.links == LINKS)

    def change(self, line: str) -> Path:
        path = self.root / self.newest.path
        path.write_text(f"{self.newest.text}\n{line}\n", "utf-8")
        return path


@pytest.fixture(scope="module")
def vaults(tmp_path_factory: pytest.TempPathFactory) -> list[Generated]:
    """A vault, and another with twice as many notes; everything has been used once, so first-use costs are gone."""
    base = tmp_path_factory.mktemp("growth")
    found = [Generated(base / str(count), list(notes(count))) for count in (8, NOTES, 2 * NOTES)]
    for generated in found:
        write_vault(generated.root, len(generated.notes))
    found[0].open(base / "warm.sqlite").close()
    return found[1:]


@dataclass
class Work:
    """Calls of Python and C functions, and instructions of SQLite's virtual machine."""

    calls: int = 0
    steps: int = 0


Counted = Callable[[Callable[[], Any]], Work]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Count the work of a block, on all connections opened from here on."""
    work = Work()
    connect = sqlite3.connect

    def step() -> int:
        work.steps += STEPS
        return 0

    def connect_and_count(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_progress_handler(step, STEPS)
        return connection

    def call(frame: FrameType, event: str, argument: Any) -> None:
        work.calls += event in ("call", "c_call")

    def of(what: Callable[[], Any]) -> Work:
        work.calls = work.steps = 0
        sys.setprofile(call)
        try:
            what()
        finally:
            sys.setprofile(None)
        return Work(work.calls, work.steps)

    monkeypatch.setattr(sqlite3, "connect", connect_and_count)
    return of


def test_work_of_index_and_refresh_grows_with_the_notes_and_that_of_an_answer_with_its_papers(
    vaults: list[Generated], tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_FEWEST", 4 * NOTES)  # calls are counted in this process
    monkeypatch.setattr(reach, "FEW", 0)  # else two hundred descendants are found differently from four hundred
    seen: dict[str, list[Work]] = {}
    for generated in vaults:
        index = tmp_path / f"{len(generated.notes)}.sqlite"

        def refresh(*only: Path, generated: Generated = generated, index: Path = index) -> None:
            generated.open(index, *only).close()

        seen.setdefault("cold index", []).append(counted(refresh))
        seen.setdefault("refresh, nothing changed", []).append(counted(refresh))
        generated.change("One more line.")
        seen.setdefault("refresh, one note changed", []).append(counted(refresh))
        note = generated.change("Another line.")
        seen.setdefault("refresh, this note changed", []).append(counted(lambda note=note: refresh(note)))
        with generated.open(index) as vault:
            for text in (f"tag:{TAG}", vocabulary()[RANK], f"builds-on:{key(0)}*"):
                seen.setdefault(f"query {text}", []).append(counted(lambda text=text: ask(vault.store, text, limit=20)))
            name = key(generated.newest.number)
            seen.setdefault("show", []).append(counted(lambda name=name: card(vault.store, find(vault.store, name))))
    grown = {
        f"{name}: {what}": (once, twice)
        for name, (small, large) in seen.items()
        for what in ("calls", "steps")
        if (once := getattr(small, what)) * LINEAR < (twice := getattr(large, what))
    }
    assert min(work.calls for works in seen.values() for work in works) > 0
    assert min(work.steps for works in seen.values() for work in works[1:]) > 0
    assert seen["cold index"][1].calls > 1.5 * seen["cold index"][0].calls, "notes are read where nothing counts"
    assert not grown


def test_memory_and_size_of_the_index_grow_with_the_notes(vaults: list[Generated], tmp_path: Path) -> None:
    peaks, sizes = [], []
    for generated in vaults:
        index = tmp_path / f"{len(generated.notes)}.sqlite"
        tracemalloc.start()
        generated.open(index).close()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(index.stat().st_size)
    assert peaks[1] < LINEAR * peaks[0]
    assert sizes[1] < LINEAR * sizes[0]


CONDITIONS = (
    "has:code has:claim has:benchmark has:note has:doi has:arxiv is:own is:survey is:orphan is:ghost is:paper "
    f"tag:{TAG} title:paper author:a venue:a family:a category:a status:a year:2010 path:000 pattern:attention "
    f"constraint:data builds-on:{key(0)}* led-to:{key(100)}* mentions:{key(0)} in:{key(100)} {vocabulary()[RANK]}"
).split()
FEW_STEPS = 120
"""For one paper, of any condition on papers."""


def test_no_condition_compares_papers_with_all_notes(vaults: list[Generated], tmp_path: Path, counted: Counted) -> None:
    """Also with the curated vault, whose papers a careless join would compare with each note of one's own."""
    conditions = [sign + condition for condition in CONDITIONS for sign in ("", "-")]
    with open_vault(vaults[-1].root, Cards(), base=True, index=tmp_path / "index.sqlite") as vault:
        papers = ask(vault.store, "").total
        steps = {each: counted(lambda each=each: ask(vault.store, each, limit=0)).steps for each in conditions}
    assert {each: count / papers for each, count in steps.items() if count > FEW_STEPS * papers} == {}


def of_few_links(n: int) -> str:
    return f"---\ntitle: Paper {n}\nvenue: ICLR\n---\n{f'[[n{n + 1}]]' if n % 8 == 0 else 'x'}\n"


def a_digest(n: int) -> str:
    return "".join(f"[Title {k}](https://arxiv.org/abs/17{k % 12 + 1:02}.{n:05}) says so.\n\n" for k in range(5))


def a_descendant(n: int) -> str:
    return f"---\ntitle: Paper {n}\nbuilds_on: [n0]\n---\n"


@pytest.mark.parametrize("written", [of_few_links, a_digest, a_descendant])
def test_steps_grow_with_the_notes_whatever_these_are(
    written: Callable[[int], str], tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_FEWEST", 4 * NOTES)
    steps: list[int] = []
    for count in (NOTES, 2 * NOTES):
        vault = Generated(tmp_path / str(count), [])
        vault.root.mkdir()
        for n in range(count):
            (vault.root / f"n{n}.md").write_text(written(n), "utf-8")

        def index_and_descend(vault: Generated = vault) -> None:
            with vault.open(vault.root.with_suffix(".sqlite")) as found:
                Lineage(found.store, around(found.store, find(found.store, "n0").node))

        steps.append(counted(index_and_descend).steps)
    assert 0 < steps[1] < LINEAR * steps[0]


def test_telling_papers_apart_that_would_share_a_citation_key_grows_with_their_number(counted: Counted) -> None:
    small, large = (
        counted(lambda count=count: distinct([(str(n), "anonymous2020") for n in range(count)], {})).calls
        for count in (NOTES, 2 * NOTES)
    )
    assert 0 < large < LINEAR * small


def test_exporting_twice_the_papers_parses_twice_the_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if each note has tags of its own, which are counted to find those that nearly every note has."""
    parsed: list[int] = []
    loads = json.loads

    def count(text: str) -> Any:
        parsed[-1] += len(text)
        return loads(text)

    monkeypatch.setattr(json, "loads", count)
    for notes_ in (NOTES, 2 * NOTES):
        vault = Generated(tmp_path / str(notes_), [])
        vault.root.mkdir()
        for n in range(notes_):
            tags = ", ".join(f"t{n}-{k}" for k in range(9))
            (vault.root / f"n{n}.md").write_text(f"---\ntitle: Paper {n}\ntags: [{tags}]\nvenue: ICLR\n---\n", "utf-8")
        parsed.append(0)
        with vault.open(vault.root.with_suffix(".sqlite")) as found:
            parsed[-1] = 0
            works(found.store, [paper.key for paper in ask(found.store, "").papers])
    assert 0 < parsed[1] < LINEAR * parsed[0]


def test_work_of_a_site_grows_with_the_notes_and_its_pages_are_not_in_memory_together(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each note builds on the one before, so that every page is as large as any other."""
    monkeypatch.setattr(ahead, "_FEWEST", NOTES)  # calls are counted in this process
    monkeypatch.setattr(writing, "_IN_MEMORY", 1)
    seen: list[Work] = []
    peaks, sizes = [], []
    for count in (NOTES // 4, NOTES // 2):
        vault = Generated(tmp_path / str(count), [])
        vault.root.mkdir()
        for n in range(count):
            text = f"---\ntitle: Paper {n}\ndate: {1800 + n // 4}\nbuilds_on: [n{n - 1}]\n---\n{'Words. ' * 2000}"
            (vault.root / f"n{n}.md").write_text(text, "utf-8")
        with vault.open(vault.root.with_suffix(".sqlite")) as found:
            site = Site(found.store, vault.root, "A name")
            front(site)  # grows with the papers that it shows
            pages = site.things.values()
            seen.append(counted(lambda site=site, pages=pages: [page(site, thing) for thing in pages]))
            tracemalloc.start()
            files = ((address, content) for address, content in build(site) if address.startswith("papers/n"))
            writing.write(vault.root.with_suffix(".site"), files)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            sizes.append(sum(file.stat().st_size for file in vault.root.with_suffix(".site").rglob("*.html")))
    assert 0 < seen[1].calls < LINEAR * seen[0].calls
    assert 0 < seen[1].steps < LINEAR * seen[0].steps
    assert sizes[1] > 1.8 * sizes[0]
    assert peaks[1] - peaks[0] < (sizes[1] - sizes[0]) / 2
