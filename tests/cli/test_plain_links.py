"""Notes that only link each other, as most people write them: every command shows the links for what they are."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Run

PLAIN = {
    "old.md": "---\ntitle: Old\ndate: 2008\narxiv: '0801.0001'\n---\nLater taken up by [[new]].\n",
    "new.md": "---\ntitle: New\ndate: 2011\narxiv: '1101.0001'\n---\nRests on [[old]].\n",
    "third.md": "---\ntitle: Third\ndate: 2013\narxiv: '1301.0001'\n---\nSee [[new]] and [[old]].\n",
}


def test_where_notes_only_link_each_other_the_links_are_drawn(vault: Callable[..., Run], tmp_path: Path) -> None:
    run, file = vault(PLAIN), tmp_path / "x.json"
    assert run("timeline").out.splitlines()[1:] == [
        "2013  ○  Third  ← New, Old", "2011  ○  New  ← Old", "2008  ○  Old", "○ no code  ← is linked with"
    ]  # fmt: skip
    assert run("timeline", "-o", str(file)).code == 0
    assert _routes(file) == {("new", "old", "links"), ("third", "new", "links"), ("third", "old", "links")}
    assert run("timeline", "--edges", "builds-on", "-o", str(file)).code == 0
    assert not _routes(file)
    typed = vault({**PLAIN, "typed.md": "---\ntitle: Typed\ndate: 2015\n---\n## Builds on\n- [[third]]\n"})
    assert typed("timeline", "-o", str(file)).code == 0
    assert _routes(file) == {("typed", "third", "builds-on")}, "lineage is clearer alone"


def _routes(drawn: Path) -> set[tuple[str, str, str]]:
    found = json.loads(drawn.read_text("utf-8"))["routes"]
    return {(route["source"], route["target"], route["kind"]) for route in found}


def test_plain_links_have_no_direction_in_any_format(vault: Callable[..., Run], tmp_path: Path) -> None:
    run = vault(PLAIN)
    for ending in ("svg", "mmd", "dot", "canvas"):
        run("timeline", "-o", str(tmp_path / f"x.{ending}"))
    assert "Third is linked with New" in (tmp_path / "x.svg").read_text("utf-8")
    assert "linked in a note" in (tmp_path / "x.svg").read_text("utf-8")
    assert "n2 -.- n1" in (tmp_path / "x.mmd").read_text("utf-8")
    assert (tmp_path / "x.dot").read_text("utf-8").count("dir=none") == 3
    edges = json.loads((tmp_path / "x.canvas").read_text("utf-8"))["edges"]
    assert [(edge["label"], edge["toEnd"]) for edge in edges] == [("is linked with", "none")] * 3


def test_the_links_of_a_paper_are_shown_apart_from_what_others_say(vault: Callable[..., Run]) -> None:
    run = vault({**PLAIN, "new.md": PLAIN["new.md"] + "It needs [[gauges]].\n\n- builds on [[old]] (its tables)\n"})
    assert run("show", "new").out.split("\n\n")[1:] == [
        "builds on\n  old  its tables",
        "mentions\n  gauges  no note yet",
        "mentioned in\n  old.md:6\n  third.md:6\n",
    ]


def test_an_experiment_mentions_no_paper(paperkb: Run) -> None:
    """The paper that it is about is linked by its card, and by no note of it."""
    shown = paperkb("show", "impl:transformer-ablation", own=False)
    assert (shown.code, "mentions" in shown.out) == (0, False)


def test_lineage_says_what_to_do_about_plain_links(vault: Callable[..., Run]) -> None:
    run = vault(PLAIN)
    assert run("lineage", "third").out.endswith(
        "\n\nits notes link old, new - what it builds on goes under `## Builds on`\n"
    )
    assert run("lineage", "third", "--to", "old").out == "no chain of builds-on joins third and old\n"
