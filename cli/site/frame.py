"""What surrounds every page of a site, and its style."""

from pathlib import Path

from cli.page.html import Html, joined, tag
from cli.render.timeline import palette
from cli.render.timeline.style import style as drawings
from cli.site.addresses import FOLDERS, WANTED, relative
from cli.site.site import Site

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
"""For pages without a script: nothing runs, and only the site's own style and pictures are fetched."""
STYLE = "page.css"
FEED = "feed.xml"
MISSING = "404.html"

_LISTS = {"paper": "Papers", "pattern": "Patterns", "constraint": "Constraints", "document": "Notes"}


def frame(site: Site, address: str, title: str, *main: str | None, description: str = "", wide: bool = False) -> bytes:
    """A whole page.

    Args:
        address: of the page in the site; its links are relative to it.
        title: without the site's name.
        wide: the page has a column next to its main one.
    """
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="description", content=" ".join(description.split())[:300]) if description else None,
        tag("title", f"{title} · {site.name}" if title != site.name else title),
        tag("link", rel="stylesheet", href=_leading(site, address, STYLE)),
        tag("link", rel="alternate", type="application/atom+xml", title=site.name, href=_leading(site, address, FEED)),
        tag("link", rel="canonical", href=site.absolute(address)) if site.url else None,
    )
    body = joined(
        tag("a", "Skip to content", class_="skip", href="#content"),
        tag("header", tag("nav", *_navigation(site, address), aria_label="Site"), class_="top"),
        tag("main", *main, id="content", class_="wide" if wide else None),
        tag("footer", "Made by paperkb from a folder of notes."),
    )
    page = joined(Html("<!doctype html>\n"), tag("html", tag("head", head), tag("body", body), lang="en"), "\n")
    return page.encode()


def _leading(site: Site, address: str, where: str) -> str:
    """A link of a page. The one for missing pages is shown at any address, so its links have the site's own."""
    return site.absolute(where) if address == MISSING else relative(address, where)


def lists(site: Site) -> list[tuple[str, str]]:
    """The pages that list others: their names and addresses."""
    places = [(words, f"{FOLDERS[kind]}/index.html") for kind, words in _LISTS.items() if site.of_kind(kind)]
    places += [("Stories", "stories/index.html")] if site.stories else []
    return places + ([("Wanted", WANTED)] if site.of_kind("ghost") else [])


def _navigation(site: Site, address: str) -> list[Html]:
    return [
        tag(
            "a",
            words,
            href=_leading(site, address, where),
            class_="home" if n == 0 else None,
            aria_current="page" if where == address else None,
        )
        for n, (words, where) in enumerate([(site.name, "index.html"), *lists(site)])
    ]


def style() -> bytes:
    """The one style of all pages: colors, the drawings', then the pages' own."""
    light = _colors(palette.LIGHT_PAPER, palette.LIGHT_INK, palette.LIGHT_FAINT, palette.LIGHT_GRID, palette.LIGHT)
    dark = _colors(palette.DARK_PAPER, palette.DARK_INK, palette.DARK_FAINT, palette.DARK_GRID, palette.DARK)
    own = Path(__file__).with_name("site.css").read_text("utf-8")
    pictures = drawings(len(palette.LIGHT))
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark) {{:root{{{dark}}}}}\n{own}{pictures}".encode()


def _colors(paper: str, ink: str, faint: str, grid: str, lanes: tuple[str, ...]) -> str:
    return (
        f"--paper:{paper};--ink:{ink};--faint:{faint};--grid:{grid};"
        f"--link:{lanes[1]};--good:{lanes[0]};--soso:{lanes[2]}"
    )
