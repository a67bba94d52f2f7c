"""Formulas as MathML, which browsers draw natively: no script, no font to fetch.

`latex2mathml` converts the TeX; its output is checked element by element, as the TeX may come from anyone. A formula
that it cannot convert, or only in part, is shown as its TeX.
"""

import re
import unicodedata
import xml.etree.ElementTree as ET
from functools import lru_cache
from itertools import product

from cli.page.html import Html, joined, tag

LIMIT = 2_000
"""Characters of a formula; a longer one is shown as its TeX."""

_ELEMENTS = frozenset(re.findall(
    r"\w+",
    "math mrow mi mo mn mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts "
    "mprescripts none mtable mtr mtd mstyle mpadded mphantom",
))  # fmt: skip
_ATTRIBUTES = frozenset(re.findall(
    r"\w+",
    "display displaystyle scriptlevel mathvariant stretchy fence form separator accent accentunder minsize maxsize "
    "largeop movablelimits symmetric lspace rspace width height depth linethickness columnalign columnspacing "
    "rowspacing",
))  # fmt: skip
_PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
_VALUE = re.compile(r"[\w.%+ -]{0,40}")
_REWRITTEN = tuple((re.compile(pattern), known) for pattern, known in (
    (r"\\arg(?![A-Za-z])", r"\\operatorname{arg}"),
    (r"\\(begin|end)\{aligned\}(?:\[[btc]\])?", r"\\\1{align*}"),
    (r"\\(begin|end)\{gather(?:ed|\*?)\}(?:\[[btc]\])?", r"\\\1{matrix}"),
    (r"(?:\\\\\s*)+\Z", ""),
    (r"\\mathrm\{([A-Za-z])\}", r"{\\mathrm \1}"),
    (r"\\[bB]igg?[lmr]?\s*(?=\\[{}])", ""),
    *((rf"(\\[bB]igg?[lmr]?)\s*\\{name}(?![A-Za-z])", rf"\1{sign}") for sign, name in {
        "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "⟨": "langle", "⟩": "rangle", "|": "[lr]?vert",
        "‖": r"(?:[lr]?Vert|\|)",
    }.items()),
))  # fmt: skip
"""What `latex2mathml` does not know or gets wrong, and what it makes the same of; it enlarges signs, not commands."""
_STYLES = {
    "bold": ("BOLD",), "bold-italic": ("BOLD ITALIC",), "sans-serif": ("SANS-SERIF",), "monospace": ("MONOSPACE",),
    "double-struck": ("DOUBLE-STRUCK",), "script": ("SCRIPT",), "fraktur": ("FRAKTUR", "BLACK-LETTER"),
}  # fmt: skip
"""How Unicode names the letters of a `mathvariant`."""
_ESCAPED = re.compile(r"\\([_%&#$ ])")


@lru_cache(maxsize=1 << 12)                 # symbols recur again and again, and `serve` renders whole pages again
def formula(tex: str, display: bool) -> Html:
    """A `math` element whose label is the TeX, or the TeX in a `code` element.

    Args:
        display: on a line of its own.
    """
    return _mathml(tex, display) or tag("code", tex, class_="math display" if display else "math")


def _mathml(tex: str, display: bool) -> Html | None:
    from latex2mathml.converter import convert

    if len(tex) > LIMIT:
        return None
    rewritten = tex
    for pattern, known in _REWRITTEN:
        rewritten = pattern.sub(known, rewritten)
    try:
        made = convert(rewritten, display="block" if display else "inline")
        return _element(ET.fromstring(made), alttext=" ".join(tex.split()))
    except Exception:                       # its errors share no class, and one formula must not break the page
        return None


def _element(found: ET.Element, **more: str) -> Html:
    """The element rebuilt from known parts only.

    Raises:
        ValueError: it has an unknown part, lacks one, holds a command that was not understood, or a line break, which
            browsers leave out.
    """
    name = found.tag.rpartition("}")[2]
    words = _ESCAPED.sub(r"\1", found.text or "")
    is_whole = len(found) == _PARTS.get(name, len(found)) and not (found.tail or "").strip()
    if name not in _ELEMENTS or not is_whole or "\\" in words or "linebreak" in found.attrib:
        raise ValueError(name)
    kept = {key: value for key, value in found.attrib.items() if key in _ATTRIBUTES and _VALUE.fullmatch(value)}
    styles = _STYLES.get(kept.get("mathvariant", ""))
    if styles:
        del kept["mathvariant"]             # browsers know none but `normal`
        words = "".join(_styled(letter, styles) for letter in words)
    return tag(name, words, joined(*map(_element, found)), **kept, **more)


def _styled(letter: str, styles: tuple[str, ...]) -> str:
    """The letter as Unicode has it in a style, if it does."""
    name = re.sub(r"^(?:LATIN|GREEK) |LETTER ", "", unicodedata.name(letter, ""))
    for prefix, style in product(("MATHEMATICAL ", ""), styles):
        try:
            return unicodedata.lookup(f"{prefix}{style} {name}")
        except KeyError:
            continue
    return letter
