"""Values of BibTeX fields as programs and publishers write them, each in a way of its own."""

import re

from kb import dates, names, references
from kb.references import Written
from kb.titles import ENTITY, display_title

_PROSE = {"journal", "booktitle", "abstract"}
"""Fields whose TeX is decoded here; TeX in titles and names is decoded where they are read."""
_ESCAPED = re.compile(r"\{?\\([_%#&~])(?:\{\})?\}?|\{([_%#&~])\}")
"""A character of an address or DOI as TeX, from programs that escape them, too."""
_ANGLE = re.compile(r"\{\\text(?:(less)|greater)\}|\$([<>])\$")
_MACRO = re.compile(r"\\([a-z]+)\s*")
_DISPLAYED = re.compile(r"\\\((.{1,300}?)\\\)", re.DOTALL)
"""A formula as DBLP writes it."""
_MONTH = re.compile(rf"\b({'|'.join(name[:3] for name in dates.MONTHS)})", re.IGNORECASE)
_NAME_PART = re.compile(
    r"(?:^|(?<=,))\s*\"?([a-z]+(?:-i)?)\s*=\s*+(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([^,\"]*+))\"?\s*(?:,|$)"
)
"""A part of a name in BibLaTeX's own form: its name, then its text in braces or bare."""


def read(name: str, text: str, known: Written) -> list[str]:
    """The values of a field as front matter would give them.

    Args:
        known: all fields of the entry.
    """
    if name == "author":
        return list(map(names.as_shown, names.split_names(text, "bibtex")))
    if name == "keywords":
        return _keywords(text)
    if name == "month":
        return [_month(text)]
    if name in ("date", "year"):
        return [references.first_day(text)]
    if name == "doi":
        return [_ANGLE.sub(lambda sign: sign[2] or ("<" if sign[1] else ">"), _ESCAPED.sub(r"\1\2", text))]
    if name == "url":
        addresses = _ESCAPED.sub(r"\1\2", text).split()
        is_each = all(each.startswith(("http://", "https://")) for each in addresses)
        return addresses if is_each else [" ".join(addresses)]  # Mendeley writes several into one field
    if name == "title" and "subtitle" in known:
        text = references.with_subtitle(text, known["subtitle"][0])
    if name == "journal" and (macro := _MACRO.fullmatch(text)):
        from kb.aas_macros import JOURNALS  # few bibliographies need them

        text = JOURNALS.get(macro[1], text)
    text = _DISPLAYED.sub(r"$\1$", text).replace("\\-", "")  # where a word may be broken; in Markdown, a hyphen
    return [display_title(text) if name in _PROSE else text]


def _keywords(text: str) -> list[str]:
    """Between `;` as at IEEE and HAL and in Paperpile and Citavi, else between commas; in EndNote one on each line."""
    signs = ENTITY.sub("", text)
    sign = next((each for each in ";,\n" if each in signs), None)
    return [shown for each in text.split(sign) if (shown := display_title(each))] if sign else [display_title(text)]


def _month(text: str) -> str:
    """A month, with its day if there is one; only the month for the days of a conference, as in `07--09 Jul`."""
    shown = display_title(text)
    if dates.parse_date(f"2000 {shown}"):
        return shown
    within = {name.lower() for name in _MONTH.findall(shown)}
    return within.pop() if len(within) == 1 else shown


def with_names(text: str) -> str:
    """Names in BibTeX's form; BibLaTeX also has `family=Bo, given=Al, prefix=van`, as Better BibTeX writes it."""
    return " and ".join(map(_name, names.split_names(text, "bibtex")))


def _name(text: str) -> str:
    said = {part: braced or plain for part, braced, plain in _NAME_PART.findall(text)} if _NAME_PART.match(text) else {}
    if "family" not in said:
        return text
    family = " ".join(filter(None, (said.get("prefix", "").strip(), said["family"].strip())))
    parts = [part for name in ("suffix", "given") if (part := said.get(name, "").strip())]
    return ", ".join([family, *parts]) if parts else f"{{{family}}}"
