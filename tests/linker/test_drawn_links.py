"""Which links between papers a picture has, which of them it shows unless asked, and what it calls the papers."""

from collections.abc import Callable

import pytest

from linker.graph import among, labels, telling
from linker.vault import Vault
from tests.linker.conftest import note


def paper(year: str, body: str) -> str:
    return note(body, kind="paper", date=year)


NOTES = {
    "old.md": paper("2001", "Later taken up by [[new]], see also [[undated]]."),
    "new.md": paper("2011", "Rests on [[old]].\n\n- [[third]] - a sequel"),
    "third.md": paper("2013", "See [[old]] and [[old]] again."),
    "undated.md": note("Read with [[old]] and [[self]].", kind="paper"),
    "self.md": paper("2020", "See [[self]] and [[no such paper]]."),
}


def test_a_plain_link_joins_two_papers_once_from_the_later(opened: Callable[..., Vault]) -> None:
    with opened(NOTES) as found:
        assert among(found.store, ["old", "new", "third", "undated", "self"]) == [
            ("new", "old", "links", ""),
            ("third", "new", "links", "a sequel"),
            ("third", "old", "links", ""),
            ("undated", "old", "links", ""),
            ("undated", "self", "links", ""),
        ]
        assert among(found.store, ["old", "third"]) == [("third", "old", "links", "")]


@pytest.mark.parametrize("kind", ["builds on", "cites"])
def test_a_plain_link_says_nothing_where_another_kind_says_more(opened: Callable[..., Vault], kind: str) -> None:
    typed = paper("2011", f"Rests on [[old]].\n\n## {kind.title()}\n- [[old]]: its core")
    with opened({**NOTES, "new.md": typed}) as found:
        links = among(found.store, ["old", "new"])
        assert links == [("new", "old", kind.replace(" ", "-"), "its core")]
        assert among(found.store, ["old", "new"], ("links",)) == []


STEP = "## Builds on\n- [[b]]"


@pytest.mark.parametrize(
    ("own", "base", "kinds"),
    [
        ({"a.md": paper("2011", "[[b]]"), "b.md": paper("2001", "")}, {}, ("builds-on", "links")),
        ({"a.md": paper("2011", "[[b]]\n## Cites\n- [[c]]"), "b.md": paper("2001", ""), "c.md": paper("2000", "")}, {},
         ("builds-on", "cites")),
        ({"a.md": paper("2011", f"[[c]]\n{STEP}"), "b.md": paper("2001", ""), "c.md": paper("2000", "")}, {},
         ("builds-on",)),
        ({"c.md": paper("2015", "[[a]]")}, {"a.md": paper("2011", STEP), "b.md": paper("2001", "")},
         ("builds-on", "links")),
        ({}, {"a.md": paper("2011", "[[b]]"), "b.md": paper("2001", "")}, ("builds-on",)),
    ],
    ids=["only links", "citations", "lineage", "lineage that one did not write", "links that one did not write"],
)  # fmt: skip
def test_what_tells_most_depends_on_what_one_wrote(
    opened: Callable[..., Vault], own: dict[str, str], base: dict[str, str], kinds: tuple[str, ...]
) -> None:
    with opened(own, base) as found:
        assert telling(found.store, ["a", "b", "c"]) == kinds


def test_a_paper_is_called_by_a_shorter_name_that_lacks_more_than_signs(opened: Callable[..., Vault]) -> None:
    given = {
        "a.md": ("Deep-Nets: A Study", "[DeepNets, Deep Nets]"),
        "b.md": ("Nets of Many Ends", "[Nets of many ends and more, NetNet, NN]"),
        "c.md": ("Knots", "[Knots and Ropes]"),
    }
    notes = {path: note(kind="paper", title=f'"{title}"', aliases=names) for path, (title, names) in given.items()}
    with opened(notes) as found:
        assert labels(found.store) == {"a": "Deep-Nets", "b": "NetNet", "c": "Knots"}
