"""HTML is read as the Markdown that says the same: the rules, one by one."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.model import Entry, Record
from kb.read import read
from kb.rewritten import rewritten
from tests.kb.growth import LINEAR, growth


def markdown(text: str) -> str:
    found = rewritten(text, 1)
    return found.text if found else text


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="x.md">T</a>', "[T](x.md)"),
        ("<A HREF='x.md' target=_blank> T </A>", "[T](x.md)"),
        ("<a target=_blank href=x.md>T</a>", "[T](x.md)"),
        ('<a href="u"><b> T </b></a>', "[**T**](u)"),
        ('<b><a href="u">T</a></b>, <em>x</em>', "**[T](u)**, *x*"),
        ('[<a href="u">paper</a>]', "[[paper](u)]"),
        ('<a href="u">[paper]</a>', "[paper](u)"),  # `[[paper]](u)` could be a wiki-link
        ('<a href="u">[2018] T</a>', "[[2018] T](u)"),
        ('<a href="u">T] x</a>', "[T x](u)"),
        ('<a href="a b.md">T</a>', "[T](a%20b.md)"),
        ('<a href="x?a=1&amp;b=2">T</a>', "[T](x?a=1&b=2)"),
        ('<a href="x_(y)">T</a> <a href="x(y">T</a>', "[T](x_(y)) [T](x%28y)"),
        ('<a href="{{ site.baseurl }}/x/">T</a>', "[T]({{ site.baseurl }}/x/)"),
        ('<a name="x"></a>A <a href="">B</a> <a href="u">C</a>', "A B [C](u)"),
        ('<img src="a.png" alt="The [net]" width="40">', "![The net](a.png)"),
        ('<a href="u"><img src=b.svg></a>', "[![](b.svg)](u)"),
        ('<img src="https://img.shields.io/badge/arXiv-2401.0-red">', "![arXiv](https://img.shields.io/badge/arXiv-2401.0-red)"),
        ("<h2 id=a>T <i>x</i></h2>", "## T *x*"),
        ("<li><h3>T</h3></li>", "- T"),
        ("<h3>T</h3> and more", "T and more"),
        ("<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul></li>\n</ul>\nd", "\n- a\n- b\n\n  - c\n\n\nd"),
        ("<ul>\n<li>\n  <a href=u>T</a></li></ul>", "\n\n- [T](u)"),
        ('<div align="center">\n    <p>A <a href=u>T</a></p></div>', "\nA [T](u)"),
        ("<p>a</p><p>b</p><li>", "<p>a</p><p>b</p><li>"),  # nothing that Markdown has a sign for
        ("<p>a</p><p>b</p> <a href=u>T</a>", "a  b [T](u)"),
        ("A<sup>1</sup><br> <a href=u>T</a>", "A<sup>1</sup><br> [T](u)"),
        ('`<a href="u">T</a>` $a<b$ <a href=u>T</a>', '`<a href="u">T</a>` $a<b$ [T](u)'),
        ("<!-- <a href=u>T</a> --> <a href=u>T</a>", "<!-- <a href=u>T</a> --> [T](u)"),
        ("<pre><a href=u>T</a></pre>", "<pre><a href=u>T</a></pre>"),
        ("\\<a href=u>T\\</a> \\<img src=x>", "\\<a href=u>T\\</a> \\<img src=x>"),
        ("    <a href=u>T</a>", "    <a href=u>T</a>"),  # code
        ('<b><a href="u">T\n</a></b>\nA', "**[T](u)**\n\nA"),
        ('<h1 align="center">\n  <b>T</b>\n</h1>\nA', "# **T**\n\n\nA"),
    ],
)
def test_each_element_is_its_sign(html: str, said: str) -> None:
    lines = zip(markdown(html).split("\n"), said.split("\n"), strict=True)
    assert [found.rstrip() for found, _ in lines] == [each.rstrip() for each in said.split("\n")]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (
            "<table>\n<tr><th>Title</th><th>Venue</th></tr>\n<tr><td>A | B</td><td>C</td></tr>\n</table>",
            ["| Title | Venue |", "|-|-|", "| A \\| B | C |", ""],
        ),
        (
            "<table>\n<thead>\n<tr>\n<td>T</td>\n<td>V</td>\n</tr>\n</thead>\n<tr>\n<td>A</td>\n<td>C</td>\n</tr>\n"
            "<tr>\n<td>B</td>\n<td>D</td></tr></table>",
            ["", "", "", "", "", "| T | V |", "|-|-|", "| A | C |", "| |", "| |", "| |", "| B | D |", "", ""],
        ),
        (  # a cell for several rows
            "<table>\n<tr><th>Task</th><th>Title</th></tr>\n<tr><td rowspan=2>X</td><td>A</td></tr>\n"
            "<tr><td>B</td></tr>\n<tr><td>Y</td><td>C</td></tr></table>",
            ["| Task | Title |", "|-|-|", "| X | A |", "| X| B |", "| Y | C |"],
        ),
        (  # the names of columns in two rows
            "<table>\n<tr><th rowspan=2>Title</th><th colspan=2>Score</th></tr>\n<tr><th>X</th><th>Y</th></tr>\n"
            "<tr><td>A</td><td>1</td><td>2</td></tr></table>",
            ["", "| Title| X | Y |", "|-|-|-|", "| A | 1 | 2 |"],
        ),
        (  # without names of columns, a table only arranges
            "<table><tr><td><img src=a.png></td><td><a href=u>T</a></td></tr>\n<tr><td>A</td><td>B</td></tr></table>",
            ["![](a.png) [T](u)", "A B"],
        ),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>C</td><td>D</td></tr></table>", ["A B C D"]),
    ],
)
def test_a_table_with_names_of_columns_is_a_table(html: str, said: list[str]) -> None:
    spaces = re.compile(r"\s+")
    assert [spaces.sub(" ", line).strip() for line in markdown(html).split("\n")] == said


_TAGS = [
    "<a href='u'>", "</a>", "<a>", "<b>", "</b>", "<h2>", "</h2>", "<ul>", "</ul>", "<li>", "</li>", "<table>",
    "</table>", "<tr>", "</tr>", "<th>", "<td rowspan=2>", "<td>", "</td>", "<img src=x>", "<p>", "</p>", "<!--", "-->",
    "<pre>", "</pre>", "`", "$", "\n", "\n\n", "    ", "- ", "é", "T", "[", "](", "|", "<",
]  # fmt: skip


@given(st.lists(st.sampled_from(_TAGS), max_size=40).map("".join))
def test_lines_keep_their_numbers_and_words_their_places(text: str) -> None:
    found = rewritten(text, 1)
    if found is None:
        return
    assert found.text.count("\n") == text.count("\n")
    assert not {"\r", "\0"} & set(found.text)
    lines, before = found.text.split("\n"), text.split("\n")
    for line, words in enumerate(lines, 1):
        for word in re.finditer("[Té]", words):
            row, column = found.moved.place_before(line, word.start() + 1)
            if word[0] != before[row - 1][column - 1 : column]:
                assert "<td rowspan" in text  # in several rows, although written once


PIECES = {
    "links": '<a href="u">x</a>', "open links": '<a href="u">', "open tags": "<a ", "items": "<li>x</li>",
    "lists": "<ul>\n<li>\n", "bold": "<b>", "headings": "<h1>x</h1>", "comments": "<!-- x -->", "code": "<pre>x</pre>",
    "pictures": '<img src="x">', "tables": "<table>", "a table": "<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td>x",
    "rows": '<tr><td rowspan="9999" colspan=9999>x</td><td>y</td></tr>\n', "breaks": "<br>", "open": "<",
    "tags on several lines": '<a\n\nhref="x">y</a>',
}  # fmt: skip


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("head", ["<li></li>\n\n", "<table>\n<tr><th>T</th><th>U</th></tr>\n<tr><td>"])
def test_time_and_length_grow_as_the_text_does(name: str, head: str) -> None:
    function: Callable[[str], object] = lambda text: rewritten(head + text, 1)  # noqa: E731
    assert growth(function, PIECES[name], 40_000) < LINEAR
    text = head + PIECES[name] * (20_000 // len(PIECES[name]))
    assert len(markdown(text)) < 12 * len(text)


# -- what notes say in HTML --------------------------------------------------------------------------------------------


def note(text: str, path: str = "n.md") -> Record:
    return read(path, text.encode())


def told(entry: Entry) -> tuple[str, list[str]]:
    return entry.title, [str(paper) for paper in entry.ids]


def test_papers_of_lists_in_html() -> None:
    record = note(
        "# Nets\n\n"
        '- <a href="https://arxiv.org/abs/1706.03762">Attention Is All You Need</a>, Vaswani et al., NeurIPS 2017\n'
        '- **Residual Learning** <a href="https://arxiv.org/abs/1512.03385">[paper]</a>\n\n'
        "<ul>\n"
        "<li><a href='https://arxiv.org/abs/1409.0473'>Jointly Learning to Align and Translate</a></li>\n"
        "</ul>\n"
    )
    assert [(*told(entry), entry.line) for entry in record.entries] == [
        ("Attention Is All You Need", ["arxiv:1706.03762"], 3),
        ("Residual Learning", ["arxiv:1512.03385"], 4),
        ("Jointly Learning to Align and Translate", ["arxiv:1409.0473"], 7),
    ]
    assert record.entries[0].values("authors") == ["Vaswani"]


def test_papers_under_headings_in_html() -> None:
    entries = "".join(
        f'<div class="entry">\n\n<h3><a href="https://arxiv.org/abs/2601.0000{n}">Nets of End {n} (2026)</a></h3>\n\n'
        f"<p>They have {n} ends.</p>\n\n</div>\n\n"
        for n in range(1, 4)
    )
    record = note(f"# Digest\n\n## arXiv\n\n{entries}")
    assert record.dialect == "digest"
    assert [told(entry) for entry in record.entries] == [
        (f"Nets of End {n}", [f"arxiv:2601.0000{n}"]) for n in range(1, 4)
    ]
    assert [entry.why for entry in record.entries] == [f"They have {n} ends." for n in range(1, 4)]
    assert {fact.value for entry in record.entries for fact in entry.facts} == {"arXiv", "2026"}


def test_papers_of_a_table_in_html() -> None:
    rows = "".join(
        f"  <tr>\n    <td>Net {n}</td>\n    <td>{2010 + n}</td>\n"
        f'    <td><a href="https://arxiv.org/abs/1801.0001{n}">Nets with {n} ends</a></td>\n  </tr>\n'
        for n in range(3)
    )
    names = "  <tr>\n    <th>Method</th>\n    <th>Year</th>\n    <th>Paper</th>\n  </tr>\n"
    record = note(f"<table>\n{names}{rows}</table>\n")
    assert [(entry.title, entry.line, entry.values("date")) for entry in record.entries] == [
        (f"Nets with {n} ends", 7 + 5 * n, [str(2010 + n)]) for n in range(3)
    ]
    assert [(link.line, link.column) for link in record.links] == [(10 + 5 * n, 9) for n in range(3)]


@pytest.mark.parametrize(
    "opening",
    [
        '<h1 align="center">Nets of Ends</h1>\n<p align="center">\n  <a href="https://arxiv.org/abs/1706.00001">\n'
        '    <img src="https://x.org/badge.svg" alt="Paper">\n  </a>\n</p>\n',
        '# Nets of Ends\n\n<center>PAPER: <a href="https://arxiv.org/abs/1706.00001">Nets of Ends</a></center>\n',
        '# Nets of Ends\n\n* <a href="https://arxiv.org/abs/1706.00001" target="_blank">'
        "https://arxiv.org/abs/1706.00001</a>\n",
        '# Nets of Ends\n\n<p>Links: [<a href="https://arxiv.org/abs/1706.00001">paper</a>]</p>\n',
    ],
)
def test_the_paper_of_a_note(opening: str) -> None:
    record = note(f"{opening}\nEnds matter.\n")
    assert record.about == 0
    assert told(record.entries[0]) == ("Nets of Ends", ["arxiv:1706.00001"])


def test_links_pictures_and_diagnostics_have_their_places_in_the_file() -> None:
    record = note(
        '---\ntitle: A\n---\né <b>B</b> <a href="x.md#h">T</a> and <a href="y.md">U</a>\n'
        '<p>\n  <img src="a b.png"></p>\n'
    )
    assert [(link.target, link.fragment, link.kind, link.line, link.column) for link in record.links] == [
        ("x.md", "h", "markdown", 4, 12),
        ("y.md", "", "markdown", 4, 39),
        ("a b.png", "", "embed", 6, 3),
    ]


def test_elements_can_be_named_by_links() -> None:
    record = note('<h2 id="ends">The ends</h2>\n<div id="box">x</div>\n<span name="s">y</span> <a href="#box">z</a>\n')
    assert {"ends", "the ends", "box", "s"} <= set(record.fragments)


def test_text_for_search_has_no_tags() -> None:
    assert note('<p align="center">Wide <a href="u">nets</a></p>\n').text.strip() == "Wide [nets](u)"
