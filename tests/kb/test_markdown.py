"""What a Markdown body contains: every link with its place, and nothing from code, math or comments."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.markdown import Scan, scan
from kb.model import Link
from kb.targets import fold_heading
from tests.kb.growth import LINEAR, growth


def read(text: str) -> Scan:
    return scan(text)


def targets(text: str) -> list[str]:
    return [link.target for link in read(text).links]


def only(text: str) -> Link:
    [link] = read(text).links
    return link


# -- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "target", "fragment"),
    [
        ("[[BatchNorm]]", "wiki", "BatchNorm", ""),
        ("[[BatchNorm|BN]]", "wiki", "BatchNorm", ""),
        ("[[a\\|b]]", "wiki", "a", ""),
        ("[[a|b|c#d]]", "wiki", "a", ""),
        ("[[ a # b | c ]]", "wiki", "a", "b"),
        ("[[A#B#C]]", "wiki", "A", "B#C"),
        ("[[A#^eq1]]", "wiki", "A", "^eq1"),
        ("[[#Notes]]", "wiki", "", "Notes"),
        ("[[../optim/Adam]]", "wiki", "../optim/Adam", ""),
        ("[[100% Accuracy]]", "wiki", "100% Accuracy", ""),
        ("[[a%20b]]", "wiki", "a%20b", ""),
        ("[[C4 & The Pile]]", "wiki", "C4 & The Pile", ""),
        ("[[Adam: A Method#Results]]", "wiki", "Adam: A Method", "Results"),
        ("[[https://arxiv.org/abs/1412.6980]]", "wiki", "https://arxiv.org/abs/1412.6980", ""),
        ("![[fig1.png|300]]", "embed", "fig1.png", ""),
        ("![[Note#Part]]", "embed", "Note", "Part"),
        ("![alt](a%20b.png)", "embed", "a b.png", ""),
        ("[a](../A%20B.md)", "markdown", "../A B.md", ""),
        ("[m](<../Mamba (2023).md>)", "markdown", "../Mamba (2023).md", ""),
        ('[m](m.md "title")', "markdown", "m.md", ""),
        ("[m](m.md#One%20Two)", "markdown", "m.md", "One Two"),
        ("[c](C%23%20notes.md#part)", "markdown", "C# notes.md", "part"),
        ("[p](https://a.org/x%20y#z)", "markdown", "https://a.org/x%20y#z", ""),
        ("[ref][bn]\n\n[bn]: ../BatchNorm.md", "markdown", "../BatchNorm.md", ""),
        ("[[paper](https://a.org)]", "markdown", "https://a.org", ""),
        ("[[Less Is More]]( LIMA ) where", "wiki", "Less Is More", ""),
        ("[a]({% post_url 2014-12-22-adam %})", "markdown", "2014-12-22-adam", ""),
        ("[a]({{ site.baseurl }}{%- link /_posts/a b.md -%}#c)", "markdown", "_posts/a b.md", "c"),
        ("[a]({{ '/a/b/' | relative_url }})", "markdown", "/a/b/", ""),
        ("[a]({{site.url}}{{site.baseurl}}/a/b/ 'title')", "markdown", "/a/b/", ""),
        ('[a]({{< ref "/a/b.md#c" >}})', "markdown", "a/b.md", "c"),
        ("[a]({{% relref b.md %}})", "markdown", "b.md", ""),
        ('[a]({{< ref path="b.md" lang="ja" >}})', "markdown", "b.md", ""),
        ("[a](@/a/b.md#c)", "markdown", "a/b.md", "c"),
        ("[a][1]\n\n[1]: {% link b.md %}", "markdown", "b.md", ""),
        ("<https://a.org>", "markdown", "https://a.org", ""),
        ("<https://arxiv.org/abs/1706.03762>", "id", "https://arxiv.org/abs/1706.03762", ""),
        ("see arXiv:1706.03762v5, too", "id", "arxiv:1706.03762", ""),
        ("(https://arxiv.org/pdf/1706.03762.pdf).", "id", "arxiv:1706.03762", ""),
        ("as in [see @vaswani2017attention, p. 3]", "citekey", "vaswani2017attention", ""),
        ("as @vaswani2017attention's net", "handle", "vaswani2017attention", ""),
        ("\\citep*[see][p. 3]{vaswani_2017}", "citekey", "vaswani_2017", ""),
    ],
)
def test_one_link(text: str, kind: str, target: str, fragment: str) -> None:
    link = only(text)
    assert (link.kind, link.target, link.fragment) == (kind, target, fragment)


@pytest.mark.parametrize(
    "text",
    [
        "`[[x]]` ``[[y]]``", "```\n[[x]]\n```", "~~~md\n[[x]]\n~~~", "text\n\n    [[x]]", "- item\n\n      [[x]]",
        "$[[x]]$", "$$\n[[x]]\n$$", "<!-- [[x]] arXiv:1706.03762 -->", "a <!-- [[x]] --> b", "<!--\n\n[[x]]\n\n-->",
        "%% [[x]] arXiv:1706.03762 [@kingma2014adam] %%", "%%\n[[x]]\n\n- [y](y.md)\n%%", "[[broken\nover lines]]",
        "[[]] [[ ]] [x]()", "\\[[x]]", "`arXiv:1706.03762`", "[x", "[[x] ]", "<a href='https://arxiv.org/abs/1706.03762'>",
        "[a]({{ page.url }})", "`[a]({% link b.md %})`", "```\n[a]({% link b.md %})\n```", "[a]({{ site.baseurl }})",
        "1706.03762 is only a number", "mail me@example2014.org", "@ann said", "x.com/@ann2014", "\\cite{} `\\cite{a}`",
        "excited{a}", "{cite}`", "{code}`@ann2014`", "{cite} `ann2014`", "{{[[TODO]]}} a",
        "```dataview\nLIST FROM [[x]]\n```",
    ],
)  # fmt: skip
def test_no_link(text: str) -> None:
    assert read(text).links == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[[a]][[b]]", ["a", "b"]),
        ("%% [[a]] %% [[b]] 100%% [[c]]", ["b", "c"]),
        ("> [!note] see [[a]]\n> and [[b]]", ["a", "b"]),
        ("## on [[a]]\n\nwhy", ["a"]),
        ("| x | y |\n|---|---|\n| [[J\\|j]] | [k](k.md) |", ["J", "k.md"]),
        ("text[^1]\n\n[^1]: [[a]]", ["a"]),
        ("- [ ] [[a]]\n- [x] [[b]]", ["a", "b"]),
        ("**[[a]]** ~~[[b]]~~ ==[[c]]==", ["a", "b", "c"]),
        ("[![badge](b.png)](https://a.org)", ["https://a.org"]),
        ("costs $5 and [[a]] costs $6", ["a"]),
        ("`arXiv:1706.03762` and arXiv:1706.03762", ["arxiv:1706.03762"]),
        ("é [@a; see @b14] @c15: \\textcite{d, DBLP:conf/e_1} @f16", ["a", "b14", "c15", "d", "DBLP:conf/e_1", "f16"]),
        ("é {cite}`a` {cite:p}`b14, DBLP:conf/e_1` and {cite:t}`c` `d`", ["a", "b14", "DBLP:conf/e_1", "c"]),
    ],
)
def test_links_in_their_order(text: str, found: list[str]) -> None:
    assert targets(text) == found


# -- places ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[[a]] [[b]]", [(1, 1), (1, 7)]),
        ("é😀 [[a]]\n日本語[[b]] x [[c]]", [(1, 4), (2, 4), (2, 12)]),
        ("-\t[[a]]\n\t- é\t[[b]]", [(1, 3), (2, 6)]),
        ("| é | x |\n|---|---|\n| 日 | [[J\\|j]] |", [(3, 7)]),
        ("> > é [[a]]", [(1, 7)]),
        ("# é [[a]]\n\nx ![[b]]", [(1, 5), (3, 3)]),
        ("é [ref][bn]\n\n[bn]: b.md", [(1, 3)]),
        ("é e\u0301 arXiv:1706.03762 ü [@kingma2014]", [(1, 6), (1, 26)]),
        ("text\n\n[^é]: é [[a]]", [(3, 9)]),
        ("]({{ 'é' | x }}```[[a]]", [(1, 19)]),
    ],
)
def test_places_are_code_points_from_one(text: str, places: list[tuple[int, int]]) -> None:
    found = read(text).links
    assert [(link.line, link.column) for link in found] == places
    for link in found:
        assert text.split("\n")[link.line - 1][link.column - 1 :].startswith(link.raw)


PIECES = ["é", "😀 ", "\n", "\n\n", "- ", "> ", "\t", "# ", "| ", "`", "[[a]]", "[[ü|é]]", "![[b]]", "[t](u.md)",
          "arXiv:1706.03762 ", "%%", "$", "x:: ", "[t]({% link ü.md %})", "]({{ 'é' | x }}", "[t](@/ü) ", "@b2014 ",
          "\\cite{c, d_e}"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_what_is_written_stands_at_the_place_given(pieces: list[str]) -> None:
    text = "".join(pieces)
    lines = text.split("\n")
    for link in read(text).links:
        assert lines[link.line - 1][link.column - 1 :].startswith(link.raw.split("\n")[0])


def test_places_count_from_the_top_of_the_file() -> None:
    found = scan("é [[a]] #tag", first_line=4)
    assert [(link.line, link.column) for link in found.links] == [(4, 3)]
    assert [(tag.value, tag.line, tag.column) for tag in found.tags] == [("tag", 4, 9)]


# -- headings, blocks, tags ------------------------------------------------------------------------------------------


def test_headings_and_blocks_are_what_a_fragment_may_name() -> None:
    text = "# Model\n## Multi-Head `Attention`, [[x|again]]\ntext ^eq1\n\n- item ^Item-2  \n- no ^a b\n\n# End ^h\n"
    found = read(text)
    assert [(heading.level, heading.text, heading.line) for heading in found.headings] == [
        (1, "Model", 1), (2, "Multi-Head Attention, again", 2), (1, "End", 8),
    ]  # fmt: skip
    assert found.fragments() == (
        "^eq1", "^h", "^item-2", "end", "model", "model#multi-head attention again", "multi-head attention again",
    )  # fmt: skip


def test_attributes_of_a_heading_are_none_of_its_text() -> None:
    found = read("# Nets of {ends} {#sec-nets .unnumbered}\n## A set {1, 2}\n")
    assert [heading.text for heading in found.headings] == ["Nets of {ends}", "A set {1, 2}"]
    assert "sec-nets" in found.fragments()


def test_a_heading_is_compared_without_punctuation_and_case() -> None:
    assert fold_heading("Q: What's  *new*?") == fold_heading("q what s new")


def test_headings_and_tags_in_code_are_none() -> None:
    found = read("```\n# no\n#no\n^no\n```\n`#no`\n%% #no ^no\n%%\n<!-- #no -->")
    assert (found.headings, found.tags, found.blocks) == ([], [], [])


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#a #b/c-d_e, #日本 (#x)", ["a", "b/c-d_e", "日本", "x"]),
        ("#🚀 #y1984 #1984 #1/2", ["🚀", "y1984"]),
        ("a#b ##c https://a.org/#d &#38; \\#e [[1]](#f) [g](#g)", []),
        ("- #a\n\n> #b\n\n## head #c", ["a", "b", "c"]),
    ],
)
def test_tags(text: str, tags: list[str]) -> None:
    assert [tag.value for tag in read(text).tags] == tags


# -- typed edges -----------------------------------------------------------------------------------------------------


def edges(text: str) -> list[tuple[str, str, str]]:
    return [(link.target, link.role, link.why) for link in read(text).links]


def test_a_heading_types_the_first_link_of_each_item() -> None:
    text = """
# T
[[zero]]
## Builds on

- [[a]]: keeps *it*, see [[other]].
- [[b]] (because `x` and $y$)
1. [[c]] — third

   over two paragraphs
- A group:
  - [[d]]: one
- [[e]]
  - detail of [[f]]
- [g](g.md) - g
- arXiv:1706.03762, the id
- [@kingma2014adam]: the key
- nothing

[[h]]
### Still
- [[i]]
## Notes
- [[j]]
"""
    assert edges(text) == [
        ("zero", "", ""),
        ("a", "builds-on", "keeps it, see other."),
        ("other", "", ""),
        ("b", "builds-on", "because `x` and $y$"),
        ("c", "builds-on", "third over two paragraphs"),
        ("d", "builds-on", "one"),
        ("e", "builds-on", ""),
        ("f", "", ""),
        ("g.md", "builds-on", "g"),
        ("arxiv:1706.03762", "builds-on", "the id"),
        ("kingma2014adam", "builds-on", "the key"),
        ("h", "", ""),
        ("i", "builds-on", ""),
        ("j", "", ""),
    ]


@pytest.mark.parametrize(
    ("heading", "role"),
    [("Builds on", "builds-on"), ("CITES:", "cites"), ("**Uses**", "uses-pattern"), ("Raises", "raises-constraint"),
     ("Related", ""), ("Uses of it", "")],
)  # fmt: skip
def test_the_headings_that_type(heading: str, role: str) -> None:
    assert edges(f"## {heading}\n- [[x]] why") == [("x", role, "why" if role else "")]


@pytest.mark.parametrize(
    ("text", "edge"),
    [
        ("- builds on [[x]] (why)", ("x", "builds-on", "why")),
        ("- **Cites**: [[x]] - why", ("x", "cites", "why")),
        ("- [ ] uses [[x|y]], why", ("x", "uses-pattern", "why")),
        ("> - raises [[x]]: why", ("x", "raises-constraint", "why")),
        ("- cites arXiv:1706.03762 why", ("arxiv:1706.03762", "cites", "why")),
        ("- see [[x]] why", ("x", "", "")),
        ("builds on [[x]] why", ("x", "", "")),
        ("builds-on:: [[x]] why", ("x", "builds-on", "why")),
        ("- Builds On:: [[x]] (why)\n  not", ("x", "builds-on", "why")),
        ("> > cites:: [[x]]", ("x", "cites", "")),
        ("**up**:: [[x]] text", ("x", "up", "text")),
        ("so it (builds-on:: [[x]]) is", ("x", "builds-on", "")),
        ("[cites:: [[x]]]", ("x", "cites", "")),
        ("raises:: arXiv:1706.03762", ("arxiv:1706.03762", "raises-constraint", "")),
        ("std::vector [[x]]", ("x", "", "")),
    ],
)
def test_items_and_fields_that_type(text: str, edge: tuple[str, str, str]) -> None:
    assert edges(text) == [edge]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- [[x]] - why it *matters*", "why it matters"),
        ("1. **[[x|y]]**: why\n   it matters", "why it matters"),
        ("- [ ] [x](x.md) — score: 0.78 — of [[z]]", "score: 0.78 — of z"),
        ("- [[a]]: one\n  - [[x]] – two", "two"),
        ("## Cites\n\n- [[a]] one\n  - [[x]]: two", "two"),
        ("- [[x]] and its gates", ""),
        ("- [[x]]-based training", ""),
        ("- [[x]], the first", ""),
        ("- see [[x]]: here", ""),
        ("- [[x]] - [[z]]", ""),
        ("- [[x]] (2014)", ""),
        ("- [[x]]:", ""),
        ("[[x]]: no item", ""),
    ],
)
def test_a_plain_item_that_opens_with_a_link_keeps_the_remark_on_it(text: str, why: str) -> None:
    assert [(role, said) for name, role, said in edges(text) if name in ("x", "x.md")] == [("", why)]


def test_a_field_types_all_its_links_and_ends_with_its_line() -> None:
    text = "builds-on:: [[a]], [[b]]\nuses:: [[c]] for it\n[[d]]\n- cites:: [[e]] and [[f]]\n- [[g]]"
    assert edges(text) == [
        ("a", "builds-on", ""), ("b", "builds-on", ""), ("c", "uses-pattern", "for it"), ("d", "", ""),
        ("e", "cites", ""), ("f", "cites", ""), ("g", "", ""),
    ]  # fmt: skip


def test_a_label_at_the_beginning_of_a_line_types_all_its_links() -> None:
    text = "Builds on: [[a]], [[b]]\n> **Cites:** [c](c.md) for its proofs\n[[d]]\n\nwhat it uses: [[e]]\n- [[f]]"
    assert edges(text) == [
        ("a", "builds-on", ""), ("b", "builds-on", ""), ("c.md", "cites", "for its proofs"), ("d", "", ""),
        ("e", "", ""), ("f", "", ""),
    ]  # fmt: skip


# -- hostile ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "piece",
    ["[[", "![[", "[[a]] ", "[[ä|b]] ", "[a](b) ", "`", "``` ", "<!-- ", "<a ", "[@a ", "[@", "@a", "#a ", "#ä ", "%% ",
     "é%% ", "a ^b", "$a ", "*a_", "[^1]: ", "|a", "a:: [[x]] ", "cites: [[x]] ", "(a:: [[x]]) ",
     "- cites:: [[a]]\n", "# a\n", "- a\n",
     "[[x]](https://a(", "arXiv:1706.03762 ", "https://", "\n", "> ", "x:: ", "a\\", "[a]({% link ", "[a]({{ 'b' | ",
     "[a]({{< ref b ", "[a]: {{site.url}}", "[a]({% link b %}) ", "`[a]({% link b %})` ", "]({{ site.url }}",
     "@a1", "@a11 ", "\\cite[", "\\cite{a", "\\cite{a,b} ", "\\citecite", "{cite", "{cite}`",
     "{cite:p}`a`", "{cite}`a,"],
)  # fmt: skip
def test_hostile_text_takes_linear_time(piece: str) -> None:
    assert growth(read, piece, 30_000) < LINEAR


def test_a_ladder_of_backticks_takes_linear_time() -> None:
    def ladder(text: str) -> None:
        read(" ".join("`" * width for width in range(1, int(len(text) ** 0.5))))

    assert growth(ladder, "x", 600_000) < LINEAR


@pytest.mark.parametrize(
    "text", ["[" * 20_000 + "]" * 20_000, "- " * 20_000 + "[[x]]", "> " * 20_000 + "x", "> - " * 5_000 + "[[x]]"]
)
def test_deep_nesting_is_survived(text: str) -> None:
    assert len(read(text).links) <= 1


def test_a_megabyte_in_one_line_with_fifty_thousand_openings() -> None:
    assert targets("[[" * 50_000 + "é" * 450_000 + " [[x]]")[-1:] == ["x"]


@given(st.text(alphabet="[]()|#^!`$%*_-:> \n\tax@\\<é:", max_size=60))
def test_any_text_is_read(text: str) -> None:
    for link in read(text).links:
        assert link.target or link.fragment


def test_random_notes_read_the_same_when_joined() -> None:
    random.seed(0)
    notes = [f"para [[n{n}]] é\n\n- cites [[m{n}]] w{n}\n\n" for n in range(50)]
    random.shuffle(notes)
    assert edges("".join(notes)) == [edge for note in notes for edge in edges(note)]
