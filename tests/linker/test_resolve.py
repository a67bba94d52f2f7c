"""Where a link leads: a table of cases through the whole pipeline and through the pure function, then single rules.

The table's expectations are Obsidian's own answers, except where ours differ on purpose: segment boundaries, exact case
first, a tie is ambiguous, and papers are looked up after files.
"""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from kb import read
from kb.query.names import find
from linker.check import findings
from linker.offers import offers
from linker.resolution import Place, Resolution
from linker.resolve import Index, resolve
from linker.vault import Vault
from tests.kb.growth import LINEAR, growth
from tests.linker.conftest import paper_keys

ATTENTION = "Attention Is All You Need.md"
OBSIDIAN = "obsidian://open"
GPT_2 = "_posts/2019-04-01-gpt2.md"
VAULT = {
    ATTENTION: "---\naliases: [Transformer, AIAYN]\n---\n# Model\n\n## Multi-Head Attention\n\nsoftmax ^eq1\n",
    "papers/BatchNorm.md": "---\naliases: Batch Normalization\n---\n",
    "papers/LayerNorm.md": "",
    "papers/2015/Adam.md": "",
    "papers/2017/Adam.md": "",
    "optim/Adam.md": "",
    "models/VQ-VAE.md": "",
    "papers/1412.6980.md": '---\ntitle: "Adam: A Method for Stochastic Optimization"\n---\n',
    "papers/GPT-3.5 report.md": "",
    "people/Bjørn Ångström.md": "",
    "100% Accuracy.md": "",
    "topics/index.md": "",
    "Mamba (2023).md": "",
    "ab/Note.md": "",
    "C4 & The Pile.md": "",
    "Case/CamelCase.md": "",
    "case2/camelcase.md": "",
    "assets/fig1.png": "",
    "content/blog/OBD/index.md": "",
    GPT_2: "## Samples\n",
    "_posts/2019-04-09-news.md": "",
    "_posts/2020-04-09-news.md": "",
    unicodedata.normalize("NFD", "people/Café.md"): "",
}


@dataclass(frozen=True)
class Row:
    """One case: the text of a note, and where each of its links leads."""

    id: str
    text: str
    to: str | None = None  # one link: path, `ghost:key`, or None for nowhere
    how: str = ""
    status: str = "ok"
    source: str = "src/s.md"
    candidates: int = 0
    links: int = 1
    kind: str = "wiki"


ROWS = [
    Row("01", "[[BatchNorm]]", "papers/BatchNorm.md", "name"),
    Row("02", "[[BatchNorm.md]]", "papers/BatchNorm.md", "name"),
    Row("03", "[[batchnorm]]", "papers/BatchNorm.md", "name"),
    Row("04", "[[BatchNorm|BN]]", "papers/BatchNorm.md", "name"),
    Row("04 in a table", "| a |\n|---|\n| [[BatchNorm\\|BN]] |", "papers/BatchNorm.md", "name"),
    Row("05", "[[Attention Is All You Need#Multi-Head Attention]]", ATTENTION, "name"),
    Row("06", "[[Attention Is All You Need#Model#Multi-Head Attention]]", ATTENTION, "name"),
    Row("07", "[[Attention Is All You Need#No Such Heading]]", ATTENTION, "name", "fragment-missing"),
    Row("08", "[[Attention Is All You Need#^eq1]]", ATTENTION, "name"),
    Row("08 wrong block", "[[Attention Is All You Need#^eq2]]", ATTENTION, "name", "fragment-missing"),
    Row("09", "# Notes\n\n[[#Notes]]", "src/s.md", "self"),
    Row("10", "[[papers/2015/Adam]]", "papers/2015/Adam.md", "exact-path"),
    Row("12", "[[Adam]]", "optim/Adam.md", "shortest", candidates=3),
    Row("13", "[[Adam]]", "papers/2017/Adam.md", "own-folder", source="papers/2017/s13.md", candidates=3),
    Row("14", "[[Adam]]", None, "", "ambiguous", source="papers/s14.md", candidates=3),
    Row("15", "[[../optim/Adam]]", "optim/Adam.md", "relative"),
    Row("17", "[[/optim/Adam]]", "optim/Adam.md", "exact-path"),
    Row("19", "[[Transformer]]", ATTENTION, "alias"),
    Row("20", "[[Adam: A Method for Stochastic Optimization]]", "papers/1412.6980.md", "title"),
    Row("21", "[[1412.6980]]", "papers/1412.6980.md", "name"),
    Row("23", "[[GPT-3.5 report]]", "papers/GPT-3.5 report.md", "name"),
    Row("24", "[[VAE]]", "ghost:vae", "", "missing"),
    Row("25", "![[fig1.png]]", "assets/fig1.png", "name", kind="embed"),
    Row("26", "[[fig1]]", "ghost:fig1", "", "missing"),
    Row("27", "![[Attention Is All You Need#Multi-Head Attention]]", ATTENTION, "name", kind="embed"),
    Row("28", "![[fig1.png|300]]", "assets/fig1.png", "name", kind="embed"),
    Row("30", "`[[BatchNorm]]`", links=0),
    Row("31", "```\n[[BatchNorm]]\n```", links=0),
    Row("32", "%% see [[BatchNorm]] %%", links=0),
    Row("34", "[a](../Attention%20Is%20All%20You%20Need.md)", ATTENTION, "relative", kind="markdown"),
    Row("35", "[bn](BatchNorm.md)", "papers/BatchNorm.md", "name", kind="markdown"),
    Row("36", "[m](<../Mamba (2023).md>)", "Mamba (2023).md", "relative", kind="markdown"),
    Row("38", "[[100% Accuracy]]", "100% Accuracy.md", "name"),
    Row("39", f"[[{unicodedata.normalize('NFD', 'Bjørn Ångström')}]]", "people/Bjørn Ångström.md", "name"),
    Row("40", '---\nup: "[[BatchNorm]]"\n---\n', "papers/BatchNorm.md", "name", kind="property"),
    Row("42", "---\nauthor: [[@x on Twitter]]\n---\n[[BatchNorm]]", "papers/BatchNorm.md", "name"),
    Row("43", "[[https://arxiv.org/abs/1412.6980]]", "papers/1412.6980.md", "arxiv-id"),
    Row("45", "[[topics]]", "ghost:topics", "", "missing"),
    Row("47", "[[Batch\nNorm]]", links=0),
    Row("49", "[[C4 & The Pile]]", "C4 & The Pile.md", "name"),
    Row("50", "[[Optimal Brain Damage]]", "ghost:optimal-brain-damage", "", "missing"),
    Row("52", "> [!note] see [[BatchNorm]]", "papers/BatchNorm.md", "name"),
    Row("53", "## heading with [[BatchNorm]]", "papers/BatchNorm.md", "name"),
    Row("55", "[ref][bn]\n\n[bn]: ../papers/BatchNorm.md", "papers/BatchNorm.md", "relative", kind="markdown"),
    # more cases, from the rules
    Row("exact case", "[[CamelCase]]", "Case/CamelCase.md", "name", candidates=2),
    Row("exact case, lower", "[[camelcase]]", "case2/camelcase.md", "name", candidates=2),
    Row("any case", "[[CAMELCASE]]", "Case/CamelCase.md", "shortest", candidates=2),
    Row(
        "exact case beats the own folder",
        "[[camelcase]]",
        "case2/camelcase.md",
        "name",
        source="Case/s.md",
        candidates=2,
    ),
    Row("segment boundary", "[[b/Note]]", "ghost:b-note", "", "missing"),
    Row("suffix of the path", "[[2015/Adam]]", "papers/2015/Adam.md", "name"),
    Row("./ does not roam", "[[./BatchNorm]]", "ghost:batchnorm", "", "missing"),
    Row("/ does not roam", "[[/BatchNorm]]", "ghost:batchnorm", "", "missing"),
    Row("an ancestor is not preferred", "[[LayerNorm]]", "papers/LayerNorm.md", "name", source="papers/2015/x/s.md"),
    Row("own folder ends at a slash", "[[Adam]]", "optim/Adam.md", "shortest", source="opt/s.md", candidates=3),
    Row("non-breaking space", "[[C4\N{NO-BREAK SPACE}&\N{NO-BREAK SPACE}The Pile]]", "C4 & The Pile.md", "name"),
    Row("title's head is ambiguous with no file", "[[adam a method]]", "papers/1412.6980.md", "title-prefix"),
    Row("versioned id", "[[arXiv:1412.6980v9]]", "papers/1412.6980.md", "arxiv-id"),
    Row("id as DOI", "[[10.48550/arXiv.1412.6980]]", "papers/1412.6980.md", "arxiv-id"),
    Row("id without note", "[[1706.03762v5]]", "ghost:arxiv:1706.03762", "", "missing"),
    Row("scalar alias", "[[batch normalization]]", "papers/BatchNorm.md", "alias"),
    Row("a folder is not a note", "[p](../papers/)", None, "", "missing", kind="markdown"),
    Row("outside", "[p](https://example.org/BatchNorm.md)", None, "", "external", kind="markdown"),
    Row(
        "a note's page at a code host",
        "[p](https://github.com/ann/notes/blob/main/papers/2015/Adam.md)",
        "papers/2015/Adam.md",
        "exact-path",
        kind="markdown",
    ),
    Row(
        "... with a heading",
        "[p](https://gitlab.com/ann/notes/-/blob/main/Attention%20Is%20All%20You%20Need.md#model)",
        ATTENTION,
        "exact-path",
        kind="markdown",
    ),
    Row(
        "... at another path",
        "[p](https://github.com/ann/notes/blob/main/2015/Adam.md)",
        None,
        "",
        "external",
        kind="markdown",
    ),
    Row("Obsidian's address", f"[p]({OBSIDIAN}?vault=v&file=optim%2FAdam)", "optim/Adam.md", "exact-path",
        kind="markdown"),
    Row("... by name", f"[p]({OBSIDIAN}?file=BatchNorm&vault=v)", "papers/BatchNorm.md", "name", kind="markdown"),
    Row("... in another vault", f"[p]({OBSIDIAN}?vault=v&file=optim%2FSGD)", None, "", "external", kind="markdown"),
    Row("Zotero's address of an unknown item", "[p](zotero://select/items/@a)", None, "", "external", kind="markdown"),
    Row("missing file", "[p](nothing.md)", "ghost:nothing", "", "missing", kind="markdown"),
    Row("spaced text", "[[  BatchNorm  | BN ]]", "papers/BatchNorm.md", "name"),
    Row("no links in math", "$[[BatchNorm]]$", links=0),
    Row("no links in display math", "$$\n[[BatchNorm]]\n$$", links=0),
    Row("no links in HTML comments", "<!-- [[BatchNorm]] -->", links=0),
    Row("a comment of several lines", "%%\n[[BatchNorm]]\n%%", links=0),
    Row("no links in indented code", "text\n\n    [[BatchNorm]]", links=0),
    Row("no links in tilde fences", "~~~\n[[BatchNorm]]\n~~~", links=0),
    Row("file name in NFD on disk", "[[Café]]", unicodedata.normalize("NFD", "people/Café.md"), "name"),
    Row("folder in another case", "[[PAPERS/2015/adam]]", "papers/2015/Adam.md", "exact-path"),
    Row("relative, in another case", "[[../OPTIM/adam]]", "optim/Adam.md", "relative"),
    Row("out of the vault", "[[../../optim/Adam]]", "ghost:optim-adam", "", "missing"),
    Row("file name extension and heading", f"[[{ATTENTION}#model]]", ATTENTION, "name"),
    Row("heading with other punctuation", "[[Attention Is All You Need#Multi-Head: (Attention)]]", ATTENTION, "name"),
    Row(
        "heading path in the wrong order",
        "[[AIAYN#Multi-Head Attention#Model]]",
        ATTENTION,
        "alias",
        "fragment-missing",
    ),
    Row("alias with heading", "[[AIAYN#Model]]", ATTENTION, "alias"),
    Row("block in another case", "[[Attention Is All You Need#^EQ1]]", ATTENTION, "name"),
    Row("embedded block", "![[Attention Is All You Need#^eq1]]", ATTENTION, "name", kind="embed"),
    Row("embed in Markdown", "![a](../assets/fig1.png)", "assets/fig1.png", "relative", kind="embed"),
    Row(
        "Markdown link to a heading",
        "[a](<../Attention Is All You Need.md#model>)",
        ATTENTION,
        "relative",
        kind="markdown",
    ),
    Row("Markdown link to a folder with a page", "[t](../topics/)", "topics/index.md", "relative", kind="markdown"),
    Row("... without the slash", "[t](../topics)", "topics/index.md", "relative", kind="markdown"),
    Row("... from the vault's folder", "[t](/topics/)", "topics/index.md", "relative", kind="markdown"),
    Row("... as a page of a site", "[t](../topics/index.html)", "topics/index.md", "relative", kind="markdown"),
    Row("... to the page of a note", "[b](/papers/BatchNorm.html)", "papers/BatchNorm.md", "relative", kind="markdown"),
    Row("... shown as a folder", "[b](../papers/BatchNorm/)", "papers/BatchNorm.md", "relative", kind="markdown"),
    Row("... from the vault's folder", "[b](papers/BatchNorm/)", "papers/BatchNorm.md", "relative", kind="markdown"),
    Row("... where Hugo keeps notes", "[o](/blog/OBD/)", "content/blog/OBD/index.md", "relative", kind="markdown"),
    Row("... by Hugo's tag", '[o]({{< ref "/blog/obd" >}})', "content/blog/OBD/index.md", "relative", kind="markdown"),
    Row("... outside the vault", "[b](../papers/BatchNorm/)", None, "", "missing", source="s.md", kind="markdown"),
    Row("... in another folder", "[b](../BatchNorm.html)", None, "", "missing", kind="markdown"),
    *(
        Row(f"the address of a post: {where}", f"[g]({where})", GPT_2, "relative", kind="markdown")
        for where in ("/2019/04/01/gpt2/", "/nlp/2019/4/1/gpt2.html", "/blog/2019/GPT2/", "/posts/gpt2", "../gpt2/")
    ),
    Row("... of another day", "[g](/2019/04/02/gpt2/)", None, "", "missing", kind="markdown"),
    Row("... under a number", f"[g](/{'9' * 5000}/gpt2/)", GPT_2, "relative", kind="markdown"),
    Row("... of two posts", "[n](/blog/news/)", None, "", "ambiguous", kind="markdown", candidates=2),
    Row("... one of that year", "[n](/2020/news/)", "_posts/2020-04-09-news.md", "relative", kind="markdown"),
    Row("a post is no page of a folder", "[p](/_posts/index.html)", None, "", "missing", kind="markdown"),
    Row("Jekyll's tag for a post", "[g]({% post_url 2019-04-01-gpt2 %})", GPT_2, "name", kind="markdown"),
    Row("Hugo's for a heading", '[g]({{< ref "/_posts/2019-04-01-gpt2.md#samples" >}})', GPT_2, "exact-path",
        kind="markdown"),
    Row("a wiki-link leads to no page of a site", "[[BatchNorm.html]]", "ghost:batchnorm-html", "", "missing"),
    Row("attachment by link", "[[fig1.png]]", "assets/fig1.png", "name"),
    Row("ending in capitals", "[[BatchNorm.MD]]", "papers/BatchNorm.md", "name"),
    Row("percent is not decoded in wiki-links", "[[C4%20&%20The%20Pile]]", "ghost:c4-20-20the-20pile", "", "missing"),
    Row("bold", "**[[BatchNorm]]**", "papers/BatchNorm.md", "name"),
    Row("in a table", "| a | b |\n|---|---|\n| [[BatchNorm]] | x |", "papers/BatchNorm.md", "name"),
    Row("in a footnote", "x[^1]\n\n[^1]: [[BatchNorm]]", "papers/BatchNorm.md", "name"),
    Row("field of a line", "up:: [[BatchNorm]]", "papers/BatchNorm.md", "name", kind="field"),
    Row("list in front matter", '---\nup: ["[[BatchNorm]]"]\n---\n', "papers/BatchNorm.md", "name", kind="property"),
    Row(
        "missing note linked in Markdown", "[b](Batch%20Renorm)", "ghost:batch-renorm", "", "missing", kind="markdown"
    ),
    Row("missing picture", "![[fig2.png]]", None, "", "missing", kind="embed"),
]
ids = [row.id for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_table_through_a_vault_on_disk(row: Row, opened: Callable[..., Vault]) -> None:
    with opened(VAULT | {row.source: row.text}) as vault:
        found = vault.store.rows(
            "SELECT l.kind, l.status, l.how, coalesce(t.path, n.kind || ':' || n.key), l.candidates FROM link l "
            "JOIN document d ON d.id = l.doc LEFT JOIN document t ON t.id = l.to_doc LEFT JOIN node n "
            "ON n.id = l.to_node WHERE d.path = ? ORDER BY l.n",
            (row.source,),
        )
    assert len(found) == row.links
    for kind, status, how, to, candidates in found:
        assert (kind, status, how, to) == (row.kind, row.status, row.how, row.to)
        assert len(candidates.split('","')) == row.candidates if row.candidates else candidates is None


def index_of(vault: dict[str, str], seed: int) -> Index:
    """The resolver's index of these files, added in an order set by `seed`."""
    records = [read.read(path, text.encode()) for path, text in vault.items() if not path.endswith(".png")]
    found = [
        (stage, key.partition(":")[2], Place(record.path, n)) for record in records for key, n, stage in offers(record)
    ]
    found += [
        ("name", path.rpartition("/")[2], Place(path, kind="attachment")) for path in vault if path.endswith(".png")
    ]
    random.Random(seed).shuffle(found)
    index = Index(fragments={record.path: record.fragments for record in records}.__getitem__)
    for stage, key, place in found:
        index.add(stage, key, place)
    return index


@pytest.mark.parametrize("row", [row for row in ROWS if row.links], ids=[row.id for row in ROWS if row.links])
def test_table_through_the_pure_function_in_any_order_of_files(row: Row) -> None:
    record = read.read(row.source, row.text.encode())
    [link] = record.links
    for seed in range(4):
        index = index_of(VAULT | {row.source: row.text}, seed)
        found = resolve(link.target, row.source, index, fragment=link.fragment, written=link.kind)
        to = None if row.to is None or row.to.startswith("ghost:") else row.to
        assert (found.status, found.how, found.place and found.place.path) == (row.status, row.how, to)
        assert len(found.candidates) == row.candidates


def only(vault: dict[str, str], target: str, source: str = "s.md", **options: str | bool) -> Resolution:
    found = {resolve(target, source, index_of(vault, seed), **options) for seed in range(6)}  # type: ignore[arg-type]
    assert len(found) == 1, "the answer depends on the order of files"
    return found.pop()


def test_46_two_links_side_by_side_are_two(opened: Callable[..., Vault]) -> None:
    with opened(VAULT | {"s.md": "[[BatchNorm]][[LayerNorm]]"}) as vault:
        assert vault.store.rows("SELECT raw, col FROM link ORDER BY n") == [("[[BatchNorm]]", 1), ("[[LayerNorm]]", 14)]


def test_42_a_broken_field_costs_its_note_nothing_but_a_diagnostic(opened: Callable[..., Vault]) -> None:
    with opened(VAULT | {"s.md": "---\nauthor: [[@x on Twitter]]\n---\n[[BatchNorm]]"}) as vault:
        [(diagnostics,)] = vault.store.rows("SELECT diagnostics FROM document WHERE path = 's.md'")
        assert ',"yaml","warning","the value of `author`' in diagnostics
        assert vault.store.rows("SELECT raw FROM link") == [("[[BatchNorm]]",)]


def test_09_a_link_to_oneself_is_no_edge(opened: Callable[..., Vault]) -> None:
    with opened({"s.md": "# Notes\n\n[[#Notes]] [[s]]"}) as vault:
        assert vault.store.rows("SELECT * FROM edge") == []


def test_40_a_field_keeps_its_name_as_role(opened: Callable[..., Vault]) -> None:
    with opened(VAULT | {"s.md": '---\nup: "[[BatchNorm]]"\n---\n'}) as vault:
        assert vault.store.rows("SELECT type, role FROM edge") == [("links", "up")]


def test_ghosts_are_shared_by_all_spellings(opened: Callable[..., Vault]) -> None:
    texts = [
        "[[Optimal Brain Damage]]",
        "[[optimal brain-damage]]",
        "[o](<x/Optimal Brain Damage.md>)",
        "[[Optimal Brain Damage.md|OBD]]",
        "see <https://arxiv.org/abs/1706.03762v2>",
        "see arXiv:1706.03762",
    ]
    with opened({f"{n}.md": text for n, text in enumerate(texts)}) as vault:
        assert paper_keys(vault.store, "ghost") == ["arxiv:1706.03762", "optimal-brain-damage"]
        [(title,)] = vault.store.rows("SELECT title FROM node WHERE key = 'optimal-brain-damage'")
        assert title == "Optimal Brain Damage"
        [(date,)] = vault.store.rows("SELECT date FROM node WHERE key = 'arxiv:1706.03762'")
        assert date == "2017-06", "an id gives the month, so the ghost has a place on a timeline"


def test_a_ghost_known_by_an_id_is_called_what_its_links_show(opened: Callable[..., Vault]) -> None:
    to = "## Notes\n\nsee [{}](https://arxiv.org/abs/1706.03762) for that"
    shown = ["paper", "Transformer", "attention layers", "Attention Is All You Need", "Vaswani et al., 2017"]
    texts = [*map(to.format, shown), "see [[1706.03762|the paper]]"]
    texts.append("## Notes\n\nsee [here](https://arxiv.org/abs/1412.6980) too")
    with opened({f"{n}.md": text for n, text in enumerate(texts)}) as vault:
        found = dict(vault.store.rows("SELECT key, title FROM node WHERE kind = 'ghost'"))
        assert found == {"arxiv:1706.03762": "Attention Is All You Need", "arxiv:1412.6980": "arxiv:1412.6980"}
        assert find(vault.store, "attention is all").key == "arxiv:1706.03762"


def test_obsidian_parity_stops_before_the_paper_stages() -> None:
    assert only(VAULT, "Transformer", papers=False).status == "missing"
    assert only(VAULT, "Adam: A Method for Stochastic Optimization", papers=False).status == "missing"
    assert only(VAULT, "https://arxiv.org/abs/1412.6980", papers=False).status == "missing"
    assert only(VAULT, "BatchNorm", papers=False).status == "ok"


PAPER = "---\ntitle: '{}'\n{}\n---\n"


@pytest.mark.parametrize(
    ("target", "field", "how"),
    [
        ("1706.03762v5", "arxiv: '1706.03762'", "arxiv-id"),
        ("https://arxiv.org/pdf/1706.03762v2.pdf", "url: https://arxiv.org/abs/1706.03762", "arxiv-id"),
        ("arxiv.org/abs/1706.03762", "arxiv: '1706.03762'", "arxiv-id"),
        ("https://doi.org/10.48550/arXiv.1706.03762", "arxiv: '1706.03762'", "arxiv-id"),
        ("https://doi.org/10.1000/ABC", "doi: 10.1000/abc", "doi"),
        ("10.1000/abc", "doi: https://doi.org/10.1000/abc", "doi"),
        ("https://openreview.net/pdf?id=B16dGcqlx", "url: https://openreview.net/forum?id=B16dGcqlx", "id"),
        ("https://aclanthology.org/N19-1423.pdf", "url: https://aclanthology.org/N19-1423/", "id"),
        ("@vaswani2017attention", "citekey: vaswani2017attention", "citekey"),
        ("@vaswani2017", "key: vaswani2017", "citekey"),
        ("zotero://select/items/@vaswani2017", "citekey: vaswani2017", "citekey"),
        ("vaswani2017attention", "citekey: vaswani2017attention", "citekey"),
        ("vaswani2017attention", "citekey: vaswani2017attention\naliases: [vaswani2017attention]", "alias"),
    ],
)
def test_a_paper_is_found_by_what_identifies_it(target: str, field: str, how: str) -> None:
    vault = {"a.md": PAPER.format("Some Paper", field), "b.md": PAPER.format("Other", "arxiv: '1412.6980'")}
    found = only(vault, target)
    assert (found.status, found.how, found.place and found.place.path) == ("ok", how, "a.md")
    assert only(vault, target, papers=False).status == "missing"


def test_two_papers_that_claim_one_id_are_ambiguous() -> None:
    vault = {f"{name}.md": PAPER.format(name, "doi: 10.1000/abc") for name in "ab"}
    assert only(vault, "10.1000/abc") == Resolution("ambiguous", candidates=("a.md", "b.md"))


# -- Obsidian's own answers ------------------------------------------------------------------------------------------

MIXED = {
    "paperkb.toml": 'links = "obsidian"\n',
    "Transformer (2017).md": "---\ntitle: Attention Is All You Need\naliases: [Transformer]\n"
    "arxiv: '1706.03762'\n---\n",
    "s.md": "[[Transformer]] [[Transformer (2017)]] [[Attention Is All You Need]] [[https://arxiv.org/abs/1706.03762]]\n\n"
    "arXiv:1706.03762 [p](https://arxiv.org/abs/1706.03762)\n\n[b](bahdanau.md) [[bahdanau]] ![[bahdanau]]\n",
}
CURATED = {"bahdanau.md": "---\nkind: paper\ntitle: Neural Machine Translation\n---\n"}


def leads_to(vault: Vault) -> list[str]:
    rows = vault.store.rows(
        "SELECT l.raw, coalesce(t.layer || ':' || t.path, n.kind || ':' || n.key) FROM link l "
        "JOIN document d ON d.id = l.doc LEFT JOIN document t ON t.id = l.to_doc "
        "LEFT JOIN node n ON n.id = l.to_node WHERE d.path = 's.md' ORDER BY l.n"
    )
    return [f"{raw} -> {to}" for raw, to in rows]


def test_strict_links_lead_where_obsidians_do_and_papers_stay_papers(opened: Callable[..., Vault]) -> None:
    with opened(MIXED, CURATED) as vault:
        assert leads_to(vault) == [
            "[[Transformer]] -> ghost:transformer",
            "[[Transformer (2017)]] -> own:Transformer (2017).md",
            "[[Attention Is All You Need]] -> ghost:attention-is-all-you-need",
            "[[https://arxiv.org/abs/1706.03762]] -> ghost:arxiv:1706.03762",
            "arXiv:1706.03762 -> own:Transformer (2017).md",
            "[p](https://arxiv.org/abs/1706.03762) -> own:Transformer (2017).md",
            "[b](bahdanau.md) -> ghost:bahdanau",
            "[[bahdanau]] -> ghost:bahdanau",
            "![[bahdanau]] -> ghost:bahdanau",
        ]


def test_another_choice_relinks_everything(opened: Callable[..., Vault]) -> None:
    with opened(MIXED, CURATED) as vault:
        strict = leads_to(vault)
    with opened(MIXED | {"paperkb.toml": ""}, CURATED) as vault:
        assert not vault.changes, "no note was read again"
        found = leads_to(vault)
        assert found[0] == "[[Transformer]] -> own:Transformer (2017).md"
        assert found[-1] == "![[bahdanau]] -> curated:bahdanau.md"
        assert paper_keys(vault.store, "ghost") == []
    with opened(MIXED, CURATED) as vault:
        assert leads_to(vault) == strict


NOTE = "---\ntitle: '{}'\naliases: [{}]\n---\n"


def test_a_name_that_two_papers_have_makes_no_edge() -> None:
    vault = {"a.md": NOTE.format("C++", ""), "b.md": NOTE.format("C#", ""), "x.md": NOTE.format("x", "C")}
    assert only(vault, "C").how == "alias", "an alias comes before titles"
    del vault["x.md"]
    assert only(vault, "c") == Resolution("ambiguous", candidates=("a.md", "b.md"))


def test_stages_come_in_order_alias_title_head_prefix() -> None:
    vault = {
        "alias.md": NOTE.format("x", "NICE"),
        "title.md": NOTE.format("NICE", ""),
        "head.md": NOTE.format("NICE: Non-linear Independent Components", ""),
        "prefix.md": NOTE.format("Nice methods of estimation", ""),
    }
    for how in ("alias", "title", "title-head"):
        found = only(vault, "nice")
        assert (found.how, found.place and found.place.path) == (how, f"{how.removeprefix('title-')}.md")
        del vault[f"{how.removeprefix('title-')}.md"]
    assert only(vault, "nice methods").how == "title-prefix"
    assert only(vault, "nice meth").status == "missing", "a prefix consists of whole words"
    assert only(vault, "nice").status == "missing", "a single word names something else"


@pytest.mark.parametrize("target", ["Deep Ends", "Deep Ends (2017)"])
def test_a_heading_with_the_year_is_found_with_and_without_it(target: str) -> None:
    found = only({"a.md": "# Deep Ends (2017)\n\narXiv: 1706.00001\n"}, target)
    assert (found.status, found.place and found.place.path) == ("ok", "a.md")


@pytest.mark.parametrize(
    ("target", "titles"),
    [
        ("BERT", ["ALBERT: A Lite BERT", "DistilBERT, a distilled version of BERT"]),  # T3
        ("Layer Normalization", ["Root Mean Square Layer Normalization"]),  # T5
        ("Denoising Diffusion", ["Improved Denoising Diffusion Probabilistic Models"]),  # T6
    ],
)
def test_similar_titles_never_make_an_edge(target: str, titles: list[str]) -> None:
    assert only({f"{n}.md": NOTE.format(title, "") for n, title in enumerate(titles)}, target).status == "missing"


def test_folds_that_are_one_title() -> None:
    for written, title in [
        ("Are Sixteen Heads Really Better than One", "Are Sixteen Heads Really Better than One?"),  # T1
        ("I've seen", "I&#39;ve seen"),  # T7
        ("Über-NN", '{\\"U}ber-{NN}'),  # T10
        ("beta-VAE", "β-VAE"),
    ]:
        assert only({"a.md": f"---\ntitle: '{title}'\n---\n"}, written).how == "title", (written, title)


def test_paths_that_differ_in_case_only_are_told_apart() -> None:
    vault = {"x/Alpha.md": "", "X/Alpha.md": ""}
    for path in vault:
        found = only(vault, path)
        assert found.place == Place(path)
        assert only(vault, "./Alpha", f"{path[0]}/s.md").place == Place(path)
    assert only(vault, "x/ALPHA").status == "ambiguous"


def test_only_the_asked_kind_counts() -> None:
    index = index_of({}, 0)
    for kind in ("paper", "pattern"):
        index.add("title", "gating", Place(f"{kind}.md", 0, kind, kind))
    assert resolve("Gating", "s.md", index).status == "ambiguous"
    found = resolve("Gating", "s.md", index, among="pattern")
    assert (found.how, found.place and found.place.path) == ("title", "pattern.md")


def test_notes_of_one_paper_are_one_answer(opened: Callable[..., Vault]) -> None:
    paper = "---\ntitle: Deep Sets\narxiv: '1703.06114'\n{}---\n"
    notes = {"a.md": paper.format(""), "b.md": paper.format("venue: NIPS\nyear: 2017\n")}
    with opened(notes | {"s.md": "[[Deep Sets]]"}) as vault:
        assert vault.store.rows("SELECT l.status, d.path FROM link l JOIN document d ON d.id = l.to_doc") == [
            ("ok", "b.md")
        ], "the note with most front matter answers for the paper"


@pytest.mark.parametrize(
    ("target", "written", "source"),
    [
        ("Adam", "wiki", "s{}/s.md"),  # a tie, seen from as many folders as there are files
        ("Adam", "wiki", "d{}/s.md"),
        ("d{}/Adam", "wiki", "s.md"),
        ("x{}/Adam", "wiki", "s.md"),
        ("../no{}/Adam.md", "markdown", "d{}/s.md"),
        ("Adam {}", "wiki", "s.md"),
    ],
)
def test_many_links_to_many_files_of_one_name_take_linear_time(target: str, written: str, source: str) -> None:
    def link_all(text: str) -> None:
        index = Index()
        for n in range(len(text)):
            index.add("name", "adam.md", Place(f"d{n:06}/Adam.md"))
            index.add("title", f"adam {n:06} and more", Place(f"d{n:06}/Adam.md"))
        for n in range(len(text)):
            resolve(target.format(f"{n:06}"), source.format(f"{n:06}"), index, written=written)

    assert growth(link_all, "x", 4_000) < LINEAR


def test_of_very_many_candidates_a_few_are_told(opened: Callable[..., Vault]) -> None:
    notes = {f"d{n:02}/Adam.md": "" for n in range(30)}
    with opened(notes | {"s.md": "[[Adam]]"}) as vault:
        [(candidates,)] = vault.store.rows("SELECT candidates FROM link")
        assert candidates.count("Adam.md") == 21
        [finding] = [found for found in findings(vault.store) if found.code == "link-ambiguous"]
        assert finding.hint.startswith("write one of d00/Adam.md, d01/Adam.md")
        assert finding.hint.endswith("d19/Adam.md or others")
