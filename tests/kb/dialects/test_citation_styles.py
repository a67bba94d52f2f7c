"""One paper in each common citation style: the title, authors and year read from it are always the same."""

import pytest

from kb.dialects import citation
from kb.dialects.marked import marked
from kb.dialects.note import open_note

TITLE = "Nets of Ends: A Study of Knots"
BOTH = ("Ada B. Ann", "Bo Cid")


def cited(line: str) -> citation.Citation:
    note = open_note("n.md", line)
    return citation.parse(*marked(note.lines, 1, 1, note.scan.links))


@pytest.mark.parametrize(("style", "line", "authors"), [
    ("Chicago", f"Ann, Ada B., and Bo Cid. 2019. “{TITLE}.” *Annals of Ends* 12 (3): 4–56.", BOTH),
    ("Chicago in a link", f"Cite: [Ann, Ada B., and Bo Cid. 2019. “{TITLE}.” In Annals, 4–56.](https://a.org/b)", BOTH),
    ("Chicago, British quotes", f"Ann, A., and Bo Cid. 2019. ‘{TITLE}’. https://a.org/b.", ("A. Ann", "Bo Cid")),
    ("APA", f"Ann, A. B., & Cid, B. (2019). {TITLE}. *Annals of Ends*, 12(3), 4–56.", ("A. B. Ann", "B. Cid")),
    ("APA, month", f"Ann, A. B., & Cid, B. (2019, May). {TITLE}. In *Ends* (pp. 4–56).", ("A. B. Ann", "B. Cid")),
    ("APA, day, bold", f"Ann, A. B., & Cid, B. (2019, May 12). **{TITLE}.** In Ends.", ("A. B. Ann", "B. Cid")),
    ("MLA", f'Ann, Ada B., and Bo Cid. "{TITLE}." Annals of Ends 12.3 (2019): 4-56.', BOTH),
    ("MLA, three", f'Ann, Ada B., Bo Cid, and Di Eno. "{TITLE}." Annals of Ends (2019): 4-56.', (*BOTH, "Di Eno")),
    ("MLA behind the title", f'"**{TITLE}**", Ann, Ada, Bo Cid, and Di Eno. (2019)', ("Ada Ann", "Bo Cid", "Di Eno")),
    ("a single word", f"Ada Ann, Bo, Di-Eno, and Ed Fox. {TITLE}. Ends, 2019.", ("Ada Ann", "Bo", "Di-Eno", "Ed Fox")),
    ("ResearchGate", f"Ann, Ada B. & Cid, Bo. (2019). {TITLE}. 433-446. 10.1145/3452296.3472922.", BOTH),
    ("ResearchGate, three", f"Ann, Ada & Cid, Bo & Eno, Di. (2019). {TITLE}. 4-5.", ("Ada Ann", "Bo Cid", "Di Eno")),
    ("IEEE", f'[1] A. B. Ann and B. Cid, "{TITLE}," in Proc. Ends, 2019, pp. 4–56.', ("A. B. Ann", "B. Cid")),
    ("ABNT", f'ANN, Ada B.; CID, Bo. "{TITLE}." Anais dos Fins, 2019.', BOTH),
    ("ABNT, bold authors", f'**ANN, Ada B.; CID, Bo.** "{TITLE}." ENDS’19, 2019, Curitiba.', BOTH),
    ("ABNT, et al.", f"ANN, A. et al. {TITLE}. In: Anais dos Fins, 2019.", ("A. Ann",)),
    ("ACL", f"Ada B. Ann and Bo Cid. 2019. {TITLE}. In Proceedings of Ends, pages 4–56.", BOTH),
    ("plain", f"[1] Ada B. Ann and Bo Cid. {TITLE}. In Ends, 2019.", BOTH),
    ("plain, initials", f"[1] A. B. Ann and B. Cid. {TITLE}. Ends, 9(8):1735–1780, 2019.", ("A. B. Ann", "B. Cid")),
    ("ICML", f"Ann, A. B. and Cid, B. {TITLE}. *Annals of Ends*, 9(8):1735–1780, 2019.", ("A. B. Ann", "B. Cid")),
    ("ICML, preprint", f"Ann, A. B. and Cid, B. {TITLE}. arXiv preprint, 2019.", ("A. B. Ann", "B. Cid")),
    ("Nature", f"Ann, A. B. *et al.* {TITLE}. *Ends* **529**, 484–489 (2019).", ("A. B. Ann",)),
    ("text, bold authors", f"- **Ann et al. (2019)** – *{TITLE}*: what ends are.", ("Ann",)),
    ("text, bold title", f"- **{TITLE} (Ann et al., 2019)**: what ends are.", ("Ann",)),
    ("text, venue", f'- "{TITLE}" (Ann et al., NeurIPS 2019): what ends are.', ("Ann",)),
    ("nickname, title in quotes", f'- **NetNet** — "{TITLE}" (Ann, Bo & Cid, 2019) — a classic.', ("Ann", "Bo", "Cid")),
    ("nickname, et al.", f'1. **NetNet** - "{TITLE}" (Ann et al., 2019) - [a.org](https://a.org/b)', ("Ann",)),
    ("Vancouver", f"1. Ann AB, Cid B. {TITLE}. Ends. 2019;521(7553):436-44.", ("A. B. Ann", "B. Cid")),
    ("Vancouver, day", f"1. Ann AB, Cid B, et al. {TITLE}. Ends. 2019 May 28;521:436.", ("A. B. Ann", "B. Cid")),
    ("GB/T 7714", f"[1] Ann A B, Cid B. {TITLE}[J]. Ends, 2019, 521(7553): 436-444.", ("A. B. Ann", "B. Cid")),
    ("GB/T 7714, et al.", f"[1] Ann A B, Cid B, et al. {TITLE}[C]//Ends. 2019: 5998-6008.", ("A. B. Ann", "B. Cid")),
    ("GB/T 7714, alone", f"[1] Ann A B. {TITLE}[J]. Ends, 2019, 521: 436-444.", ("A. B. Ann",)),
    ("GB/T 7714, Chinese", f"[1] 张三, 李四四. {TITLE}[J]. 计算机学报, 2019, 43(5): 100-110.", ("张三", "李四四")),
    ("GB/T 7714, wide", f"[1]张三，李四四，等．{TITLE}[J]．计算机学报，2019，43(5)：100-110．", ("张三", "李四四")),
    ("GB/T 7714, thesis", f"[1] 张三. {TITLE}[D]. 北京: 清华大学, 2019.", ("张三",)),
    ("APA in a link", f"[Ann, A. B., & Cid, B. (2019). {TITLE}.](https://a.org/b)", ("A. B. Ann", "B. Cid")),
    ("text, by", f'1. "{TITLE}" by Ada B. Ann, and Bo Cid (2019). What ends are.', BOTH),
    ("book, MLA", f"Ann, Ada B., and Bo Cid. *{TITLE}*. Ends Press, 2019.", BOTH),
    ("book, MLA, three", f"Ann, Ada B., Bo Cid, and Di Eno. _{TITLE}_. Ends Press, 2019.", (*BOTH, "Di Eno")),
    ("book, MLA, alone", f"Ann, Ada B. *{TITLE}*. Ends Press, 2019.", ("Ada B. Ann",)),
    ("book, APA", f"Ann, A. B., & Cid, B. (2019). *{TITLE}* (2nd ed.). Ends Press.", ("A. B. Ann", "B. Cid")),
    ("book, Chicago's notes", f"Ada Ann, *{TITLE}* (Ends Press, 2019)", ("Ada Ann",)),
    ("book, Scholar", f"Ann, Ada. {TITLE}. The press of ends, 2019.", ("Ada Ann",)),
    ("book, initials", f"A. Ann, *{TITLE}*. London: Ends Press, 2019.", ("A. Ann",)),
    ("alone, in quotes", f'Ada Ann, "{TITLE}", 2019', ("Ada Ann",)),
    ("alone, in quotes, period", f'Ada Ann. "{TITLE}." Ends, 2019.', ("Ada Ann",)),
    ("ABNT, initials and an apostrophe", f'LIMA, A.; O’NEIL, B. "{TITLE}." Fins, 2019.', ("A. Lima", "B. O’Neil")),
])  # fmt: skip
def test_each_style_tells_the_same(style: str, line: str, authors: tuple[str, ...]) -> None:
    found = cited(line)
    assert (found.title, found.authors, str(found.date)) == (TITLE, authors, "2019"), style


@pytest.mark.parametrize(("name", "nickname"), [
    ("NetNet", "NetNet"), ("NET-2", "NET-2"), ("net2vec", "net2vec"), ("Nets", ""), ("The Nets 2", ""),
])  # fmt: skip
def test_a_nickname_before_the_title_is_another_name_if_it_names_no_topic(name: str, nickname: str) -> None:
    assert cited(f'- **{name}** - "{TITLE}" (Ann et al., 2019)').nickname == nickname


def test_a_quotation_after_bold_words_is_no_title_without_a_date() -> None:
    assert cited('- **NetNet** - "Ends are all that nets need" - [paper](https://a.org/b)').title == "NetNet"


@pytest.mark.parametrize("who", ["Ann et al.", "Ann, A. B., et al.", "Ann A B, et al.", "A. Ann *et al.*"])
def test_others_are_told_in_every_style(who: str) -> None:
    assert cited(f"[1] {who} (2019). {TITLE}. Ends.").has_others


@pytest.mark.parametrize("line", [
    "- 重要. 必读的论文[推荐]. 2019.", '- The "Great Knot" by the sea, 2019.', '- "Knots" by Monday (2019)',
    "- Kaplan et al. (2019) show that loss follows a power law.", "- (Kaplan et al., 2019) loss follows a power law",
    "- Ann Lee and Bob Roe. Please fix this by 2019.", "- In 2019, Ann et al. introduced knots.", "- 2019-05-01 Ann",
    "- We follow the setup of Smith et al. (2019), with two changes.", "- The Great Gatsby, F. Scott Fitzgerald (1925)",
])  # fmt: skip
def test_a_sentence_cites_nothing_in_full(line: str) -> None:
    found = cited(line)
    assert not (found.title and found.authors and found.date)


@pytest.mark.parametrize("title", ["BERT, GPT and Others", "NASA, A. Bold Plan", "LSTM, GRU; RNN"])
def test_capitals_before_a_comma_are_no_family_where_no_name_follows(title: str) -> None:
    assert cited(f"[{title}](https://arxiv.org/abs/1706.03762)").title == title


@pytest.mark.parametrize(("line", "title", "authors"), [
    ("Nets of Ends. Ada Ann, Bo Cid. *ICML* 2019", "Nets of Ends", ("Ada Ann", "Bo Cid")),
    ("Ada Ann, Bo Cid. Deep Ends. *Annals of Ends*, 2019", "Deep Ends", ("Ada Ann", "Bo Cid")),
    ("Deep Ends. *Ada Ann, Bo Cid*. ICML 2019", "Deep Ends", ("Ada Ann", "Bo Cid")),
    ("Robustness, Fairness. A study of ends. ICML, 2019", "Robustness, Fairness", ()),
])  # fmt: skip
def test_emphasis_behind_names_is_not_always_the_title(line: str, title: str, authors: tuple[str, ...]) -> None:
    found = cited(line)
    assert (found.title, found.authors) == (title, authors)
