"""What the target of a link says by itself, whatever the dialect."""

from kb.percent import unquote
from kb.regex import rare
from kb.remember import remembered
from kb.typed import NamedTuple

_SPECIAL = rare(r"[^\w\s-]")
_PLAIN = bytes(code if chr(code).isalnum() or chr(code) in "_-" else 0x20 for code in range(0x80)).lower() + bytes(0x80)
"""The same for ASCII, in half the time: lower-case letters, and spaces for special characters."""
_NO_LETTER = rare(r"[\W_]+")
_REPEATED = rare(r"-\d{1,3}$")
_HOSTED = rare(
    r"https?://(?:www\.)?(?:github|gitlab|gitee)\.com/[^/]+/[^/]+/(?:-/)?blob/[^/]+"
    r"(/(?!(?i:readme)\.)[^?#]+\.(?:md|markdown))(?:[?#].*)?"
)
_OBSIDIAN = rare(r"obsidian://(?:open|advanced-uri|adv-uri)\?(?:[^#]*&)?file(?:path)?=([^&#]+)(?:[&#].*)?")
_CITEKEY = rare(r"[A-Za-z](?=[\w:.+-]{0,100}\d\d)[\w:.+-]{2,100}")
_ZOTERO = "zotero://select/items/@"
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
    is_any = "{" in text and ("]({" in text or "]: {" in text)  # looking for one character is much faster
    return is_any or ("@" in text and "](@/" in text)


def hosted_note(target: str) -> str:
    """The path (`/notes/adam.md`) if this is a note's address at a code host; path or name if it is one of Obsidian's.

    Whose repository or vault it is cannot be known; each repository has a `README.md`.
    """
    if "/blob/" in target and (found := _HOSTED.fullmatch(target)):
        return unquote(found[1])
    if target.startswith("obsidian:") and (found := _OBSIDIAN.fullmatch(target)):
        path = unquote(found[1])
        return f"/{path}" if "/" in path.strip("/") else path
    return ""


def may_be_citekey(name: str) -> bool:
    """Whether a name may be a citation key: one word with two digits in a row, as in a year."""
    return not name.isalpha() and _CITEKEY.fullmatch(name) is not None


def cited_item(target: str) -> str:
    """The citation key if this is Zotero's address of an item by it (`zotero://select/items/@key`); empty if not."""
    return target[len(_ZOTERO) :] if target.startswith(_ZOTERO) else ""


class Work(NamedTuple):
    """A work as a list of references cites it: enough to tell whether it is a known paper.

    Args:
        title: its key (`kb.titles.title_key`).
        year: empty if the citation shows none.
        ids: `arxiv:...`, `doi:...` and so on.
        who: its authors, as they are written.
    """

    title: str
    year: str = ""
    ids: tuple[str, ...] = ()
    who: str = ""

    def target(self) -> str:
        """The work as the target of a link; equal citations ask the same."""
        return "|".join((self.title, self.year, " ".join(self.ids), self.who))


def cited_work(target: str) -> Work:
    """The work that is the target of a reference."""
    title, year, ids, who = target.split("|", 3)
    return Work(title, year, tuple(ids.split()), who)
