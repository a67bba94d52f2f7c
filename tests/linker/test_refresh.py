"""A refresh touches only what changed; killed, doubled or damaged, an index ends right."""

import errno
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from kb import store as kb_store
from kb.store import Store, StoreError, forget
from linker import chunks
from linker.check import findings
from linker.counts import counts
from linker.refresh import NoNote, Source, refresh
from linker.vault import Vault, open_vault
from tests.linker.conftest import Cards, fresh, write

# -- what is not touched ---------------------------------------------------------------------------------------------


def many(count: int) -> dict[str, str]:
    """Notes that build on one another and link to what is not there."""
    return {
        f"{n % 7}/note {n}.md": f"---\ntitle: Paper {n}\narxiv: '17{n % 12 + 1:02}.{n:05}'\n"
        f"builds_on: [note {n // 2}]\n---\n# Paper {n}\n\n"
        f"See [[note {n + 1}]], [[Missing {n % 9}]] and arXiv:1801.{n:05}.\n"
        for n in range(1, count + 1)
    }


def age(root: Path) -> None:
    """Touch all files and wait until they are older than the clock's grain, so that their stamps can be trusted."""
    for file in root.rglob("*"):
        file.touch()
    time.sleep(0.03)


def test_nothing_is_read_or_written_where_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write(tmp_path / "own", many(610))
    age(own)
    with closing(Store(tmp_path / "i.sqlite")) as store:
        assert len(refresh(store, [Source("own", own)], Cards())) == 610
        before, contents = store.db.total_changes, store.contents()
        statements: list[str] = []
        store.db.set_trace_callback(statements.append)
        with monkeypatch.context() as patched:
            patched.delattr(chunks, "read_inside")
            assert len(refresh(store, [Source("own", own)], Cards())) == 0
        store.db.set_trace_callback(None)
        assert store.db.total_changes == before
        assert not [statement for statement in statements if "document" in statement], "the walk alone tells"
        changed = own / "1/note 1.md"
        changed.write_text(changed.read_text() + "more\n")
        found = refresh(store, [Source("own", own)], Cards())
        assert (found.added, found.changed, found.removed) == ([], ["1/note 1.md"], [])
        kept = [row for row in contents["link"] if row[1] != "1/note 1.md"]
        assert [row for row in store.contents()["link"] if row[1] != "1/note 1.md"] == kept


def test_a_file_touched_without_change_is_no_change(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]"})
    with closing(Store(tmp_path / "i.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        age(own)
        assert len(refresh(store, [Source("own", own)], Cards())) == 0


def test_another_content_of_equal_size_that_is_given_the_time_of_the_first_is_seen(tmp_path: Path) -> None:
    """As unpacking an archive or a copy that keeps times does."""
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
        assert store.contents() == fresh(tmp_path / "new.sqlite", own)


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
        assert store.contents() == fresh(tmp_path / "new.sqlite", own)


def test_of_a_file_system_that_tells_whole_seconds_a_second_is_not_trusted(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "[[b]]"})
    second, now = 10**9, time.time_ns()
    times = {now - now % second - back * second for back in range(4)}
    found = chunks.read_rows(
        str(tmp_path), "own", [(1, "a.md", stamp, 5, None, False) for stamp in sorted(times)], is_fresh=False
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
        assert not [row for row in vault.store.contents()["text"] if "not looked at" in row]
    with open_vault(own, Cards(), base=False, index=index) as vault:
        assert vault.changes.changed == ["2/note 2.md"], "what else changed is seen by the next refresh"
        assert vault.store.contents() == fresh(tmp_path / "new.sqlite", own)


def test_only_notes_can_be_named(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.md": "A", "fig.png": "", ".trash/t.md": "T", "b/c.md": "C", "CLAUDE.md": ""})
    (own / "link.md").symlink_to("a.md")
    (own / "out").symlink_to(tmp_path)
    (tmp_path / "outside.md").write_text("O")
    index = tmp_path / "i.sqlite"
    with pytest.raises(NoNote, match="lies outside"):
        open_vault(own, Cards(), base=False, index=index, only=[tmp_path / "outside.md"])
    assert not index.exists()
    open_vault(own, Cards(), base=False, index=index).close()
    state = fresh(tmp_path / "new.sqlite", own)
    no_notes = ("gone.md", "no\udcff.md", "no.png", ".trash/t.md", "b", ".", "CLAUDE.md", "link.md", "../o.md")
    for name in (*no_notes, "out/outside.md"):
        with pytest.raises(NoNote, match=r"no note of this vault|lies outside"):
            open_vault(own, Cards(), base=False, index=index, only=[own / name])
    with open_vault(own, Cards(), base=False, index=index, only=[own / "a.md", own / "fig.png"]) as vault:
        assert len(vault.changes) == 0
        assert vault.store.contents() == state


def test_a_named_note_that_another_process_reads_first_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, index = write(tmp_path / "own", {"a.md": "A", "z.md": "Z"}), tmp_path / "i.sqlite"
    open_vault(own, Cards(), base=False, index=index).close()
    write(own, {"n.md": "[[a]]"})
    begin = Store.transaction

    def late(store: Store) -> AbstractContextManager[None]:
        monkeypatch.setattr(Store, "transaction", begin)
        forget(index)  # by `index --rebuild`, say: its documents have other numbers
        (own / "a.md").unlink()
        write(own, {"m.md": "[[n]]"})
        open_vault(own, Cards(), base=False, index=index).close()
        return begin(store)

    monkeypatch.setattr(Store, "transaction", late)
    with open_vault(own, Cards(), base=False, index=index, only=[own / "n.md", own / "m.md"]) as vault:
        assert vault.store.contents() == fresh(tmp_path / "new.sqlite", own)


@pytest.mark.parametrize("is_aged", [True, False])
def test_a_refresh_that_another_one_overtook_looks_again(
    is_aged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write(tmp_path / "own", {"a.md": "[[b]]", "sub/b.md": "# B", "sub/c.md": "# C"})
    if is_aged:
        age(own)
    else:  # no stamp of these is trusted
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
        assert vault.store.contents() == fresh(tmp_path / "new.sqlite", own)


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
        assert vault.store.contents() == fresh(tmp_path / "new.sqlite", own)


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


# -- two at once, killed, damaged ------------------------------------------------------------------------------------

_REFRESH = """
import sys
from pathlib import Path
from kb.store import Store
from linker.refresh import Source, refresh
from tests.linker.conftest import Cards
store = Store(Path(sys.argv[1]))
print("open", flush=True)
refresh(store, [Source("own", Path(sys.argv[2]))], Cards())
print("done", flush=True)
"""


def start(index: Path, own: Path) -> subprocess.Popen[str]:
    """Refresh in another process; returns once its index is open."""
    process = subprocess.Popen(
        [sys.executable, "-c", _REFRESH, str(index), str(own)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout
    assert process.stdout.readline() == "open\n", process.communicate()[1]
    return process


def test_a_killed_refresh_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    own = write(tmp_path / "own", many(300))
    index = tmp_path / "i.sqlite"
    with closing(Store(index)) as store:
        refresh(store, [Source("own", own)], Cards())
        old = store.contents()
    write(own, {path: text.replace("Paper", "Article") for path, text in many(320).items()})
    new = fresh(tmp_path / "new.sqlite", own)
    seen = set()
    for delay in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45):
        shutil.copyfile(index, tmp_path / "killed.sqlite")
        process = start(tmp_path / "killed.sqlite", own)
        time.sleep(delay)
        process.kill()
        assert process.wait() in (-signal.SIGKILL, 0)
        process.communicate()
        with closing(Store(tmp_path / "killed.sqlite")) as store:
            assert store.rows("PRAGMA integrity_check") == [("ok",)]
            state = store.contents()
            assert state in (old, new)
            seen.add(state == new)
            refresh(store, [Source("own", own)], Cards())
            assert store.contents() == new, "the next refresh goes on from there"
        for leftover in tmp_path.glob("killed.sqlite*"):
            leftover.unlink()
    assert False in seen, "no refresh was killed before its end: the delays are too long to test anything"


def test_a_build_killed_at_any_time_is_built_again(tmp_path: Path) -> None:
    own = write(tmp_path / "own", many(100))
    new = fresh(tmp_path / "new.sqlite", own)
    for delay in (0.0, 0.03, 0.1):
        process = start(tmp_path / f"{delay}.sqlite", own)
        time.sleep(delay)
        process.kill()
        process.communicate()
        with closing(Store(tmp_path / f"{delay}.sqlite")) as store:
            refresh(store, [Source("own", own)], Cards())
            assert store.contents() == new


def test_two_refreshes_at_once_both_end_fine_and_agree(tmp_path: Path) -> None:
    own = write(tmp_path / "own", many(150))
    index = tmp_path / "i.sqlite"
    for _ in range(2):
        pair = [start(index, own), start(index, own)]
        for process in pair:
            assert process.stdout
            rest = process.stdout.read()  # communicate() would lose what came together with the first line
            assert (process.wait(timeout=120), rest) == (0, "done\n")
        with closing(Store(index)) as store:
            assert store.contents() == fresh(tmp_path / "new.sqlite", own)
        (tmp_path / "new.sqlite").unlink()
        write(own, {path: text.replace("Paper", "Article") for path, text in many(150).items()})


def test_an_answer_is_of_one_state_of_the_index_whatever_others_write(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", many(9)), tmp_path / "i.sqlite"
    with open_vault(own, Cards(), base=False, index=index) as vault:
        before, found = vault.store.contents(), counts(vault.store)
        kept = vault.store.meta("counts")
        assert kept, "what was found out is kept nevertheless"
        write(own, {"1/note 1.md": "[[note 2]]\n", "new.md": "# New\n"})
        with open_vault(own, Cards(), base=False, index=index) as other:
            assert other.store.meta("counts") == kept
            assert counts(other.store)["documents"] == 10
        assert vault.store.contents() == before
        vault.store.keep("counts", "what was right before")
        assert (counts(vault.store), vault.store.contents()) == (found, before)
    with open_vault(own, Cards(), base=False, index=index) as vault:
        assert counts(vault.store)["documents"] == 10
        assert vault.store.contents() == fresh(tmp_path / "new.sqlite", own)


def test_another_schema_is_built_anew(opened: Callable[..., Vault], monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(opened({"a.md": "[[b]]"})) as vault:
        before = vault.store.contents()
        vault.store.run("ALTER TABLE written_link ADD COLUMN other TEXT")
        vault.store.run("CREATE TABLE of_another_version (x)")
    monkeypatch.setattr(kb_store, "VERSION", "another")
    with opened({}) as vault:
        assert vault.store.contents() == before
        assert vault.changes.added == ["a.md"], "everything is read again"
        tables = {row[0] for row in vault.store.rows("SELECT name FROM sqlite_master")}
        assert "of_another_version" not in tables
        assert "other" not in {row[1] for row in vault.store.rows("PRAGMA table_info(link)")}
    with opened({}) as vault:
        assert len(vault.changes) == 0


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "torn", "another database"])
def test_a_damaged_index_is_built_anew(damage: str, opened: Callable[..., Vault]) -> None:
    with opened(many(30)) as vault:
        before, index = vault.store.contents(), Path(vault.store.path)
    raw = index.read_bytes()
    match damage:
        case "text":
            index.write_text("this is no database" * 100)
        case "empty":
            index.write_bytes(b"")
        case "cut":
            index.write_bytes(raw[: len(raw) // 2])
        case "torn":
            index.write_bytes(raw[:4096] + bytes(len(raw) - 4096))
        case "another database":
            index.unlink()
            with closing(sqlite3.connect(index)) as other:
                other.execute("CREATE TABLE document (x)")
    with opened({}) as vault:
        assert vault.store.contents() == before


def test_a_broken_page_that_a_refresh_meets_is_no_traceback(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", many(15)), tmp_path / "i.sqlite"
    with open_vault(own, Cards(), base=False, index=index) as vault:
        [(cards,)] = vault.store.rows("SELECT rootpage FROM sqlite_master WHERE name = 'implementation'")
    raw = index.read_bytes()
    write(own, {"1/note 1.md": "[[note 2]]\n"})
    new = fresh(tmp_path / "new.sqlite", own)
    size = int.from_bytes(raw[16:18], "big")
    for start in set(range(size, len(raw), size)) - {(cards - 1) * size}:  # cards are not looked at for this note
        index.write_bytes(raw[:start] + bytes(size) + raw[start + size :])
        with open_vault(own, Cards(), base=False, index=index) as vault:
            assert vault.store.contents() == new


def test_the_index_is_private_to_its_owner(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": ""}) as vault:
        index = Path(vault.store.path)
        assert stat.S_IMODE(index.parent.stat().st_mode) == 0o700
        for file in index.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_an_index_that_cannot_be_written_is_one_line_with_a_hint(tmp_path: Path) -> None:
    write(tmp_path / "vault", {"a.md": ""})
    write(tmp_path, {"file": ""})
    with pytest.raises(StoreError, match="choose another place with --index") as error:
        open_vault(tmp_path / "vault", Cards(), base=False, index=tmp_path / "file" / "i.sqlite")
    assert "\n" not in str(error.value)


def test_where_no_home_is_known_no_folder_is_made_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write(tmp_path / "own", {"a.md": ""})
    monkeypatch.chdir(own)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(os.path, "expanduser", str)
    with pytest.raises(StoreError, match="no home folder is known - set XDG_CACHE_HOME"):
        open_vault(own, Cards(), base=False)
    open_vault(own, Cards(), base=False, index=tmp_path / "i.sqlite").close()
    assert os.listdir(own) == ["a.md"]


def test_a_symbolic_link_that_appears_is_told(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": ""}) as vault:
        (vault.root / "link.md").symlink_to(vault.root / "a.md")
    with opened({}) as vault:
        assert "symlink" in {finding.code for finding in findings(vault.store)}
