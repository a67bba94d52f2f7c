"""One HTML file made of the shell, its style, its script and a page's data: it fetches nothing and sends no request.

The script is the concatenation of the files in `static/`, in the order of `SCRIPTS`, inside one strict function. Spaces
at the start of lines and lines that are only a comment are dropped, so no string may span lines there.
"""
import json
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from cli.printable import printable
from cli.render.timeline import palette
from cli.render.timeline.markup import text
from cli.render.timeline.style import style as picture_style

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("query", "dates", "names", "state", "view", "labels", "ink", "colors", "hands", "focus", "find", "facets",
           "offers", "panel", "list", "story", "live", "main")
DRAWN = 300                                 # papers up to which a page without its script shows the picture, not years
ACCENT, WRONG = 1, 5                        # colors of the palette for links and for errors


def page(data: dict[str, Any], static: str = "", live: bool = False, nav: str = "") -> str:
    """The whole page.

    Args:
        data: as in `cli/page/data.py`.
        static: the same picture as SVG without its style (the page has it), for readers without JavaScript and for
            print; left out above `DRAWN` papers.
        live: whether `serve` keeps it up to date.
        nav: markup of links to other pages of a site.
    """
    parts = {
        "policy": policy(live),
        "title": escape(printable(data["title"])),
        "style": style(),
        "nav": nav,
        "static": _fallback(data, static, nav),
        "data": _json(data),
        "script": script(live),
    }
    return re.sub(r"\{(policy|title|style|nav|static|data|script)\}", lambda name: parts[name[1]], _read("shell.html"))


def policy(live: bool = False) -> str:
    """The content security policy of `page`: its own style and script by their hashes, and nothing else."""
    connect = "connect-src 'self'; " if live else ""
    return (f"default-src 'none'; script-src {_hash(script(live))}; style-src {_hash(style())}; img-src data:; "
            f"{connect}base-uri 'none'; form-action 'none'")


def script(live: bool = False) -> str:
    """Everything that runs in the page."""
    text = "\n".join(_read(f"{name}.js") for name in SCRIPTS if name != "live" or live)
    lines = (line.strip() for line in text.splitlines())
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    return f"(() => {{\n'use strict';\n{code}\n}})();"


def style() -> str:
    """The style sheet with the palette as variables; `serve` and `site` use it for their other pages too."""
    text = _colors() + _read("page.css") + _read("panel.css") + picture_style(0)
    return "\n".join(line for line in map(str.strip, text.splitlines()) if line and not line.startswith("/*"))


def _colors() -> str:
    """The palette under the names that the pictures use, for the whole page; `light-dark` follows the reader."""
    def rule(selector: str, **pairs: tuple[str, str]) -> str:
        return f"{selector}{{" + ";".join(f"--{name}:light-dark({a},{b})" for name, (a, b) in pairs.items()) + "}\n"

    marks = tuple(zip(palette.LIGHT, palette.DARK, strict=True))
    names = tuple(zip(palette.LIGHT_NAMES, palette.DARK_NAMES, strict=True))
    neutral = rule(
        ":root", paper=(palette.LIGHT_PAPER, palette.DARK_PAPER), ink=(palette.LIGHT_INK, palette.DARK_INK),
        faint=(palette.LIGHT_FAINT, palette.DARK_FAINT), grid=(palette.LIGHT_GRID, palette.DARK_GRID),
        accent=names[ACCENT], wrong=names[WRONG],
    )
    lanes = "".join(
        rule(f".c{i}", mark=mark, name=name,
             band=(palette.mixed(mark[0], palette.LIGHT_PAPER), palette.mixed(mark[1], palette.DARK_PAPER)))
        for i, (mark, name) in enumerate(zip(marks, names))
    )
    return f"{neutral}:root{{--colors:{len(marks)}}}\n{lanes}"


def _fallback(data: dict[str, Any], static: str, nav: str) -> str:
    """What is shown without JavaScript and in print: the picture and every paper, or every paper year by year."""
    papers = data["papers"]
    rows = list(zip(papers["date"], papers["label"], papers.get("title", papers["label"]), strict=True))
    if len(rows) > DRAWN:
        body = "".join(_year(year, (label for _, label, _ in group))
                       for year, group in groupby(rows, key=lambda row: (row[0] or "undated")[:4]))
    else:
        items = "".join(f"<li>{escape(date or 'undated')} {_named(label, title)}\n" for date, label, title in rows)
        body = f"{static}<ol>{items}</ol>"
    return f'<div id="static">{nav}<h1>{text(data["title"])}</h1>\n{body}</div>'


def _named(label: str, title: str) -> str:
    """The label and the title; only the title if the label is all of it, or its beginning."""
    if not title or title == label:
        return text(label)
    is_cut = label.endswith("…") and title.startswith(label[:-1])
    return text(title) if is_cut else f"{text(label)} <i>{text(title)}</i>"


def _year(year: str, labels: Iterable[str]) -> str:
    return f"<h2>{escape(year if year.isdigit() else 'undated')}</h2>\n<p>" + "\n".join(map(text, labels)) + "\n"


def _json(data: dict[str, Any]) -> str:
    """JSON that is safe in a script element: no end tag, no comment, no line separator, no lone surrogate."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
