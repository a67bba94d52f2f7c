"""Tags: one that nearly every note of a folder carries says nothing, one that names a pattern counts as its use."""

import shutil
from collections.abc import Callable
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.query.answer import ask
from kb.query.names import find
from kb.store import Store
from linker.card import card
from linker.changes import Source
from linker.refresh import refresh
from linker.vault import Vault
from tests.contents import contents
from tests.linker.conftest import Cards, edges, fresh, write

Opened = Callable[..., Vault]

GATING = {"patterns/gating.md": "---\nkind: pattern\ntitle: Gated units\naliases: [gates]\n---\n"}


def note(*tags: str) -> str:
    return f"---\nkind: paper\ntags: [{', '.join(tags)}]\n---\n"


def folder(count: int, *tags: str) -> dict[str, str]:
    return {f"pile/{n}.md": note(*tags, f"own-{n}") for n in range(count)}


def uses(vault: Vault) -> list[str]:
    return [source for _, source, _ in edges(vault.store, "uses-pattern")]


@pytest.mark.parametrize("tag", ["gating", "Gating", "gated-units", "Gates", '"#gating"'])
def test_a_tag_names_a_pattern_by_key_title_or_alias(opened: Opened, tag: str) -> None:
    with opened({"a.md": note(tag), **GATING}) as vault:
        [edge] = card(vault.store, find(vault.store, "a"))["edges"]["out"]
        assert (edge["type"], edge["target"]) == ("uses-pattern", "pattern:gating")
        assert (edge["role"], edge["why"], edge["path"], edge["line"]) == ("tag", "", "a.md", 3)
        assert [paper.key for paper in ask(vault.store, "pattern:gating").papers] == ["a"]


def test_a_tag_in_the_text_counts_like_one_in_the_front_matter(opened: Opened) -> None:
    with opened({"a.md": note("x") + "It is about #gating.\n", **GATING}) as vault:
        assert uses(vault) == ["paper:a"]


@pytest.mark.parametrize("tag", ["gate", "gating/soft", "recurrence"])
def test_a_tag_that_names_no_pattern_stays_a_tag(opened: Opened, tag: str) -> None:
    with opened({"a.md": note(tag), **GATING}) as vault:
        assert edges(vault.store) == []
        assert find(vault.store, "gating").kind == "pattern"
        assert not vault.store.rows("SELECT key FROM node WHERE kind = 'ghost'")


def test_a_name_of_two_patterns_is_no_use_of_either(opened: Opened) -> None:
    with opened({"a.md": note("gates"), "doors.md": "---\nkind: pattern\naliases: [Gates]\n---\n", **GATING}) as vault:
        assert uses(vault) == []


def test_the_readers_own_pattern_comes_before_a_curated_one(opened: Opened) -> None:
    doors = "---\nkind: pattern\naliases: [gates]\n---\n"
    with opened({"a.md": note("gates"), "b.md": note("gated-units"), "doors.md": doors}, GATING) as vault:
        assert [(source, target) for _, source, target in edges(vault.store, "uses-pattern")] == [
            ("paper:a", "pattern:doors"),
            ("paper:b", "pattern:gating"),
        ]


def test_what_every_note_of_a_folder_carries_is_boilerplate(opened: Opened) -> None:
    with opened({**folder(5, "gating", "LLM"), "else.md": note("gating"), **GATING}) as vault:
        assert uses(vault) == ["paper:else"]
        shown = card(vault.store, find(vault.store, "pile/0.md"))
        assert (shown["tags"], shown["boilerplate_tags"]) == (["gating", "LLM", "own-0"], ["gating", "LLM"])
        assert card(vault.store, find(vault.store, "else"))["boilerplate_tags"] == []
        assert len(ask(vault.store, "tag:gating").papers) == 6, "queries still find the tag"


@pytest.mark.parametrize(
    ("carry", "do_not", "is_boilerplate"), [(4, 0, False), (4, 1, True), (8, 2, True), (7, 2, False)]
)
def test_four_of_five_notes_make_a_habit(opened: Opened, carry: int, do_not: int, is_boilerplate: bool) -> None:
    others = {f"pile/other-{n}.md": note("other") for n in range(do_not)}
    with opened({**folder(carry, "gating"), **others, **GATING}) as vault:
        assert uses(vault) == ([] if is_boilerplate else [f"paper:{n}" for n in range(carry)])


def test_notes_about_no_paper_and_other_folders_do_not_count(opened: Opened) -> None:
    around = {f"pile/plan-{n}.md": "---\ntags: [gating]\n---\n" for n in range(9)}
    deeper = {f"pile/deep/{n}.md": note("gating") for n in range(2)}
    with opened({**folder(3, "gating"), **around, **deeper, **GATING}) as vault:
        assert len(uses(vault)) == 5


def test_a_tag_that_another_note_of_the_paper_chose_counts(opened: Opened) -> None:
    piled = {path: text.replace("---\n", f"---\narxiv: '1706.0000{path[5]}'\n", 1) for path, text in
             folder(5, "gating").items()}  # fmt: skip
    with opened({**piled, "mine.md": "---\narxiv: '1706.00003'\ntags: [gating]\n---\n", **GATING}) as vault:
        [paper] = ask(vault.store, "pattern:gating").papers
        shown = card(vault.store, find(vault.store, paper.key))
        assert ("gating" in shown["tags"], shown["boilerplate_tags"]) == (True, [])


# -- following edits -------------------------------------------------------------------------------------------------

texts = st.sampled_from([None, note("gating"), note("gating"), note("gating", "gates"), note("other"), "no paper\n"])
patterns = st.sampled_from([None, "---\nkind: pattern\n---\n", "---\nkind: pattern\naliases: [gates]\n---\n"])
states = st.fixed_dictionaries(
    {**{f"pile/{n}.md": texts for n in range(7)}, "gating.md": patterns, "doors.md": patterns}
)


@settings(derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(states, min_size=2, max_size=4))
def test_following_edits_equals_building_anew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, str | None]]
) -> None:
    root = tmp_path_factory.mktemp("tags")
    own = root / "own"
    with closing(Store(root / "followed.sqlite")) as store:
        for step, state in enumerate(steps):
            for path, text in state.items():
                (own / path).unlink(missing_ok=True)
                if text is not None:
                    write(own, {path: text})
            write(own, {})
            refresh(store, [Source("own", own)], Cards())
            if step:  # at first nothing was followed: both would be built from scratch
                assert contents(store) == fresh(root / f"{step}.sqlite", own)
    shutil.rmtree(root)
