"""What the target of a link says by itself, whatever the dialect."""

from kb.percent import unquote
from kb.regex import rare
from kb.remember import remembered

_SPECIAL = rare(r"[^\w\s-]")
_PLAIN = bytes(code if chr(code).isalnum() or chr(code) in "_-" else 0x20 for code in range(0x80)).lower() + bytes(0x80)
"""The same for ASCII, in half the time: lower-case letters, and spaces for special characters."""
_NO_LETTER = rare(r"[\W_]+")
_REPEATED = rare(r"-\d{1,3}$")
_HOSTED = rare(
    r"https?://(?:www\.)?(?:github|gitlab|gitee)\.com/[^/]+/[^/]+/(?:-/)?blob/[^/]+"
    r"(/(?!(?i:readme)\.)[^?#]+\.(?:md|markdown))(?:[?#].*)?"
)
_SCHEME = rare(r"[A-Za-z][A-Za-z0-9+.-]+:")


@remembered(1 << 12)
def fold_heading(text: str) -> str:
    """A heading as Obsidian compares it: without special characters, with spaces collapsed."""
    if text.isascii():
        return b" ".join(text.encode("ascii").translate(_PLAIN).split()).decode("ascii")
    return " ".join(_SPECIAL.sub(" ", text).split()).casefold()


@remembered(1 << 12)
def anchor(text: str) -> str:
    """The letters and digits that a heading shares with its anchor on a site (`2. What's new?`, `#2-whats-new`)."""
    return _NO_LETTER.sub("", text).casefold()


def anchors(fragment: str) -> tuple[str, str]:
    """The two keys that the heading of an anchor may have: the second heading called `New` has the anchor `#new-1`."""
    return anchor(fragment), anchor(_REPEATED.sub("", fragment))


def external(target: str) -> bool:
    """Whether a link target leads out of the vault: it has a scheme or starts with `//host`."""
    return bool(_SCHEME.match(target)) or target.startswith("//")


def is_for_site(text: str) -> bool:
    """Whether a link in the text may have an address in a site's template language (`kb.flavor`)."""
    return "]({" in text or "]: {" in text or "](@/" in text


def hosted_note(target: str) -> str:
    """The path from the repository's folder (`/notes/adam.md`) if this is the page of a Markdown file at a code host.

    Whose repository it is cannot be known; each has a `README.md`.
    """
    found = _HOSTED.fullmatch(target) if "/blob/" in target else None
    return unquote(found[1]) if found else ""
