"""Regular expressions that most notes do not need, and the text in which those for rare letters search first."""

import re

from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import AnyStr


class _Rare:
    """Behaves like the compiled pattern; each method is fetched once and then stored in the instance."""

    def __init__(self, source: Any, flags: int) -> None:
        self._told = source, flags

    def __getattr__(self, name: str) -> Any:
        """Fetch a method; `re` itself caches compiled patterns."""
        value = getattr(re.compile(*self._told), name)
        setattr(self, name, value)
        return value


def rare(source: "AnyStr", flags: int = 0) -> "re.Pattern[AnyStr]":
    """A pattern that is compiled on first use: compiling all patterns takes longer than reading a note."""
    rare: Any = _Rare(source, flags)
    pattern: re.Pattern[AnyStr] = rare
    return pattern


_ASCII = bytes(range(0x80))


def beyond_ascii(text: str) -> str:
    """The non-ASCII characters, in order: searching them for a character class is ten times faster than the text."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
