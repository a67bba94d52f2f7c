"""Where links and documents meet: the keys a document can be found by, and the keys a link looks for."""

from collections.abc import Iterator

from kb import ids
from kb.markdown import external
from kb.model import Link, Record
from kb.titles import title_head, title_key
from linker.files import file_names, fold_name
from linker.tags import pattern_keys

Offer = tuple[str, int, str]
"""(key, entry or -1, stage)."""


def offers(record: Record) -> list[Offer]:
    """Every key under which the resolver may find this document or one of its entries."""
    about = record.about
    only = -1 if about is None else about
    found: set[Offer] = {(f"name:{fold_name(record.path.rpartition('/')[2])}", only, "name")}
    if all(entry.mentioned for entry in record.entries):
        found |= set(_names(record.title, record.aliases, -1))
    for n, entry in enumerate(record.entries):
        aliases = (*(record.aliases if n == about else ()), *entry.values("aliases"))
        found |= set(_names(entry.title, tuple(aliases), n))
        found |= {(f"id:{paper}", n, "id") for paper in entry.ids}
        if entry.kind == "pattern":
            names = (entry.title, *aliases, entry.key, *([_stem(record.path)] if n == about else []))
            found |= {(key, n, "tag") for key in pattern_keys(names)}
        for citekey in (entry.key, *entry.values("citekey"), *entry.values("citation-key")):
            if citekey:
                found.add((f"key:{citekey}", n, "key"))
    return sorted(found)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _names(title: str, aliases: tuple[str, ...], n: int) -> Iterator[Offer]:
    for name, stage in ((title_key(title), "title"), (title_head(title), "head")):
        if name:
            yield f"title:{name}", n, stage
    for alias in aliases:
        if title_key(alias):
            yield f"title:{title_key(alias)}", n, "alias"


def touched(offer: Offer) -> Iterator[str]:
    """The wanted keys for which it matters that this offer came or went."""
    key, _, stage = offer
    yield key
    if stage == "title":  # a link may name the title's beginning
        words = key.removeprefix("title:").split(" ")
        for count in range(1, len(words)):
            yield "title:" + " ".join(words[:count])


def wants(link: Link) -> set[str]:
    """Every key under which the resolver may look for this link's target."""
    if link.kind == "citekey":
        return {f"key:{link.target}"}
    keys: set[str] = set()
    paper = ids.parse_id(link.target)
    if paper:
        keys.add(f"id:{paper}")
    if link.kind == "id" or (link.kind == "markdown" and external(link.target)) or not link.target:
        return keys
    keys |= {f"name:{name}" for name in file_names(link.target)}
    fold = title_key(link.target)
    if fold:
        keys.add(f"title:{fold}")
    if link.target.startswith("@"):
        keys.add(f"key:{link.target[1:]}")
    return keys
