"""A strict reader of pages: their tags, attributes, addresses and ids are checked against what is allowed."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


HTML = _names(
    "html head meta title link body a header nav main article aside footer section div h1 h2 h3 h4 h5 h6 p ul ol li dl "
    "dt dd details summary table tr th td thead code pre blockquote em strong del sup b span img br hr figure"
)
SVG = _names("svg g rect text tspan path circle ellipse desc title a")
ATTRIBUTES = _names(
    "href class id title rel lang content http-equiv charset name type src alt width loading start scope aria-label "
    "aria-current tabindex"
)
SVG_ATTRIBUTES = _names(
    "xmlns role aria-labelledby aria-label aria-hidden width height viewbox x y d cx cy r rx ry dx dy transform fill "
    "stroke-width class id href tabindex text-anchor textlength lengthadjust"
)
MATHML = _names(
    "math mrow mi mo mn mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle"
)
MATHML_ATTRIBUTES = _names(
    "display alttext displaystyle scriptlevel mathvariant stretchy fence form accent minsize maxsize width "
    "linethickness columnalign lspace rspace movablelimits"
)
_SAFE = re.compile(r"(?:https?://|mailto:)|(?!//)[^:/?#]*(?:[/?#]|$)")

_FOREIGN = {"svg": (SVG, SVG_ATTRIBUTES), "math": (MATHML, MATHML_ATTRIBUTES)}


@dataclass
class Page(HTMLParser):
    """What `feed` found; `faults` is empty for a clean page."""

    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.inside = ""                                # svg or math

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or (tag if tag in _FOREIGN else "")
        self.tags.append(tag)
        known = _FOREIGN.get(self.inside, (HTML, ATTRIBUTES))
        if tag not in known[0]:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name not in known[1]:
                self.faults.append(f"<{tag} {name}>")
            if name in ("href", "src"):
                self.links.append(value or "")
                if not _SAFE.match(value or ""):
                    self.faults.append(f"<{tag} {name}={value}>")
            if name == "id":
                if value in self.ids:
                    self.faults.append(f"two ids {value}")
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside if tag != self.inside else ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str | bytes) -> Page:
    """Parse a page."""
    page = Page()
    page.feed(html if isinstance(html, str) else html.decode())
    page.close()
    return page
