"""A note with the same title as a paper that it cites is about that paper."""

import time

import pytest

from kb.model import Entry
from kb.read import read

LINKED = '[Ann, Ann, and Bob Bo. "Nets of Ends." Annals of Ends 3.1 (2019): 1-9.](https://arxiv.org/abs/1706.03762)'
OTHERS = """\
- [Cid, Cid, et al. "Nets of Beginnings." Annals (2018).](https://arxiv.org/abs/1706.03763)
- [Dan, Dan. "Nets of Middles." Annals (2017).](https://arxiv.org/abs/1706.03764)
"""


def entry(text: str, path: str = "n.md") -> Entry | None:
    record = read(path, text.encode())
    return next((each for each in record.entries if not each.mentioned), None)


@pytest.mark.parametrize(
    ("text", "ids", "authors"),
    [
        (f"# Nets of Ends\n\n{LINKED}\n\n## Notes\n\nGood.\n", ["arxiv:1706.03762"], ["Ann Ann", "Bob Bo"]),
        (f"# Nets of Ends\n\n## Next\n{OTHERS}\n## It\n- {LINKED}\n", ["arxiv:1706.03762"], ["Ann Ann", "Bob Bo"]),
        ('# Nets of Ends\n\nAnn, Ann, et al. "Nets of ends." Annals of Ends (2019).\n', [], ["Ann Ann"]),
        ("# Nets of ends\n\n- **Nets of Ends**. A. Ann, B. Bo. Annals, 2019.\n", [], ["A. Ann", "B. Bo"]),
        ("# Nets of Ends\n\nI read [Nets of Ends](https://arxiv.org/abs/1706.03762).\n", [], None),  # a sentence
        ("# Nets of Ends\n\n- [Nets of Ends](https://arxiv.org/abs/1706.03762) 2019\n", ["arxiv:1706.03762"], []),
    ],
)  # fmt: skip
def test_by_its_title(text: str, ids: list[str], authors: list[str] | None) -> None:
    found = entry(text)
    if authors is None:
        assert found is None
        return
    assert found is not None
    assert ([str(paper) for paper in found.ids], found.values("authors")) == (ids, authors)
    assert found.values("cited_year") == ["2019"]


def test_the_paper_of_a_section_of_information_is_no_item_of_a_list() -> None:
    text = f"---\ntitle: Nets of Ends\n---\n## 次に読む\n{OTHERS}\n### 論文情報・リンク\n\n* {LINKED}\n"
    found = entry(text)
    assert found is not None
    told = (found.title, [str(paper) for paper in found.ids], found.values("authors"), found.values("cited_year"))
    assert told == ("Nets of Ends", ["arxiv:1706.03762"], ["Ann Ann", "Bob Bo"], ["2019"])
    misspelled = entry(text.replace("title: Nets of Ends", "title: Net of Ends"))
    assert misspelled is not None
    assert (misspelled.title, misspelled.values("authors")) == ("Net of Ends", ["Ann Ann", "Bob Bo"])


def test_a_paper_with_an_id_has_the_authors_of_its_citation() -> None:
    found = entry('# Nets of Ends\n\narXiv: 1706.03762\n\nAnn, Ann, et al. "Nets of ends." Annals (2019).\n')
    assert found is not None
    assert (found.values("authors"), found.values("cited_year")) == (["Ann Ann"], ["2019"])
    other = entry(f"# Nets of Ends\n\narXiv: 1706.03769\n\n{LINKED}\n")
    assert other is not None
    assert (other.values("authors"), [paper.value for paper in other.ids]) == ([], ["1706.03769"])


@pytest.mark.parametrize(
    "text",
    [
        "# Nets of Ends\n\nNets of Ends are nets. Nets of Ends have ends.\n",
        f"# Nets in General\n\n- {LINKED}\n",
        "# Nets\n\n- [Nets](https://arxiv.org/abs/1706.03762), A. Ann, 2019\n",  # the name of a topic
        "# Nets of Ends\n\n## Nets of Ends\n\nx\n",
    ],
)
def test_a_title_that_recurs_is_not_always_cited(text: str) -> None:
    assert entry(text) is None


def test_a_title_in_every_line_is_looked_at_a_few_times() -> None:
    text = "# Nets of Ends\n\n" + "# Nets of Ends\nNets of Ends\n" * 20_000
    began = time.process_time()
    entry(text)
    assert time.process_time() - began < 5
