"""The panel of a paper says what the command line says of it, and the lineage, the paths and the stories light up."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import paperkb
from cli.render.code import code_rows
from tests.cli.conftest import CURATED, make_vault
from tests.cli.page.made import write_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import PageOf


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[paperkb.Vault]:
    with paperkb.open(index=tmp_path_factory.mktemp("index") / "index.sqlite") as opened:
        yield opened


def listed(page: "Page", title: str) -> list[tuple[str, str]]:
    """(linked name, why) of each item in the panel's list with this title, also of those behind "more"."""
    section = page.locator("#panel .kin").filter(has=page.locator("h3", has_text=title))
    return [
        (item.locator("bdi").first.text_content() or "", " ".join(item.locator("p").all_text_contents()))
        for item in (section.locator("li").all() if section.count() else [])
    ]


def lit(page: "Page") -> set[str]:
    """The papers that are lit, read from the list, which shows the same ones."""
    page.click("#views [data-view=list]")
    found = page.eval_on_selector_all("#list a[data-i]", "links => links.map((link) => link.hash.slice(3))")
    page.click("#views [data-view=graph]")
    return set(found)


def related(card: dict[str, Any], side: str, kind: str = "builds-on") -> list[dict[str, Any]]:
    return [edge for edge in card["edges"][side] if edge["type"] == kind]


@pytest.mark.parametrize("key", ["vit", "transformer", "lora", "backprop", "ntm", "gpt3"])
def test_the_panel_says_what_show_says(page_of: "PageOf", vault: paperkb.Vault, page_file: Path, key: str) -> None:
    opened = page_of(page_file, fragment=f"p={key}")
    page, card = opened.page, vault.show(key)
    shown = page.inner_text("#panel")
    assert page.inner_text("#panel h2") == card["title"]
    assert card["authors"][0] in shown
    assert (" et al." in shown) == card["authors_more"]
    assert str(card["year"]) in shown
    for side, title, end in (("out", "Builds on", "target"), ("in", "Built on by", "source")):
        told, known = listed(page, title), related(card, side)
        assert len(told) == len({edge[end] for edge in known}), f"{title}: every edge, even those that are not drawn"
        assert {why for _, why in told} == {edge["why"] for edge in known}
    for pattern in card["patterns"]:
        assert page.locator(f'#panel [data-field=pattern][data-value="{pattern}"]').count() == 1
    assert card["code"]["claim"] in shown
    said = {head: text.plain for head, text in reversed(list(code_rows(card["code"])))}
    assert said[card["implementation"]].endswith(f"({page.inner_text('#panel .stand')})")
    assert f"the claim {said['verdict'].partition('  ')[0].removesuffix(', on earlier code')}" in shown
    growths = [text.plain for head, text in code_rows(card["code"]) if head == "growth"]
    assert all(growth.partition("  ")[0] in shown for growth in growths)
    assert f"paperkb run {card['implementation']}" in shown
    assert card["path"] in shown
    assert opened.faults == []


def test_a_paper_without_note_is_named_and_is_no_link(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=lora").page
    assert [name for name, _ in listed(page, "Builds on")] == ["Transformer", "GPT-3", "adapters"]
    assert page.locator("#panel .kin li", has_text="no note yet").locator("a").count() == 0


def test_links_of_the_panel_lead_on_and_the_history_leads_back(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=vit").page
    page.click("#panel .kin a:has-text('Transformer')")
    assert page.inner_text("#panel h2") == "Attention Is All You Need"
    page.go_back()
    assert page.inner_text("#panel h2").startswith("An Image is Worth")
    page.click("#close")
    assert page.is_hidden("#panel")


def test_a_date_is_shown_as_exactly_as_it_is_known(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=vit").page
    for key, said in (("vit", "22 October 2020"), ("rnn", "June 1989"), ("backprop", "1986, month unknown")):
        page.evaluate("key => { location.hash = '#p=' + key; }", key)
        page.locator("#panel p", has_text=said).first.wait_for()


def test_a_pattern_of_the_panel_is_a_filter(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=lora").page
    page.click('#panel [data-value="low-rank"]')
    assert page.input_value("#search") == "pattern:low-rank"
    assert page.get_attribute('#panel [data-value="low-rank"]', "aria-pressed") == "true"


def test_what_can_be_copied_is_what_is_said(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=vit", permissions=["clipboard-read", "clipboard-write"]).page
    for words, copied in (("copy BibTeX", "@inproceedings{"), ("copy link", "#p=vit"), ("copy", "paperkb run vit")):
        button = page.locator("#panel .run .copy") if words == "copy" else page.get_by_role("button", name=words)
        button.click()
        page.locator("#panel .copy", has_text="copied").first.wait_for()
        assert copied in page.evaluate("() => navigator.clipboard.readText()")
        page.locator("#panel .copy", has_text="copied").first.wait_for(state="detached")


def closure(vault: paperkb.Vault, key: str, side: str, end: str, depth: int) -> set[str]:
    found, level = {key}, {key}
    for _ in range(depth):
        level = {
            edge[end].partition(":")[2]
            for one in level
            for edge in related(vault.show(f"paper:{one}"), side)
            if edge[end].startswith("paper:")
        } - found
        found |= level
    return found


@pytest.mark.parametrize(("key", "depth"), [("vit", 1), ("vit", 2), ("adam", 2), ("backprop", 1), ("vae", 20)])
def test_the_lineage_reaches_as_far_as_it_says(
    page_of: "PageOf", vault: paperkb.Vault, page_file: Path, key: str, depth: int
) -> None:
    page = page_of(page_file, fragment=f"p={key}").page
    if depth == 1:
        page.keyboard.press("[")
    else:
        page.click(f"#depth{depth}")
    up, down = closure(vault, key, "out", "target", depth), closure(vault, key, "in", "source", depth)
    assert page.inner_text("#panel .lines p") == f"{len(up) - 1} before it, {len(down) - 1} after it"
    assert lit(page) == up | down


@pytest.mark.parametrize(
    ("start", "end"), [("lora", "BatchNorm"), ("lstm", "DDPM"), ("vit", "Backprop"), ("adam", "GAN")]
)
def test_paths_are_those_of_the_command_line(
    page_of: "PageOf", vault: paperkb.Vault, page_file: Path, start: str, end: str
) -> None:
    page = page_of(page_file, fragment=f"p={start}").page
    page.fill("#to", end)
    page.press("#to", "Enter")
    chains = vault.paths(start, end)
    assert page.locator("#panel .chains > li").count() == len(chains)
    if not chains:
        assert page.inner_text("#panel .lines p").startswith("no chain of builds-on joins Adam and GAN")
        return
    assert page.inner_text("#panel .lines p").startswith(f"{len(chains)} shortest chain")
    shown = page.inner_text("#panel .chains")
    assert all(step["why"] in shown for chain in chains for step in chain)
    on_the_way = {step[side] for chain in chains for step in chain for side in ("source", "target")}
    assert lit(page) == on_the_way
    page.get_by_role("button", name="Clear the path").click()
    assert page.locator("#panel .chains").count() == 0


def test_a_path_leads_to_another_paper(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=vit").page
    page.fill("#to", "ViT")
    page.press("#to", "Enter")
    page.locator("#announce", has_text="no paper has the name ViT").wait_for(state="attached")
    assert "to=" not in page.url


def test_a_story_is_told_step_by_step(page_of: "PageOf", page_file: Path) -> None:
    opened = page_of(page_file)
    page = opened.page
    page.click("#views [data-view=story]")
    assert "1 of 9" in page.inner_text("#story")
    assert page.inner_text("#story .step a") == "Backprop"
    for _ in range(5):
        page.keyboard.press("n")
    assert page.inner_text("#story .step a") == "Attention"
    assert "weighted mean" in page.inner_text("#story .step")
    assert page.is_hidden("#panel"), "the story itself says it"
    page.keyboard.press("p")
    assert page.inner_text("#story .step a") == "Seq2Seq"
    page.go_back()
    assert page.inner_text("#story .step a") == "Attention", "each step can be undone"
    for _ in range(9):
        page.keyboard.press("n")
    assert "9 of 9" in page.inner_text("#story")
    assert page.get_by_role("button", name="Next step").is_disabled()
    address = page.evaluate("() => location.href")
    again = page_of(page_file, fragment=address.partition("#")[2]).page
    assert again.inner_text("#story .step a") == "Transformer"
    assert opened.faults == []


def test_on_a_phone_the_story_shows_its_step_in_the_list(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="view=story", viewport={"width": 390, "height": 500}).page
    top, bottom = page.evaluate(
        "(({ top, bottom }) => [top, bottom])(document.getElementById('list').getBoundingClientRect())")
    for step in range(1, 10):
        page.locator("#story", has_text=f"{step} of 9").wait_for()
        link = page.locator("#list a[aria-current]")
        assert link.inner_text() == page.inner_text("#story .step a")
        box = link.bounding_box()
        assert box
        assert top <= box["y"] < box["y"] + box["height"] <= bottom, step
        page.keyboard.press("n")


def test_escape_ends_the_story_in_one_step(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="view=story").page
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    assert page.is_hidden("#story")
    assert page.is_hidden("#panel")
    page.go_back()
    assert page.is_visible("#story"), "going back returns to it"


def test_a_question_ends_the_story(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="view=story&step=2").page
    page.fill("#search", "year:2017")
    assert page.is_hidden("#story")
    assert lit(page) == {"adamw", "gat", "moe", "ppo", "revnet", "transformer", "vqvae", "wgan-gp"}


def test_many_descendants_are_capped_and_that_is_said(page_of: "PageOf", tmp_path: Path) -> None:
    front = '---\nkind: paper\ntitle: "{}"\nauthors: [A. Nobody]\ndate: {}\n---\n'
    above = "\n## Builds on\n\n- [[seed]]: the seed.\n"
    plants = {f"plant{n}.md": front.format(f"Plant Number {n}", 2001 + n % 20) + above for n in range(90)}
    root = make_vault(tmp_path / "vault", {**plants, "seed.md": front.format("A Seed of Much", 2000)})
    page = page_of(write_page(tmp_path, vault=root), fragment="p=seed").page
    assert page.inner_text("#panel .lines p").startswith("0 before it, 90 after it: 59 of 90 shown")
    assert len(lit(page)) == 60
    assert len(listed(page, "Built on by")) == 90, "the panel leaves none out"


def test_more_paths_than_are_followed_are_not_counted_as_all(page_of: "PageOf", tmp_path: Path) -> None:
    notes: dict[str, str] = {}
    above: list[str] = []
    for level in range(11):                         # 2 ** 9 paths from the last to the first
        keys = [f"l{level}-{n}" for n in range(2 if 0 < level < 10 else 1)]
        for key in keys:
            builds_on = "".join(f"- [[{parent}]]\n" for parent in above)
            front = f"---\nkind: paper\ntitle: {key}\ndate: {2000 + level}\n---\n"
            notes[f"{key}.md"] = f"{front}## Builds on\n\n{builds_on}"
        above = keys
    page = page_of(write_page(tmp_path, vault=make_vault(tmp_path / "vault", notes)), fragment="p=l10-0&to=l0-0").page
    assert page.inner_text("#panel .lines p") == "at least 500 shortest chains of 10 steps"


def test_the_panel_leads_to_the_sites_that_have_the_paper(page_of: "PageOf", tmp_path: Path) -> None:
    address = "http://papers.nips.cc/paper/7181-attention-is-all-you-need.pdf"
    root = make_vault(tmp_path / "vault", {"a.md": f"---\ntitle: A\narxiv: '1706.03762'\nurl: {address}\n---\n"})
    page = page_of(write_page(tmp_path, vault=root), fragment="p=a").page
    led = page.eval_on_selector_all("#panel .actions a", "links => links.map((link) => [link.textContent, link.href])")
    assert led == [
        ["arXiv", "https://arxiv.org/abs/1706.03762"],
        ["NeurIPS", "https://papers.nips.cc/paper/7181-attention-is-all-you-need"],
    ]


def test_where_notes_only_link_each_other_that_is_the_lineage(page_of: "PageOf", tmp_path: Path) -> None:
    notes = {
        "old.md": "---\ntitle: Old\ndate: 2008\nkind: paper\n---\nTaken up by [[new]].\n",
        "new.md": "---\ntitle: New\ndate: 2011\nkind: paper\n---\n",
        "third.md": "---\ntitle: Third\ndate: 2013\nkind: paper\n---\n- [[new]] - its sequel\n",
        "far.md": "---\ntitle: Far\ndate: 2014\nkind: paper\n---\n",
    }
    opened = page_of(write_page(tmp_path, vault=make_vault(tmp_path / "vault", notes)), fragment="p=new")
    assert listed(opened.page, "Linked, earlier") == [("Old", "")]
    assert listed(opened.page, "Linked, later") == [("Third", "its sequel")]
    assert "linked in a note" in opened.page.inner_text("#legend")
    assert lit(opened.page) == {"old", "new", "third"}
    assert opened.faults == []


def test_names_of_strangers_are_text(page_of: "PageOf", tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    root = make_vault(tmp_path / "vault", {
        "a.md": f'---\nkind: paper\ntitle: "{evil}"\nauthors: ["{evil}"]\ndate: 2001\nvenue: "{evil}"\ntags: [t]\n'
        f'patterns: ["{evil}"]\ndoi: "10.1000/x\u0022onclick=1"\n---\n'
        f"{evil} and so on, long enough to be a summary of it.\n"
        "\n## Builds on\n\n- [[b]]: <script>alert(1)</script>\n",
        "b.md": '---\nkind: paper\ntitle: "B"\nauthors: [B]\ndate: 2000\n---\n',
    })  # fmt: skip
    opened = page_of(write_page(tmp_path, vault=root), fragment="p=a")
    opened.page.click("#filters")
    opened.page.fill("#search", evil)
    opened.page.wait_for_timeout(100)
    assert opened.page.locator("img, #panel script").count() == 0
    assert opened.faults == []


def test_a_list_of_hits_stays_when_one_of_them_is_chosen(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="q=pattern:attention&view=list").page
    before = page.locator("#list a[data-i]").all_inner_texts()
    page.locator("#list a[data-i]", has_text="ViT").click()
    assert page.is_visible("#panel")
    assert page.locator("#list a[data-i]").all_inner_texts() == before


def test_a_paper_without_lineage_hides_no_other(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=sam").page
    assert page.inner_text("#panel .lines p") == "no lineage known on this page"
    assert len(lit(page)) == CURATED


def test_hidden_lanes_are_hidden_from_every_focus(page_of: "PageOf", page_file: Path) -> None:
    page = page_of(page_file, fragment="p=vit").page
    assert {"adam", "transformer"} <= lit(page)
    page.locator("#gutter button", has_text="Optimization").click()
    assert "transformer" in lit(page)
    assert "adam" not in lit(page)
