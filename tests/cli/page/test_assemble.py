"""The page as text: its policy allows exactly what is in it, and data stays data."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from cli.page.assemble import DRAWN, STATIC, page, policy, script, style


def data(**more: Any) -> dict[str, Any]:
    """A page of one paper."""
    papers = {"key": ["a"], "label": ["A"], "title": ["Of A"], "date": ["2017-06"]}
    return {"title": "A timeline", "lanes": [], "papers": papers, **more}


class Parts(HTMLParser):
    """The texts of script and style elements, and the content of the policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {"script": [], "style": []}
        self.policy, self.inside, self.first = "", "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.first = self.first or (tag if tag not in ("html", "head") else "")
        if dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs)["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in self.found:
            self.found[self.inside].append(data)


def hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("live", [False, True])
def test_the_policy_allows_the_script_and_the_style_of_the_page_and_nothing_else(live: bool) -> None:
    parts = Parts(page(data(), live=live))
    [_, code], [rules] = parts.found["script"], parts.found["style"]
    assert parts.first == "meta"
    assert parts.policy == policy(live)
    directives = dict(part.strip().split(" ", 1) for part in parts.policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == hashed(code)
    assert directives["style-src"] == hashed(rules)
    assert directives.get("connect-src") == ("'self'" if live else None)
    assert "unsafe" not in parts.policy


@pytest.mark.parametrize("text", [
    "</script><script>alert(1)</script>", "<!--<script>", "]]>", "a & b", "\u2028\u2029", "\ud800 alone",
    "{script}{policy}", "\\1 \\g<0>", "\x00\x1b[31m", "'\"`${x}",
])  # fmt: skip
def test_data_come_out_as_they_went_in(text: str) -> None:
    given = data(title=text)
    given["papers"]["label"] = [text]
    made = page(given)
    made.encode()                           # no lone surrogate is left
    [held, _] = Parts(made).found["script"]
    assert json.loads(held)["papers"]["label"] == [text]
    assert len(re.findall("<script", made)) == 2


def test_without_its_script_a_page_shows_every_paper() -> None:
    many = data()
    count = DRAWN + 1
    many["papers"] = {
        "key": [f"p{i}" for i in range(count)], "label": [f"P<{i}>" for i in range(count)],
        "date": [f"{2000 + i // 20}" if i < DRAWN else None for i in range(count)],
    }
    static = page(many, "<svg>picture</svg>").partition('<div id="static">')[2].partition("</div>")[0]
    assert all(f"P&lt;{i}&gt;" in static for i in range(count))
    assert "<h2>2000</h2>" in static
    assert "<h2>undated</h2>" in static
    assert "picture" not in static
    few = page(data(), "<svg>picture</svg>").partition('<div id="static">')[2]
    assert "picture" in few
    assert "2017-06 A <i>Of A</i>" in few


def test_without_its_script_a_page_tells_a_title_that_was_cut_once() -> None:
    given = data()
    titles = {"label": ["A long ti…", "B"], "title": ["A long title", ""]}
    given["papers"] = {"key": ["a", "b"], "date": ["", ""], **titles}
    static = page(given, "<svg/>").partition("<ol>")[2].partition("</ol>")[0]
    assert static.splitlines() == ["<li>undated A long title", "<li>undated B"]


def test_what_ships_has_no_comments_and_ends_no_element() -> None:
    for text in (script(), script(live=True)):
        assert not [line for line in text.splitlines() if line.startswith(("//", " "))]
        assert "</" not in text
    assert "</" not in style()


def test_scripts_make_no_markup_out_of_text() -> None:
    """Elements come from `el`, text from text nodes; nothing is evaluated, nothing is fetched from elsewhere."""
    banned = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setTimeout('",
              "DOMParser", "createContextualFragment", "srcdoc", "cssText", "setAttribute('style'", "import(")
    for text in (script(live=True), style(), (STATIC / "shell.html").read_text("utf-8")):
        assert [word for word in banned if word in text] == []
    assert "url(" not in style()
    assert "@import" not in style()
