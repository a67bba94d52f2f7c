"""Findings point at what the reader can fix, in their own notes, in an order that does not depend on that of files."""

from collections.abc import Callable

import pytest

from linker.check import findings
from linker.vault import Vault

PAPER = "---\ntitle: {}\narxiv: '{}'\ndate: {}\n---\n[[x]]\n"


def found(vault: Vault, code: str) -> list[str]:
    return [str(finding) for finding in findings(vault.store) if finding.code == code]


def test_a_conflict_with_the_curated_vault_stands_in_the_readers_note(opened: Callable[..., Vault]) -> None:
    base = {"a.md": PAPER.format("Deep Sets", "1703.06114", "2017-03-10")}
    with opened({"z.md": PAPER.format("Deep Sets", "1703.06114", "2018-04-14")}, base) as vault:
        assert found(vault, "date-conflict") == [
            "z.md:4:1: date-conflict `a` has several values for date: 2018-04-14, 2017-03-10 - "
            "the first one counts; they are in z.md:4, a.md:4"
        ]
        assert findings(vault.store)[0].path == "z.md"


def test_dates_of_other_precision_are_no_conflict(opened: Callable[..., Vault]) -> None:
    notes = {f"{n}.md": PAPER.format("Deep Sets", "1703.06114", date) for n, date in enumerate(["2017", "2017-03-10"])}
    with opened(notes) as vault:
        assert found(vault, "date-conflict") == []


@pytest.mark.parametrize(("year", "told"), [("2018", 0), ("2019", 0), ("2020", 1), ("2016", 1), ("2018-04-14", 1)])
def test_the_year_of_publication_is_no_conflict_with_the_day_of_the_preprint(
    year: str, told: int, opened: Callable[..., Vault]
) -> None:
    """Most bibliographies give that year and notes give a day, so nearly every paper would be reported."""
    bib = f"@article{{z, title={{Deep Sets}}, eprint={{1703.06114}}, journal={{J}}, date={{{year}}}}}"
    with opened({"a.md": PAPER.format("Deep Sets", "1703.06114", "2017-03-10"), "refs.bib": bib}) as vault:
        assert len(found(vault, "date-conflict")) == told


def test_a_year_of_publication_does_not_hide_a_year_that_is_wrong(opened: Callable[..., Vault]) -> None:
    notes = {f"{n}.md": PAPER.format("Deep Sets", "1703.06114", date) for n, date in enumerate(["2018", "2014"])}
    with opened(notes) as vault:
        assert len(found(vault, "date-conflict")) == 1


def test_papers_of_one_name_are_listed_in_order(opened: Callable[..., Vault]) -> None:
    base = {"a.md": PAPER.format("Preface", "1703.06114", "2017")}
    notes = {
        "c.md": PAPER.format("Preface", "1801.00001", "2018"),
        "b.md": PAPER.format("Preface", "1901.00001", "2019"),
    }
    with opened(notes, base) as vault:
        assert found(vault, "same-name") == [
            'b.md:1:1: same-name several papers are called "preface": a, b, c - '
            "their ids or authors differ, so they are kept apart"
        ]


def test_what_is_most_wanted_comes_last_and_in_that_order(opened: Callable[..., Vault]) -> None:
    notes = {f"{n}.md": "[[seldom]]\n" * (n > 3) + "[[often]]\n" for n in range(6)}
    with opened(notes) as vault:
        codes = [finding.code for finding in findings(vault.store)]
        assert codes[-2:] == ["ghost", "ghost"]
        assert [line.split("`")[1] for line in found(vault, "ghost")] == ["often", "seldom"]


def test_days_of_notes_are_told_in_few_lines_and_are_no_conflict(opened: Callable[..., Vault]) -> None:
    days = {f"{n:02}.md": PAPER.format(f"Sum {n}", f"1801.000{n:02}", "2026-07-24") for n in range(1, 25)}
    twice = {f"2018-0{n}-02.md": PAPER.format("Sum", "1712.00001", f"2018-0{n}-02") for n in (3, 4)}
    with opened(days | twice) as vault:
        told = found(vault, "date-of-note")
        assert len(told) == 21
        assert told[0].startswith("01.md:4:7: date-of-note `date: 2026-07-24` is read as the date of this note")
        assert told[20].startswith("2018-03-02.md:4:7: date-of-note 6 more dates are read as the date of the note - ")
        assert found(vault, "date-conflict") == []
        assert vault.store.rows("SELECT DISTINCT date FROM node WHERE kind = 'paper' ORDER BY 1") == [
            ("2017-12",),
            ("2018-01",),
        ]


def test_a_collection_that_links_nothing_is_told_so_in_few_lines(opened: Callable[..., Vault]) -> None:
    notes = {f"{n:02}.md": f"---\ntitle: Sum {n}\narxiv: '1801.000{n:02}'\n---\n" for n in range(1, 25)}
    with opened(notes) as vault:
        told = found(vault, "orphan")
        assert told[0] == "01.md:1:1: orphan `01` is linked to nothing - say what it builds on"
        assert told[20:] == [
            "21.md:1:1: orphan 4 more papers are linked to nothing - `paperkb query is:orphan` lists all"
        ]


def test_a_date_before_the_id_stands_where_the_date_is_written(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": "---\narxiv: '1801.00001'\ntitle: Sums\nyear: 2015\n---\n"}) as vault:
        [told] = found(vault, "date-before-arxiv")
        assert told.startswith("a.md:4:1: ")
