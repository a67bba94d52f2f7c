"""Small vaults on disk, opened as a user's are; no test touches the user's own cache."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kb.model import Implementation
from kb.query.answer import ask
from kb.store import Store
from linker import vault
from linker.changes import Source
from linker.refresh import refresh
from linker.vault import Vault, open_vault
from tests.contents import Contents, contents

Files = Mapping[str, str]


@dataclass
class Cards:
    """The implementations that a test declares."""

    found: Sequence[Implementation] = field(default_factory=tuple)

    def signature(self) -> str:
        return repr(self.found)

    def read(self) -> Sequence[Implementation]:
        return self.found


def card(name: str, *papers: str, status: str = "verified") -> Implementation:
    """A card that names these papers."""
    return Implementation(
        name, "toys", "layer", f"{name} in short", papers, (), (), "", "", "", "", status, (f"{name}.py", 1)
    )


def write(root: Path, files: Files) -> Path:
    """Write files under `root`, creating their folders."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    root.mkdir(exist_ok=True)
    return root


def fresh(index: Path, own: Path, base: Path | None = None, cards: Cards | None = None) -> Contents:
    """The contents of an index built from scratch."""
    sources = [Source("own", own)] + ([Source("curated", base)] if base else [])
    with closing(Store(index)) as store:
        refresh(store, sources, cards or Cards())
        return contents(store)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Vault]:
    """Write a vault, and the test's own base if it has one, then open it as every command does."""

    def make(files: Files, base: Files | None = None, cards: Cards | None = None) -> Vault:
        if base is not None:
            monkeypatch.setattr(vault, "CURATED", str(write(tmp_path / "base", base)))
        return open_vault(write(tmp_path / "vault", files), cards or Cards(), base=base is not None)

    return make


def ghosts(vault: Vault) -> list[str]:
    """The keys of the papers that have no note of their own."""
    return [ghost.key for ghost in ask(vault.store, "is:ghost").papers]


def note(body: str = "", **fields: str) -> str:
    """The text of a note with these fields in its front matter."""
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", body, ""])


def paper_keys(store: Store, kind: str = "paper") -> list[str]:
    """Keys of all nodes of a kind."""
    return [row[0] for row in store.rows("SELECT key FROM node WHERE kind = ? ORDER BY key", (kind,))]


def edges(store: Store, only: str = "") -> list[tuple[str, str, str]]:
    """(type, source, target) of every edge, ends as `kind:key`."""
    rows = store.rows(
        "SELECT g.type, s.kind || ':' || s.key, t.kind || ':' || t.key FROM edge g "
        "JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target ORDER BY 1, 2, 3"
    )
    return [row for row in rows if only in ("", row[0])]


def many(count: int) -> dict[str, str]:
    """Notes that build on one another and link to missing notes."""
    return {
        f"{n % 7}/note {n}.md": f"---\ntitle: Paper {n}\narxiv: '17{n % 12 + 1:02}.{n:05}'\n"
        f"builds_on: [note {n // 2}]\n---\n# Paper {n}\n\n"
        f"See [[note {n + 1}]], [[Missing {n % 9}]] and arXiv:1801.{n:05}.\n"
        for n in range(1, count + 1)
    }


def age(root: Path) -> None:
    """Touch all files and wait out the clock's resolution, so that their time stamps can be trusted."""
    for file in root.rglob("*"):
        file.touch()
    time.sleep(0.03)
