"""The curated vault under the reader's: it fills in what theirs leaves out, and never overrides it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kb.query.answer import ask
from kb.query.names import find
from linker import card, check, vault
from linker.counts import counts
from linker.vault import Vault, open_vault
from tests.linker.conftest import Cards, edges, paper_keys, write
from tests.linker.conftest import card as declared

BASE = {
    "transformer.md": (
        "---\ntitle: Attention Is All You Need\narxiv: '1706.03762'\ndate: 2017-06-12\nvenue: NIPS 2017\n"
        "aliases: [Transformer]\npatterns: [self-attention]\nimplementation: transformer\n---\n"
        "## Builds on\n\n- [[bahdanau-attention]]: attends without recurrence\n"
    ),
    "bahdanau-attention.md": (
        "---\ntitle: Neural Machine Translation by Jointly Learning\narxiv: '1409.0473'\ndate: 2014-09-01\n"
        "aliases: [additive attention]\n---\n"
    ),
    "patterns/self-attention.md": "---\nkind: pattern\ntitle: Self-attention\naliases: [intra-attention]\n---\n",
    "README.md": "# How this vault is kept\n",
}
CARDS = Cards([declared("transformer", "arxiv:1706.03762", status="claim-held")])
MINE = {"reading/vaswani.md": "---\narxiv: 1706.03762v5\ndate: 2017-12-04\ntags: [mine]\n---\nSee [[Foo]].\n"}


def show(found: Vault, name: str) -> dict[str, object]:
    return card.card(found.store, find(found.store, name))


def test_one_may_ask_for_the_papers_of_ones_own_notes_alone(opened: Callable[..., Vault]) -> None:
    with opened(MINE, BASE, CARDS) as found:
        answers = [[paper.key for paper in ask(found.store, query).papers] for query in ("is:own", "-is:own", "")]
    assert answers == [["transformer"], ["bahdanau-attention"], ["bahdanau-attention", "transformer"]]


def test_what_ones_own_notes_wait_for_is_told_from_what_the_base_waits_for(opened: Callable[..., Vault]) -> None:
    base = {**BASE, "gpt.md": "---\nkind: paper\ntitle: GPT\n---\n[[elmo]]\n"}
    with opened({**MINE, "journal.md": "[[Bar]]\n"}, base) as found:
        asked = {query: {paper.key for paper in ask(found.store, query).papers} for query in ("is:own", "-is:own")}
        waited = {query: {paper.key for paper in ask(found.store, f"is:ghost {query}").papers} for query in asked}
    assert waited == {"is:own": {"foo", "bar"}, "-is:own": {"elmo"}}
    assert "foo" not in asked["is:own"]


def test_a_paper_that_a_list_of_ones_own_mentions_is_among_ones_own(opened: Callable[..., Vault]) -> None:
    lists = {"refs.bib": "@misc{v, title={Attention Is All You Need}, eprint={1706.03762}}", "note.md": "See [[Foo]]."}
    with opened(lists, BASE, CARDS) as found:
        answers = [[paper.key for paper in ask(found.store, query).papers] for query in ("is:own", "-is:own")]
        assert answers == [["transformer"], ["bahdanau-attention"]]
        assert counts(found.store)["papers"] == 1
        assert show(found, "transformer")["source"] == "curated", "whose note it is"


def test_a_note_about_a_curated_paper_gains_all_that_is_known_of_it(opened: Callable[..., Vault]) -> None:
    with opened(MINE, BASE, CARDS) as found:
        paper = show(found, "transformer")
    assert (paper["key"], paper["source"], paper["path"]) == ("transformer", "own", "reading/vaswani.md")
    assert (paper["title"], paper["venue"]) == ("Attention Is All You Need", "NIPS 2017")
    assert (paper["patterns"], paper["aliases"], paper["tags"]) == (["self-attention"], ["Transformer"], ["mine"])
    assert (paper["implementation"], paper["code_status"]) == ("transformer", "claim-held")
    sources = paper["sources"]
    assert isinstance(sources, dict)
    assert [source["source"] for source in sources["venue"]] == ["curated"]
    assert [(source["value"], source["source"]) for source in sources["date"]] == [
        ("2017-12-04", "own"),
        ("2017-06-12", "curated"),
    ], "the reader's own facts win, the others stay visible"
    assert paper["date"] == "2017-12-04"


SAYS = "Every place of a text looks at every other place, and nothing goes step by step."
TOLD = "I read this on a train, and it was worth the journey from the first to the last page."


@pytest.mark.parametrize(
    ("mine", "summary", "place"),
    [
        (f"{TOLD}\n\nMore.", TOLD, {"path": "reading/vaswani.md", "source": "own"}),
        ("- only a list", SAYS, {"path": "transformer.md", "source": "curated"}),
        ("tldr:: No step by step.", "No step by step.", None),
    ],
)
def test_a_card_opens_as_the_first_note_does_that_says_something(
    opened: Callable[..., Vault], mine: str, summary: str, place: dict[str, str] | None
) -> None:
    base = {"transformer.md": BASE["transformer.md"].replace("\n## Builds", f"\n# Title\n\n{SAYS}\n\n## Builds")}
    with opened({"reading/vaswani.md": f"---\narxiv: 1706.03762\n---\n{mine}\n"}, base) as found:
        paper = show(found, "transformer")
    assert (paper["summary"], paper["summary_from"]) == (summary, place)


def test_a_file_about_two_papers_opens_neither_card(opened: Callable[..., Vault]) -> None:
    both = f"- title: One Thing\n  arxiv: 1706.03762\n  notes: {SAYS}\n- title: Two Things\n  arxiv: 1810.04805\n"
    with opened({"both.yaml": both}, {}) as found:
        assert [show(found, name)["summary"] for name in ("1706.03762", "1810.04805")] == [None, None]


def test_lineage_of_the_base_holds_for_the_reader_s_note(opened: Callable[..., Vault]) -> None:
    with opened(MINE, BASE) as found:
        assert edges(found.store, "builds-on") == [("builds-on", "paper:transformer", "paper:bahdanau-attention")]
        assert ("links", "paper:transformer", "ghost:foo") in edges(found.store)


def test_a_circle_through_the_base_is_reported_where_the_reader_can_mend_it(opened: Callable[..., Vault]) -> None:
    mine = {"mine.md": "---\narxiv: '1409.0473'\n---\n## Builds on\n\n- [[transformer]]: as I remember it\n"}
    with opened(mine, BASE) as found:
        [finding] = [finding for finding in check.findings(found.store) if finding.code == "builds-on-cycle"]
        assert (finding.path, finding.line) == ("mine.md", 6)
        assert finding.message == "`bahdanau-attention` builds on `transformer`, which closes a cycle"


LAYERED = {"ln.md": "---\nkind: paper\ntitle: LN\n---\n## Cites\n\n- [[groupnorm]]: later\n- arXiv:1803.08494\n"}
OF_GROUPNORM = ("cites", "paper:ln", "ghost:groupnorm")


@pytest.mark.parametrize(
    "mine",
    [
        {"x/groupnorm.md": "---\nkind: paper\ntitle: Group Normalization\n---\n"},
        {"gn.md": "---\nkind: paper\naliases: [GroupNorm]\n---\n"},
        {"gn.md": "---\nkind: paper\ntitle: GroupNorm\n---\n"},
    ],
)
def test_what_the_base_has_no_note_of_may_be_a_note_of_the_reader(
    opened: Callable[..., Vault], mine: dict[str, str]
) -> None:
    with opened(mine, LAYERED) as found:
        [key] = {key for key in paper_keys(found.store) if key != "ln"}
        assert set(edges(found.store, "cites")) == {
            ("cites", "paper:ln", f"paper:{key}"),
            ("cites", "paper:ln", "ghost:arxiv:1803.08494"),
        }


@pytest.mark.parametrize(
    "mine",
    [
        {"groupnorm.md": "# On norms of groups\n"},
        {"GroupNorm and others.md": "---\nkind: paper\n---\n"},
        {"a.md": "---\nkind: paper\naliases: [groupnorm]\narxiv: '1801.00001'\n---\n"}
        | {"b.md": "---\nkind: paper\naliases: [groupnorm]\narxiv: '1801.00002'\n---\n"},
        {"l.md": "".join(f"- [{title}](https://arxiv.org/abs/1801.0000{n})\n" for n, title in enumerate(
            ["GroupNorm", "Sums", "Sums Again"], 1))},
    ],
    ids=["no paper", "a longer name", "two papers", "only mentioned"],
)  # fmt: skip
def test_what_may_be_something_else_stays_a_ghost(opened: Callable[..., Vault], mine: dict[str, str]) -> None:
    with opened(mine, LAYERED) as found:
        assert OF_GROUPNORM in edges(found.store, "cites")


def test_an_id_of_the_base_is_a_note_of_the_reader(opened: Callable[..., Vault]) -> None:
    with opened({"mine.md": "---\narxiv: '1803.08494'\n---\n"}, LAYERED) as found:
        assert set(edges(found.store, "cites")) == {OF_GROUPNORM, ("cites", "paper:ln", "paper:mine")}


def test_a_link_looks_in_the_reader_s_vault_first(opened: Callable[..., Vault]) -> None:
    links = {"s.md": "[[transformer]] and [[self-attention]] and [[README]]"}
    with opened(links, BASE) as found:
        assert edges(found.store)[1:] == [
            ("discusses", "document:s.md", "paper:transformer"),
            ("links", "document:s.md", "ghost:readme"),
            ("links", "document:s.md", "pattern:self-attention"),
            ("uses-pattern", "paper:transformer", "pattern:self-attention"),
        ], "papers and patterns of the base are found, its other pages are not"
    with opened(links | {"electric/Transformer.md": "two coils"}, BASE) as found:
        assert ("links", "document:s.md", "document:electric/Transformer.md") in edges(found.store)
    (found.root / "electric/Transformer.md").unlink()
    with opened({}, BASE) as found:
        assert ("discusses", "document:s.md", "paper:transformer") in edges(found.store)


def test_a_link_says_which_vault_its_target_is_in(opened: Callable[..., Vault]) -> None:
    links = {"s.md": "[[transformer]] [[b]] [[nothing]] [x](https://example.org)", "b.md": ""}
    with opened(links, BASE) as found:
        document = card.document(found.store, "own", "s.md")
    assert [(link["target"], link["target_source"]) for link in document["links"]] == [
        ("transformer.md", "curated"),
        ("b.md", "own"),
        ("ghost:nothing", None),
        ("https://example.org", None),
    ]


def test_names_of_the_base_are_found_by_alias_and_id(opened: Callable[..., Vault]) -> None:
    text = "---\nkind: paper\nbuilds_on: [additive attention]\npatterns: [intra-attention]\n---\nOn arXiv:1706.03762.\n"
    with opened({"mine.md": text}, BASE) as found:
        mine = [edge for edge in edges(found.store) if edge[1] == "paper:mine"]
    assert mine == [
        ("builds-on", "paper:mine", "paper:bahdanau-attention"),
        ("links", "paper:mine", "paper:transformer"),
        ("uses-pattern", "paper:mine", "pattern:self-attention"),
    ]


def test_a_paper_of_a_list_may_have_the_name_of_a_curated_file(opened: Callable[..., Vault]) -> None:
    base = {**BASE, "ends.md": "---\ntitle: Rethinking the End\narxiv: '2009.14794'\nauthors: [Ada Ann]\n---\n"}
    listed = "- Ends (Ann et al., 2021)\n- Middles (Bo et al., 2020)\n- Sides (Cid et al., 2020)\n"
    with opened({"list.md": listed}, base) as found:
        assert paper_keys(found.store) == ["bahdanau-attention", "ends", "middles", "sides", "transformer"]
    with opened({"list.md": listed.replace("Ann", "Dan")}, base) as found:
        assert "list.md#0" in paper_keys(found.store), "another author's"


def test_ambiguous_in_the_reader_s_vault_stays_ambiguous(opened: Callable[..., Vault]) -> None:
    with opened({"a/transformer.md": "", "b/transformer.md": "", "s.md": "[[transformer]]"}, BASE) as found:
        assert found.store.rows("SELECT status FROM link l JOIN document d ON d.id = l.doc WHERE d.path = 's.md'") == [
            ("ambiguous",)
        ]


def test_a_note_that_shares_only_the_name_is_another_paper(opened: Callable[..., Vault]) -> None:
    electric = "---\ntitle: On Coils\nkind: paper\nauthors: [Nikola Tesla]\n---\n"
    with opened({"transformer.md": electric}, BASE) as found:
        assert paper_keys(found.store) == ["bahdanau-attention", "transformer", "transformer.md"]
        assert show(found, "transformer")["source"] == "curated"
        assert show(found, "transformer.md")["title"] == "On Coils"


def test_links_of_the_base_do_not_lead_into_the_reader_s_vault(opened: Callable[..., Vault]) -> None:
    with opened({"bahdanau-attention.md": "shopping list"}, BASE) as found:
        assert edges(found.store, "builds-on") == [("builds-on", "paper:transformer", "paper:bahdanau-attention")]


def test_counts_and_findings_are_of_the_reader_s_own_vault(opened: Callable[..., Vault]) -> None:
    with opened(MINE, BASE) as found:
        counted = counts(found.store)
        assert (counted["documents"], counted["papers"], counted["ghosts"]) == (1, 1, 1)
        assert {finding.path for finding in check.findings(found.store)} == {"reading/vaswani.md"}


def test_own_leaves_the_base_out(opened: Callable[..., Vault], tmp_path: Path) -> None:
    with opened(MINE, BASE):
        pass
    with opened(MINE) as found:
        assert paper_keys(found.store) == ["vaswani"]
        assert found.store.rows("SELECT * FROM document WHERE layer = 'curated'") == []
    index = tmp_path / "one.sqlite"
    for base, papers in ((True, 2), (False, 1), (True, 2)):
        with open_vault(found.root, CARDS, base=base, index=index) as again:
            assert len(paper_keys(again.store)) == papers, "even where both share one index file"
    with open_vault(found.root, CARDS, index=index) as again:
        assert len(again.changes) == 0


def test_the_curated_vault_itself_opens_without_a_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "CURATED", str(write(tmp_path / "papers", BASE)))
    with open_vault(tmp_path / "papers", Cards()) as found:
        assert found.store.rows("SELECT DISTINCT layer FROM document") == [("own",)]


def test_the_vault_that_ships_is_found_under_every_other(tmp_path: Path) -> None:
    root = write(tmp_path / "vault", {"note.md": "---\narxiv: '1706.03762'\n---\n"})
    with open_vault(root, Cards()) as found:
        paper = show(found, "note")
    assert paper["key"] == "transformer"
    assert paper["patterns"]
