"""Pages that list: papers by year, patterns and constraints, other notes, stories, what is wanted."""

from itertools import groupby

from cli.page.html import Html, joined, tag
from cli.site.addresses import FOLDERS, WANTED
from cli.site.frame import MISSING, frame
from cli.site.parts import dotted, elsewhere, link, section
from cli.site.site import Site, Thing
from linker.taxonomy import Pattern
from linker.taxonomy import patterns as taxonomy
from linker.wishes import ranked

_DEEPEST = 12


def papers(site: Site) -> bytes:
    """All papers, youngest year first."""
    where = f"{FOLDERS['paper']}/index.html"
    listed = sorted(site.of_kind("paper"), key=lambda each: (each.date[:4] or "0", each.date, each.label), reverse=True)
    years = [
        section(year or "Undated", tag("ul", *(_paper(site, where, each) for each in group), class_="papers"))
        for year, group in groupby(listed, key=lambda each: each.date[:4])
    ]
    runs = sum(bool(paper.implementation) for paper in site.papers.values())
    said = f"{len(listed)} papers, {runs} of them with an implementation that runs (dot)."
    return frame(site, where, "Papers", tag("h1", "Papers"), tag("p", said, class_="meta"), *years, description=said)


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
    """Notes that are about no single thing."""
    where = f"{FOLDERS['document']}/index.html"
    listed = [
        tag("li", link(site, where, each), tag("span", f" {each.key}", class_="year"))
        for each in sorted(site.of_kind("document"), key=lambda each: each.key)
    ]
    return frame(site, where, "Notes", tag("h1", "Notes"), tag("ul", *listed), description="Digests, lists, pages.")


def wanted(site: Site) -> bytes:
    """Every ghost: who links to it. The most wanted stand first."""
    counts = {ghost.key: ghost.notes for ghost in ranked(site.store)}
    found = sorted(site.of_kind("ghost"), key=lambda each: (-counts.get(each.key, 0), each.key))
    entries = [_wanted(site, each) for each in found]
    return frame(
        site,
        WANTED,
        "Wanted",
        tag("h1", "Wanted"),
        tag("p", "Papers and pages that notes link to and that have no note yet.", class_="meta"),
        tag("dl", *entries, class_="wanted"),
    )


def stories(site: Site) -> bytes:
    """The tours through the papers."""
    where = "stories/index.html"
    listed = [
        tag("li", link(site, where, thing, story.title), tag("span", f" {len(story.steps)} papers", class_="year"))
        for story, thing in site.stories
    ]
    return frame(site, where, "Stories", tag("h1", "Stories"), tag("ul", *listed))


def missing(site: Site) -> bytes:
    """What a server shows for an address that does not exist."""
    home = site.absolute("index.html")
    return frame(
        site, MISSING, "No such page", tag("h1", "No such page"), tag("p", tag("a", "To the beginning", href=home))
    )


def _paper(site: Site, where: str, thing: Thing) -> Html:
    title = f" {thing.title}" if thing.title != thing.label else None
    return tag("li", link(site, where, thing), tag("span", title, class_="full") if title else None)


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
