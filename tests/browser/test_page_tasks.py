"""Three questions, answered with the page alone. An action is one click, one text typed, or one key."""

from pathlib import Path
from typing import TYPE_CHECKING

import paperkb
from tests.cli.conftest import CURATED

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import PageOf

MOST = 2


class Reader:
    """A reader in front of the page, with their actions counted."""

    def __init__(self, page: "Page") -> None:
        self.page, self.actions = page, 0

    def search(self, text: str) -> None:
        """Type into the search field."""
        self.actions += 1
        self.page.fill("#search", text)
        self.page.focus("#search")

    def press(self, key: str) -> None:
        self.actions += 1
        self.page.keyboard.press(key)

    def click(self, selector: str) -> None:
        self.actions += 1
        self.page.locator(selector).first.click()

    def reads(self, title: str) -> set[str]:
        """The names in a list of the panel."""
        section = self.page.locator("#panel .kin").filter(has=self.page.locator("h3", has_text=title))
        return set(section.locator("li a").all_inner_texts())

    def sees(self) -> set[str]:
        """Labels of papers that are lit, not faded."""
        return set(self.page.locator("#labels a.label:not(.soft)").all_inner_texts())


def test_what_led_to_the_vision_transformer(page_of: "PageOf", page_file: Path) -> None:
    reader = Reader(page_of(page_file).page)
    reader.search("vit")
    reader.press("Enter")
    assert reader.actions <= MOST
    assert reader.reads("Builds on") == {"Transformer", "BERT"}
    assert {"Transformer", "BERT", "Attention", "ResNet", "LayerNorm", "Adam"} <= reader.sees()
    assert "LSTM" not in reader.sees()


def test_which_papers_of_2019_run_here(page_of: "PageOf", page_file: Path, tmp_path: Path) -> None:
    reader = Reader(page_of(page_file).page)
    reader.search("year:2019 has:code")
    assert reader.actions <= MOST
    with paperkb.open(index=tmp_path / "index.sqlite") as vault:
        wanted = vault.query("year:2019 has:code").total
    assert reader.page.inner_text("#count") == f"{wanted} of {CURATED}"
    assert len(reader.sees()) == wanted > 0


def test_which_papers_of_2019_run_here_without_knowing_the_language(page_of: "PageOf", page_file: Path) -> None:
    reader = Reader(page_of(page_file).page)
    reader.click("#filters")
    reader.click("#facets [data-field=year][data-value='2019']")
    reader.click("#facets [data-field=has][data-value=code]")
    assert reader.actions <= 3
    assert reader.page.input_value("#search") == "year:2019 has:code"


def test_what_adam_influenced(page_of: "PageOf", page_file: Path) -> None:
    reader = Reader(page_of(page_file).page)
    reader.search("Adam")
    reader.press("Enter")
    assert reader.actions <= MOST
    assert "Transformer" in reader.reads("Built on by")
    assert {"Transformer", "BERT", "ViT"} <= reader.sees()


def test_what_adam_influenced_with_the_pointer_alone(page_of: "PageOf", page_file: Path) -> None:
    reader = Reader(page_of(page_file).page)
    reader.click("#labels a.label:text-is('Adam')")
    assert reader.actions <= 1
    assert "Transformer" in reader.reads("Built on by")
