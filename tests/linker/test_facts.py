"""The facts of a paper that several notes describe: which value counts and why, above all for its date."""

from collections.abc import Callable

import pytest

from kb.query.names import find
from linker.card import card
from linker.check import findings
from linker.vault import Vault
from tests.linker.conftest import note


def test_facts_of_merged_notes_keep_their_sources(opened: Callable[..., Vault]) -> None:
    vault = {
        "a.md": note(arxiv="1412.6980", date="2014-12-22", venue="ICLR", tags="[x]"),
        "b.md": note(arxiv="1412.6980v8", date="2015", tags="[y]"),
    }
    with opened(vault) as found:
        shown = card(found.store, find(found.store, "1412.6980"))
        assert shown["date"] == "2014-12-22"
        assert [(said["value"], said["path"], said["line"]) for said in shown["sources"]["date"]] == [
            ("2014-12-22", "a.md", 3),
            ("2015", "b.md", 3),
        ]
        assert shown["tags"] == ["x", "y"]


LIST = "".join(f"- [Paper {n}](https://arxiv.org/abs/2001.0000{n}) (2021-01)\n" for n in range(1, 5))
REASONS = {
    "its note has the most fields: 3 to 2": {
        "z.md": note(arxiv="2001.00001", venue="ICLR", date="2020"),
        "a.md": note(arxiv="2001.00001", date="2019"),
    },
    "its path is the smallest among notes with as many fields": {
        "a.md": note(arxiv="2001.00001", date="2020"),
        "z.md": note(arxiv="2001.00001", date="2019"),
    },
    "the reader's own vault counts before the curated one": {
        "z.md": note(arxiv="2001.00001", date="2020"),
        "base/a.md": note(arxiv="2001.00001", date="2019", venue="ICLR", key="a"),
    },
    "a note of the paper counts before a document that only mentions it": {
        "z.md": note(arxiv="2001.00001", date="2020"),
        "a.md": LIST,
    },
}


@pytest.mark.parametrize(("reason", "files"), REASONS.items(), ids=list(REASONS))
def test_why_a_value_counts(reason: str, files: dict[str, str], opened: Callable[..., Vault]) -> None:
    base = {path.removeprefix("base/"): text for path, text in files.items() if path.startswith("base/")}
    with opened({path: text for path, text in files.items() if not path.startswith("base/")}, base or None) as vault:
        shown = card(vault.store, find(vault.store, "2001.00001"))
    counts, other = shown["sources"]["date"]
    assert (shown["date"], counts["value"], counts["why"]) == ("2020", "2020", reason)
    assert "why" not in other


def test_a_title_in_a_field_counts_before_a_file_s_name(opened: Callable[..., Vault]) -> None:
    vault = {
        "a.md": note(arxiv="2001.00001", venue="ICLR", date="2020"),
        "b.md": note(arxiv="2001.00001", title="Nets"),
    }
    with opened(vault) as found:
        shown = card(found.store, find(found.store, "2001.00001"))
    assert [said["value"] for said in shown["sources"]["title"]] == ["Nets", "a"]
    assert shown["sources"]["title"][0]["why"] == "a title in a field counts before one in the text"


def test_a_date_that_nobody_wrote_says_so_and_stands_where_the_id_does(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": "# Nets\n\n[Paper](https://arxiv.org/abs/2001.00001)\n"}) as found:
        [date] = card(found.store, find(found.store, "2001.00001"))["sources"]["date"]
    assert (date["value"], date["path"], date["line"]) == ("2020-01", "a.md", 3)
    assert date["why"] == "no note gives a date: derived from the arXiv id"
    with opened({"a.md": note(arxiv="2001.00001", year="2021")}) as found:
        [date] = card(found.store, find(found.store, "2001.00001"))["sources"]["date"]
    assert (date["value"], date["line"]) == ("2021", 3), "a written date counts before a derived one"


def test_a_year_hides_no_day_of_it(opened: Callable[..., Vault]) -> None:
    own = {"a.md": note(arxiv="2001.00001", year="2020")}
    with opened(own) as found:
        shown = card(found.store, find(found.store, "2001.00001"))
    assert shown["date"] == "2020-01"
    assert [(said["value"], said["line"]) for said in shown["sources"]["date"]] == [("2020-01", 2), ("2020", 3)]
    assert shown["sources"]["date"][0]["why"] == "it agrees with 2020 and says more"
    with opened(own, {"nets.md": note(arxiv="2001.00001", date="2020-02-03")}) as found:
        shown = card(found.store, find(found.store, "2001.00001"))
        assert (shown["date"], shown["sources"]["date"][0]["source"]) == ("2020-02-03", "curated")
        assert not [each for each in findings(found.store) if "date" in each.code]


REVIEW = "[Paper Review] Wide Nets ({}).md"
LINKED = "[Paper](https://arxiv.org/abs/2106.09685)\n"


@pytest.mark.parametrize(
    ("venue", "base", "date", "why", "conflicts"),
    [
        ("ICLR 2022", {}, "2021-06", "no note gives a date: derived from the arXiv id", []),
        ("ICLR 2022", {"nets.md": note(arxiv="2106.09685", date="2021-06-17")}, "2021-06-17", "", []),
        ("ICLR 2022", {"nets.md": note(arxiv="2106.09685", year="2020")}, "2020", "", ["date-before-arxiv"]),
        # posted only after it was published, unless a note gives the date
        (
            "UAI 2015", {}, "2015", "no note gives a date: cited with this year, which is earlier than its id",
            ["date-before-arxiv"],
        ),
        (
            "UAI 2015", {"nets.md": note(arxiv="2106.09685", date="2021-06-17")}, "2021-06-17",
            "a date of its own counts before a year in a citation", ["date-conflict"],
        ),
        # too late to be the publication of this preprint
        (
            "ICLR 2032", {}, "2021-06", "no note gives a date: derived from the arXiv id", ["date-conflict"],
        ),
    ],
)  # fmt: skip
def test_the_year_of_a_venue_counts_after_every_other_date(
    venue: str, base: dict[str, str], date: str, why: str, conflicts: list[str], opened: Callable[..., Vault]
) -> None:
    with opened({REVIEW.format(venue): LINKED}, base) as found:
        shown = card(found.store, find(found.store, "2106.09685"))
        told = [each.code for each in findings(found.store) if "date" in each.code]
    assert (shown["date"], shown["sources"]["date"][0].get("why", ""), told) == (date, why, conflicts)
    assert [said["value"] for said in shown["sources"]["cited_year"]] == [venue[-4:]], "the year is kept as a fact"


def test_the_year_of_a_venue_hides_no_curated_day(opened: Callable[..., Vault]) -> None:
    own = {"nets.md": "# Wide Nets\n\n**Authors:** Ann Ann, Bob Bo\n**Venue:** ICLR 2022\n\n## Summary\n\nWide.\n"}
    with opened(own) as found:
        assert card(found.store, find(found.store, "Wide Nets"))["date"] == "2022"
    curated = note(title="Wide Nets", authors="[Ann Ann, Bob Bo]", date="2021-06-17", venue="ICLR")
    with opened(own, {"nets.md": curated}) as found:
        assert card(found.store, find(found.store, "Wide Nets"))["date"] == "2021-06-17"


def test_a_cited_year_dates_a_paper_of_which_nothing_else_is_known(opened: Callable[..., Vault]) -> None:
    with opened({REVIEW.format("ICLR 2022"): "Good.\n"}) as found:
        shown = card(found.store, find(found.store, "Wide Nets"))
    assert (shown["date"], shown["sources"]["date"][0]["why"]) == ("2022", "no note gives a date: cited with this year")


def test_notes_of_one_paper_that_disagree_are_a_finding(opened: Callable[..., Vault]) -> None:
    vault = {"a.md": note(arxiv="2001.00001", date="2020"), "b.md": note(arxiv="2001.00001", date="2019")}
    with opened(vault) as found:
        [conflict] = [each for each in findings(found.store) if each.code == "date-conflict"]
    assert (conflict.path, conflict.line) == ("a.md", 3)


WHOLE = "[Ann Lee, Bo Kim, Cy Do]"
AUTHORS = {
    "a complete list goes on where another is cut": ("Lee et al.", WHOLE, ["Ann Lee", "Bo Kim", "Cy Do"], False),
    "also one cut later": ("[A. Lee, Bo Kim, et al.]", WHOLE, ["Ann Lee", "Bo Kim", "Cy Do"], False),
    "but not a list of other people": ("Poe et al.", WHOLE, ["Poe"], True),
    "nor of the same people in another order": ("Kim et al.", WHOLE, ["Kim"], True),
    "nor one that is cut, too": ("Lee et al.", "[Ann Lee, Bo Kim, et al.]", ["Lee"], True),
    "nor is a list shortened that nobody cut": ("[Ann Lee]", WHOLE, ["Ann Lee"], False),
}


@pytest.mark.parametrize(("first", "second", "authors", "more"), AUTHORS.values(), ids=list(AUTHORS))
def test_whose_list_of_authors_counts(
    first: str, second: str, authors: list[str], more: bool, opened: Callable[..., Vault]
) -> None:
    files = {
        "a.md": note(arxiv="2001.00001", venue="ICLR", authors=first),
        "b.md": note(arxiv="2001.00001", authors=second),
    }
    with opened(files) as vault:
        shown = card(vault.store, find(vault.store, "2001.00001"))
    assert (shown["authors"], shown["authors_more"]) == (authors, more)
    assert {said["path"] for said in shown["sources"]["authors"]} == {"a.md", "b.md"}, "the other list stays in sight"
    is_reordered = shown["sources"]["authors"][0]["path"] == "b.md"
    assert is_reordered == (shown["sources"]["authors"][0].get("why") == "it goes on where another list ends in et al.")
