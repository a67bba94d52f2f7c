"""Stories are lists of papers under a heading of a note, told in the order in which they are written."""

from collections.abc import Callable

import pytest

from linker.stories import stories
from linker.vault import Vault

PAPERS = {
    f"{key}.md": f'---\ntitle: "{title}"\narxiv: "{number}"\n---\n'
    for key, title, number in (
        ("ant", "Ants Walk", "1901.00001"),
        ("bee", "Bees Fly", "1902.00002"),
        ("cod", "Cods Swim", "1903.00003"),
    )
}


@pytest.mark.parametrize("heading", ["## Story", "## Tour", "## STORY", "### Tour:"])
def test_the_steps_stand_in_the_order_of_the_list(opened: Callable[..., Vault], heading: str) -> None:
    steps = "1. [[cod]]: begins in water, as [[bee]] does not.\n2. [[ant]]\n3. [[bee]] - ends in the air.\n"
    note = f"# From legs to fins\n\nSee [[bee]] first.\n\n{heading}\n\n{steps}"
    with opened({**PAPERS, "tales/fins.md": note}) as vault:
        [story] = stories(vault.store)
    assert (story.title, story.path) == ("From legs to fins", "tales/fins.md")
    assert [key for key, _ in story.steps] == ["cod", "ant", "bee"]
    assert story.steps[0][1] == "begins in water, as bee does not."
    assert story.steps[1][1] == ""
    assert story.steps[2][1] == "ends in the air."


def test_what_is_no_paper_is_no_step_and_one_step_is_no_story(opened: Callable[..., Vault]) -> None:
    notes = {
        "lone.md": "# Lone\n\n## Story\n\n- [[ant]]: alone.\n- [[nobody]]: not written yet.\n",
        "other.md": "# Other\n\n## Reading\n\n- [[ant]]: one.\n- [[bee]]: two.\n",
    }
    with opened({**PAPERS, **notes}) as vault:
        assert stories(vault.store) == []


def test_a_story_ends_with_its_section_and_makes_no_lineage(opened: Callable[..., Vault]) -> None:
    note = "# Tale\n\n## Story\n\n- [[ant]]: one.\n- [[bee]]: two.\n\n## Builds on\n\n- [[cod]]: three.\n"
    with opened({**PAPERS, "tale.md": note}) as vault:
        [story] = stories(vault.store)
        kinds = {row[0] for row in vault.store.rows("SELECT type FROM edge WHERE type IN ('builds-on', 'cites')")}
    assert [key for key, _ in story.steps] == ["ant", "bee"]
    assert kinds <= {"builds-on"}


def test_the_own_stories_come_before_the_curated_ones(opened: Callable[..., Vault]) -> None:
    told = "# {}\n\n## Story\n\n- [[ant]]: one.\n- [[bee]]: two.\n"
    with opened({"z.md": told.format("Own")}, {**PAPERS, "a.md": told.format("Curated")}) as vault:
        assert [story.title for story in stories(vault.store)] == ["Own", "Curated"]


def test_a_copy_of_a_curated_story_is_told_once_as_the_reader_has_it(opened: Callable[..., Vault]) -> None:
    tale = "# Tale\n\n## Story\n\n- [[ant]]: one.\n- [[bee]]: two.\n"
    with opened({"tale.md": tale.replace("two", "2")}, {**PAPERS, "tale.md": tale}) as vault:
        assert [story.steps for story in stories(vault.store)] == [(("ant", "one."), ("bee", "2."))]
