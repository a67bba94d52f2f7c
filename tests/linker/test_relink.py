"""What a change costs and leaves behind: pieces give the same index, nothing piles up, no work is wasted."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from kb.model import Implementation
from kb.store import Store
from linker import answers, components, meanings
from linker.changes import Source
from linker.refresh import refresh
from linker.update import Update
from tests.contents import contents
from tests.linker.conftest import Cards, card, fresh, write
from tests.linker.test_build import notes

PAPER = "---\nkind: paper\ntitle: {}\n---\n"


def sizes(store: Store) -> dict[str, int]:
    """The number of rows in each table."""
    tables = store.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'text_%'")
    return {name: store.rows(f"SELECT count(*) FROM {name}")[0][0] for (name,) in tables}


def test_in_however_small_pieces_the_index_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write(tmp_path / "own", notes(40) | {f"{n}/same.md": f"[[same]] [[note {n}]]" for n in range(4)})
    whole = fresh(tmp_path / "whole.sqlite", own)
    for module in (answers, components):
        monkeypatch.setattr(module, "_AT_ONCE", 3)
    monkeypatch.setattr(meanings, "_MOST", 2)
    assert fresh(tmp_path / "pieces.sqlite", own) == whole
    with closing(Store(tmp_path / "followed.sqlite")) as store:
        for path in sorted(own.rglob("*.md"))[::2]:
            path.rename(path.with_suffix(".later"))
        refresh(store, [Source("own", own)], Cards())
        for path in sorted(own.rglob("*.later")):
            path.rename(path.with_suffix(".md"))
        refresh(store, [Source("own", own)], Cards())
        assert contents(store) == whole


def test_edits_that_are_undone_leave_nothing_behind(tmp_path: Path) -> None:
    files = notes(20) | {"x/same.md": "", "y/same.md": "", "x/s.md": "[[same]]", "y/s.md": "[[same]] [[gone#Part]]"}
    own = write(tmp_path / "own", files)
    with closing(Store(tmp_path / "index.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        before = sizes(store)
        edits = [
            {"y/same.md": None, "new/same.md": "[[same]]"},
            {path: text.replace("[[", "[[un") for path, text in files.items()},
            dict.fromkeys(list(files)[::2]),
            {"gone.md": "# Gone\n\n## Part\n", "x/s.md": "[[same#Part]] [t](../y/same.md) [[#Here]]"},
        ]
        for edit in edits:
            for path, text in edit.items():
                write(own, {path: text}) if text is not None else (own / path).unlink()
            refresh(store, [Source("own", own)], Cards())
            for path in edit:
                write(own, {path: files[path]}) if path in files else (own / path).unlink()
            refresh(store, [Source("own", own)], Cards())
            assert sizes(store) == before


def test_a_note_that_is_written_again_keeps_its_own_folders_file(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"x/a.md": "", "y/a.md": "", "x/s.md": "[[a]]", "y/s.md": "[[a]]"})
    leads = "SELECT s.path, t.path FROM link l JOIN document s ON s.id = l.doc JOIN document t ON t.id = l.to_doc"
    with closing(Store(tmp_path / "index.sqlite")) as store:
        for said in ("", "once more", "and again"):
            write(own, {"y/s.md": f"[[a]] {said}"})
            refresh(store, [Source("own", own)], Cards())
            assert sorted(store.rows(leads)) == [("x/s.md", "x/a.md"), ("y/s.md", "y/a.md")]


def steps_of_a_change(folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Steps of SQLite's virtual machine to link one changed note in a vault of `count` notes."""
    own = write(
        folder / "own", {f"{n}.md": f"{PAPER.format(f'Paper {n}')}[[{n - n % 9}]] [[no]]" for n in range(count)}
    )
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    def counted(update: Update, own_root: Path) -> None:
        update.store.db.set_progress_handler(step, 1)
        link(update, own_root)
        update.store.db.set_progress_handler(None, 0)

    link = Update.link
    with closing(Store(folder / "index.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        write(own, {"20.md": PAPER.format("Paper 20, seen anew") + "[[18]] [[1]] [[paper 7]] [[yes]]"})
        with monkeypatch.context() as patch:
            patch.setattr(Update, "link", counted)
            refresh(store, [Source("own", own)], Cards())
    return taken


def test_linking_one_changed_note_costs_the_same_in_a_vault_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (steps_of_a_change(tmp_path / str(count), count, monkeypatch) for count in (50, 400))
    assert 0 < many <= 1.1 * few, "linking looks at something that the change does not touch"


class Counted(Cards):
    """Cards that count how often they are read, which costs more than the rest of a small change."""

    times = 0

    def read(self) -> Sequence[Implementation]:
        self.times += 1
        return self.found


@pytest.mark.parametrize(
    "edit",
    [
        {"other.md": PAPER.format("Other, better")},
        {"other.md": None},
        {"new.md": "[[sea]]"},
        {"sea.md": PAPER.format("Sea level")},
        {"sea.md": None},
        {"other.md": "---\nkey: sea\n---\n"},
        {"late.md": "---\narxiv: '1412.6980'\n---\n"},
    ],
    ids=["another paper", "another removed", "new link", "its paper", "its paper removed", "its key", "its id added"],
)
def test_cards_are_tied_to_changed_papers_without_being_read_again(
    edit: dict[str, str | None], tmp_path: Path
) -> None:
    own = write(tmp_path / "own", {"sea.md": PAPER.format("Sea"), "other.md": PAPER.format("Other")})
    cards = Counted([card("layer", "key:sea"), card("optimizer", "arxiv:1412.6980")])
    with closing(Store(tmp_path / "index.sqlite")) as store:
        refresh(store, [Source("own", own)], cards)
        for path, text in edit.items():
            write(own, {path: text}) if text is not None else (own / path).unlink()
        refresh(store, [Source("own", own)], cards)
        assert cards.times == 1
        assert contents(store) == fresh(tmp_path / "anew.sqlite", own, None, cards)
