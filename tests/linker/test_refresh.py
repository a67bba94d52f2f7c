"""A refresh touches only what changed, and sees all that did."""

import errno
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from kb.store import Store, forget
from linker import chunks
from linker.changes import Source
from linker.check import findings
from linker.counts import counts
from linker.refresh import NoNote, refresh
from linker.vault import Vault, open_vault
from tests.contents import contents
from tests.linker.conftest import Cards, age, fresh, many, write

# -- what is not touched ---------------------------------------------------------------------------------------------


def test_nothing_is_read_or_written_where_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write(tmp_path / "own", many(610))
    age(own)
    with closing(Store(tmp_path / "i.sqlite")) as store:
        assert len(refresh(store, [Source("own", own)], Cards())) == 610
        before, whole = store.db.total_changes, contents(store)
        statements: list[str] = []
        store.db.set_trace_callback(statements.append)
        with monkeypatch.context() as patched:
            patched.delattr(chunks, "read_inside")
            assert len(refresh(store, [Source("own", own)], Cards())) == 0
        store.db.set_trace_callback(None)
        assert store.db.total_changes == before
        assert not [statement for statement in statements if "document" in statement], "listing the files is enough"
        changed = own / "1/note 1.md"
        changed.write_text(changed.read_text() + "more\n")
        found = refresh(store, [Source("own", own)], Cards())
        assert (found.added, found.changed, found.removed) == ([], ["1/note 1.md"], [])
        kept = [row for row in whole["link"] if row[1] != "1/note 1.md"]
        assert [row for row in contents(store)["link"] if row[1] != "1/note 1.md"] == kept


def test_a_file_touched_without_change_is_no_change(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]"})
    with closing(Store(tmp_path / "i.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        age(own)
        assert len(refresh(store, [Source("own", own)], Cards())) == 0


def test_another_content_of_equal_size_that_is_given_the_time_of_the_first_is_seen(tmp_path: Path) -> None:
    """As after unpacking an archive, or a copy that preserves times."""
    own = write(tmp_path / "own", {"a.md": "[[b]]", "x/c.md": "[[d]]"})
    age(own)
    with closing(Store(tmp_path / "i.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        stamp = (own / "a.md").stat().st_mtime_ns
        write(own, {"a.md": "[[e]]"})
        os.utime(own / "a.md", ns=(stamp, stamp))
        os.utime(own / "x/c.md", ns=(stamp, stamp))
        (own / "x/c.md").rename(own / "c.md")
        (own / "a.md").rename(own / "x/c.md")
        refresh(store, [Source("own", own)], Cards())
        assert contents(store) == fresh(tmp_path / "new.sqlite", own)


def test_a_time_that_no_index_can_hold_costs_no_note(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]"})
    os.utime(own / "a.md", (9_300_000_000, 9_300_000_000))  # in the year 2264
    with closing(Store(tmp_path / "i.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        (own / "a.md").write_text("[[c]]")
        os.utime(own / "a.md", (9_300_000_000, 9_300_000_000))
        refresh(store, [Source("own", own)], Cards())
        assert store.rows("SELECT target FROM link") == [("c",)]


def test_a_note_that_could_not_be_read_is_read_when_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]"})
    age(own)

    def failing(*_: object) -> bytes:
        raise TimeoutError(errno.ETIMEDOUT, "the network is slow")

    with closing(Store(tmp_path / "i.sqlite")) as store:
        with monkeypatch.context() as patched:
            patched.setattr(chunks, "read_inside", failing)
            refresh(store, [Source("own", own)], Cards())
            assert "the network is slow" in store.rows("SELECT diagnostics FROM document")[0][0]
        refresh(store, [Source("own", own)], Cards())
        assert contents(store) == fresh(tmp_path / "new.sqlite", own)


def test_time_stamps_of_whole_seconds_are_trusted_a_second_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.md": "[[b]]"})
    second, now = 10**9, 17 * 10**17
    monkeypatch.setattr(time, "time_ns", lambda: now + second // 2)
    stamps = [now - back * second for back in (3, 2, 1, 0)]
    found = chunks.read_rows(
        str(tmp_path), "own", [(1, "a.md", stamp, 5, None, False) for stamp in stamps], is_fresh=False
    )
    assert [row[5] for row in found.documents] == [True, True, False, False]


def test_two_changes_of_one_size_within_the_clock_s_grain_are_both_seen(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]"})
    with closing(Store(tmp_path / "i.sqlite")) as store:
        for target in "cdefgh":
            (own / "a.md").write_text(f"[[{target}]]")
            refresh(store, [Source("own", own)], Cards())
            assert store.rows("SELECT target FROM link") == [(target,)]


# -- only what is named ----------------------------------------------------------------------------------------------


def test_named_notes_are_read_again_and_no_others(tmp_path: Path) -> None:
    own = write(tmp_path / "own", many(20) | {"fig.png": ""})
    age(own)
    index = tmp_path / "i.sqlite"
    open_vault(own, Cards(), base=False, index=index).close()
    write(own, {"1/note 1.md": "# Other\n\n[[note 5]]\n", "new/n.md": "[[note 1]]", "2/note 2.md": "not looked at"})
    (own / "3/note 3.md").unlink()
    named = ["1/note 1.md", "new/n.md", "3/note 3.md", "new/n.md"]
    with open_vault(own, Cards(), base=False, index=index, only=[own / path for path in named]) as vault:
        found = vault.changes
        assert (found.added, found.changed, found.removed) == (["new/n.md"], ["1/note 1.md"], ["3/note 3.md"])
        assert not [row for row in contents(vault.store)["text"] if "not looked at" in row]
    with open_vault(own, Cards(), base=False, index=index) as vault:
        assert vault.changes.changed == ["2/note 2.md"], "other changes are left to the next refresh"
        assert contents(vault.store) == fresh(tmp_path / "new.sqlite", own)


def test_only_notes_can_be_named(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.md": "A", "fig.png": "", ".trash/t.md": "T", "b/c.md": "C", "CLAUDE.md": ""})
    (own / "link.md").symlink_to("a.md")
    (own / "out").symlink_to(tmp_path)
    (tmp_path / "outside.md").write_text("O")
    index = tmp_path / "i.sqlite"
    with pytest.raises(NoNote, match="is outside"):
        open_vault(own, Cards(), base=False, index=index, only=[tmp_path / "outside.md"])
    assert not index.exists()
    open_vault(own, Cards(), base=False, index=index).close()
    state = fresh(tmp_path / "new.sqlite", own)
    no_notes = ("gone.md", "no\udcff.md", "no.png", ".trash/t.md", "b", ".", "CLAUDE.md", "link.md", "../o.md")
    for name in (*no_notes, "out/outside.md"):
        with pytest.raises(NoNote, match=r"not a note of this vault|is outside"):
            open_vault(own, Cards(), base=False, index=index, only=[own / name])
    with open_vault(own, Cards(), base=False, index=index, only=[own / "a.md", own / "fig.png"]) as vault:
        assert len(vault.changes) == 0
        assert contents(vault.store) == state


def test_a_named_note_that_another_process_reads_first_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, index = write(tmp_path / "own", {"a.md": "A", "z.md": "Z"}), tmp_path / "i.sqlite"
    open_vault(own, Cards(), base=False, index=index).close()
    write(own, {"n.md": "[[a]]"})
    begin = Store.transaction

    def late(store: Store) -> AbstractContextManager[None]:
        monkeypatch.setattr(Store, "transaction", begin)
        forget(index)  # as `index --rebuild` does: document numbers change
        (own / "a.md").unlink()
        write(own, {"m.md": "[[n]]"})
        open_vault(own, Cards(), base=False, index=index).close()
        return begin(store)

    monkeypatch.setattr(Store, "transaction", late)
    with open_vault(own, Cards(), base=False, index=index, only=[own / "n.md", own / "m.md"]) as vault:
        assert contents(vault.store) == fresh(tmp_path / "new.sqlite", own)


@pytest.mark.parametrize("is_aged", [True, False])
def test_a_refresh_that_another_one_overtook_looks_again(
    is_aged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]", "sub/b.md": "# B", "sub/c.md": "# C"})
    if is_aged:
        age(own)
    else:  # none of their time stamps is trusted
        for file in own.rglob("*.md"):
            os.utime(file, (4e9, 4e9))
    index = tmp_path / "i.sqlite"
    open_vault(own, Cards(), base=False, index=index).close()
    write(own, {"a.md": "[[c]]"})
    begin = Store.transaction

    def late(store: Store) -> AbstractContextManager[None]:
        monkeypatch.setattr(Store, "transaction", begin)
        write(own, {"sub/b.md": "# B, changed\n\n[[c]]", "sub/d.md": "# D"})
        open_vault(own, Cards(), base=False, index=index).close()
        return begin(store)

    monkeypatch.setattr(Store, "transaction", late)
    with open_vault(own, Cards(), base=False, index=index) as vault:
        assert vault.changes.removed == []
        assert contents(vault.store) == fresh(tmp_path / "new.sqlite", own)


def test_counts_follow_every_change(tmp_path: Path) -> None:
    own = write(tmp_path / "own", many(8))
    age(own)
    index = tmp_path / "i.sqlite"

    def counted(*only: str, at: Path = index) -> dict[str, object]:
        with open_vault(own, Cards(), base=False, index=at, only=[own / path for path in only]) as vault:
            return counts(vault.store)

    before = counted()
    write(own, {"more.md": "[[note 1]] and [[nowhere]]"})
    after = counted("more.md")
    assert after == counted() == counted() == counted(at=tmp_path / "anew.sqlite")
    assert (before["documents"], after["documents"]) == (8, 9)
    (own / "more.md").unlink()
    assert counted() == before


def test_a_folder_whose_only_note_went_after_it_was_named_is_looked_at(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]", "sub/b.md": "# B"})
    age(own)
    index = tmp_path / "i.sqlite"
    for only in ([], [own / "sub/b.md"]):
        open_vault(own, Cards(), base=False, index=index, only=only).close()
    (own / "sub/b.md").unlink()
    with open_vault(own, Cards(), base=False, index=index) as vault:
        assert vault.changes.removed == ["sub/b.md"]
        assert contents(vault.store) == fresh(tmp_path / "new.sqlite", own)


def test_a_change_in_one_folder_is_found_among_others_of_similar_names(tmp_path: Path) -> None:
    names = ("n.md", "a/n.md", "a/b/n.md", "a/b/c.md", "a0/n.md", "a.b/n.md", "a b/n.md", "ä/n.md", "\U0010ffff.md")
    own = write(tmp_path / "own", dict.fromkeys(names, "# N"))
    age(own)
    index = tmp_path / "i.sqlite"
    open_vault(own, Cards(), base=False, index=index).close()
    for name in names:
        write(own, {name: "# N\n\nand more"})
        with open_vault(own, Cards(), base=False, index=index) as vault:
            assert (vault.changes.added, vault.changes.changed, vault.changes.removed) == ([], [name], [])
        (own / name).unlink()
        with open_vault(own, Cards(), base=False, index=index) as vault:
            assert (vault.changes.added, vault.changes.changed, vault.changes.removed) == ([], [], [name])
        write(own, {name: "# N"})
        with open_vault(own, Cards(), base=False, index=index) as vault:
            assert vault.changes.added == [name]


def test_a_symbolic_link_that_appears_is_told(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": ""}) as vault:
        (vault.root / "link.md").symlink_to(vault.root / "a.md")
    with opened({}) as vault:
        assert "symlink" in {finding.code for finding in findings(vault.store)}
