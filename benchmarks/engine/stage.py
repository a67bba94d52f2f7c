"""A generated vault and the real command to run on it: every run is its own process, measured from outside."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine.truth import Truth, truth
from benchmarks.engine.vault import notes, write_vault

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
CURATED = PROJECT / "papers"
"""The curated vault is under every vault, so the command must look at these files too."""

_DROP = Path("/proc/sys/vm/drop_caches")


@dataclass(frozen=True)
class Run:
    """One run of one command: wall and CPU seconds, peak memory in bytes, and its output."""

    code: int
    wall: float
    cpu: float
    peak: int
    output: str


class Stage:
    """A vault of a given number of notes, with one index for questions and another that is rebuilt each time."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.vault, self.index, self.fresh = (folder / name for name in ("notes", "index.sqlite", "fresh.sqlite"))
        self.truth: Truth = truth(notes(count))
        write_vault(self.vault, count)
        os.sync()       # pages that are not on the disk yet cannot be dropped
        self._changes = 0

    def paperkb(self, *words: str, fresh: bool = False) -> tuple[str, ...]:
        """The installed command on this vault, or this source tree if none is installed."""
        installed = Path(sys.executable).with_name("paperkb")
        program = (str(installed),) if installed.exists() else (sys.executable, "-m", "cli.main")
        return (*program, "--vault", str(self.vault), "--index", str(self.fresh if fresh else self.index), *words)

    def run(self, command: tuple[str, ...], watch: bool = False) -> Run:
        """Measure one command; with `watch`, also the memory of the processes that it starts."""
        output = self.folder / "output"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PAPERKB_")}
        own = {"XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_DATA_HOME": str(self.folder / "data"),
               "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"}
        child = (sys.executable, "-I", "-S", str(HERE / "child.py"), str(output), str(int(watch)), *command)
        done = subprocess.run(child, cwd=self.folder, env={**plain, **own}, capture_output=True, text=True, check=True)
        return Run(**json.loads(done.stdout), output=output.read_text("utf-8", "replace"))

    def change_a_note(self) -> None:
        """Add one line to the original note of the newest paper."""
        self._changes += 1
        last = self.truth.last
        (self.vault / last.path).write_bytes(f"{last.text}\nLooked at again {self._changes} times.\n".encode())

    def restore_the_note(self) -> None:
        """Restore the changed note to what the generator wrote."""
        (self.vault / self.truth.last.path).write_bytes(self.truth.last.text.encode())

    def forget_fresh(self) -> None:
        """Delete the fresh index, before every cold one."""
        for path in self.folder.glob("fresh.sqlite*"):
            path.unlink()

    def index_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("index.sqlite*"))

    def files(self) -> Iterator[Path]:
        """All files that the command must look at."""
        for root in (self.vault, CURATED):
            yield from (path for path in root.rglob("*") if path.is_file())

    def drop_cache(self) -> str:
        """Make the next read come from the disk, and say how: drop all pages if root may, else those of the vault."""
        os.sync()
        with contextlib.suppress(OSError):
            _DROP.write_text("1\n")
            return str(_DROP)
        if not hasattr(os, "posix_fadvise"):
            return ""
        for path in self.files():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
        return "posix_fadvise"
