"""Papers whose titles stand in the definitions of links, as agents that search the web end their reports.

    It began in translation ([arXiv][1]).

    [1]: https://arxiv.org/abs/1706.03762?utm_source=agent "[1706.03762] Attention Is All You Need"

Each is mentioned, as in a bibliography.
"""

import re

from kb import ids
from kb.dialects.link_titles import title_shown
from kb.dialects.note import Note, Reading
from kb.model import Entry

_DEFINED = re.compile(
    r"^ {0,3}\[[^\[\]\n]{1,60}\]: <?(?P<address>http[^\s<>]+)>?[ \t]+\"(?P<title>[^\"\n]+)\"[ \t]*$", re.MULTILINE
)


def added(note: Note, reading: Reading) -> Reading:
    """The reading with a mention of each paper that a definition names and nothing else does."""
    known = {paper for entry in reading.entries for paper in entry.ids}
    found: list[Entry] = []
    line, counted = 1, 0
    for match in _DEFINED.finditer(note.body):
        paper = ids.parse_id(match["address"])
        title = title_shown(f"[{match['title']}]") if paper and paper not in known else ""
        if paper and title:
            known.add(paper)
            start = note.body_at + match.start()
            line, counted = line + note.text.count("\n", counted, start), start
            by = f"a link defined on line {line}"
            found.append(Entry("paper", line, by, title=title, ids=(paper,), mentioned=True, text=title))
    return reading._replace(entries=(*reading.entries, *found)) if found else reading
