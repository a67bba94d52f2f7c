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


def papers(site: Site) -> bytes:
    """All papers, youngest year first; after those of the vault's own notes those that only the curated vault has."""
    where = f"{FOLDERS['paper']}/index.html"
    listed = sorted(site.of_kind("paper"), key=lambda each: (each.date[:4] or "0", each.date, each.label), reverse=True)
    mine, curated = ([each for each in listed if (each.key in site.own) is own] for own in (True, False))
    years = [
        section(year or "Undated", tag("ul", *(_paper(site, where, each) for each in group), class_="papers"))
        for year, group in groupby(mine, key=lambda each: each.date[:4])
    ]
    others = [_paper(site, where, each, tag("span", f"{each.date[:4]} ", class_="year")) for each in curated]
    runs = sum(bool(site.papers[each.key].implementation) for each in mine)
    said = f"{len(mine)} paper{'s' * (len(mine) != 1)}, {runs} of them with an implementation that runs (dot)."
    return frame(
        site,
        where,
        "Papers",
        tag("h1", "Papers"),
        tag("p", said, class_="meta"),
        *years,
        _curated(tag("ul", *others, class_="papers") if others else None),
        description=said,
    )


def ideas(site: Site, kind: str) -> bytes:
    """Patterns or constraints, narrower ones below broader ones, with the number of papers."""
    where, known = f"{FOLDERS[kind]}/index.html", taxonomy(site.store, kind)
    tops = [pattern for pattern in known.values() if not pattern.broader]
    shown: set[str] = set()
    items = []
    for pattern in [*tops, *known.values()]:  # the rest: what stands in a circle, or very deep
        if pattern.key not in shown:
            items.append(_idea(site, where, kind, known, pattern, shown, 0))
    title = f"{kind.capitalize()}s"
    said = f"{len(known)} {kind}s, each with the number of papers."
    tree = tag("ul", *items, class_="tree")
    return frame(site, where, title, tag("h1", title), tag("p", said, class_="meta"), tree, description=said)


def notes(site: Site) -> bytes:
    """Notes that are about no single thing; the vault's own, then those of the curated vault."""
    where = f"{FOLDERS['document']}/index.html"
    listed = sorted(site.of_kind("document"), key=lambda each: each.key)
    mine, curated = (
        [
            tag("li", link(site, where, each), tag("span", f" {site.card(each)['path']}", class_="year"))
            for each in listed
            if _is_curated(site, each) is ours
        ]
        for ours in (False, True)
    )
    return frame(
        site,
        where,
        "Notes",
        tag("h1", "Notes"),
        tag("ul", *mine) if mine else None,
        _curated(tag("ul", *curated) if curated else None),
        description="Digests, lists, pages.",
    )


def wanted(site: Site) -> bytes:
    """Every ghost: who links to it. The most wanted stand first, last what only the curated vault links to."""
    counts = {ghost.key: ghost.notes for ghost in ranked(site.store)}
    found = sorted(site.of_kind("ghost"), key=lambda each: (-counts.get(each.key, 0), each.key))
    mine, curated = ([_wanted(site, each) for each in found if _is_ours(site, each) is ours] for ours in (False, True))
    return frame(
        site,
        WANTED,
        "Wanted",
        tag("h1", "Wanted"),
        tag("p", "Papers and pages that notes link to and that have no note yet.", class_="meta"),
        tag("dl", *mine, class_="wanted") if mine else None,
        _curated(tag("dl", *curated, class_="wanted") if curated else None),
    )


def stories(site: Site) -> bytes:
    """The tours through the papers; those that the vault's own notes tell, then those of the curated vault."""
    where = "stories/index.html"
    mine, curated = (
        [
            tag("li", link(site, where, thing, story.title), tag("span", f" {len(story.steps)} papers", class_="year"))
            for story, thing in site.stories
            if _is_curated(site, thing) is ours
        ]
        for ours in (False, True)
    )
    return frame(
        site,
        where,
        "Stories",
        tag("h1", "Stories"),
        tag("ul", *mine) if mine else None,
        _curated(tag("ul", *curated) if curated else None),
    )


def missing(site: Site) -> bytes:
    """What a server shows for an address that does not exist."""
    home = site.absolute("index.html")
    return frame(
        site, MISSING, "No such page", tag("h1", "No such page"), tag("p", tag("a", "To the beginning", href=home))
    )


def _curated(listed: Html | None) -> Html | None:
    """What stands on a list and is not of the vault's own notes."""
    return section("From the curated vault", listed)


def _is_curated(site: Site, note: Thing) -> bool:
    """Whether a note is of the curated vault."""
    return bool(site.card(note)["source"] == CURATED_LAYER)


def _is_ours(site: Site, ghost: Thing) -> bool:
    """Whether only the curated vault links to it."""
    return {mention["source"] for mention in site.card(ghost)["mentions"]} == {CURATED_LAYER}


def _paper(site: Site, where: str, thing: Thing, before: Html | None = None) -> Html:
    title = f" {thing.title}" if thing.title != thing.label else None
    return tag("li", before, link(site, where, thing), tag("span", title, class_="full") if title else None)


def _idea(
    site: Site, where: str, kind: str, known: dict[str, Pattern], pattern: Pattern, shown: set[str], depth: int
) -> Html:
    """A pattern and, the first time it is met, those below it."""
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
    """Its name, where else it has a page, and the notes that link to it."""
    card = site.card(ghost)
    docs = {site.documents.get((mention["source"], mention["path"])) for mention in card["mentions"]}
    homes = {home.node: home for doc in docs if doc and (home := site.page_of.get(doc))}
    ordered = sorted(homes.values(), key=lambda each: (each.kind, each.label, each.key))
    links = (joined(", " if n else None, link(site, WANTED, each)) for n, each in enumerate(ordered))
    told = dotted([*elsewhere(card), joined(*links)])
    return joined(tag("dt", ghost.label, id=ghost.address.partition("#")[2]), tag("dd", told))
