"""What led to a paper, and what it led to, is the same found step by step or in one pass, after any edits."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from kb.query import reach
from kb.query.answer import ask
from kb.store import Store
from linker.changes import Source
from linker.lineage import Lineage
from linker.refresh import refresh
from linker.vault import Vault
from tests.linker.conftest import Cards, write
from tests.linker.test_lineage import paper

PAPERS = 20


def answers(store: Store) -> dict[str, list[str]]:
    """The answer to each transitive question about each paper and ghost."""
    names = [key for (key,) in store.rows("SELECT key FROM node WHERE kind IN ('paper', 'ghost')")]
    asked = [f"{field}:{name}* {also}" for field in ("builds-on", "led-to") for name in names for also in ("", "OR p")]
    return {text: [found.key for found in ask(store, text).papers] for text in asked}


def edit(vault: Path, chance: Random, may_circle: bool) -> None:
    """Write, extend or remove a note; it builds on older ones, or on any if cycles are allowed."""
    number = chance.randrange(PAPERS)
    older = [f"p{other}" for other in range(PAPERS if may_circle else number) if other != number]
    note = vault / f"p{number}.md"
    if note.exists() and chance.random() < 0.2:
        note.unlink()
    elif note.exists() and chance.random() < 0.3:
        note.write_text(note.read_text() + "more text\n")  # adds no builds-on edge
    else:
        write(vault, {note.name: paper(2000 + number, *chance.sample(older, min(chance.randrange(9), len(older))))})


@pytest.mark.parametrize("may_circle", [False, True])
def test_one_pass_finds_what_steps_find_whatever_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_circle: bool
) -> None:
    chance, vault = Random(7), write(tmp_path / "vault", {})
    for _ in range(2 * PAPERS):
        edit(vault, chance, may_circle)
    kept = 0
    with closing(Store(tmp_path / "index.sqlite")) as store:
        for _ in range(30):
            refresh(store, [Source("own", vault)], Cards())
            kept += bool(store.one("SELECT 1 FROM ordered"))
            monkeypatch.setattr(reach, "FEW", 10 * PAPERS)
            steps = answers(store)
            monkeypatch.setattr(reach, "FEW", 0)
            monkeypatch.setattr(reach, "SHARE", 1 << 40)
            assert answers(store) == steps
            assert Lineage(store, reach.circling(store)).cycles() == Lineage(store).cycles()
            assert not len(reach.circling(store)) or may_circle
            edit(vault, chance, may_circle)
    assert 0 < kept < 30, "an edit that changes no edge keeps the order"


def test_what_is_not_counted_is_found_all_the_same(opened: Callable[..., Vault]) -> None:
    dated = {f"p{number}.md": paper(2000 + number % 3, "p0" if number else "x") for number in range(12)}
    with opened({**dated, "undated.md": "---\nkind: paper\n---\n[[p1]]\n"}) as found:
        for text in ("", "builds-on:p0*", "year:2001", "p1", "is:ghost OR year:2002"):
            for sort in ("", "date", "-date", "key", "-influence"):
                whole = ask(found.store, text, sort=sort)
                for limit in (1, 5, 100):
                    few = ask(found.store, text, sort=sort, limit=limit, count=False)
                    assert few.papers == whole.papers[:limit], (text, sort, limit)
                    assert ask(found.store, text, sort=sort, limit=limit).total == len(whole.papers)


def test_a_tag_of_very_many_papers_is_asked_of_each(
    opened: Callable[..., Vault], monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged = {
        f"p{number}.md": f"---\nkind: paper\ntags: [{tag}]\n---\n"
        for number, tag in enumerate(("a", "A", "a/b", "ab", "b"))
    }
    with opened(tagged) as found:
        asked = ("tag:a", "tag:A -tag:a/b", "tag:a/b", "tag:b", "tag:a tag:b", "-tag:b", "tag:a OR tag:b")
        few = {text: ask(found.store, text) for text in asked}
        monkeypatch.setattr("kb.query.compile._MANY", 0)
        assert {text: ask(found.store, text) for text in asked} == few
        assert [paper.key for paper in few["tag:a"].papers] == ["p0", "p1", "p2"]
