"""Note bodies: what people write looks as it should, and what strangers write stays text."""

import pytest

from cli.page.body import LIMIT, render_body
from cli.page.references import Anchors, Reference
from kb.markdown import scan
from kb.read import read as read_note
from tests.cli.markup import read
from tests.hostile import PAYLOADS, disguised


def body(text: str, *, told: bool = False, titles: tuple[str, ...] = ()) -> str:
    """The body, with every link leading to `to/TARGET`, as the index would resolve it."""
    references = {
        (link.line, link.column): Reference(
            link.raw,
            link.target if "//" in link.target else f"to/{link.target}",
            link.role,
            is_picture=link.target.endswith(".png"),
            is_mention=link.kind in ("id", "citekey"),
        )
        for link in scan(text).links
    }
    return render_body(text, 0, references, Anchors(), is_title=lambda heading: heading in titles, told=told)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a [[note|name]] b", '<p>a <a href="to/note">name</a> b</p>'),
        ("see [x](y.md)", '<p>see <a href="to/y.md">x</a></p>'),
        ("é **[[a]]** ü [[b]]", '<p>é <strong><a href="to/a">a</a></strong> ü <a href="to/b">b</a></p>'),
        ("é [x]({% link y.md %}) b", '<p>é <a href="to/y.md">x</a> b</p>'),
        ("`[x]({% link y.md %})` [z](z)", '<p><code>[x]({% link y.md %})</code> <a href="to/z">z</a></p>'),
        ("by arXiv:1706.03762.", '<p>by <a href="to/arxiv:1706.03762">arXiv:1706.03762</a>.</p>'),
        ("as [@vaswani2017, p. 3] say", '<p>as [<a href="to/vaswani2017">@vaswani2017</a>, p. 3] say</p>'),
        ("![[plot.png|300]]", '<p><img src="to/plot.png" alt="plot.png" width="300" loading="lazy"></p>'),
        (
            "![](https://x.org/a.jpeg)",
            '<p><a href="https://x.org/a.jpeg" rel="noopener noreferrer">https://x.org/a.jpeg</a></p>',
        ),
        ("![[other note]]", '<p><a href="to/other note">other note</a></p>'),
        ("$\\text{<b>}$", '<p><code class="math">\\text{&lt;b&gt;}</code></p>'),
        ("$$x < \\nosuch$$", '<p><code class="math display">x &lt; \\nosuch</code></p>'),
        ("> [!tip]- Mind\n> this", '<blockquote class="callout"><p class="kind">Tip</p><p>Mind\nthis</p></blockquote>'),
        ("- [ ] a\n- [x] b", "<ul><li>☐ a</li><li>☑ b</li></ul>"),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("a %%not [[this]]%% b", "<p>a  b</p>"),
        ("%%\n\nnor this\n\n%%\n\nbut this", "<p>but this</p>"),
        ("100%% sure", "<p>100%% sure</p>"),
        ("a<br>b <b>c</b>", "<p>a<br>b &lt;b&gt;c&lt;/b&gt;</p>"),
        ("<!-- secret -->\n\n<div onclick=x>\n", '<p class="raw">&lt;div onclick=x&gt;\n</p>'),
        ("a <!-- secret --> b", "<p>a  b</p>"),
        ("said^1 ^mark", '<p>said^1<span id="b-mark"></span></p>'),
    ],
)
def test_what_is_written_looks_so(text: str, html: str) -> None:
    assert body(text) == html


def test_tables_and_footnotes() -> None:
    html = body("| a | b |\n|---|--:|\n| 1 | [[x\\|y]] |\n\ntext[^n]\n\n[^n]: note\n")
    assert '<td class="right"><a href="to/x">y</a></td>' in html
    assert '<sup><a href="#fn-1">1</a></sup>' in html
    assert '<div class="footnote" id="fn-1"><sup>1</sup><p>note</p></div>' in html


def test_headings_follow_each_other_and_have_each_an_id_of_its_own() -> None:
    html = body("# Title\n\n### A b\n\n### A b\n\n###### c\n\n# d", titles=("Title",))
    assert html.startswith('<span id="h-title"></span>')
    html = html.partition("</span>")[2]
    assert html == '<h2 id="h-a-b">A b</h2><h2 id="h-a-b-2">A b</h2><h3 id="h-c">c</h3><h2 id="h-d">d</h2>'


def test_lists_of_edges_can_be_left_out_and_nothing_else() -> None:
    edges = "## Builds on\n\n- [[a]]: why\n- [[b]]\n\n"
    more = "## Cites\n\n- [[a]]\n- a book without a note\n\n## Uses\n\nWords before.\n\n- [[c]]\n"
    html = body(f"{edges}{more}", told=True)
    assert "Builds on" not in html
    assert all(words in html for words in ("Cites", "a book without a note", "Uses", "Words before.", "to/c"))
    assert "why" in body(f"{edges}{more}")


def test_front_matter_is_no_body_and_places_still_fit() -> None:
    text = "---\ntitle: x\n---\n\n[[a]]\n"
    reference = {(5, 1): Reference("[[a]]", "a.html")}
    assert render_body(text, 17, reference, Anchors()) == '<p><a href="a.html">a</a></p>'


def test_a_link_that_leads_nowhere_is_text() -> None:
    assert render_body("[[a|b]] [c](d)", 0, {}, Anchors()) == "<p>b c</p>"


def test_the_end_of_a_very_long_note_is_left_out_and_said() -> None:
    html = body("a line of words\n\n" * (LIMIT // 10))
    assert len(html) < 2 * LIMIT
    assert html.endswith('<p class="cut">Only the beginning of this note is shown.</p>')


@pytest.mark.parametrize("name", PAYLOADS)
def test_strangers_text_stays_text(name: str) -> None:
    text = PAYLOADS[name]
    links = f"[[{text}]] [{text}]({text}) ![{text}]({text})"
    whole = f"# {text}\n\n{text}\n\n{links}\n\n> [!{text}]\n\n```{text}\n{text}\n```\n"
    references = {
        (link.line, link.column): Reference(link.raw, link.target, is_picture=link.kind == "embed")
        for link in scan(whole.encode(errors="replace").decode()).links
    }
    html = render_body(whole, 0, references, Anchors())
    assert not read(html).faults
    assert not disguised(html)


@pytest.mark.parametrize("piece", ["> ", "- ", "[[", "<!-- ", "%%", "`", "$", "| a ", "*a **b ", "![", "[^a]: "])
def test_deep_and_broken_markdown_is_read_in_time_linear_in_it(piece: str) -> None:
    html = body(piece * 20_000)
    assert not read(html).faults
    assert len(html) < 20 * len(piece) * 20_000 + 10_000


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('<p>é <a href="y.md">x</a>, <b>b</b></p>', '<p>é <a href="to/y.md">x</a>, <strong>b</strong></p>'),
        ('<img src="plot.png" alt="A plot" width=9>', '<p><img src="to/plot.png" alt="A plot" loading="lazy"></p>'),
        ("<ul>\n  <li>a</li>\n  <li>[[b]]</li>\n</ul>", '<ul><li>a</li><li><a href="to/b">b</a></li></ul>'),
        (
            "<table>\n<tr>\n<th>A</th>\n<th>B</th>\n</tr>\n<tr>\n<td>a</td>\n<td><a href=b.md>b</a></td>\n</tr>\n"
            "<tr><td>c</td><td>d</td></tr></table>",
            '<div class="scroll"><table><thead><tr><th>A</th><th>B</th></tr></thead>'
            '<tr><td>a</td><td><a href="to/b.md">b</a></td></tr><tr><td>c</td><td>d</td></tr></table></div>',
        ),
        ('<p>as arXiv:1706.03762 and <a href="y.md">x</a> say [@ann2017]</p>',
         '<p>as <a href="to/arxiv:1706.03762">arXiv:1706.03762</a> and <a href="to/y.md">x</a> say '
         '[<a href="to/ann2017">@ann2017</a>]</p>'),
        ("[[1]](https://a.b/c) d", '<p><a href="https://a.b/c" rel="noopener noreferrer">1</a> d</p>'),
        ('<a href="javascript:alert(1)">x</a> <kbd onclick="f()">k</kbd>',
         "<p>x &lt;kbd onclick=&quot;f()&quot;&gt;k&lt;/kbd&gt;</p>"),
    ],
)  # fmt: skip
def test_html_that_markdown_has_signs_for_is_shown_as_such(text: str, html: str) -> None:
    references = {
        (link.line, link.column): Reference(
            link.raw,
            link.target if ":" in link.target and link.kind != "id" else f"to/{link.target}",
            is_picture=link.target.endswith(".png"),
            is_mention=link.kind in ("id", "citekey"),
        )
        for link in read_note("n.md", f"---\na: b\n---\n{text}\n".encode()).links
    }
    whole = f"---\na: b\n---\n{text}\n"
    assert render_body(whole, len("---\na: b\n---\n"), references, Anchors()) == html
