"""Papers as the text of a bibliography, in every format."""

from collections.abc import Sequence

from cli.export import Format
from cli.export.bibtex import bibliography
from cli.export.csl import csl
from cli.export.kept import MARK
from cli.export.works import Work


def text(found: Sequence[Work], form: Format) -> str:
    """The text of an export, with the mark that identifies our BibTeX files."""
    return csl(found) if form == "csl" else f"{MARK}\n\n{bibliography(found, form)}"
