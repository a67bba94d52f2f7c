"""RIS as reference managers and publishers write it, intact and broken."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.dialects import ris
from kb.model import Entry, Record
from tests.kb.growth import LINEAR, growth

ZOTERO = """\
TY  - UNPB
TI  - Attention Is All You Need
AU  - Vaswani, Ashish
AU  - Kaiser, Łukasz
AB  - The dominant sequence transduction models are based on complex recurrent networks.
DA  - 2023/08/01/
PY  - 2023
DP  - arXiv.org
PB  - arXiv
UR  - http://arxiv.org/abs/1706.03762
Y2  - 2024/03/01/12:00:00
N1  - arXiv:1706.03762 [cs]
N1  - <p>Comment: 15 pages, 5 figures</p>
KW  - Computer Science - Computation and Language
KW  - Computer Science - Machine Learning
L1  - /home/me/Zotero/storage/ABC/Vaswani.pdf
ER  -

TY  - CONF
TI  - Deep Residual Learning for Image Recognition
AU  - He, Kaiming
AU  - Zhang, Xiangyu
T2  - 2016 IEEE Conference on Computer Vision and Pattern Recognition (CVPR)
C1  - Las Vegas, NV, USA
DA  - 2016/06//
PY  - 2016
DO  - 10.1109/CVPR.2016.90
SP  - 770
EP  - 778
PB  - IEEE
SN  - 978-1-4673-8851-1
ER  -
"""
ENDNOTE = """\ufeffTY  - JOUR
AU  - LeCun, Yann
AU  - Bengio, Yoshua
AU  - King, Martin Luther, Jr.
DA  - May 28
DO  - 10.1038/nature14539
ID  - 1271
IS  - 7553
J2  - Nature
KW  - Algorithms
*Artificial Intelligence
Neural Networks, Computer
N1  - LeCun, Yann
Bengio, Yoshua
eng
Review
PY  - 2015
RN  - Read with Mia.
SN  - 1476-4687 (Electronic)
0028-0836 (Linking)
SP  - 436-44
ST  - Deep learning
T2  - Nature
TI  - Deep learning
UR  - <Go to ISI>://WOS:000355286600030
UR  - https://www.ncbi.nlm.nih.gov/pubmed/26017442
VL  - 521
ER  -

"""
WEB_OF_SCIENCE = """\
TY  - CPAPER
AU  - Sutskever, I
AU  - Vinyals, O
A1  - IEEE
TI  - Sequence to Sequence Learning with Neural Networks
T2  - ADVANCES IN NEURAL INFORMATION PROCESSING SYSTEMS 27 (NIPS 2014)
LA  - English
SN  - 1049-5258
PU  - NEURAL INFORMATION PROCESSING SYSTEMS (NIPS)
PY  - 2014
VL  - 27
AN  - WOS:000452647102094
ER  -

EF
"""
MENDELEY = """\
TY  - JOUR
T1  - Long Short-Term Memory
A1  - Hochreiter, Sepp
A1  - Schmidhuber, Jürgen
Y1  - 1997/11/15/
N2  - Learning to store information over extended time intervals takes a very long time.
JF  - Neural Computation
VL  - 9
IS  - 8
SP  - 1735
EP  - 1780
M3  - 10.1162/neco.1997.9.8.1735
UR  - https://doi.org/10.1162/neco.1997.9.8.1735
ER  -
"""


def titles(record: Record) -> list[str]:
    return [entry.title for entry in record.entries]


def said(entry: Entry, *fields: str) -> dict[str, list[str]]:
    return {field: entry.values(field) for field in fields if entry.values(field)}


def only(text: str) -> Entry:
    [entry] = ris.read("refs.ris", text).entries
    return entry


def test_zotero() -> None:
    record = ris.read("lib/refs.ris", ZOTERO)
    assert (record.dialect, record.title, record.about, record.diagnostics) == ("ris", "refs.ris", None, ())
    preprint, paper = record.entries
    assert (preprint.mentioned, preprint.line, [str(each) for each in preprint.ids]) == (True, 1, ["arxiv:1706.03762"])
    assert preprint.values("authors") == ["Ashish Vaswani", "Łukasz Kaiser"]
    assert said(preprint, "date", "updated", "publisher", "venue", "entrytype") == {"updated": ["2023-08-01"]}
    assert preprint.values("tags")[1] == "Computer Science - Machine Learning"
    assert "recurrent networks" in preprint.text
    assert said(paper, "date", "venue", "doi", "pages", "publisher", "isbn", "entrytype") == {
        "date": ["2016-06"],
        "venue": ["2016 IEEE Conference on Computer Vision and Pattern Recognition (CVPR)"],
        "doi": ["10.1109/cvpr.2016.90"],
        "pages": ["770–778"],
        "publisher": ["IEEE"],
        "isbn": ["978-1-4673-8851-1"],
        "entrytype": ["inproceedings"],
    }
    [doi] = [fact for fact in paper.facts if fact.field == "doi"]
    assert (doi.line, doi.column) == (27, 7)


def test_endnote() -> None:
    entry = only(ENDNOTE)
    assert entry.values("authors") == ["Yann LeCun", "Yoshua Bengio", "King, Jr., Martin Luther"]
    assert entry.values("tags") == ["Algorithms", "*Artificial Intelligence", "Neural Networks, Computer"]
    assert said(entry, "date", "venue", "volume", "number", "pages", "issn", "url", "citekey") == {
        "date": ["2015-05-28"],
        "venue": ["Nature"],
        "volume": ["521"],
        "number": ["7553"],
        "pages": ["436-44"],
        "issn": ["1476-4687 (Electronic) 0028-0836 (Linking)"],
        "url": ["https://www.ncbi.nlm.nih.gov/pubmed/26017442"],
    }
    assert entry.why == "Read with Mia."


def test_web_of_science() -> None:
    entry = only(WEB_OF_SCIENCE)
    assert entry.values("authors") == ["I Sutskever", "O Vinyals"]
    assert said(entry, "date", "issn", "entrytype") == {
        "date": ["2014"], "issn": ["1049-5258"], "entrytype": ["inproceedings"],
    }  # fmt: skip


def test_mendeley() -> None:
    entry = only(MENDELEY)
    assert entry.values("authors") == ["Sepp Hochreiter", "Jürgen Schmidhuber"]
    assert said(entry, "date", "venue", "pages") == {
        "date": ["1997-11-15"], "venue": ["Neural Computation"], "pages": ["1735–1780"],
    }  # fmt: skip
    assert [str(each) for each in entry.ids] == ["doi:10.1162/neco.1997.9.8.1735"]
    assert entry.text.startswith("Long Short-Term Memory\n\nLearning to store")


# -- references that others lose -------------------------------------------------------------------------------------

ONE, TWO = "TY  - JOUR\nTI  - One\n", "TY  - JOUR\nTI  - Two\n"
END = "ER  - \n"


@pytest.mark.parametrize(
    ("text", "unended"),
    [
        (ONE + END + TWO + END, []),
        ("\ufeff" + ONE + END + "\ufeff" + TWO + END, []),
        ((ONE + END + TWO + END).replace("\n", "\r\n"), []),
        ((ONE + END + TWO + END).replace("\n", "\r"), []),
        ((ONE + END + "\n\n1.\n" + TWO + END).replace("ER  - ", "ER  -"), []),
        (ONE + END + TWO, [4]),
        (ONE + TWO + END, [1]),
        ("TY  - JOUR\n" + ONE + END + TWO + END + END, []),
        ("Provider: ACM\nContent: text/plain\n\n" + ONE + END + TWO.removeprefix("TY  - JOUR\n") + END, []),
        (ONE.replace("  - ", " - ") + END + TWO.replace("  - ", "\u00a0\u00a0-\u00a0") + END, []),
    ],
)
def test_no_reference_is_lost(text: str, unended: list[int]) -> None:
    record = ris.read("refs.ris", text)
    assert titles(record) == ["One", "Two"]
    assert [(each.line, each.code, each.severity) for each in record.diagnostics] == [
        (line, "reference", "notice") for line in unended
    ]


def test_a_reference_without_a_title_is_reported() -> None:
    record = ris.read("refs.ris", f"{ONE}{END}TY  - JOUR\nAU  - Lee, Ann\n{END}{TWO}{END}")
    assert titles(record) == ["One", "Two"]
    [told] = record.diagnostics
    assert str(told).startswith("refs.ris:4:1: reference RIS: reference without a title - ")


@pytest.mark.parametrize("text", ["", "\n", "no RIS - at all\n", "@misc{x, title={T}}", "[]", "TY  - JOUR", "ER  - "])
def test_a_file_of_something_else(text: str) -> None:
    record = ris.read("refs.ris", text)
    assert (record.entries, record.diagnostics) == ((), ())


def test_what_goes_on_in_the_next_line_belongs_to_the_one_before() -> None:
    text = "TI  - Nets that\n  go on\nAB  - First paragraph.\n\nSecond - with a dash.\nPY  - 2019"
    entry = only(f"TY  - JOUR\n{text}\nER  - ")
    assert (entry.title, entry.values("date")) == ("Nets that go on", ["2019"])
    assert entry.values("summary") == ["First paragraph. Second - with a dash."]


@pytest.mark.parametrize(
    ("written", "title"),
    [("Deep Nets.", "Deep Nets"), ("Nets in the U.S.", "Nets in the U.S."), ("Wait...", "Wait...")],
)
def test_the_full_stop_of_dblp_and_pubmed_is_no_part_of_a_title(written: str, title: str) -> None:
    assert only(f"TY  - CPAPER\nTI  - {written}\nER  - ").title == title


# -- dates, places, ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "date"),
    [
        ("PY  - 2017", "2017"),
        ("PY  - 2017/06/12/Summer", "2017-06-12"),
        ("PY  - 2017///", "2017"),
        ("PY  - 2017//\nDA  - 2017/06//", "2017-06"),
        ("PY  - 2017\nDA  - JUN 12", "2017-06-12"),
        ("PY  - 2017\nDA  - June", "2017-06"),
        ("PY  - 2016\nY1  - 27-30 June 2016", "2016"),
        ("PY  - 2017\nDA  - 2024/01/02", "2017"),
        ("DA  - 2017-06-12", "2017-06-12"),
    ],
)
def test_the_date_is_as_exact_as_a_tag_tells(tags: str, date: str) -> None:
    assert only(f"TY  - JOUR\nTI  - T\n{tags}\nER  - ").values("date") == [date]


def test_a_date_that_cannot_be_read_is_reported() -> None:
    [told] = ris.read("refs.ris", "TY  - JOUR\nTI  - T\nPY  - 17 or so\nER  - ").diagnostics
    assert str(told) == "refs.ris:3:7: date not a date: '17 or so' - write 2017, 2017-06 or 2017-06-12"


def test_one_author_with_the_family_name_first_is_one_person() -> None:
    assert only("TY  - JOUR\nTI  - T\nAU  - 福島, 邦彦\nER  - ").values("authors") == ["福島 邦彦"]


@pytest.mark.parametrize(
    ("kind", "tags", "facts"),
    [
        ("CHAP", "T2  - The Book\nED  - Lee, Ann\nED  - van der Bo, Bob", {
            "entrytype": ["incollection"], "venue": ["The Book"], "editor": ["Ann Lee and Bob van der Bo"]}),
        ("BOOK", "T2  - Adaptive Computation\nPB  - MIT Press\nCY  - Cambridge", {
            "entrytype": ["book"], "series": ["Adaptive Computation"], "publisher": ["MIT Press"],
            "address": ["Cambridge"]}),
        ("THES", "PB  - TU München", {"entrytype": ["phdthesis"], "school": ["TU München"]}),
        ("THES", "PB  - TU München\nM3  - Master's thesis\nSP  - 90", {
            "entrytype": ["phdthesis"], "school": ["TU München"], "type": ["Master's thesis"]}),
        ("BOOK", "SP  - 738", {"entrytype": ["book"]}),
        ("RPRT", "SP  - 7\nEP  - 9", {"entrytype": ["techreport"], "pages": ["7–9"]}),
        ("RPRT", "PB  - OpenAI", {"entrytype": ["techreport"], "institution": ["OpenAI"]}),
        ("RPRT", "PB  - arXiv\nM1  - arXiv:1706.03762", {"arxiv_id": ["1706.03762"]}),
        ("JOUR", "T2  - arXiv:1706.03762 [cs]", {"arxiv_id": ["1706.03762"]}),
        ("JOUR", "DO  - 10.48550/arXiv.1706.03762", {"arxiv_id": ["1706.03762"]}),
        ("JOUR", "JO  - Nat.\nJF  - Nature\nSP  - 7\nEP  - 7", {
            "entrytype": ["article"], "venue": ["Nature"], "pages": ["7"]}),
        ("XYZ", "", {"entrytype": ["misc"]}),
    ],
)  # fmt: skip
def test_where_it_came_out(kind: str, tags: str, facts: dict[str, list[str]]) -> None:
    entry = only(f"TY  - {kind}\nTI  - T\n{tags}\nER  - ")
    untold = {"title", "citekey"}
    assert said(entry, *{fact.field for fact in entry.facts} - untold) == facts


@pytest.mark.parametrize(("written", "key"), [("lee2019", ["lee2019"]), ("17", []), ("10.1038/nature14539", [])])
def test_a_citation_key_is_no_number_of_a_database(written: str, key: Sequence[str]) -> None:
    assert only(f"TY  - JOUR\nTI  - T\nID  - {written}\nER  - ").values("citekey") == key


LINES = (
    "TY  - JOUR", "ER  - ", "TI  - T", "PY  - 2017//", "AU  - ,", "DO  - x", "SP  - -", "ED  - {", "KW  - ;;", "", "x",
    "\ufeffTY  - ", "ID  -  ", "UR  - http://[", "DA  - 9/9/9", "M1  - arXiv:9912.00001", "AU  - et al., Jr., II",
)  # fmt: skip


@given(st.lists(st.sampled_from(LINES)))
def test_any_order_of_tags_is_read(lines: list[str]) -> None:
    record = ris.read("refs.ris", "\n".join(lines))
    assert len(record.entries) <= lines.count("TI  - T")


PIECES = ["TI  - T\nER  -\n", "TY  - \n", "AU  - Lee, Ann\n", "x\n", "KW  - a;\n", "DO  - 10.1/x\n", ",", " ", "/"]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece: str) -> None:
    for tag in ("AU", "PY", "AB", "ID"):
        text = f"TY  - JOUR\nTI  - T\n{tag}  - a, "
        assert growth(lambda pieces, text=text: ris.read("refs.ris", text + pieces), piece, 16_000) < LINEAR
