"""The terminal views of the known papers as text, at several widths; `python -m tests.cli.render.golden` writes them.

Look at the changes before you commit them: the tests only know that somebody once looked at these files.
"""
from pathlib import Path

from cli.render.timeline.terminal_lanes import render_lanes
from cli.render.timeline.terminal_log import render_log
from tests.cli.render.timeline_papers import edges, papers

FOLDER = Path(__file__).parent / "golden"
NAMES = [f"{form}-{width}{style}" for form in ("log", "lanes") for width in (60, 80, 120, 200)
         for style in ("", "-plain")]


def drawn(name: str) -> str:
    """The view with this name: form-width, then -plain for ASCII."""
    form, width, *plain = name.split("-")
    lines = {"log": render_log, "lanes": render_lanes}[form](papers(), edges(), int(width), plain=bool(plain))
    return "".join(f"{line.plain}\n" for line in lines)


if __name__ == "__main__":
    for name in NAMES:
        (FOLDER / f"{name}.txt").write_text(drawn(name), encoding="utf-8")
