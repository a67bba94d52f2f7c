"""Ranges of years and dates: `2017`, `2014..2017`, `2017..`, `..2017`, `>=2017`, `<2017-06`."""

import re
from datetime import date, timedelta

from kb.query.syntax import QueryError, Value

_YEAR = re.compile(r"\d{4}")
_COMPARE = re.compile(r"(>=|<=|>|<)(.*)", re.DOTALL)

FIRST, LAST = "0000-01-01", "9999-12-31"


def days(value: Value, text: str, *, only_years: bool) -> tuple[str, str]:
    """The first and last day (ISO) of a range.

    Raises:
        QueryError: a part is not a year or date, or the range ends before it begins.
    """
    compared = _COMPARE.fullmatch(value.text)
    if compared:
        first, last = _span(compared[2], value.position + len(compared[1]), text, only_years)
        match compared[1]:
            case ">=":
                return first, LAST
            case ">":
                return _days_from(last, 1), LAST
            case "<=":
                return FIRST, last
            case _:
                return FIRST, _days_from(first, -1)
    start, dots, end = value.text.partition("..")
    if not dots:
        return _span(value.text, value.position, text, only_years)
    low = _span(start, value.position, text, only_years)[0] if start else FIRST
    high = _span(end, value.position + len(start) + 2, text, only_years)[1] if end else LAST
    if low > high:
        raise QueryError(f"the range ends before it begins: `{value.text}`", text, value.position)
    return low, high


def _span(part: str, position: int, text: str, only_years: bool) -> tuple[str, str]:
    """The first and last day of a year or date."""
    if part.isascii() and _YEAR.fullmatch(part) and "1000" <= part < "3000":
        return f"{part}-01-01", f"{part}-12-31"
    if part and (not only_years or _YEAR.fullmatch(part)):
        from kb.dates import parse_date  # slow to import, and most ranges are plain years

        stated = parse_date(part)
        if stated:
            return stated.first().isoformat(), stated.last().isoformat()
    wanted = "a year such as 2017, or 2014..2017" if only_years else "a date such as 2017, 2017-06 or 2017-06-12"
    raise QueryError(f"expected {wanted}, found `{part}`", text, position)


def _days_from(day: str, count: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()


def year_before(day: str) -> str:
    """A day (ISO) no later than the same day one year earlier."""
    return f"{max(int(day[:4]) - 1, 0):04}{day[4:]}"
