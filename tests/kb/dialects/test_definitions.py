"""Titles of papers in the definitions of links, as reports of agents have them."""

from kb.read import read
from tests.kb.growth import LINEAR, growth

REPORT = """\
---
topic: nets
---
# How nets end

They began in translation ([arXiv][1]), and ([OpenReview][2]) went on.

[1]: https://arxiv.org/abs/1409.0473?utm_source=agent "[1409.0473] Nets of Ends"
[2]: <https://openreview.net/forum?id=bERaNdoegnO> "Ends of Nets | OpenReview"
[3]: https://arxiv.org/abs/1706.03762 "Read the full paper"
[4]: https://example.org/nets "Nets for Everybody"
[5]: https://arxiv.org/abs/1409.0473v2 "Nets of Ends"
"""


def test_a_definition_with_a_title_mentions_its_paper() -> None:
    record = read("report.md", REPORT.encode())
    assert [(str(entry.ids[0]), entry.title, entry.line, entry.mentioned) for entry in record.entries] == [
        ("arxiv:1409.0473", "Nets of Ends", 8, True),
        ("openreview:bERaNdoegnO", "Ends of Nets", 9, True),
    ]
    assert record.entries[0].decided_by == "a link defined on line 8"


def test_the_notes_own_paper_is_not_mentioned_again() -> None:
    record = read("note.md", f"---\narxiv: 1409.0473\n---\n{REPORT}".encode())
    assert [entry.title for entry in record.entries if entry.mentioned] == ["Ends of Nets"]


def test_many_definitions_are_read_in_linear_time() -> None:
    line = '[1]: https://arxiv.org/abs/1409.0473 "Nets of Ends"\n'
    assert growth(lambda text: read("r.md", f"[arXiv][1]\n\n{text}".encode()), line, 120_000) < LINEAR
