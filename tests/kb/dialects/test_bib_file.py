"""BibTeX files in a vault: one paper per entry, whether a reference manager or a person wrote it."""

import pytest

from kb.model import Entry, Record
from kb.read import read

ZOTERO = r"""
@inproceedings{vaswaniAttentionAllYou2017,
  title = {Attention Is {{All}} You {{Need}}},
  booktitle = {Advances in {{Neural Information Processing Systems}}},
  author = {Vaswani, Ashish and Shazeer, Noam and Kaiser, {\L}ukasz},
  date = {2017},
  eprint = {1706.03762},
  eprinttype = {arxiv},
  abstract = {The dominant models are based on recurrent networks:

# [[not]] a heading of [notes](notes.md)},
  keywords = {nlp,Computer Science - Machine Learning},
  annotation = {Read with Mia;
  table 3 again.},
  file = {/home/me/Zotero/storage/ABC/paper.pdf}
}

@book{goodfellowDeepLearning2016,
  title = {Deep Learning}, author = {Goodfellow, Ian and Bengio, Yoshua and Courville, Aaron}, date = {2016-11-18},
  publisher = {MIT Press}
}
"""
BY_HAND = """% my bibliography
@preamble{"\\newcommand{\\x}{}"}
@string(icml = {International Conference on Machine Learning})
@comment{jabref-meta: databaseType:bibtex;}

@InProceedings{ioffe:bn,
  author = "Ioffe, Sergey and Szegedy, Christian", title = "Batch {N}ormalization", crossref = {ICML:2015} }
@inproceedings(never, title = {Never closed, year = 2014,

@article{concat, title={Whole}, journal = icml # " " # {(} # 32 # ")", year=2015}
@proceedings{icml:2015, title = icml, year = 2015}
"""


def bib(text: str, path: str = "lib/refs.bib") -> Record:
    return read(path, text.encode())


def called(record: Record, title: str) -> Entry:
    [entry] = [entry for entry in record.entries if entry.title == title]
    return entry


def test_each_entry_is_a_paper_that_the_file_mentions() -> None:
    record = bib(ZOTERO)
    assert (record.dialect, record.dialect_by, record.title) == ("bibtex", "file name ends in .bib", "refs.bib")
    assert record.about is None
    paper = called(record, "Attention Is All You Need")
    assert (paper.mentioned, paper.line, [str(each) for each in paper.ids]) == (True, 2, ["arxiv:1706.03762"])
    assert paper.values("authors") == ["Ashish Vaswani", "Noam Shazeer", "Łukasz Kaiser"]
    assert paper.values("venue") == ["Advances in Neural Information Processing Systems"]
    assert paper.values("tags") == ["nlp", "Computer Science - Machine Learning"]
    assert (paper.values("date"), paper.values("citekey")) == (["2017"], ["vaswaniAttentionAllYou2017"])
    assert called(record, "Deep Learning").values("date") == ["2016-11-18"]
    assert record.diagnostics == ()


def test_abstract_and_remark_are_searched_and_are_no_markdown() -> None:
    record = bib(ZOTERO)
    paper = called(record, "Attention Is All You Need")
    assert paper.why == "Read with Mia; table 3 again."
    assert "recurrent networks" in paper.text
    assert "table 3 again" in paper.text
    assert (record.links, record.fragments) == ((), ())


def test_files_written_by_hand() -> None:
    record = bib(BY_HAND)
    normalized = called(record, "Batch Normalization")
    assert normalized.values("date") == ["2015"], "from the volume that it names"
    assert normalized.values("venue") == ["International Conference on Machine Learning"]
    assert called(record, "Whole").values("venue") == ["International Conference on Machine Learning (32)"]
    assert [entry.title for entry in record.entries] == ["Batch Normalization", "Whole"], "a volume is not a paper"
    [broken] = record.diagnostics
    assert (broken.code, broken.line, broken.severity) == ("bibtex", 8, "warning")


def test_a_volume_that_nobody_names_is_what_its_owner_cites() -> None:
    [entry] = bib("@proceedings{p, title={Proceedings of X}, year=2015}").entries
    assert entry.title == "Proceedings of X"


def test_a_book_whose_chapters_are_cited_is_cited_itself() -> None:
    record = bib("@incollection{c, title={Chapter}, crossref={b}}\n@book{b, title={The Book}, year=1986}")
    assert [(entry.title, entry.values("date")) for entry in record.entries] == [
        ("Chapter", ["1986"]), ("The Book", ["1986"]),
    ]  # fmt: skip
    assert called(record, "Chapter").values("venue") == ["The Book"]


def test_a_paper_came_out_where_its_volume_did() -> None:
    volume = "@proceedings{v, title={Proc. X}, publisher={ACM}, editor={Lee, Bo}, series={LNCS}, volume=7, pages={1}}"
    [paper] = bib("@inproceedings{p, title={P}, crossref={v}, pages={3--9}, publisher={IEEE}}\n" + volume).entries
    told = {name: paper.values(name) for name in ("venue", "publisher", "editor", "series", "volume", "pages")}
    assert told == {"venue": ["Proc. X"], "publisher": ["IEEE"], "editor": ["Bo Lee"], "series": ["LNCS"],
                    "volume": ["7"], "pages": ["3–9"]}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "url", "venue"),
    [
        (r"howpublished={\url{https://x.org/a\_b\%20c}}, note={Accessed: 2020-01-02}", "https://x.org/a_b%20c", ""),
        ('howpublished="Available at https://x.org/a."', "https://x.org/a", ""),
        (r"note={\url{https://x.org/a}, last accessed in May}", "https://x.org/a", ""),
        (r"note={See \url{https://x.org/code}}", "", ""),  # the address of something else
        ("url={https://x.org/own}, howpublished={https://x.org/other}", "https://x.org/own", ""),
        ("url={ }, howpublished={https://x.org/other}", "https://x.org/other", ""),
        (r"url={https://x.org/{~}a/b{\_}c\%20\&\~{}d}", "https://x.org/~a/b_c%20&~d", ""),
        ("howpublished={GitHub repository}", "", "GitHub repository"),
        ("howpublished={arXiv preprint}, eprint={2005.00001}", "", ""),
        ("howpublished={Online}, journal={Distill}", "", "Distill"),
    ],
)
def test_the_address_or_venue_of_what_is_not_an_article(fields: str, url: str, venue: str) -> None:
    [entry] = bib(f"@misc{{x, title={{T}}, year=2020, {fields}}}").entries
    assert (entry.values("url"), entry.values("venue")) == ([url] * bool(url), [venue] * bool(venue))


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        (r"10.1007/978-3-319-24574-4{\_}28", "10.1007/978-3-319-24574-4_28"),  # Mendeley
        (r"10.1002/(SICI)109743:4{\textless}338::AID{\textgreater}3.0", "10.1002/(sici)109743:4<338::aid>3.0"),
        ("10.1002/(SICI)1097(1998)43:4$<$338::AID$>$3.0", "10.1002/(sici)1097(1998)43:4<338::aid>3.0"),
    ],
)
def test_a_doi_in_tex(written: str, doi: str) -> None:
    [entry] = bib(f"@misc{{x, title={{T}}, doi={{{written}}}}}").entries
    assert entry.values("doi") == [doi]


def test_an_arxiv_id_in_howpublished_is_the_papers() -> None:
    [entry] = bib("@misc{x, title={T}, year=2015, howpublished={arXiv preprint arXiv:1412.6980}}").entries
    assert [str(each) for each in entry.ids] == ["arxiv:1412.6980"]
    assert entry.values("venue") == []
    [page] = bib(r"@misc{x, title={T}, howpublished={\url{https://arxiv.org/abs/1412.6980}}}").entries
    assert [str(each) for each in page.ids] == ["arxiv:1412.6980"]


def test_number_publisher_and_volume_of_a_mere_preprint_are_left_out() -> None:
    zotero = "@misc{x, title={T}, number={arXiv:1412.6980}, eprint={1412.6980}, publisher={arXiv}}"
    dblp = "@article{x, title={T}, journal={CoRR}, volume={abs/1412.6980}, eprint={1412.6980}}"
    for text in (zotero, dblp):
        [entry] = bib(text).entries
        assert {fact.field for fact in entry.facts} <= {"title", "date", "arxiv_id", "venue", "citekey"}


# -- what single producers write ---------------------------------------------------------------------------------------


def only(fields: str, kind: str = "misc") -> Entry:
    [entry] = bib(f"@{kind}{{x, {fields}}}").entries
    return entry


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        (r"{Nets} with {\textless} 5 {\textbar} {\textgreater} 4", "Nets with < 5 | > 4"),  # Zotero
        (r"Sets \{\vphantom{\}}a, b\vphantom{\{}\}", "Sets {a, b}"),  # Zotero
        (r"The {\(\alpha\)}-Net in {\textdollar}", "The α-Net in $"),  # DBLP
        (r"{Regret of $\tilde{O}(\sqrt{T})$ at $\hat{y} \leq 3$}", "Regret of Õ(√T) at ŷ ≤ 3"),  # INSPIRE, arXiv
    ],
)
def test_titles_in_the_tex_of_their_producers(title: str, shown: str) -> None:
    assert only(f"title={{{title}}}").title == shown


@pytest.mark.parametrize(
    ("keywords", "tags"),
    [
        ("deep nets;image, video ; vision", ["deep nets", "image, video", "vision"]),  # IEEE, HAL, Paperpile, Citavi
        ("deep nets\nvision", ["deep nets", "vision"]),  # EndNote
        (r"\#nosource,deep nets,read", ["nosource", "deep nets", "read"]),  # Better BibTeX
        ("R&amp;D, deep nets", ["R&D", "deep nets"]),
    ],
)
def test_keywords_between_semicolons_commas_or_lines(keywords: str, tags: list[str]) -> None:
    assert only(f"title={{T}}, keywords={{{keywords}}}").values("tags") == tags


def test_names_in_parts_as_better_biblatex_writes_them() -> None:
    people = "family=Bo, given=Al, prefix=van den, useprefix=false and family=King, given={Martin L.}, suffix=Jr."
    entry = only(f"title={{T}}, author={{Lee, Ann and {people} and family={{Deep Team}}}}, editor={{{people}}}")
    assert entry.values("authors") == ["Ann Lee", "Al van den Bo", "King, Jr., Martin L.", "Deep Team"]
    assert entry.values("editor") == ["Al van den Bo and King, Jr., Martin L."]


def test_one_author_with_the_family_name_first_is_one_person() -> None:
    assert only("title={T}, author={福島, 邦彦}").values("authors") == ["福島 邦彦"]
    assert only("title={T}, author={福島, 邦彦 and 李, 雷}").values("authors") == ["福島 邦彦", "李 雷"]


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ("date={2015-07-06/2015-07-11}", "2015-07-06"),
        ("date={2015-07/..}", "2015-07"),
        ("date={2015-07~}", "2015-07"),
        ("date={2015-21}", "2015"),
        ("year={2015/2016}", "2015"),
        ("date={2015/07}", "2015-07"),
        ("year=2015, month={07--09 Jul}", "2015-07"),  # PMLR
        ("year=2015, month={6-11 July}", "2015-07"),  # IEEE
        ('year=2015, month=aug # "~2"', "2015-08-02"),
        ('year=2015, month=jun # "{--}" # jul', "2015"),
    ],
)
def test_dates_of_biblatex_and_days_of_a_conference(fields: str, date: str) -> None:
    record = bib(f"@inproceedings{{x, title={{T}}, booktitle={{ICML}}, {fields}}}")
    assert (record.entries[0].values("date"), record.diagnostics) == ([date], ())


@pytest.mark.parametrize(
    "fields",
    [
        "journal={CoRR, abs/1412.6980}",
        "journal={CoRR}, volume={abs/1412.6980}",  # DBLP and Semantic Scholar, without `eprint`
        "note={arXiv:1412.6980 [cs]}, publisher={arXiv}",  # Zotero
        "doi={10.48550/arXiv.1412.6980}, publisher={arXiv}",  # DataCite
    ],
)
def test_a_preprint_without_eprint(fields: str) -> None:
    entry = only(f"title={{T}}, {fields}", "article")
    assert [str(each) for each in entry.ids] == ["arxiv:1412.6980"]
    assert {fact.field for fact in entry.facts} <= {"title", "arxiv_id", "venue", "citekey"}


def test_entries_without_a_key_as_endnote_writes_them() -> None:
    record = bib("@article{\n   author = {Lee, Ann},\n   title = {One}\n}\n@book{ title={Two}}\n@misc{, title={Three}}")
    assert [(entry.title, entry.line) for entry in record.entries] == [("One", 1), ("Two", 5), ("Three", 6)]
    assert record.diagnostics == ()


def test_a_journal_by_its_macro_at_ads_and_a_number_called_issue_at_aps() -> None:
    entry = only(r"title={T}, journal={\mnras}, volume=1, issue={7}", "article")
    assert entry.values("venue") == ["Monthly Notices of the Royal Astronomical Society"]
    assert entry.values("number") == ["7"]


def test_a_subtitle_is_the_end_of_the_title() -> None:
    assert only("title={Nets}, subtitle={A Survey}").title == "Nets: A Survey"
    assert only("title={What Now?}, subtitle={A Survey}").title == "What Now? A Survey"
    assert only("title={Nets: {A} Survey}, subtitle={A Survey}").title == "Nets: A Survey"


def test_each_remark_counts_and_each_address() -> None:
    entry = only("title={T}, annote={One.}, comment={Two.}, comment-mia={Three.}, url={http://x.org/a https://x.org/b}")
    assert entry.why == "One. Two. Three."
    assert entry.values("url") == ["http://x.org/a", "https://x.org/b"]


def test_an_empty_file_and_one_of_something_else() -> None:
    for text in ("", "% nothing yet\n", "not BibTeX at all @ { } # \n", "---\ntitle: x: y\n---\n"):
        record = bib(text)
        assert (record.entries, record.links, record.title) == ((), (), "refs.bib")
