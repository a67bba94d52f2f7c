"""Pages that list: papers by year, patterns and constraints, other notes, stories, what is wanted."""

from itertools import groupby

from cli.page.html import Html, joined, tag
from cli.site.addresses import FOLDERS, WANTED
from cli.site.frame import MISSING, frame
from cli.site.parts import dotted, elsewhere, link, section
from cli.site.site import CURATED_LAYER, Site, Thing
from linker.taxonomy import Pattern
from linker.taxonomy import patterns as taxonomy
from linker.wishes import ranked

_DEEPEST = 12
_CURATED = f"{CURATED_LAYER}://"
"""How keys of curated notes begin if the curated vault is under another one."""


def papers(site: Site) -> bytes:
    """All papers, newest year first: those of the vault's own notes, then those that only the curated vault has."""
    where = f"{FOLDERS['paper']}/index.html"
    listed = sorted(site.of_kind("paper"), key=lambda each: (each.date[:4] or "0", each.date, each.label), reverse=True)
    mine = [each for each in listed if not _is_curated(site, each)]
    years = [
        section(year or "Undated", tag("ul", *(_paper(site, where, each) for each in group), class_="papers"))
        for year, group in groupby(mine, key=lambda each: each.date[:4])
    ]
    curated = [
        _paper(site, where, each, tag("span", f"{each.date[:4]} ", class_="year"))
        for each in listed
        if _is_curated(site, each)
    ]
    runs = sum(bool(site.papers[each.key].implementation) for each in mine)
    said = f"{len(mine)} paper{'s' * (len(mine) != 1)}"
    said += f", {runs} of them with code that runs (marked with a dot)." if runs else "."
    return frame(
        site,
        where,
        "Papers",
        tag("h1", "Papers"),
        tag("p", said, class_="meta"),
        *years,
        _curated(tag("ul", *curated, class_="papers") if curated else None),
        description=said,
    )


def ideas(site: Site, kind: str) -> bytes:
    """Patterns or constraints, narrower ones below broader ones, with the number of papers."""
    where, known = f"{FOLDERS[kind]}/index.html", taxonomy(site.store, kind)
    tops = [pattern for pattern in known.values() if not pattern.broader]
    shown: set[str] = set()
    items = []
    for pattern in [*tops, *known.values()]:  # the rest: what is in a cycle, or very deep
        if pattern.key not in shown:
            items.append(_idea(site, where, kind, known, pattern, shown, 0))
    title = f"{kind.capitalize()}s"
    said = f"{len(known)} {kind}s, each with the number of papers."
    tree = tag("ul", *items, class_="tree")
    return frame(site, where, title, tag("h1", title), tag("p", said, class_="meta"), tree, description=said)


def notes(site: Site) -> bytes:
    """Notes that are not about a single thing."""
    where = f"{FOLDERS['document']}/index.html"
    listed = [
        (each, tag("li", link(site, where, each), tag("span", f" {each.key.removeprefix(_CURATED)}", class_="year")))
        for each in sorted(site.of_kind("document"), key=lambda each: each.key)
    ]
    description = "Digests, lists, pages."
    return frame(site, where, "Notes", tag("h1", "Notes"), *_lists(site, listed), description=description)


def wanted(site: Site) -> bytes:
    """Every ghost with the notes that link to it, the most wanted first."""
    counts = {ghost.key: ghost.notes for ghost in ranked(site.store)}
    found = sorted(site.of_kind("ghost"), key=lambda each: (-counts.get(each.key, 0), each.key))
    return frame(
        site,
        WANTED,
        "Wanted",
        tag("h1", "Wanted"),
        tag("p", "Papers and pages that notes link to but that have no note yet.", class_="meta"),
        *_lists(site, [(each, _wanted(site, each)) for each in found], "dl", "wanted"),
    )


def stories(site: Site) -> bytes:
    """The tours through the papers."""
    where = "stories/index.html"
    listed = []
    for story, thing in site.stories:
        count = tag("span", f" {len(story.steps)} papers", class_="year")
        listed.append((thing, tag("li", link(site, where, thing, story.title), count)))
    return frame(site, where, "Stories", tag("h1", "Stories"), *_lists(site, listed))


def missing(site: Site) -> bytes:
    """What a server shows for an address that does not exist."""
    home = site.absolute("index.html")
    return frame(
        site, MISSING, "Page not found", tag("h1", "Page not found"), tag("p", tag("a", "To the first page", href=home))
    )


def _curated(listed: Html | None) -> Html | None:
    """The part of a list that is not from the vault's own notes."""
    return section("From the curated vault", listed)


def _lists(
    site: Site, items: list[tuple[Thing, Html]], kind: str = "ul", look: str | None = None
) -> tuple[Html | None, Html | None]:
    """A list of the vault's own items, and one of those from the curated vault."""
    mine, curated = ([item for thing, item in items if _is_curated(site, thing) is is_it] for is_it in (False, True))
    listed = tag(kind, *mine, class_=look) if mine else None
    return listed, _curated(tag(kind, *curated, class_=look) if curated else None)


def _is_curated(site: Site, thing: Thing) -> bool:
    """Whether only the curated vault describes it or, for a paper, lists it or, for a ghost, links to it."""
    match thing.kind:
        case "paper":
            return thing.key not in site.own
        case "document":
            return thing.key.startswith(_CURATED)
        case "ghost":
            return {mention["source"] for mention in site.card(thing)["mentions"]} == {CURATED_LAYER}
    return bool(site.card(thing)["source"] == CURATED_LAYER)


def _paper(site: Site, where: str, thing: Thing, before: Html | None = None) -> Html:
    title = f" {thing.title}" if thing.title != thing.label else None
    return tag("li", before, link(site, where, thing), tag("span", title, class_="full") if title else None)


def _idea(
    site: Site, where: str, kind: str, known: dict[str, Pattern], pattern: Pattern, shown: set[str], depth: int
) -> Html:
    """A pattern and, the first time it occurs, those below it."""
    thing = site.by_id.get(f"{'ghost' if pattern.ghost else kind}:{pattern.key}")
    below = [known[key] for key in pattern.narrower] if pattern.key not in shown and depth < _DEEPEST else []
    shown.add(pattern.key)
    return tag(
        "li",
        link(site, where, thing) if thing else pattern.key,
        tag("span", f" {len(pattern.papers)}", class_="year"),
        tag("ul", *(_idea(site, where, kind, known, narrow, shown, depth + 1) for narrow in below)) if below else None,
    )


def _wanted(site: Site, ghost: Thing) -> Html:
    """Its name, its pages at other sites, and the notes that link to it."""
    card = site.card(ghost)
    docs = {site.documents.get((mention["source"], mention["path"])) for mention in card["mentions"]}
    homes = {home.node: home for doc in docs if doc and (home := site.page_of.get(doc))}
    ordered = sorted(homes.values(), key=lambda each: (each.kind, each.label, each.key))
    links = (joined(", " if n else None, link(site, WANTED, each)) for n, each in enumerate(ordered))
    told = dotted([*elsewhere(card), joined(*links)])
    return joined(tag("dt", ghost.label, id=ghost.address.partition("#")[2]), tag("dd", told))
