"""Papers as the text of a bibliography, in each format there is."""

from collections.abc import Sequence

from cli.export import Format
from cli.export.bibtex import bibliography
from cli.export.csl import csl
from cli.export.kept import MARK
from cli.export.works import Work


def text(found: Sequence[Work], form: Format) -> str:
    """What an export writes, with the mark by which a BibTeX file is known again."""
    return csl(found) if form == "csl" else f"{MARK}\n\n{bibliography(found, form)}"
