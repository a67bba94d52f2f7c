"""Papers with ids of other sites than arXiv: which are the same, what they are called, what is known of them."""

from collections.abc import Callable

from kb.query.answer import ask
from kb.query.names import find
from linker.card import card
from linker.check import findings
from linker.vault import Vault

Opened = Callable[..., Vault]

PAGE = "https://papers.nips.cc/paper_files/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html"
FILE = "https://proceedings.neurips.cc/paper/2017/file/3f5ee243547dee91fbd053c1c4a845aa-Paper.pdf"
CVF = "http://openaccess.thecvf.com/content_cvpr_2017/{}/Dekel_On_the_Effectiveness_CVPR_2017_paper.{}"
JMLR = "http://www.jmlr.org/papers/volume15/srivastava14a.old/source/srivastava14a.pdf"


def note(url: str, title: str = "", authors: str = "") -> str:
    named = f"title: '{title}'\n" if title else ""
    return f"---\n{named}url: {url}\n" + (f"authors: [{authors}]\n" if authors else "") + "---\n"


def keys(vault: Vault, query: str = "") -> list[str]:
    return [paper.key for paper in ask(vault.store, query).papers]


def test_notes_with_the_page_and_the_file_are_of_one_paper(opened: Opened) -> None:
    with opened({"a.md": note(PAGE, "Attention Is All You Need"), "b.md": note(FILE, "Transformer")}) as vault:
        assert keys(vault) == ["a"]
        told = card(vault.store, find(vault.store, FILE))
    assert told["ids"] == ["neurips:2017/3f5ee243547dee91fbd053c1c4a845aa"]
    assert [each["path"] for each in told["notes"]] == ["a.md", "b.md"]


def test_a_link_to_the_file_leads_to_the_note_with_the_page(opened: Opened) -> None:
    linking = f"[here]({CVF.format('papers', 'pdf')}) and <{JMLR}> and [Dropout]({JMLR.replace('.old/source', '')})"
    with opened({"a.md": note(CVF.format("html", "html"), "Visible Watermarks"), "b.md": linking}) as vault:
        edges = card(vault.store, find(vault.store, "a"))["edges"]["in"]
        assert [edge["source"] for edge in edges] == ["document:b.md"]
        [ghost] = ask(vault.store, "is:ghost").papers
    assert (ghost.key, ghost.title) == ("jmlr:v15/srivastava14a", "Dropout")


def test_a_paper_of_a_list_is_called_by_arxiv_or_doi_then_by_its_title_and_only_then_by_another_site(
    opened: Opened,
) -> None:
    listed = (
        f"- [Visible Watermarks]({CVF.format('papers', 'pdf')}) (2017)\n"
        "- [Wide Nets](https://openreview.net/forum?id=B16dGcqlx) [[arXiv](https://arxiv.org/abs/1706.03762)] (2017)\n"
        "- [Code Edits](https://dl.acm.org/doi/abs/10.1145/3387904.3389269) (2020)\n"
        f"- [Dropout]({JMLR}) (2014)\n"
    )
    with opened({"list.md": listed}) as vault:
        assert sorted(keys(vault)) == ["arxiv:1706.03762", "doi:10.1145/3387904.3389269", "dropout",
                                       "visible-watermarks"]  # fmt: skip
        assert find(vault.store, "openreview:B16dGcqlx").key == "arxiv:1706.03762"
        assert find(vault.store, "jmlr:v15/srivastava14a").key == "dropout"


def test_an_address_that_was_copied_is_told(opened: Opened) -> None:
    first = note(PAGE, "Attention Is All You Need", "Ashish Vaswani")
    with opened({"a.md": first, "b.md": note(FILE, "Learning to Execute", "Wojciech Zaremba")}) as vault:
        [finding] = [finding for finding in findings(vault.store) if finding.code == "one-id-two-titles"]
    assert str(finding).startswith(
        "b.md:3:6: one-id-two-titles neurips:2017/3f5ee243547dee91fbd053c1c4a845aa is "
        '"Learning to Execute" here and "Attention Is All You Need" in a.md:3:6'
    )


def test_the_year_of_a_conference_dates_a_paper_without_a_date(opened: Opened) -> None:
    files = {
        "a.md": note(PAGE, "Attention"),
        "b.md": f"---\ntitle: Effectiveness\nurl: {CVF.format('html', 'html')}\ndate: 2016-12\n---\n",
        "c.md": note("https://papers.nips.cc/paper/1999-a-number-and-no-year", "Number"),
        "d.md": "See <https://aclanthology.org/P02-1040.pdf> and <http://papers.nips.cc/paper/by-source-2017-3058>.",
        "e.md": "---\ntitle: Both\narxiv: '1801.00001'\nurl: https://aclanthology.org/N19-1423/\n---\n",
        "f.md": "---\ntitle: Words\nkind: paper\ncvf: 'of 2017'\nneurips: 2017\n---\n",
    }
    with opened(files) as vault:
        found = {paper.key: paper.date for paper in ask(vault.store, "is:paper,ghost").papers}
        told = card(vault.store, find(vault.store, "a"))["sources"]["date"]
    assert found == {
        "a": "2017", "b": "2016-12", "c": None, "e": "2018-01", "f": None,
        "acl:P02-1040": "2002", "neurips:by-source-2017-3058": "2017",
    }  # fmt: skip
    assert told == [{"path": "a.md", "line": 3, "value": "2017", "source": "own",
                     "why": "no note gives a date: derived from the NeurIPS id"}]  # fmt: skip


# -- the ACL Anthology -------------------------------------------------------------------------------------------------

BERT = "https://aclanthology.org/N19-1423/"
BERT_DOI = "10.18653/v1/N19-1423"


def test_a_doi_of_the_anthology_and_its_address_are_of_one_paper(opened: Opened) -> None:
    files = {
        "a.md": note(BERT, "BERT: Pre-training of Deep Bidirectional Transformers"),
        "b.md": f"---\ntitle: BERT\ndoi: {BERT_DOI}\n---\n",
        "c.md": f"See [BERT](https://doi.org/{BERT_DOI}) and https://www.aclweb.org/anthology/N19-1423.pdf.\n",
    }
    with opened(files) as vault:
        assert keys(vault) == ["a"]
        told = card(vault.store, find(vault.store, f"doi:{BERT_DOI}"))
        assert find(vault.store, BERT).key == "a"
        assert ask(vault.store, "has:doi year:2019").total == 1
    assert (told["doi"], told["date"]) == (BERT_DOI.lower(), "2019")
    assert sorted(told["ids"]) == ["acl:N19-1423", f"doi:{BERT_DOI.lower()}"]
    assert [edge["source"] for edge in told["edges"]["in"]] == ["document:c.md"] * 2


def test_a_doi_finds_the_note_that_has_the_address_and_the_other_way_round(opened: Opened) -> None:
    links = f"<{BERT}> <https://doi.org/10.3115/v1/P14-1062>\n"
    with opened({"a.md": f"---\ntitle: B\ndoi: {BERT_DOI}\n---\n", "l.md": links,
                 "b.md": note("https://aclanthology.org/P14-1062", "CNN")}) as vault:  # fmt: skip
        assert ask(vault.store, "is:ghost").total == 0
        assert find(vault.store, "https://aclanthology.org/N19-1423.pdf").key == "a"
        assert find(vault.store, "10.3115/v1/P14-1062").key == "b"


def test_both_labelled_in_a_note_make_it_one_of_the_paper(opened: Opened) -> None:
    text = f"# BERT\n\n- Paper: {BERT}\n- DOI: https://doi.org/{BERT_DOI}\n\nText.\n"
    with opened({"a.md": text}) as vault:
        [paper] = ask(vault.store, "").papers
        told = card(vault.store, find(vault.store, paper.key))
    assert (paper.key, told["doi"], told["sources"]["acl"][0]["line"]) == ("a", BERT_DOI.lower(), 3)


def test_a_ghost_has_all_that_links_say_of_it_whatever_their_order(opened: Opened) -> None:
    first, second = f"See [BERT](https://doi.org/{BERT_DOI})", f"See [BERT]({BERT})"
    for files in ({"a.md": first, "b.md": second}, {"a.md": second, "b.md": first}):
        with opened(files) as vault:
            [ghost] = ask(vault.store, "is:ghost").papers
            assert (ghost.key, ghost.title, ghost.date) == ("acl:N19-1423", "BERT", "2019")
            assert find(vault.store, BERT_DOI).key == ghost.key
            assert ask(vault.store, "is:ghost has:doi").total == 1
            for name in files:
                (vault.root / name).unlink()


def test_one_shared_id_is_told_once(opened: Opened) -> None:
    first = f"---\ntitle: Attention Is All You Need\nauthors: [Ashish Vaswani]\ndoi: {BERT_DOI}\n---\n"
    other = f"---\ntitle: Learning to Execute\nauthors: [Wojciech Zaremba]\ndoi: {BERT_DOI}\n---\n"
    with opened({"a.md": first, "b.md": other}) as vault:
        [finding] = [finding for finding in findings(vault.store) if finding.code == "one-id-two-titles"]
    assert str(finding).startswith("b.md:4:6: one-id-two-titles acl:N19-1423 is ")


def test_other_dois_of_the_publisher_say_nothing_of_the_anthology(opened: Opened) -> None:
    files = {
        "a.md": "---\ntitle: BLEU\ndoi: 10.3115/1073083.1073135\n---\n",
        "b.md": note("https://aclanthology.org/P02-1040", "A Method for Evaluation"),
        "c.md": "---\ntitle: The Proceedings\ndoi: 10.18653/v1/N19-1\n---\n",
        "d.md": note("https://aclanthology.org/N19-1001", "The First of Them"),
    }
    with opened(files) as vault:
        assert sorted(keys(vault)) == ["a", "b", "c", "d"]


def test_a_doi_and_an_address_at_jstor_are_one_paper(opened: Opened) -> None:
    with opened({
        "a.md": "---\ntitle: Loss Aversion\ndoi: 10.2307/2118511\n---\n",
        "b.md": note("https://www.jstor.org/stable/2118511", "Myopia"),
    }) as vault:
        paper = card(vault.store, find(vault.store, "jstor:2118511"))
        assert (paper["key"], [each["path"] for each in paper["notes"]]) == ("a", ["a.md", "b.md"])
