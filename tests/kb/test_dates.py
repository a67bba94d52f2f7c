"""Dates: the precision people wrote, and no part that they did not."""
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.dates import PartialDate, from_arxiv, is_undated, parse_date


@pytest.mark.parametrize(("text", "expected"), [
    ("2017", "2017"), ("(2017)", "2017"), ("2017.", "2017"),
    ("2017-06", "2017-06"), ("2017/6", "2017-06"), ("2017 6", "2017-06"),
    ("June 2017", "2017-06"), ("2017 Jun", "2017-06"), ("Jun. 2017", "2017-06"), ("sept 2017", "2017-09"),
    ("MAY, 2017", "2017-05"), ("6/2017", "2017-06"), ("06/2017", "2017-06"), ("6-2017", "2017-06"),
    ("2017-06-12", "2017-06-12"), ("2017/06/12", "2017-06-12"), ("2017.6.12", "2017-06-12"),
    ("20170612", "2017-06-12"),
    ("2022-2-20:", "2022-02-20"),
    ("12 June 2017", "2017-06-12"), ("June 12th, 2017", "2017-06-12"), ("12-Jun-2017", "2017-06-12"),
    ("1st of May 2017", "2017-05-01"),
    ("2017年6月12日", "2017-06-12"), ("２０１７－０６", "2017-06"),
    ("[[June 12th, 2017]]", "2017-06-12"),
    ("2015-12-10 December 10, 2015", "2015-12-10"), ("2017-06-00 06/2017", "2017-06"), ("2017-00-00 2017", "2017"),
    ("25/12/2017", "2017-12-25"), ("12/25/2017", "2017-12-25"),
    ("06/12/2017", "2017"),                 # June or December: nobody can tell
    ("Spring 2017", "2017"), ("2017-Q2", "2017"),
    ("2017-00-00", "2017"), ("2017-06-00", "2017-06"),
    ("2023-08-02T00:41:18Z", "2023-08-02"),
    ("2023-08-02 00:41", "2023-08-02"),
    ("2023-08-02T00:41:18.123+02:00", "2023-08-01"),
    ("2023-12-31T23:30:00-0100", "2024-01-01"),
    ("Mon, 12 Jun 2017 17:57:34 GMT", "2017-06-12"),
    ("Mon Jun 12 2017 22:57:34 GMT-0500 (Eastern Standard Time)", "2017-06-13"),
    ("2020-02-29", "2020-02-29"),
])
def test_what_was_written_is_what_is_known(text: str, expected: str) -> None:
    assert str(parse_date(text)) == expected


@pytest.mark.parametrize("text", [
    "n.d.", "forthcoming", "in press", "", "June", "12", "17-06", "2017-13-40", "2017-13", "2017-02-30",
    "2019-02-29", "20171340", "13/2017", "10.1145", "6/217",
    "31/31/2017", "2017-00-01", "32 June 2017", "2017-06-12T25:00:00Z", "2017 12:30", "0000", "2017-06-12-01",
    "v2017",
    "9" * 1_000_000, "2017-" * 200_000,
])
def test_no_date_or_none_that_exists(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(("text", "undated"), [
    ("n.d.", True), ("n. d.", True), ("(n.d.)", True), ("Forthcoming", True), ("in press", True), ("to appear", True),
    ("under review", True), ("TBD", True), ("unknown", True), ("?", True),
    ("2017", False), ("2017-13-40", False), ("never", False), ("June", False), ("", False), ("n.d. 2017", False),
    ("in press" * 100_000, False),
])
def test_no_date_yet_is_a_statement(text: str, undated: bool) -> None:
    assert is_undated(text) == undated
    assert not undated or parse_date(text) is None


@pytest.mark.parametrize(("base", "month"), [
    ("1706.03762", "2017-06"), ("0704.0001", "2007-04"), ("hep-th/9901001", "1999-01"), ("cs/0112017", "2001-12"),
    ("cs/0703001", "2007-03"),
])
def test_the_month_of_an_arxiv_id(base: str, month: str) -> None:
    assert str(from_arxiv(base)) == month


def test_order_puts_the_missing_part_first() -> None:
    dates = [PartialDate(2018), PartialDate(2017, 1, 1), PartialDate(2017, 12), PartialDate(2017),
    PartialDate(2017, 1)]
    assert [str(d) for d in sorted(dates)] == ["2017", "2017-01", "2017-01-01", "2017-12", "2018"]
    assert PartialDate(2017, 6) == PartialDate(2017, 6) != PartialDate(2017, 6, 1)


@pytest.mark.parametrize(("text", "precision", "first", "last"), [
    ("2016", "year", date(2016, 1, 1), date(2016, 12, 31)),
    ("2016-02", "month", date(2016, 2, 1), date(2016, 2, 29)),
    ("2017-12", "month", date(2017, 12, 1), date(2017, 12, 31)),
    ("2017-06-12", "day", date(2017, 6, 12), date(2017, 6, 12)),
])
def test_the_days_that_a_date_can_mean(text: str, precision: str, first: date, last: date) -> None:
    found = parse_date(text)
    assert found is not None
    assert (found.precision, found.first(), found.last()) == (precision, first, last)


@pytest.mark.parametrize("parts", [(2017, 13), (2017, 2, 30), (2017, 0), (2017, None, 1)])
def test_an_impossible_date_cannot_be_made(parts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        PartialDate(*parts)


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2999, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d",
       "%B %d, %Y", "%d %b %Y"]))
def test_every_day_is_read_back_from_every_form(day: date, form: str) -> None:
    assert parse_date(day.strftime(form)) == PartialDate(day.year, day.month, day.day)


@given(st.text(alphabet="0123456789-/.: TZjunJan,thd", max_size=20))
def test_any_text_is_a_date_that_reads_itself_back_or_none(text: str) -> None:
    found = parse_date(text)
    assert found is None or parse_date(str(found)) == found
