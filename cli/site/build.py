"""The whole site: every address, and what makes its content."""

from collections.abc import Callable, Generator
from functools import partial

from cli.site import lists
from cli.site.addresses import FOLDERS, WANTED
from cli.site.ahead import made_ahead
from cli.site.feed import feed, site_map
from cli.site.frame import FEED, MISSING, STYLE, style
from cli.site.front import front
from cli.site.notes import read_picture
from cli.site.pages import page
from cli.site.site import Site

Maker = Callable[[], bytes]


def makers(site: Site) -> dict[str, Maker]:
    """What makes each file of the site, by its address; nothing is made yet except the list of pictures."""
    found: dict[str, Maker] = {STYLE: style, FEED: partial(feed, site), MISSING: partial(lists.missing, site)}
    found["index.html"] = partial(front, site)
    found[f"{FOLDERS['paper']}/index.html"] = partial(lists.papers, site)
    for kind in ("pattern", "constraint"):
        if site.of_kind(kind):
            found[f"{FOLDERS[kind]}/index.html"] = partial(lists.ideas, site, kind)
    if site.of_kind("document"):
        found[f"{FOLDERS['document']}/index.html"] = partial(lists.notes, site)
    if site.of_kind("ghost"):
        found[WANTED] = partial(lists.wanted, site)
    for thing in site.things.values():
        if thing.kind != "ghost":
            found[thing.address] = partial(page, site, thing)
    if site.stories:
        found["stories/index.html"] = partial(lists.stories, site)
    for address, layer, path in site.pictures.values():
        found[address] = partial(read_picture, site.folder(layer), path)
    return found


def build(site: Site, on_page: Callable[[int], None] = lambda made: None) -> Generator[tuple[str, bytes]]:
    """Each file of the site with its address, in order, made when it is asked for.

    Args:
        on_page: called with the number made so far.
    """
    made = sorted(makers(site).items())
    things = {thing.address: thing for thing in site.things.values() if thing.kind != "ghost"}
    ahead = {address: things[address] for address, _ in made if address in things}
    with made_ahead(site, ahead) as take:
        for number, (address, make) in enumerate(made):
            on_page(number)
            yield address, take(address) if address in ahead else make()
    if site.url:
        pages = [address for address, _ in made if address.endswith(".html") and address != MISSING]
        yield "sitemap.xml", site_map(site, pages)
