"""Pages as Notion exports them: files called `Title <id>.md`, in which a page's properties are lines under its title.

    # Denoising Diffusion Probabilistic Models

    Authors: Jonathan Ho, Ajay Jain, Pieter Abbeel
    Published: June 19, 2020
    Builds on: Deep Unsupervised Learning (../Papers/Deep%20Unsupervised%20Learning%20<id>.md)

Relations are such addresses.
"""

from itertools import takewhile

from kb.facts import EDGE_FIELDS, fact_name
from kb.fields import Field, Scalar
from kb.regex import rare

_PROPERTY = rare(r"(?P<key>[^\W_][^:\n]{0,60}?):\s+(?P<value>\S.*)")
_DAY = rare(r"@?(?P<day>[A-Z][a-z]{2,8} \d{1,2}, \d{4}|\d{4}/\d\d/\d\d)(?: (?:\d{1,2}:\d\d|→).*)?")
"""A date may have a time, or an end (`June 19, 2020 → July 1, 2020`)."""
_NAME = rare(r"[^\s,](?:[^,]|,(?=\S))*")
"""One of several choices, which Notion separates by a comma and a space."""


def properties(lines: list[str]) -> list[Field]:
    """The fields in the paragraph under the title, if it opens with one; other lines of it only continue a value."""
    filled = (number for number, line in enumerate(lines) if line.strip())
    title, first = next(filled, 0), next(filled, 0)
    if not (first and lines[title].startswith("# ") and _PROPERTY.fullmatch(lines[first])):
        return []
    paragraph = takewhile(str.strip, lines[first:])
    found: list[Field] = []
    for number, line in enumerate(paragraph, first + 1):
        if said := _PROPERTY.fullmatch(line):
            found.append(_field(said["key"], said["value"], number, said.start("value") + 1))
        elif found and fact_name(found[-1].key) == "authors":  # Zotero's connector writes one on each line
            author = Scalar(line.strip(), number, 1, line)
            found[-1] = found[-1]._replace(values=(*found[-1].values, author))
    return found


def _field(key: str, written: str, line: int, column: int) -> Field:
    edge = key.lower().replace(" ", "_")
    name = edge if edge in EDGE_FIELDS else key
    if "%20" not in written and (edge in EDGE_FIELDS or fact_name(key) == "aliases"):
        names = [(match[0].strip(), column + match.start()) for match in _NAME.finditer(written)]
        return Field(name, tuple(Scalar(text, line, start, text) for text, start in names), line, 1)
    day = _DAY.fullmatch(written)
    return Field(name, (Scalar(day["day"] if day else written, line, column, written),), line, 1)
