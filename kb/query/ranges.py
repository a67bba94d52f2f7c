"""Ranges of years and dates: `2017`, `2014..2017`, `2017..`, `..2017`, `>=2017`, `<2017-06`."""

import re
from datetime import timedelta

from kb import dates
from kb.dates import PartialDate
from kb.query.syntax import QueryError, Value

_YEAR = re.compile(r"\d{4}")
_COMPARE = re.compile(r"(>=|<=|>|<)(.*)", re.DOTALL)

FIRST, LAST = "0000-01-01", "9999-12-31"


def days(value: Value, text: str, *, only_years: bool) -> tuple[str, str]:
    """The first and last day (ISO) that a range covers.

    Raises:
        QueryError: with a caret under the part that is no year or date.
    """
    compared = _COMPARE.fullmatch(value.text)
    if compared:
        date = _date(compared[2], value.position + len(compared[1]), text, only_years)
        match compared[1]:
            case ">=":
                return date.first().isoformat(), LAST
            case ">":
                return _after(date), LAST
            case "<=":
                return FIRST, date.last().isoformat()
            case _:
                return FIRST, _before(date)
    start, dots, end = value.text.partition("..")
    if not dots:
        date = _date(value.text, value.position, text, only_years)
        return date.first().isoformat(), date.last().isoformat()
    low = _date(start, value.position, text, only_years).first().isoformat() if start else FIRST
    high = _date(end, value.position + len(start) + 2, text, only_years).last().isoformat() if end else LAST
    if low > high:
        raise QueryError(f"the range ends before it begins: `{value.text}`", text, value.position)
    return low, high


def _date(part: str, position: int, text: str, only_years: bool) -> PartialDate:
    date = None
    if not only_years or _YEAR.fullmatch(part):
        date = dates.parse_date(part) if part else None
    if date is None:
        wanted = "a year such as 2017" if only_years else "a date such as 2017, 2017-06 or 2017-06-12"
        raise QueryError(f"expected {wanted}, found `{part}`", text, position)
    return date


def _after(date: PartialDate) -> str:
    return (date.last() + timedelta(days=1)).isoformat()


def _before(date: PartialDate) -> str:
    return (date.first() - timedelta(days=1)).isoformat()
