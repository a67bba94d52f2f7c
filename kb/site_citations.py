"""Citations by key in the languages of static sites, as Pandoc writes them: `[@ann2017; @bo2018]`.

- jekyll-scholar: `{% cite ann2017 bo2018 --file papers %}`
- Distill and al-folio: `<d-cite key="ann2017,bo2018"></d-cite>`
- Hugo: `{{< cite "ann2017" >}}`, `{{< cite key="ann2017" >}}`
"""

import re
from collections.abc import Iterator

from kb.flavor import is_shown
from kb.moved import Moved, Piece
from kb.regex import rare

_CITED = rare(
    r"\{%-?\s*(?:(?:full)?cite(?:_details)?|reference)\s(?P<jekyll>[^{}%]{1,300}?)(?:\s--?[a-z][^{}%]{0,200})?-?%\}"
    r"|<d-cite\s[^<>]{0,100}?key=\"(?P<distill>[^\"<>]{1,300})\"[^<>]{0,100}>(?:\s*</d-cite>)?"
    r"|\{\{[<%]\s*cite\s+(?:key=)?\"?(?P<hugo>[^\"{}<>%\s]{1,100})\"?\s*[>%]\}\}"
)
_KEY = rare(r"(?<![^\s,;\"'])[A-Za-z][\w:.+/-]{0,100}")


def as_pandoc(text: Moved) -> None:
    """Put Pandoc's citations in the place of all others, but not in code and formulas."""
    if _CITED.search(text.text):
        text.sub(_CITED, _citation, is_shown(text.text))


def _citation(cited: re.Match[str]) -> Iterator[Piece]:
    keys = list(_KEY.finditer(cited.string, *cited.span(cited.lastgroup or 0)))
    if not keys:
        yield cited[0], cited.start()
        return
    sign = "["
    for key in keys:
        yield sign, cited.start()
        yield f"@{key[0]}", key.start()
        sign = "; "
    yield "]" + "\n" * cited[0].count("\n"), cited.end() - 1
