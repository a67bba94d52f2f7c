"""Which writer makes which kind of file."""
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.as_json import as_json
from cli.render.timeline.picture import Picture
from cli.render.timeline.style import Theme


def _svg(picture: Picture, otherwise: Theme = "auto") -> str:
    from cli.render.timeline.remembered import memory
    from cli.render.timeline.svg import render_svg

    said = memory(picture.layout, picture.facet) if picture.facet else ""
    theme = picture.theme or otherwise
    return render_svg(picture.layout, picture.title, theme=theme, chosen=picture.chosen, memory=said)


def _json(picture: Picture) -> str:
    return json_text("timeline", asdict(picture.layout))


def _mermaid(picture: Picture) -> str:
    from cli.render.timeline.mermaid import render_mermaid

    return render_mermaid(picture.papers, picture.links, picture.title)


def _dot(picture: Picture) -> str:
    from cli.render.timeline.dot import render_dot

    return render_dot(picture.papers, picture.links, picture.title)


def _graphml(picture: Picture) -> str:
    from cli.render.timeline.graphml import render_graphml

    return render_graphml(picture.papers, picture.links, picture.title)


def _canvas(picture: Picture) -> str:
    from cli.render.timeline.canvas import render_canvas

    return render_canvas(picture.papers, picture.links, picture.notes)


TEXTS: dict[str, Callable[[Picture], str]] = {
    ".svg": _svg,
    ".json": _json,
    ".mmd": _mermaid,
    ".dot": _dot,
    ".graphml": _graphml,
    ".canvas": _canvas,
}
ENDINGS = (*TEXTS, ".png")
EXPORTS = (".mmd", ".dot", ".graphml", ".canvas")
"""They have all links, drawn or not."""
MERMAID_LINKS, MERMAID_TEXT = 500, 50_000   # Mermaid's default limits


def write(output: Path, picture: Picture) -> list[str]:
    """Write the kind of file that its ending names; return what the user should know about it.

    Raises:
        PngError: a PNG cannot be made.
        OSError: the file cannot be written.
    """
    if output.suffix.lower() == ".png":
        return write_png(output, _svg(picture, "light"))
    text = TEXTS[output.suffix.lower()](picture)
    notes = write_text(output, text)
    if output.suffix.lower() == ".mmd" and (len(picture.links) > MERMAID_LINKS or len(text) > MERMAID_TEXT):
        notes.append(f"{output}: Mermaid draws at most {MERMAID_LINKS} links and {MERMAID_TEXT:,} characters unless "
                     "its page sets maxEdges and maxTextSize - ask for fewer papers, or write a .dot or .graphml")
    return notes


def json_text(command: str, answer: dict[str, Any]) -> str:
    """The text of a file with an answer, as `--json` prints it."""
    return "".join(as_json(command, answer))


def write_text(output: Path, text: str) -> list[str]:
    """Write a text as `write` does, the same bytes on every system."""
    output.write_bytes(text.encode())
    return []


def write_png(output: Path, svg: str) -> list[str]:
    """Write a picture with literal colors as PNG, as `write` does."""
    from cli.render.timeline.png import render_png

    png = render_png(svg)
    output.write_bytes(png.data)
    if not png.missing:
        return []
    return [f"{output}: no installed font has characters such as {png.missing} - install one, for example Noto Sans"]
