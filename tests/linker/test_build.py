"""Building an index from scratch: with any number of processes, even if they fail, and what others see meanwhile."""

import marshal
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from kb import fulltext, index_file, processes
from kb import store as kb_store
from kb.schema import statements
from kb.store import Store, StoreError, forget
from linker import workers
from linker.changes import Source
from linker.refresh import refresh
from tests.contents import Contents, contents
from tests.linker.conftest import Cards, Files, fresh, write

# -- processes -------------------------------------------------------------------------------------------------------


def notes(count: int) -> dict[str, str]:
    """Notes of every kind: a paper, a pattern, a list that mentions papers, one about nothing, a broken one."""
    sorts = (
        "---\ntitle: Paper {n}\narxiv: '1706.{n:05}'\ntags: [one, t{n}]\nauthors: [Ada A]\n---\n[[note {m}]] [[no]]",
        "---\ntype: pattern\n---\n# Pattern {n}\n\nSee [[note {m}|other]].\n",
        "# Reading list\n\n- [Paper {m}](https://arxiv.org/abs/1706.{m:05}): a fine one\n- arXiv:1801.{n:05}\n",
        "Prose about [[note {m}#Part]], ![[picture.png]] and ünïcode 漢字 \U0001f600.\n\n## Part\n\nIs it so?\n",
        "---\ntitle: [broken\n---\n[[note {m}]]\n",
    )
    return {f"{n % 3}/note {n}.md": sorts[n % 5].format(n=n, m=n * 7 % count) for n in range(count)}


def in_processes(monkeypatch: pytest.MonkeyPatch, count: int, at_once: int = 3) -> None:
    """Read even a small vault in `count` new processes, `at_once` files at a time."""
    monkeypatch.setattr(workers, "_FEWEST", 1)
    monkeypatch.setattr(workers, "_AT_ONCE", at_once)
    monkeypatch.setattr(processes, "allowed", lambda: count)
    monkeypatch.setattr(processes, "_has_one_thread", lambda: False)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write(tmp_path / "own", {**notes(40), "picture.png": ""})


@pytest.fixture
def alone(tmp_path: Path, own: Path) -> Contents:
    """The contents of an index that a single process builds."""
    return fresh(tmp_path / "alone.sqlite", own)


@pytest.mark.parametrize(("processes", "at_once"), [(0, 1), (0, 7), (1, 4), (2, 3), (3, 1), (4, 100)])
def test_the_index_says_the_same_however_many_read(
    processes: int, at_once: int, tmp_path: Path, own: Path, alone: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_processes(monkeypatch, processes, at_once)
    with closing(Store(tmp_path / "i.sqlite")) as store:
        found = refresh(store, [Source("own", own)], Cards())
        assert contents(store) == alone
        store.run("INSERT INTO text (text) VALUES ('integrity-check')")
        assert len(store.rows("SELECT rowid FROM text WHERE text MATCH 'prose'")) == 8
        assert found.added == sorted(path for path in notes(40))
        changed = notes(43)
        write(own, {path: text.replace("Ada", "Bea") for path, text in changed.items()})
        (own / "1/note 4.md").unlink()
        found = refresh(store, [Source("own", own)], Cards())
        assert contents(store) == fresh(tmp_path / "after.sqlite", own)
    assert (len(found.added), found.removed) == (3, ["1/note 4.md"])
    assert found.changed, "the notes with another author"


@pytest.mark.parametrize(("processes", "pieces"), [(2, 1), (0, 41)])
def test_changes_after_a_build_do_not_write_its_full_text_anew(
    processes: int, pieces: int, tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_processes(monkeypatch, processes)
    if pieces > 1:
        monkeypatch.setattr(index_file, "_GATHERED", 1)
    write(own, {"long.md": " ".join(f"word{n}" for n in range(5_000))})
    with closing(Store(tmp_path / "i.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        built = set(store.rows("SELECT id, block FROM text_data WHERE id > 10"))
        assert len({row >> 37 for row, _ in built}) == pieces
        for n in range(24):
            write(own, {"0/note 3.md": f"Edited {n} times.\n"})
            refresh(store, [Source("own", own)], Cards())
        assert built <= set(store.rows("SELECT id, block FROM text_data WHERE id > 10"))
        store.run("INSERT INTO text (text) VALUES ('integrity-check')")
        assert contents(store) == fresh(tmp_path / "new.sqlite", own)


_FATES = {
    "cannot be imported": "raise SystemExit('no such module')",
    "says nothing": "import os; os.read(0, 1000)",
    "talks nonsense": "print('12345678 what is this?' * 1000)",
    "dies at once": "import os; os._exit(9)",
    "dies in its second chunk": """
import marshal, os, sys
sys.path[:] = marshal.load(sys.stdin.buffer)
job = marshal.load(sys.stdin.buffer)
from linker import workers
from kb import fulltext
calls = []
def dies_later(do):
    def wrapped(*args, **keywords):
        calls.append(1)
        return do(*args, **keywords) if len(calls) < 2 else os._exit(9)
    return wrapped
workers._read, fulltext._told = dies_later(workers._read), dies_later(fulltext._told)
({module!r} == "kb.fulltext" and fulltext or workers).work(*job)
""",
    "stops within a message": """
import marshal, os, sys
sys.path[:] = marshal.load(sys.stdin.buffer)
job = marshal.load(sys.stdin.buffer)
os.write(1, bytes(7))
""",
}


@pytest.mark.parametrize("fate", _FATES)
def test_what_another_process_fails_to_read_is_read_here(
    fate: str, tmp_path: Path, own: Path, alone: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_processes(monkeypatch, 2)
    monkeypatch.setattr(processes, "_START", _FATES[fate])
    with closing(Store(tmp_path / "i.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        assert contents(store) == alone
        store.run("INSERT INTO text (text) VALUES ('integrity-check')")
        assert len(store.rows("SELECT rowid FROM text WHERE text MATCH 'prose'")) == 8
    assert [file.name for file in tmp_path.glob("i.sqlite*")] == ["i.sqlite"]


def test_where_no_process_can_be_started_one_reads(
    tmp_path: Path, own: Path, alone: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_processes(monkeypatch, 2)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    assert fresh(tmp_path / "i.sqlite", own) == alone


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="SIGCHLD is POSIX")
def test_where_sigchld_is_ignored_one_process_reads(
    tmp_path: Path, own: Path, alone: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_processes(monkeypatch, 2)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        for has_one_thread in (True, False):
            monkeypatch.setattr(processes, "_has_one_thread", lambda answer=has_one_thread: answer)
            assert fresh(tmp_path / f"{has_one_thread}.sqlite", own) == alone
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_a_process_starts_where_no_pipe_may_be_larger(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest.importorskip("fcntl"), "F_SETPIPE_SZ", -1, raising=False)
    assert processes.Process("linker.workers", (str(own), "own", True, [])).ended_well()


def test_a_python_file_that_lies_here_is_not_run(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(own, {"signal.py": "open('it ran', 'w')"})
    alone = fresh(tmp_path / "alone.sqlite", own)
    monkeypatch.chdir(own)
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])  # Python ignores entries that are not strings
    in_processes(monkeypatch, 2)
    assert fresh(tmp_path / "i.sqlite", own) == alone
    assert not (own / "it ran").exists()


_BUILD = """
import os, sys, threading
from pathlib import Path
from kb.store import Store
from kb import index_file, processes
from linker import workers
from linker.changes import Source
from linker.refresh import refresh
from tests.linker.conftest import Cards
workers._FEWEST, processes.allowed = 1, lambda: 2
first, read = os.getpid(), workers._read
def tell(documents): print("reading", flush=True)
{other}
refresh(Store(Path(sys.argv[1])), [Source("own", Path(sys.argv[2]))], Cards(), tell)
"""
_WITH_A_THREAD = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
_READERS_DIE = "workers._read = lambda *a, **k: read(*a, **k) if os.getpid() == first else os._exit(9)"


def build(index: Path, own: Path, other: str = "") -> subprocess.Popen[bytes]:
    """A process that builds an index with two others, which it forks as long as it has a single thread."""
    return subprocess.Popen(
        [sys.executable, "-c", _BUILD.format(other=other), str(index), str(own)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )


@pytest.mark.parametrize("other", ["", _READERS_DIE, _WITH_A_THREAD], ids=["forked", "dead", "with a thread"])
def test_a_process_of_one_thread_may_fork_its_readers(other: str, tmp_path: Path, own: Path, alone: Contents) -> None:
    index = tmp_path / "i.sqlite"
    process = build(index, own, other)
    said, problem = process.communicate()
    assert (process.returncode, problem) == (0, b"")
    assert said == b"reading\n" * 40, "nothing is printed twice"
    with closing(Store(index)) as store:
        assert contents(store) == alone
        store.run("INSERT INTO text (text) VALUES ('integrity-check')")


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("other", ["", _WITH_A_THREAD], ids=["forked", "spawned"])
def test_stopped_while_others_read_nothing_is_left_running(other: str, how: signal.Signals, tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", notes(600)), tmp_path / "i.sqlite"
    process = build(index, own, other)
    assert process.stdout
    assert process.stdout.readline() == b"reading\n", process.communicate()[1]
    process.send_signal(how) if how == signal.SIGKILL else os.killpg(process.pid, how)
    process.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("one of its reader processes is still running")
    assert index.with_name("i.sqlite-new").exists() == (how == signal.SIGKILL)
    assert fresh(index, own) == fresh(tmp_path / "new.sqlite", own)
    assert sorted(file.name for file in tmp_path.glob("i.sqlite*")) == ["i.sqlite"]


def test_indexing_stops_once_its_parent_process_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = marshal.dumps([(1, "Title", "text")])
    (tmp_path / "waiting").write_bytes(text * 3)
    parents = iter([7, 7, 1])
    monkeypatch.setattr(os, "nice", int, raising=False)
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(fulltext, "_told", lambda: len(text).to_bytes(8, "big"))
    [create] = [each for each in statements()[0] if each.startswith("CREATE VIRTUAL TABLE text")]
    with pytest.raises(EOFError, match="is gone"):
        fulltext.work(str(tmp_path / "waiting"), str(tmp_path / "index"), create)


# -- the file --------------------------------------------------------------------------------------------------------


def test_what_is_being_built_is_seen_by_nobody_until_it_is_whole(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", {"a.md": "[[b]]", "b.md": ""}), tmp_path / "i.sqlite"
    seen: list[tuple[int, list[str], set[int]]] = []

    def look(_: int) -> None:
        files = sorted(tmp_path.glob("i.sqlite*"))
        with closing(Store(index)) as other:
            documents = other.rows("SELECT * FROM document")
        seen.append((len(documents), [file.name for file in files], {stat.S_IMODE(f.stat().st_mode) for f in files}))

    with closing(Store(index)) as store:
        refresh(store, [Source("own", own)], Cards(), look)
    assert seen == [(0, ["i.sqlite", "i.sqlite-new"], {0o600})] * 2
    assert [file.name for file in tmp_path.glob("i.sqlite*")] == ["i.sqlite"]


def test_a_connection_from_before_goes_on_with_what_another_built(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", {"a.md": "[[b]]"}), tmp_path / "i.sqlite"
    with closing(Store(index)) as early, closing(Store(index)) as other:
        refresh(other, [Source("own", own)], Cards())
        assert len(refresh(early, [Source("own", own)], Cards())) == 0
        write(own, {"b.md": "[[a]]"})
        assert refresh(early, [Source("own", own)], Cards()).added == ["b.md"]
        assert contents(early) == contents(other) == fresh(tmp_path / "new.sqlite", own)


@pytest.mark.parametrize("place", ["i.sqlite", "100% #1?.sqlite", "cache/paperkb/i.sqlite"])
def test_a_second_connection_of_a_process_leaves_the_locks_of_the_first(place: str, tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", {"a.md": "[[b]]"}), tmp_path / place
    look = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT path FROM document'))"

    def seen_by_others() -> bytes:
        return subprocess.run([sys.executable, "-c", look, index], check=True, capture_output=True).stdout

    with closing(Store(index)) as first:
        refresh(first, [Source("own", own)], Cards())
        assert first.rows("SELECT path FROM document") == [("a.md",)]
        Store(index).close()
        assert seen_by_others() == b"('a.md',)\n"  # without that lock it would have removed the log that is in use
        write(own, {"b.md": ""})
        refresh(first, [Source("own", own)], Cards())
        assert seen_by_others() == b"('a.md',) ('b.md',)\n"


def test_a_failure_in_an_index_that_was_replaced_is_ignored(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", {"a.md": "[[b]]"}), tmp_path / "i.sqlite"
    with closing(Store(index)) as early:
        fresh(index, own)
        early.db.execute("BEGIN")  # makes the next one fail, as when it takes the other file's journal for its own
        assert len(refresh(early, [Source("own", own)], Cards())) == 0
        assert contents(early) == fresh(tmp_path / "new.sqlite", own)


def test_an_index_removed_during_its_build_is_left_to_whoever_rebuilds_it(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", {"a.md": "[[b]]"}), tmp_path / "i.sqlite"
    with ExitStack() as others:

        def rebuild(_: int) -> None:
            forget(index)
            other = others.enter_context(closing(Store(index)))
            others.enter_context(other.transaction())
            other.set_meta("built by", "the other")

        with closing(Store(index)) as store, pytest.raises(StoreError, match="another process removed it"):
            refresh(store, [Source("own", own)], Cards(), rebuild)
        assert index.with_name("i.sqlite-new").exists()
    with closing(Store(index)) as store:
        assert store.meta("built by") == "the other"
        refresh(store, [Source("own", own)], Cards())
        assert contents(store) == fresh(tmp_path / "new.sqlite", own)


def test_an_index_of_another_version_that_is_open_elsewhere_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, index = write(tmp_path / "own", {"a.md": "[[b]]"}), tmp_path / "i.sqlite"
    with closing(Store(index)) as old:
        refresh(old, [Source("own", own)], Cards())
        old.set_meta("in its log only", "yes")
        before = contents(old)
        monkeypatch.setattr(kb_store, "VERSION", "another")
        with closing(Store(index)) as new:
            assert refresh(new, [Source("own", own)], Cards()).added == ["a.md"]
            assert contents(new) == before == contents(old)
            old.close()  # normally this writes the log into the file and deletes the log
            new.set_meta("kept", "yes")
        with closing(Store(index)) as new:
            assert (new.meta("kept"), new.meta("in its log only")) == ("yes", "")
            assert new.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, index = write(tmp_path / "own", {**notes(40), "long.md": "words " * 100_000}), tmp_path / "i.sqlite"
    with closing(Store(index)) as store:
        with monkeypatch.context() as patched:
            patched.setattr(kb_store, "FOR_BUILDING", (*kb_store.FOR_BUILDING, "max_page_count = 35"))
            with pytest.raises(sqlite3.OperationalError, match="full"):
                refresh(store, [Source("own", own)], Cards())
        assert [file.name for file in tmp_path.glob("i.sqlite*")] == ["i.sqlite"]
        refresh(store, [Source("own", own)], Cards())
        assert contents(store) == fresh(tmp_path / "new.sqlite", own)


def test_an_index_in_a_folder_that_became_read_only_is_kept(tmp_path: Path) -> None:
    own, folder = write(tmp_path / "own", {"a.md": ""}), tmp_path / "folder"
    fresh(folder / "i.sqlite", own)
    before = (folder / "i.sqlite").read_bytes()
    folder.chmod(0o500)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("no folder is read-only for this user")
        for use in (Store, forget):
            with pytest.raises(StoreError, match=r"i\.sqlite: .* - choose another path with --index"):
                use(folder / "i.sqlite")
    finally:
        folder.chmod(0o700)
    assert (folder / "i.sqlite").read_bytes() == before


def test_a_file_of_somebody_else_is_kept(tmp_path: Path) -> None:
    files: Files = {"i.sqlite": "my notes", "j.sqlite-new": "my other notes"}
    own = write(tmp_path / "own", {"a.md": ""})
    write(tmp_path, files)
    with pytest.raises(StoreError, match="is not a paperkb index"):
        fresh(tmp_path / "i.sqlite", own)
    with pytest.raises(StoreError, match=r"j\.sqlite-new: is not a paperkb index"):
        fresh(tmp_path / "j.sqlite", own)
    assert {name: (tmp_path / name).read_text() for name in files} == files
