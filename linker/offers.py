"""Where links and documents meet: the keys under which a document can be found, and the keys that a link looks for."""

from collections.abc import Iterable, Iterator
from zlib import crc32

from kb import conventions, ids
from kb.config import NOTES
from kb.model import Record
from kb.targets import cited_item, cited_work, external, hosted_note, may_be_citekey
from kb.titles import title_head, title_key
from linker.files import file_names, fold_name, last_name, post_at, shown_at
from linker.tags import pattern_keys

Offer = tuple[str, int, str]
"""(key, entry or -1, stage)."""


def offers(record: Record) -> list[Offer]:
    """Every key under which the resolver may find this document or one of its entries."""
    about = record.about
    only = -1 if about is None else about
    found = {of_file(record.path, only)}
    if name := conventions.post(conventions.called(record.path))[1]:
        found.add((f"post:{fold_name(name)}", only, "post"))
    if all(entry.mentioned for entry in record.entries):
        found |= set(_names(record.title, record.aliases, -1))
    for n, entry in enumerate(record.entries):
        called = (*record.aliases, *([record.title] if record.title != entry.title else ())) if n == about else ()
        aliases = (*called, *entry.values("aliases"))
        found |= set(_names(entry.title, tuple(aliases), n))
        found |= {(f"id:{ids.known_as(str(paper))}", n, "id") for paper in entry.ids}
        if entry.kind == "pattern":
            names = (entry.title, *aliases, entry.key, *([conventions.stem(record.path)] if n == about else []))
            found |= {(key, n, "tag") for key in pattern_keys(names)}
        for citekey in (entry.key, *entry.values("citekey")):
            if citekey:
                found.add((f"key:{citekey}", n, "key"))
    return sorted(found)


def of_file(path: str, entry: int = -1) -> Offer:
    """The offer of a file by its name, whatever its content."""
    return f"name:{fold_name(path.rpartition('/')[2])}", entry, "name"


def _names(title: str, aliases: tuple[str, ...], n: int) -> Iterator[Offer]:
    for name, stage in ((title_key(title), "title"), (title_head(title), "head")):
        if name:
            yield f"title:{name}", n, stage
    for alias in aliases:
        if title_key(alias):
            yield f"title:{title_key(alias)}", n, "alias"


def touched(offer: Offer) -> Iterator[int]:
    """The numbers of the wanted keys that are affected when this offer is added or removed."""
    key, _, stage = offer
    if stage == "title":  # a link may name the title's beginning; word by word, as a title may be as long as a note
        number = 0
        for word in _encoded(key).split(b" "):
            number = crc32(word, number)
            yield number
            number = crc32(b" ", number)
        yield _watched_work(key)
        return
    yield watched(key)
    if stage == "alias":
        yield _watched_work(key)
    if stage == "name":  # or a file without its ending
        stem, _, ending = key.rpartition(".")
        if f".{ending}" in NOTES:
            yield watched(stem)


def works(titles: Iterable[str]) -> set[int]:
    """The numbers of the wanted keys that are affected when more or less is known about the papers of these titles.

    Args:
        titles: the keys of their offers.
    """
    return set(map(_watched_work, titles))


def _watched_work(key: str) -> int:
    """The number for a title that references look for: what they find also depends on authors, years and ids."""
    return watched(f"work:{key}")


def wants(target: str, kind: str) -> set[str]:
    """Every key under which the resolver may look for the target of a link."""
    return _keys(target, kind) | {f"name:{name}" for path in _files(target, kind) for name in file_names(path)}


def watches(target: str, kind: str) -> set[int]:
    """Numbers of the keys that the answer to a link depends on; a file's name covers all its endings."""
    if kind == "reference":
        return works(_keys(target, kind))
    return {watched(key) for key in _keys(target, kind)}


def watched(key: str) -> int:
    """The number of a wanted key. Two keys in a billion share one; their links are then resolved once too often."""
    return crc32(_encoded(key))


def _encoded(key: str) -> bytes:
    return key.encode(errors="surrogatepass")


def _files(target: str, kind: str) -> tuple[str, ...]:
    """Paths or names of the files that a link may mean."""
    if kind in ("citekey", "handle", "reference") or not target:
        return ()
    if own := hosted_note(target):
        return (own,)
    if kind == "id" or (kind == "markdown" and external(target)):
        return ()
    return (target, *(shown_at(target) if kind == "markdown" else ()))


def _keys(target: str, kind: str) -> set[str]:
    if kind in ("citekey", "handle"):
        return {f"key:{target}"}
    if kind == "reference":
        return {f"title:{cited_work(target).title}"}
    keys = {f"name:{last_name(path)}" for path in _files(target, kind)}
    paper = ids.parse_id(target)
    if paper:
        keys.add(f"id:{ids.known_as(str(paper))}")
    if key := cited_item(target):
        keys.add(f"key:{key}")
    if kind == "id" or (kind == "markdown" and external(target)) or not target:
        return keys
    if kind == "markdown" and (name := post_at(target)):
        keys.add(f"post:{name}")
    fold = title_key(target)
    if fold:
        keys.add(f"title:{fold}")
    if target.startswith("@"):
        keys.add(f"key:{target[1:]}")
    elif may_be_citekey(target):
        keys.add(f"key:{target}")
    return keys
