"""The feed (Atom, RFC 4287) and the map of the site; dates are those of the papers, never of the clock."""

from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from cli.printable import printable
from cli.render.timeline.markup import text
from cli.site.frame import FEED
from cli.site.site import Site, Thing

ENTRIES = 50
_NEVER = "1970-01-01"


def feed(site: Site) -> bytes:
    """The newest papers of the vault's own notes, among those with a date, newest first."""
    dated = [thing for thing in site.of_kind("paper") if thing.date and (thing.key in site.own or not site.own)]
    youngest = sorted(dated, key=lambda thing: (_day(thing.date), thing.key), reverse=True)[:ENTRIES]
    updated = _day(youngest[0].date) if youngest else _NEVER
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{text(site.name)}</title>",
        f"<id>{text(site.url or _urn(site.name))}</id>",
        f"<updated>{updated}T00:00:00Z</updated>",
        f'<link rel="self" href={quoteattr(site.absolute(FEED))}/>',
        f"<link href={quoteattr(site.absolute('index.html'))}/>",
        *(_entry(site, thing) for thing in youngest),
        "</feed>",
    ]
    return ("\n".join(parts) + "\n").encode()


def site_map(site: Site, addresses: list[str]) -> bytes:
    """Every page, by its full address."""
    places = "\n".join(f"<url><loc>{escape(site.absolute(where))}</loc></url>" for where in addresses)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{places}\n</urlset>\n"
    ).encode()


def _entry(site: Site, thing: Thing) -> str:
    paper, where = site.papers[thing.key], site.absolute(thing.address)
    said = site.card(thing)["summary"] or ", ".join(filter(None, (thing.label, paper.venue, paper.category)))
    authors = "".join(f"<author><name>{text(author)}</name></author>" for author in paper.authors or ["unknown"])
    return (
        f"<entry><title>{text(thing.title)}</title><id>{text(where if site.url else _urn(thing.key))}</id>"
        f"<updated>{_day(thing.date)}T00:00:00Z</updated>{authors}<link href={quoteattr(where)}/>"
        f"<summary>{text(said)}</summary></entry>"
    )


def _urn(name: str) -> str:
    """What is used for an address if the site has none."""
    return f"urn:paperkb:{quote(printable(name), safe=':/')}"


def _day(date: str) -> str:
    """The first day of the date as far as it is known."""
    return date + "-01-01"[len(date) - 4 :]
