"""Papers in the formats of other tools: BibTeX, BibLaTeX and CSL-JSON."""

from typing import Literal

Format = Literal["bibtex", "biblatex", "csl"]
