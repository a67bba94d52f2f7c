"""`show` separates the tags that say something from those that every note of the folder carries."""

from collections.abc import Callable

from tests.cli.conftest import Run

NOTES = {f"pile/{n}.md": f"---\nkind: paper\ntags: [llm, own-{n}]\n---\n" for n in range(5)}


def test_boilerplate_tags_are_marked(vault: Callable[..., Run]) -> None:
    run = vault(NOTES)
    shown = run("show", "pile/3.md").out
    rows = [line.split() for line in shown.splitlines() if "tags" in line]
    assert rows == [["tags", "own-3", "pile/3.md:3"], ["boilerplate", "tags", "llm"]]
    card = run("show", "pile/3.md", "--json").json
    assert (card["tags"], card["boilerplate_tags"]) == (["llm", "own-3"], ["llm"])
