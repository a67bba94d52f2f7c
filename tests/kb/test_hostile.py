"""Whatever a note contains, reading it never raises, never costs another note, and takes linear time and memory."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.config import Config
from kb.query.names import Named
from kb.read import read
from kb.store import Store
from kb.walk import walk
from linker.card import card
from linker.changes import Changes, Source, silent
from linker.check import findings
from linker.reading import read_changed
from linker.refresh import refresh
from linker.update import Update
from tests.contents import contents
from tests.fuzz import targets
from tests.kb.growth import LINEAR, growth, memory
from tests.linker.conftest import Cards

SEEDS = {file.name: file.read_bytes() for file in sorted((targets.FOLDER / "seeds" / "note").iterdir())}
"""Files with a path on the first line, then a note: one for each dialect and each kind of trouble."""

REPORT = "## Quick Facts\n\n## Limitations\n\n## Confidence\n\n## Next Checks\n\n"
DISCUSSION = "Shape\n\nView on HN\n> a\nView on HN\n"
READWISE = "## Metadata\n- Author: [[A]]\n\n## Highlights\n"
DIGEST = "".join(f"[A{n}](https://arxiv.org/abs/1706.0000{n}) x\n\n" for n in range(4))
LISTED = "".join(f"- [A{n}](https://arxiv.org/abs/1706.0000{n})\n" for n in range(4))
BARE = "https://arxiv.org/abs/2103.14636\n2021\n\n"
PIECES: dict[str, tuple[str, str, str]] = {
    "report, claims": ("a.md", REPORT + "## Why This Works\n", "- Claim: depth helps.\n"),
    "report, claims with parts": ("a.md", REPORT + "## Why This Works\n", "- Claim: a\n  - Break condition: b\n"),
    "report, one paragraph": ("a.md", REPORT + "## Why This Works\n", "Claim: a. Evidence: b; 2) c. "),
    "report, mechanisms": ("a.md", REPORT + "## Why This Works\n", "### Mechanism 1\n- Evidence anchors:\n  - x\n"),
    "report, questions": ("a.md", REPORT + "## Open Questions\n", "How far? As far as it goes.\n\n"),
    "report, confidence": ("a.md", REPORT + "## Confidence\n", "- High: it works (medium for b)\n"),
    "report, experiments": ("a.md", REPORT + "## Architecture Onboarding\n", "1. First 10 experiments: a, 2) b; "),
    "report, bold lines": ("a.md", REPORT, "**Limitations**\n- none\n"),
    "report, concepts": ("a.md", REPORT + "## Foundational Learning\n", "- **A**: b. *Why needed*: c\n"),
    "readwise, highlights": ("a.md", READWISE, "- said ([View Highlight](https://read.readwise.io/read/01h))\n"),
    "readwise, notes": ("a.md", READWISE, "- said\n    - Note: thought\n    - Tags: [[a]] #b\n"),
    "readwise, quotes": ("a.md", READWISE, "> said\n"),
    "readwise, lists": ("a.md", READWISE + "- the papers:\n", "  > GRU - https://t.co/mySRmuTKcY\n"),
    "readwise, roles": ("a.md", READWISE + "- the papers:\n", "  > GRU (& LSTM) - gates\n  > LSTM: https://t.co/m\n"),
    "readwise, mojibake": ("a.md", READWISE, "- Iâ€™ve &#39;read&#39; &amp;amp; é\n"),
    "digest, entries": ("a.md", DIGEST, "[A](https://arxiv.org/abs/1706.03762) says **much**.\n\n"),
    "digest, sections": ("a.md", DIGEST, "### 2022-2-20:\n[A](https://arxiv.org/abs/1706.03762) x\n![](f.png)\n\n"),
    "digest, one line": ("a.md", DIGEST, "[A](https://arxiv.org/abs/1706.03762) **b** "),
    "discussion, quotes": ("a.md", DISCUSSION, "> I think so. I do not.\n"),
    "discussion, one quote": ("a.md", DISCUSSION + "> ", "I think so. "),
    "discussion, comments": ("a.md", DISCUSSION, "View on HN · Topics\n> so. https://a.b/c\n"),
    "bare, techniques": ("a.md", BARE, "**Pruning** [[Optimal Brain Damage]]\nRemoves weights.\n"),
    "bare, open stars": ("a.md", BARE, "**a"),
    "logseq, blocks": ("a.md", "", "- a ((64b7a5a2-6c1f-4a5e-9a57-0f6a3c0d9e11))\n  id:: x\n"),
    "logseq, properties": ("a.md", "", "a:: b, [[c]]\n"),
    "obsidian, fields": ("a.md", "[[x]]\n", "key:: [[a]] (b:: c) [d:: e] ^f\n"),
    "headings": ("a.md", "", "# a\n"),
    "headings, deeper": ("a.md", "", "# a\n## b\n### c\n#### d\n"),
    "table": ("a.md", "", "| [a](https://arxiv.org/abs/1706.03762) | 2020 |\n"),
    "footnotes": ("a.md", "", "[^1] \n\n[^1]: a\n\n"),
    "definitions": ("a.md", "", "[a]: https://a.b\n\n[a] "),
    "headings, labels": ("a.md", "", "## Authors\n\n"),
    "items, nested": ("a.md", "", "- a\n  - b\n    - c\n      - [[d]]\n"),
    "items": ("a.md", "", "- [A](https://arxiv.org/abs/1512.03385) - residual\n"),
    "list, numbered lines": ("a.md", LISTED + "# b\n", "[1] [A](https://arxiv.org/abs/1706.03762)\n"),
    "comments": ("a.md", "", "<!-- "),
    "HTML, links": ("a.md", "", '<li><a href="https://arxiv.org/abs/1706.03762">A</a>\n'),
    "HTML, one line": ("a.md", "", '<li><b><a href="u"><img src="x">'),
    "HTML, a table": ("a.md", "<table>\n<tr><th>Title</th><th>Venue</th></tr>\n", "<tr><td rowspan=99>A</td></tr>\n"),
    "brackets": ("a.md", "", "[["),
    "backticks": ("a.md", "", "`` ` "),
    "fences": ("a.md", "", "```\n~~~\n"),
    "carriage returns": ("a.md", "", "\r\n\r"),
    "NUL": ("a.md", "", "\0"),
    "conflicts": ("a.md", "", "<<<<<<< a\nb\n=======\nc\n>>>>>>> d\n"),
    "Chinese characters": ("a.md", "", "注意力机制：综述。"),
    "fields, broken": ("a.md", "---\ntitle: A: b\n", "a: b: c\n"),
    "items, broken": ("a.yaml", "", "- a: b: c\n"),
    "documents": ("a.yaml", "", "---\na: [\n"),
    "BibTeX, entries": ("a.bib", "", "@misc{a, title={A}, author={B, C. and D}, note={e}}\n"),
    "BibTeX, open": ("a.bib", "", "@misc{a, title={"),
    "BibTeX, a value": ("a.bib", "@string{s={t}}\n@misc{a, title=s", ' # {b} # "c"'),
    "BibTeX, braces": ("a.bib", "@misc{a, title={A}, booktitle=", "{ # "),
    "BibTeX, volumes": ("a.bib", "", "@misc{a, title={A}, crossref={a}}\n"),
    "aliases": ("a.md", "---\na: &a [b]\nc: [", "*a, "),
    "TOML": ("a.md", "+++\n", "a = b\n"),
}


def reading(path: str, head: str) -> Callable[[str], object]:
    return lambda text: read(path, (head + text).encode())


@pytest.mark.parametrize("name", PIECES)
def test_time_grows_as_the_text_does(name: str) -> None:
    path, head, piece = PIECES[name]
    assert growth(reading(path, head), piece, 40_000) < LINEAR


@pytest.mark.parametrize("name", PIECES)
def test_memory_grows_as_the_text_does(name: str) -> None:
    path, head, piece = PIECES[name]
    ratio, for_each = memory(reading(path, head), piece, 12_000)
    assert ratio < LINEAR
    assert for_each < 4_000


RUNS: dict[str, tuple[str, str, str, str]] = {
    "report, a heading": ("a.md", REPORT + "## a", ".", "b\n"),
    "report, commas": ("a.md", REPORT + "## Next Checks\n1) a", ",", "b 2) c\n"),
    "readwise, a heading": ("a.md", READWISE + "## a", " ", "b\n"),
    "readwise, a callout": ("a.md", READWISE + "> [!quote]", " ", "b\n"),
    "digest, between two links": ("a.md", DIGEST + "[A](https://arxiv.org/abs/1706.03762)", " ", "b [B](https://arxiv.org/abs/1706.03763)\n"),
    "digest, a label": ("a.md", DIGEST + "### A\n", "*", "b\n"),
    "list, a line": ("a.md", LISTED + "- a", " ", "b\n  [paper](https://arxiv.org/abs/1706.03762)\n"),
    "list, a link": ("a.md", LISTED + "- [", "A", " 12](https://arxiv.org/abs/1706.03762)\n"),
    "BibTeX, a name": ("a.bib", "@misc{a, title={A}, author={family=B,", " ", "c}}\n"),
    "BibTeX, part of a name": ("a.bib", "@misc{a, title={A}, author={family=B, given=", " ", '"c}}\n'),
    "table, a cell": ("a.md", "| Title | Authors |\n|-|-|\n| T | a", " ", "b |\n"),
    "table, a title": ("a.md", "| Title | Authors |\n|-|-|\n| a", " ", "b | c |\n"),
    "table, a name": ("a.md", "| Title | a", " ", "b |\n|-|-|\n| T | c |\n"),
    "table, below its head": ("a.md", "| Title | Authors |\n", " ", "x|-\n"),
    "a heading, sites": ("a.md", "# A", " | Nature", " b\n"),
    "a field in brackets": ("a.md", "[a::", " ", "b\n"),
    "tags": ("a.yaml", '- title: T\n  year: 2019\n  tags: "#a', " ", 'b"\n'),
    "TOML, empty lines": ("a.md", "+++\na = b\n", "\n", "x\n+++\n"),
}
"""Path, what comes before the run, the repeated piece, and what follows it."""


@pytest.mark.parametrize("name", RUNS)
def test_a_long_run_takes_linear_time_whatever_follows_it(name: str) -> None:
    path, head, piece, tail = RUNS[name]
    assert growth(lambda text: read(path, (head + text + tail).encode()), piece, 8_000) < LINEAR


@pytest.mark.parametrize(
    ("reads", "piece"),
    [
        (lambda text: read("a.md", (DISCUSSION + text + "x\n").encode()), "|"),
        (lambda text: read(f"_posts/{text}a-.md", b"---\nlayout: post\n---\n"), "a_"),
    ],
    ids=["a line of a comment", "the name of a post"],
)
def test_each_further_character_does_not_double_the_time(reads: Callable[[str], object], piece: str) -> None:
    assert growth(reads, piece, 24 * len(piece)) < LINEAR


def test_long_headings_over_many_others_take_linear_memory() -> None:
    def headings(text: str) -> None:
        long = "".join(f"{'#' * level} {text}{level}\n" for level in range(1, 6))
        read("a.md", (long + "".join(f"###### b{n}\n" for n in range(len(text)))).encode())

    ratio, _ = memory(headings, "a", 2_000)
    assert ratio < LINEAR


GREAT = {
    "50,000 claims": ("report, claims", 50_000),
    "100,000 highlights": ("readwise, notes", 100_000),
    "20,000 entries of a digest": ("digest, entries", 20_000),
    "20,000 quotes": ("discussion, quotes", 20_000),
    "100,000 headings": ("headings", 100_000),
    "20,000 labels": ("headings, labels", 20_000),
    "10,000 numbered lines": ("list, numbered lines", 10_000),
    "100,000 nested items": ("items, nested", 25_000),
    "10,000 footnotes": ("footnotes", 10_000),
    "50,000 unclosed links": ("brackets", 50_000),
    "5 MB in one line": ("Chinese characters", 5_000_000 // 27),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GREAT)
def test_great_notes_are_read_whole_in_time_that_grows_as_they_do(name: str) -> None:
    named, count = GREAT[name]
    path, head, piece = PIECES[named]
    assert growth(reading(path, head), piece, count * len(piece)) < LINEAR
    record = read(path, (head + piece * count).encode())
    assert not [found for found in record.diagnostics if found.severity == "error"]


def test_a_table_of_ten_thousand_columns_is_read_in_linear_time() -> None:
    def table(text: str) -> None:
        count = len(text)
        read("a.md", f"|{'[[a]]|' * count}\n|{'-|' * count}\n|{'b|' * count}\n".encode())

    assert growth(table, "x", 10_000) < LINEAR


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "[A](https://arxiv.org/abs/1706.03762) says\n\n",
        "[[a]] [[b]] https://arxiv.org/abs/1706.03762 ",
        "- [[A Title That Is Long]]: why\n",
        "# a\n\n[[#a]]\n\n",
    ],
)
def test_the_index_of_a_long_note_is_built_in_linear_time(tmp_path: Path, piece: str) -> None:
    own = tmp_path / "vault"
    own.mkdir()

    def build(text: str) -> None:
        (own / "a.md").write_text(DIGEST + text)
        for index in tmp_path.glob("index.sqlite*"):
            index.unlink()
        with closing(Store(tmp_path / "index.sqlite")) as store:
            refresh(store, [Source("own", own)], Cards())

    assert growth(build, piece, 3_000 * len(piece)) < LINEAR


def test_a_title_as_long_as_a_note_is_linked_in_linear_time(tmp_path: Path) -> None:
    own = tmp_path / "vault"
    own.mkdir()
    (own / "a.md").write_text("[[w w]]\n")
    with closing(Store(tmp_path / "index.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())

        def come_and_go(text: str) -> None:
            (own / "b.md").write_text(f"# {text}\n")
            refresh(store, [Source("own", own)], Cards())
            assert store.one("SELECT status, how FROM link") == ("ok", "title-prefix")
            (own / "b.md").unlink()
            refresh(store, [Source("own", own)], Cards())

        assert growth(come_and_go, "w ", 32_000) < LINEAR


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("a.md", "# Head {n}\n[[#Haed {n}]]\n"),
        ("a.yaml", "- title: Title {n}\n  arxiv: 1706.03762\n"),
        ("a.md", "[A](https://arxiv.org/abs/1706.03762) says [b](https://github.com/a/b{n}) so.\n\n"),
    ],
    ids=["links to headings", "titles of one paper", "remarks on one paper"],
)
def test_what_is_said_of_one_thing_is_linked_checked_and_shown_in_linear_time(
    tmp_path: Path, path: str, piece: str
) -> None:
    own = tmp_path / "vault"
    own.mkdir()
    with closing(Store(tmp_path / "index.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())

        def come_and_go(text: str) -> None:
            said = "".join(piece.format(n=n) for n in range(len(text)))
            (own / path).write_text(DIGEST + said if path.endswith(".md") else said)
            refresh(store, [Source("own", own)], Cards())
            findings(store)
            for kind, key, title, node in store.rows("SELECT kind, key, title, id FROM node LIMIT 5"):
                card(store, Named(kind, key, title, node))
            (own / path).unlink()
            refresh(store, [Source("own", own)], Cards())

        assert growth(come_and_go, "x", 1_000) < LINEAR


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("\n".join("  " * depth + "- a" for depth in range(1_500)) + "\n\n[[x]]\n", 1),
        ("- " * 30_000 + "[[x]]", 1),
        ("> " * 50_000 + "[[x]]", 1),
        (" ".join("`" * width for width in range(1, 1_000)) + "\n\n[[x]]", 1),
        ("<!-- " * 50_000 + "\n\n[[x]]", 0),
        ("---\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" if n else "a0: &a0 b\n" for n in range(40))
         + "---\n[[x]]", 1),
        ("---\na: &a b\nc: [" + "*a, " * 5_000 + "]\n---\n[[x]]", 1),
        ("---\na: " + "[" * 20_000 + "\n---\n[[x]]", 1),
        ("---\na: " + "{a: " * 10_000 + "\n---\n[[x]]", 1),
        ("---\n" + "".join(" " * depth + "a:\n" for depth in range(300)) + "---\n[[x]]", 1),
        ("+++\na = " + "[" * 20_000 + "\n+++\n[[x]]", 1),
        ("+++\n" + "a." * 20_000 + "a = 1\n+++\n[[x]]", 1),
    ],
    ids=["list", "items", "quotes", "backticks", "comments", "alias bomb", "5,000 aliases", "YAML lists", "YAML maps",
         "YAML indents", "TOML lists", "TOML keys"],
)  # fmt: skip
def test_depth_is_survived_and_what_follows_is_read(text: str, links: int) -> None:
    assert len(read("a.md", text.encode()).links) <= max(1, links)
    if links:
        assert [link.target for link in read("a.md", text.encode()).links][-1:] in (["x"], [])


@pytest.mark.parametrize(
    "piece", ["-", "(", "NOT ", "-(", "-(a OR ", "(a OR (b ", "(a OR -(year:2014 title:b ", '"', "tag:a,", "a:", "\0"]
)
def test_a_question_of_any_depth_is_answered_or_refused(piece: str) -> None:
    for times in range(1, 120, 2):
        asked = piece * times + "pattern:gating builds-on:adam*"
        targets.query((asked + ")" * asked.count("(")).encode())


# -- any mixture -----------------------------------------------------------------------------------------------------

LINES = sorted({line for raw in SEEDS.values() for line in raw.split(b"\n")[1:]})
PATHS = sorted({raw.split(b"\n")[0] for raw in SEEDS.values()})

ENDS = [b"\n", b"\r\n", b"\r", b" "]


@settings(max_examples=300)
@given(st.sampled_from(PATHS), st.lists(st.sampled_from(LINES), max_size=25), st.sampled_from(ENDS))
def test_lines_of_all_habits_in_any_order_are_read(path: bytes, lines: list[bytes], end: bytes) -> None:
    targets.note(path + b"\n" + end.join(lines))


@settings(max_examples=100)
@given(st.sampled_from(sorted(SEEDS)), st.integers(0, 700), st.integers(0, 700), st.binary(max_size=3))
def test_a_note_that_lost_a_piece_is_read(name: str, begin: int, end: int, instead: bytes) -> None:
    path, _, raw = SEEDS[name].partition(b"\n")
    targets.note(path + b"\n" + raw[:begin] + instead + raw[max(begin, end) :])


@settings(max_examples=60)
@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_a_safe_fix_is_safe(lines: list[bytes]) -> None:
    targets.mended(b"a.md\n---\n" + b"\n".join(lines))


# -- a vault of hostile notes ----------------------------------------------------------------------------------------


def test_no_note_costs_another_one(tmp_path: Path) -> None:
    own = tmp_path / "vault"
    own.mkdir()
    for number, raw in enumerate(SEEDS.values()):
        path, _, text = raw.partition(b"\n")
        (own / f"{number:02}{Path(path.decode()).suffix}").write_bytes(text)
    (own / targets.SIBLING[0]).write_bytes(targets.SIBLING[1])
    with closing(Store(tmp_path / "index.sqlite")) as store:
        changes = refresh(store, [Source("own", own)], Cards())
        assert len(changes.added) == len(SEEDS) + 1
        assert not store.rows("SELECT path FROM document WHERE dialect = 'none'")
        [sibling] = store.rows("SELECT d.title, d.path FROM document d JOIN text t ON t.rowid >> 20 = d.id "
                               "WHERE d.path = ? AND t.rowid & 0xFFFFF = 0", (targets.SIBLING[0],))  # fmt: skip
    assert sibling[0] == "A Sibling"


def became(file: Path, what: str) -> None:
    """Change the file as it might change after the walk has seen it."""
    if what == "longer":
        with file.open("a") as open_file:
            open_file.write("[[more]]\n" * 1_000)
        return
    file.unlink()
    match what:
        case "a pipe":
            os.mkfifo(file)
        case "a folder":
            file.mkdir()
        case "a link out of the vault":
            file.symlink_to(file.parents[1] / "secret.md")


@pytest.mark.parametrize("what", ["longer", "gone", "a pipe", "a folder", "a link out of the vault"])
def test_a_file_that_changes_between_walk_and_read_costs_no_other(tmp_path: Path, what: str) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    (tmp_path / "secret.md").write_text("a secret")
    (vault / "a.md").write_text("[[b]]\n")
    (vault / "b.md").write_text("# B\n")
    found = walk(vault, Config())
    became(vault / "a.md", what)
    with closing(Store(tmp_path / "index.sqlite")) as store:
        with store.transaction():
            update = Update(store)
            read_changed(update, Source("own", vault), set(), set(found.stamps), Changes(), silent)
            update.link(vault)
        rows = store.rows("SELECT path, dialect = 'none' FROM document ORDER BY path")
        said = str(contents(store))
    assert [tuple(row) for row in rows] == [("a.md", what != "longer"), ("b.md", False)]
    assert "a secret" not in said
