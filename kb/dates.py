"""Dates as people write them: a year, a month or a day, never with a part that was not written.

The precision is part of the value. "June 2017" is 2017-06, which covers thirty days; it is not June 1.
"""
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import total_ordering

from kb.typed import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import Final

from kb.regex import rare
from kb.remember import remembered

MONTHS = ("january", "february", "march", "april", "may", "june",
          "july", "august", "september", "october", "november", "december")
_MONTH_NUMBER = {spelling: n for n, name in enumerate(MONTHS, 1) for spelling in (name, name[:3])} | {"sept": 9}


@total_ordering
class PartialDate:
    """A date with the precision it was given in. A missing part sorts first: 2017 < 2017-01 < 2017-01-01.

    Raises:
        ValueError: there is no such date, or there is a day without a month.
    """

    __slots__ = ("day", "month", "year")

    def __init__(self, year: int, month: int | None = None, day: int | None = None) -> None:
        if day is not None and month is None:
            raise ValueError("a day needs a month")
        date(year, 1 if month is None else month, 1 if day is None else day)
        self.year: Final = year
        self.month: Final = month
        self.day: Final = day

    def __repr__(self) -> str:
        return f"PartialDate({self})"

    def __hash__(self) -> int:
        return hash((self.year, self.month, self.day))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartialDate) and hash(self) == hash(other) and str(self) == str(other)

    def __str__(self) -> str:
        if self.month is None:
            return f"{self.year:04}"
        return f"{self.year:04}-{self.month:02}" + ("" if self.day is None else f"-{self.day:02}")

    def __lt__(self, other: "PartialDate") -> bool:
        return (self.year, self.month or 0, self.day or 0) < (other.year, other.month or 0, other.day or 0)

    @property
    def precision(self) -> Literal["year", "month", "day"]:
        if self.month is None:
            return "year"
        return "month" if self.day is None else "day"

    def first(self) -> date:
        """The earliest day this can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    def last(self) -> date:
        """The latest day this can mean."""
        if self.month is None:
            return date(self.year, 12, 31)
        if self.day is None:
            return date(self.year, 12, 31) if self.month == 12 else date(self.year, self.month + 1, 1) - timedelta(1)
        return self.first()


def from_arxiv(base: str) -> PartialDate:
    """The month in which an arXiv id (new or old style, without version) was assigned: 1706.03762 -> 2017-06.

    Raises:
        ValueError: the id contains no month.
    """
    archive, _, number = base.rpartition("/")
    year, month = int(number[:2]), int(number[2:4])
    return PartialDate((1900 if archive and year >= 91 else 2000) + year, month)      # old style: 1991 to 2007


_Y, _M, _D = r"(?P<y>[12]\d{3})", r"(?P<m>\d\d?)", r"(?P<d>\d\d?)"
_NAME = rf"(?P<name>{'|'.join(sorted(_MONTH_NUMBER, key=len, reverse=True))})\.?"
_NTH = rf"{_D}(?:st|nd|rd|th)?"
_PART = r"(?:spring|summer|autumn|fall|winter|q[1-4])"      # season or quarter: only the year is kept
_GAP = r"[\s,/-]{1,3}"
_FORMS = [rare(form) for form in (
    _Y,
    rf"{_Y}(?P<sep>[-/. ]){_M}(?:(?P=sep){_D})?",
    rf"{_Y}(?P<m>\d\d)(?P<d>\d\d)",
    rf"{_Y}年(?:{_M}月(?:{_D}日)?)?",
    rf"{_M}[-/]{_Y}",
    rf"{_NAME}{_GAP}{_Y}",
    rf"{_Y}{_GAP}{_NAME}(?:{_GAP}{_NTH})?",
    rf"{_NTH}{_GAP}(?:of )?{_NAME}{_GAP}{_Y}",
    rf"{_NAME}{_GAP}{_NTH}{_GAP}{_Y}",
    rf"(?P<a>\d\d?)(?P<sep>[-/.])(?P<b>\d\d?)(?P=sep){_Y}",
    rf"{_PART}{_GAP}{_Y}",
    rf"{_Y}{_GAP}{_PART}",
    rf"{_Y}-(?P<m>\d\d)-(?P<d>\d\d) (?:.*\D)?(?P=y)(?:\D.*)?",      # Zotero: the parsed date, then the original text
)]
_YEAR = rare(r"(?<!\d)[12]\d{3}")
"""Contained in every date; most texts that end in digits (`GPT-2`) are none."""
_WEEKDAY = rare(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s")
_ZONE = rare(r"gmt(?=[+-]\d\d)|\s\([^()]*$")                # `GMT-0500 (Eastern Standard Time)`, from browsers
_CLOCK = rare(r"(?:(?<=\d)t|,?\s)\s?(\d\d?):(\d\d)(?::\d\d(?:\.\d{1,9})?)?\s?(z|utc|gmt|[+-]\d\d:?\d\d)?$")
_LONGEST = 64


@remembered(1 << 13)             # there are fewer days than notes, and each date is parsed several times
def parse_date(text: str) -> PartialDate | None:
    """The date in a field or heading; None if there is none (`n.d.`, `forthcoming`) or no such day exists.

    A time is converted to its UTC day. In 06/12/2017 only the year is certain, so only the year is kept.
    """
    text = _bare(text).replace("\u2013", "-")
    if len(text) > _LONGEST:
        return None
    text = _WEEKDAY.sub("", text, count=1) if text[:1].isalpha() and _WEEKDAY.match(text) else text
    text = _ZONE.sub("", text) if "gmt" in text else text
    clock = _CLOCK.search(text) if ":" in text else None
    stated = _calendar(text[:clock.start()] if clock else text)
    return _utc_day(stated, clock) if stated and clock else stated


_NO_DATE = rare(
    r"n\.?\s?d|s\.?\s?[da]|no date|undated|forthcoming|in (?:press|preparation|review)|to appear|under review"
    r"|submitted|accepted|preprint|unpublished|unknown|tb[ad]|none|n/a|[?-]{1,4}")


def is_undated(text: str) -> bool:
    """Whether a field says that there is no date, or none yet (`n.d.`, `forthcoming`), which is not a mistake."""
    return bool(_NO_DATE.fullmatch(_bare(text[:_LONGEST])))


def _bare(text: str) -> str:
    """The text in lower case, without compatibility forms and the punctuation around it."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n.,:;()[]\"'").lower()


def _calendar(text: str) -> PartialDate | None:
    may_be = _YEAR.search(text)
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None) if may_be else None
    if found is None:
        return None
    parts = found.groupdict()
    month, day = int(parts.get("m") or 0), int(parts.get("d") or 0)
    if name := parts.get("name"):
        month = _MONTH_NUMBER[name]
    elif "a" in parts:
        month, day = _day_and_month(int(parts["a"]), int(parts["b"]))
    if day and not month:
        return None
    try:
        return PartialDate(int(parts["y"]), month or None, day or None)     # some tools write 00 for a missing part
    except ValueError:
        return None


def _day_and_month(a: int, b: int) -> tuple[int, int]:
    """(month, day) of a/b or b/a if only one reading is possible, else (0, 0)."""
    if a == b:
        return a, b
    if max(a, b) <= 12:
        return 0, 0
    return min(a, b), max(a, b)


def _utc_day(day: PartialDate, clock: re.Match[str]) -> PartialDate | None:
    if day.precision != "day":
        return None
    hour, minute, zone = int(clock[1]), int(clock[2]), clock[3] or ""
    if hour > 23 or minute > 59:
        return None
    if zone[:1] not in ("+", "-"):
        return day
    east = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (1 if zone[0] == "+" else -1)
    utc = datetime.combine(day.first(), datetime.min.time(), UTC) + timedelta(hours=hour, minutes=minute) - east
    return PartialDate(utc.year, utc.month, utc.day)
