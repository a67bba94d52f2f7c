"""Written by two at once, killed, damaged or misplaced, an index ends up right, or one line says what is wrong."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from kb import store as kb_store
from kb.store import Store, StoreError
from linker.changes import Source
from linker.counts import counts
from linker.refresh import refresh
from linker.vault import Vault, open_vault
from tests.contents import contents
from tests.linker.conftest import Cards, fresh, many, write

_REFRESH = """
import sys
from pathlib import Path
from kb.store import Store
from linker.changes import Source
from linker.refresh import refresh
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
        old = contents(store)
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
            state = contents(store)
            assert state in (old, new)
            seen.add(state == new)
            refresh(store, [Source("own", own)], Cards())
            assert contents(store) == new, "the next refresh goes on from there"
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
            assert contents(store) == new


def test_two_refreshes_at_once_both_end_fine_and_agree(tmp_path: Path) -> None:
    own = write(tmp_path / "own", many(150))
    index = tmp_path / "i.sqlite"
    for _ in range(2):
        pair = [start(index, own), start(index, own)]
        for process in pair:
            assert process.stdout
            rest = process.stdout.read()  # communicate() would lose what arrived together with the first line
            assert (process.wait(timeout=120), rest) == (0, "done\n")
        with closing(Store(index)) as store:
            assert contents(store) == fresh(tmp_path / "new.sqlite", own)
        (tmp_path / "new.sqlite").unlink()
        write(own, {path: text.replace("Paper", "Article") for path, text in many(150).items()})


_OPEN_TOGETHER = """
import sys
from contextlib import closing
from pathlib import Path
from linker.vault import open_vault
from tests.linker.conftest import Cards
print("ready", flush=True)
for index in sys.stdin:
    try:
        with closing(open_vault(Path(sys.argv[1]), Cards(), base=False, index=index.strip())) as vault:
            print(vault.store.rows("SELECT count(*) FROM document")[0][0], flush=True)
    except Exception as error:
        print(error, flush=True)
"""


def test_all_who_open_a_new_vault_together_get_the_whole_of_it(tmp_path: Path) -> None:
    own, root = write(tmp_path / "own", many(20)), Path(__file__).parents[2]
    whole = f"{len(many(20))}\n"
    with ExitStack() as stack:
        together = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", _OPEN_TOGETHER, str(own)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=root,
                )
            )
            for _ in range(6)
        ]
        for each in together:
            assert each.stdout
            assert each.stdout.readline() == "ready\n"
        for attempt in range(12):
            for each in together:
                assert each.stdin
                each.stdin.write(f"{tmp_path / str(attempt)}.sqlite\n")
                each.stdin.flush()
            assert [each.stdout.readline() for each in together if each.stdout] == [whole] * 6


def test_an_answer_is_of_one_state_of_the_index_whatever_others_write(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", many(9)), tmp_path / "i.sqlite"
    with open_vault(own, Cards(), base=False, index=index) as vault:
        before, found = contents(vault.store), counts(vault.store)
        kept = vault.store.meta("counts")
        assert kept, "the counts are stored nevertheless"
        write(own, {"1/note 1.md": "[[note 2]]\n", "new.md": "# New\n"})
        with open_vault(own, Cards(), base=False, index=index) as other:
            assert other.store.meta("counts") == kept
            assert counts(other.store)["documents"] == 10
        assert contents(vault.store) == before
        vault.store.keep("counts", "what was right before")
        assert (counts(vault.store), contents(vault.store)) == (found, before)
    with open_vault(own, Cards(), base=False, index=index) as vault:
        assert counts(vault.store)["documents"] == 10
        assert contents(vault.store) == fresh(tmp_path / "new.sqlite", own)


def test_another_schema_is_built_anew(opened: Callable[..., Vault], monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(opened({"a.md": "[[b]]"})) as vault:
        before = contents(vault.store)
        vault.store.run("ALTER TABLE written_link ADD COLUMN other TEXT")
        vault.store.run("CREATE TABLE of_another_version (x)")
    monkeypatch.setattr(kb_store, "VERSION", "another")
    with opened({}) as vault:
        assert contents(vault.store) == before
        assert vault.changes.added == ["a.md"], "everything is read again"
        tables = {row[0] for row in vault.store.rows("SELECT name FROM sqlite_master")}
        assert "of_another_version" not in tables
        assert "other" not in {row[1] for row in vault.store.rows("PRAGMA table_info(link)")}
    with opened({}) as vault:
        assert len(vault.changes) == 0


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "torn", "another database"])
def test_a_damaged_index_is_built_anew(damage: str, opened: Callable[..., Vault]) -> None:
    with opened(many(30)) as vault:
        before, index = contents(vault.store), Path(vault.store.path)
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
        assert contents(vault.store) == before


def test_a_broken_page_that_a_refresh_meets_is_no_traceback(tmp_path: Path) -> None:
    own, index = write(tmp_path / "own", many(15)), tmp_path / "i.sqlite"
    with open_vault(own, Cards(), base=False, index=index) as vault:
        [(cards,)] = vault.store.rows("SELECT rootpage FROM sqlite_master WHERE name = 'implementation'")
    raw = index.read_bytes()
    write(own, {"1/note 1.md": "[[note 2]]\n"})
    new = fresh(tmp_path / "new.sqlite", own)
    size = int.from_bytes(raw[16:18], "big")
    for start in set(range(size, len(raw), size)) - {(cards - 1) * size}:  # reading this note needs no cards
        index.write_bytes(raw[:start] + bytes(size) + raw[start + size :])
        with open_vault(own, Cards(), base=False, index=index) as vault:
            assert contents(vault.store) == new


def test_the_index_is_private_to_its_owner(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": ""}) as vault:
        index = Path(vault.store.path)
        assert stat.S_IMODE(index.parent.stat().st_mode) == 0o700
        for file in index.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_an_index_that_cannot_be_written_is_one_line_with_a_hint(tmp_path: Path) -> None:
    write(tmp_path / "vault", {"a.md": ""})
    write(tmp_path, {"file": ""})
    with pytest.raises(StoreError, match="choose another path with --index") as error:
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
