"""Regular expressions that most notes do not need, and where those for rare letters look first."""

import re

from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import AnyStr


class _Rare:
    """Answers as the compiled pattern does; each of its methods is fetched once and then stands in the instance."""

    def __init__(self, source: Any, flags: int) -> None:
        self._told = source, flags

    def __getattr__(self, name: str) -> Any:
        """What is not there yet; `re` itself keeps what it compiled."""
        value = getattr(re.compile(*self._told), name)
        setattr(self, name, value)
        return value


def rare(source: "AnyStr", flags: int = 0) -> "re.Pattern[AnyStr]":
    """A pattern that is compiled when it is first used: compiling them all takes longer than reading a note."""
    rare: Any = _Rare(source, flags)
    pattern: re.Pattern[AnyStr] = rare
    return pattern


_ASCII = bytes(range(0x80))


def beyond_ascii(text: str) -> str:
    """The characters beyond ASCII, in their order: a class of them is found there ten times sooner than in the text."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
