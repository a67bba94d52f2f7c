"""The page's query language is the command line's: what Python finds and refuses, a real browser finds and refuses.

`queries.txt` has one expression per line. The scripts run as they ship, on the data as it ships.
"""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import paperkb
from cli.page import others
from cli.page.assemble import STATIC
from kb.query.answer import ask
from kb.query.syntax import QueryError
from kb.store import Store
from tests.cli.conftest import CURATED, make_vault, run_command
from tests.cli.page.made import of_store, write_page
from tests.kb.test_query_answer import FINDS, NOTES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import PageOf

QUERIES = (Path(__file__).parent / "queries.txt").read_text("utf-8").splitlines()
LONG = ["a " * 401, "(" * 200 + "a", "tag:" + "a," * 400 + "a", '"' + "é1 _ " * 200 + '" -b-c', "title:\0x", "", "  "]
BEYOND = "this page cannot answer"
PART = "year:2014..2019"
TOO_DEEP = "nested too deeply - split the query"

Answers = Callable[[dict[str, Any], list[str]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def answers(browser: "Browser") -> Iterator[Answers]:
    """Run queries through the scripts on some data, in a blank page."""
    scripts = "\n".join(
        (STATIC / f"{name}.js").read_text("utf-8") for name in ("query", "dates", "names", "state", "find")
    )
    page = browser.new_page()
    program = f"""([raw, queries]) => {{ {scripts}
        load(raw);
        return queries.map((query) => {{
            const {{ hits, error, words }} = matches(query);
            return {{ keys: hits && [...hits].map((i) => papers[i].key).sort(), error, words }};
        }});
    }}"""
    yield lambda data, queries: page.evaluate(program, [data, queries])
    page.close()


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with paperkb.open(index=tmp_path_factory.mktemp("index") / "index.sqlite") as vault:
        yield vault._store


def by_python(store: Store, query: str) -> dict[str, Any]:
    try:
        return {"keys": sorted(paper.key for paper in ask(store, query).papers), "error": None}
    except QueryError as error:
        before = query[: error.position].encode("utf-16-le")  # a browser counts in UTF-16 code units
        return {"keys": None, "error": {"message": error.message, "at": len(before) // 2}}


def differences(store: Store, answers: Answers, queries: list[str]) -> list[str]:
    """Where the two disagree. Free words are left out: they search less text in the page, and it says so."""
    wrong = []
    for query, found in zip(queries, answers(of_store(store), queries)):
        told = by_python(store, query)
        looked_for_words = found.pop("words") and not found["error"]
        if not query.strip():
            told["keys"] = None  # no query at all: nothing is selected
        if not looked_for_words and found != told:
            wrong.append(f"{query[:60]!r}: page {found}, Python {told}")
    return wrong


def test_the_curated_vault_gives_the_same_papers_and_the_same_mistakes(curated: Store, answers: Answers) -> None:
    queries = [*QUERIES, *LONG]
    assert len(set(queries)) >= 190
    found = [by_python(curated, query) for query in queries]
    assert sum(bool(one["keys"]) for one in found) > 80, "many find something"
    assert len({one["error"]["message"].split("`")[0] for one in found if one["error"]}) > 12, "many kinds of mistakes"
    assert differences(curated, answers, queries) == []


def test_another_vault_with_tags_ghosts_doubles_and_deep_paths(tmp_path: Path, answers: Answers) -> None:
    make_vault(tmp_path, NOTES)
    plain = [query for query in FINDS if not query.startswith(("in:", "mentions:"))]
    ambiguous = ["builds-on:ant", "cites:an", "pattern:stilness", "builds-on:missing", "led-to:clod", "is:ghost OR x:1"]
    with paperkb.open(tmp_path, own=True, index=tmp_path / ".index" / "index.sqlite") as vault:
        queries = [*plain, *(f"-{query}" for query in plain), *ambiguous]
        assert differences(vault._store, answers, queries) == []


def test_a_part_of_the_vault_answers_as_the_command_line_or_names_it(curated: Store, answers: Answers) -> None:
    data = of_store(curated, PART)
    told = 0
    for query, found in zip(QUERIES, answers(data, QUERIES)):
        if found["error"] and BEYOND in found["error"]["message"]:
            assert f"paperkb query '({PART}) (" in found["error"]["message"]
            continue
        if found["error"]:
            alone, joined = (by_python(curated, asked)["error"] for asked in (query, f"({PART}) ({query})"))
            assert found["error"] == alone or found["error"]["message"] == joined["message"] == TOO_DEEP
        elif not found["words"]:
            assert found["keys"] == by_python(curated, f"({PART}) ({query})")["keys"], query
            told += 1
    assert told > 90


def test_names_that_were_left_out_are_no_mistakes(
    curated: Store, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(others, "GHOSTS", 0)
    queries = ["builds-on:adapters", "builds-on:transformer*", "pattern:gating", "builds-on:gqa", "builds-on:nosuch"]
    found = answers(of_store(curated), queries)
    assert [one["keys"] for one in found[:3]] == [by_python(curated, query)["keys"] for query in queries[:3]]
    assert all(BEYOND in one["error"]["message"] for one in found[3:])


@pytest.mark.parametrize("query", ["in:README.md", "year:2017 mentions:lora", "-is:ghost"])
def test_what_only_notes_can_answer_names_the_command(curated: Store, answers: Answers, query: str) -> None:
    [found] = answers(of_store(curated), [query])
    assert found["error"]["message"].startswith(BEYOND)
    assert found["error"]["message"].endswith(f"run `paperkb query {shlex.quote(query.replace('-is', ' -is'))}`")
    assert query[: found["error"]["at"]].endswith(":")


def test_free_words_see_titles_names_and_summaries(curated: Store, answers: Answers) -> None:
    queries = ["attention", "aiayn", '"hidden units"', "atten*", "atten", "-attention", "nosuchword", "!!!"]
    found = dict(zip(queries, answers(of_store(curated), queries)))
    assert [query for query in queries if not found[query]["words"]] == ["!!!"]
    assert {"transformer", "bahdanau-attention"} <= set(found["attention"]["keys"])
    assert found["aiayn"]["keys"] == ["transformer"]
    assert "backprop" in found['"hidden units"']["keys"]
    assert set(found["attention"]["keys"]) <= set(found["atten*"]["keys"])
    assert found["atten"]["keys"] == found["nosuchword"]["keys"] == []
    assert len(found["attention"]["keys"]) + len(found["-attention"]["keys"]) == CURATED


def ask_page(page: "Page", query: str) -> set[str]:
    """Type a query; returns the keys in the list."""
    page.fill("#search", query)
    page.wait_for_timeout(50)
    rows = page.eval_on_selector_all("#list a[data-i]", "links => links.map((link) => link.hash)")
    return {row.removeprefix("#p=") for row in rows}


def test_the_search_field_shows_what_is_asked_how_many_there_are_and_the_command(
    page_of: "PageOf", curated: Store, page_file: Path
) -> None:
    opened = page_of(page_file, fragment="view=list")
    for query in ("pattern:attention -year:2017", "builds-on:resnet*", "year:2014..2016 has:arxiv"):
        assert ask_page(opened.page, query) == set(by_python(curated, query)["keys"])
        assert opened.page.inner_text("#count") == f"{len(by_python(curated, query)['keys'])} of {CURATED}"
        assert opened.page.inner_text("#cli code") == f"paperkb query {shlex.quote(query)}"
    opened.page.locator("#announce", has_text=f"of {CURATED} papers match").wait_for(state="attached")
    assert opened.faults == []


def test_the_command_that_a_part_of_the_vault_shows_finds_the_same(page_of: "PageOf", tmp_path: Path) -> None:
    opened = page_of(write_page(tmp_path, PART), fragment="view=list")
    shown = ask_page(opened.page, "pattern:attention OR -has:arxiv")
    program, *arguments = shlex.split(opened.page.inner_text("#cli code"))
    assert program == "paperkb"
    done = run_command((*arguments, "--json"), tmp_path, tmp_path)
    assert {paper["key"] for paper in done.json["papers"]} == shown
    assert shown


def test_a_mistake_is_told_with_its_place_and_nothing_is_hidden(page_of: "PageOf", page_file: Path) -> None:
    opened = page_of(page_file, fragment="view=list")
    assert len(ask_page(opened.page, "year:2017 patern:x")) == CURATED
    assert opened.page.inner_text("#mistake mark") == "patern:x"
    assert "did you mean `pattern`?" in opened.page.inner_text("#mistake")
    assert opened.page.get_attribute("#search", "aria-invalid") == "true"
    ask_page(opened.page, "year:2017")
    assert not opened.page.is_visible("#mistake")


def test_completions_offer_papers_fields_and_values(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file).page
    page.keyboard.press("/")
    page.keyboard.type("pattern:ga")
    assert page.locator("#offers li").all_inner_texts()[0].startswith("gating")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#search", "aria-activedescendant") == "offer0"
    page.keyboard.press("Enter")
    assert page.input_value("#search") == "pattern:gating "
    page.keyboard.type("category:gen")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#search") == 'pattern:gating category:"Generative Models" '
    page.fill("#search", "hint")
    assert any("author:" in text and "Hinton" in text for text in page.locator("#offers li").all_inner_texts())
    page.keyboard.press("Escape")
    assert not page.is_visible("#offers")


def test_what_is_no_field_has_no_values(page_of: "PageOf", page_file: Path) -> None:
    opened = page_of(page_file)
    for typed in ("constructor:", "parents:", "x:"):
        opened.page.fill("#search", typed)
        assert opened.page.is_hidden("#offers")
        assert opened.page.is_visible("#mistake")
    assert opened.faults == []


def test_enter_goes_where_the_words_lead(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file).page
    for typed, title in (
        ("aiayn", "Attention Is All You Need"),
        ("resn", "Deep Residual Learning for Image Recognition"),
        ("year:1986", "Learning Internal Representations by Error Propagation"),
    ):
        page.fill("#search", typed)
        page.press("#search", "Enter")
        assert page.inner_text("#panel h2") == title
    page.fill("#search", "year:2017")
    page.press("#search", "Enter")
    assert page.is_hidden("#panel"), "several papers match"


def test_filters_count_before_the_click_and_write_the_query(page_of: "PageOf", curated: Store, page_file: Path) -> None:
    opened = page_of(page_file, fragment="view=list&q=year:2014..2017")
    page = opened.page
    page.click("#filters")
    for field, value, asked in (
        ("pattern", "higher-order", "year:2014..2017 pattern:higher-order"),
        ("pattern", "residual", "year:2014..2017 pattern:higher-order,residual"),
        ("category", "Transformers", "year:2014..2017 pattern:higher-order,residual category:Transformers"),
    ):
        chip = page.locator(f'#facets [data-field={field}][data-value="{value}"]')
        before = set(by_python(curated, page.input_value("#search"))["keys"])
        count = int(chip.locator("small").inner_text())
        rest = " ".join(part for part in page.input_value("#search").split() if not part.startswith(f"{field}:"))
        assert count == len(by_python(curated, f"{rest} {field}:{value}")["keys"])
        chip.click()
        assert page.input_value("#search") == asked
        shown = set(page.eval_on_selector_all("#list a[data-i]", "links => links.map((link) => link.hash.slice(3))"))
        assert shown == set(by_python(curated, asked)["keys"]) != before
        assert chip.get_attribute("aria-pressed") == "true"
    page.locator('#facets [data-field=pattern][data-value="residual"]').click()
    page.locator("#facets [data-field=category][data-value=Transformers]").click()
    assert page.input_value("#search") == "year:2014..2017 pattern:higher-order"
    page.go_back()
    assert page.input_value("#search").endswith("category:Transformers"), "each click can be undone"
    assert opened.faults == []


def test_filters_that_were_unfolded_stay_so(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file).page
    page.keyboard.press("f")
    more = page.locator("#facets .pattern details")
    more.locator("summary").click()
    more.locator(".chip").first.click()
    assert page.input_value("#search").startswith("pattern:")
    assert more.get_attribute("open") is not None


def test_a_filter_keeps_alternatives_together(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="q=year:2017+OR+year:1997").page
    page.click("#filters")
    page.locator("#facets [data-field=has][data-value=arxiv], #facets [data-field=has][data-value=claim]").first.click()
    assert page.input_value("#search") == "(year:2017 OR year:1997) has:claim"


def test_addresses_of_strangers_ask_nothing_that_hangs_or_throws(page_of: "PageOf", page_file: Path) -> None:
    stars = "path:" + "*a" * 60 + "b"
    for fragment in (
        "q=%E0%A4%A",
        "q=" + "(" * 1500,
        f"q={stars}",
        "q=a&p=__proto__&to=constructor",
        "q=has:__proto__",
    ):
        opened = page_of(page_file, fragment=fragment)
        assert opened.page.inner_text("#count")
        assert opened.faults == []
