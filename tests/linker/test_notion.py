"""A database of papers as Notion exports it: ids in the names of files, properties in lines, relations as addresses."""

from collections.abc import Callable

import pytest

from kb.query.answer import ask
from kb.query.names import find
from kb.read import read
from linker.card import card
from linker.vault import Vault
from tests.linker.conftest import edges

Open = Callable[..., Vault]

DDPM, DIFFUSION, UNET = "1a2b3c4d5e6f708192a3b4c5d6e7f809", "aabbccddeeff00112233445566778899", "0" * 31 + "1"
FOLDER = "Papers 0f1e2d3c4b5a69788796a5b4c3d2e1f0"
PAGE = f"{FOLDER}/Denoising Diffusion Probabilistic Models {DDPM}.md"
RELATION = f"Deep%20Unsupervised%20Learning,%20Nonequilibrium%20T%20{DIFFUSION}.md"
TEXT = f"""# Denoising Diffusion Probabilistic Models

Authors: Jonathan Ho, Ajay Jain, Pieter Abbeel
Status: Done
Tags: diffusion, image models
Published: June 19, 2020 12:00 AM
Date read: March 3, 2024
URL: https://arxiv.org/abs/2006.11239
Aliases: DDPM, Denoising Diffusion
Patterns: denoising, latent-variable
Builds on: Deep Unsupervised Learning, Nonequilibrium T ({RELATION}), U-Net (../Nets/U-Net%20(2015)%20{UNET}.md)
Code: [ours](../code.md)

A network that predicts the noise can sample without any adversary.
"""
NOTES = {
    PAGE: TEXT,
    f"{FOLDER}/Deep Unsupervised Learning, Nonequilibrium T {DIFFUSION}.md":
        "# Deep Unsupervised Learning, Nonequilibrium Thermodynamics\n\nYear: 2015\nURL: arxiv.org/abs/1503.03585\n",
    f"Nets/U-Net (2015) {UNET}.md": "# U-Net (2015)\n\nURL: https://arxiv.org/abs/1505.04597\n",
    "patterns/denoising.md": "---\nkind: pattern\n---\n# Denoising\n",
    "code.md": "# Code\n",
}  # fmt: skip


def test_zoteros_connector_writes_each_author_on_a_line() -> None:
    text = TEXT.replace("Jonathan Ho, Ajay Jain, Pieter Abbeel", "Ho, Jonathan\nJain, Ajay\nAbbeel, Pieter")
    [paper] = read(PAGE, text.encode()).entries
    assert paper.values("authors") == ["Jonathan Ho", "Ajay Jain", "Pieter Abbeel"]


def test_properties_are_fields_and_not_text() -> None:
    record = read(PAGE, TEXT.encode())
    assert (record.dialect, record.title) == ("notion", "Denoising Diffusion Probabilistic Models")
    assert record.aliases == ("DDPM", "Denoising Diffusion")
    [paper] = record.entries
    assert [str(found) for found in paper.ids] == ["arxiv:2006.11239"]
    told = {name: paper.values(name) for name in ("authors", "status", "tags", "date", "date read")}
    assert told == {
        "authors": ["Jonathan Ho", "Ajay Jain", "Pieter Abbeel"],
        "status": ["Done"],
        "tags": ["diffusion", "image models"],
        "date": ["2020-06-19"],
        "date read": ["March 3, 2024"],
    }
    assert [(link.target, link.role, link.line, link.column) for link in record.links] == [
        ("denoising", "uses-pattern", 10, 11),
        ("latent-variable", "uses-pattern", 10, 22),
        (f"Deep Unsupervised Learning, Nonequilibrium T {DIFFUSION}.md", "builds-on", 11, 58),
        (f"../Nets/U-Net (2015) {UNET}.md", "builds-on", 11, 158),
        ("../code.md", "code", 12, 7),
    ]
    assert not record.diagnostics


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\nA sentence: this is no property, as its line has more.\n",
        "# Title\n\nText.\nTags: a\n",
        "Tags: a\n\n# Title\n",
        "# Title\n",
        "",
    ],
)
def test_other_text_under_the_title_stays_text(text: str) -> None:
    record = read(f"Title {DDPM}.md", text.encode())
    assert (record.title, record.entries, record.links) == ("Title", (), ())


def test_keys_are_titles_and_relations_are_edges(opened: Open) -> None:
    with opened(NOTES) as vault:
        dates = {paper.key: paper.date for paper in ask(vault.store, "").papers}
        assert dates == {
            "deep-unsupervised-learning-nonequilibrium-thermodynamics": "2015-03",
            "u-net": "2015-05",
            "denoising-diffusion-probabilistic-models": "2020-06-19",
        }
        assert edges(vault.store, "builds-on") == [
            ("builds-on", "paper:denoising-diffusion-probabilistic-models", f"paper:{key}")
            for key in ("deep-unsupervised-learning-nonequilibrium-thermodynamics", "u-net")
        ]
        ddpm = card(vault.store, find(vault.store, "ddpm"))
        assert ddpm["summary"] == "A network that predicts the noise can sample without any adversary."


def test_pages_of_one_title_have_their_files_as_keys(opened: Open) -> None:
    notes = {
        f"Notes {page}.md": f"# Notes\n\nURL: https://arxiv.org/abs/2001.0000{n}\n"
        for n, page in enumerate((DDPM, UNET), 1)
    }
    with opened(notes) as vault:
        assert sorted(paper.key for paper in ask(vault.store, "").papers) == [f"Notes {UNET}", f"Notes {DDPM}"]


def test_a_page_that_was_not_exported_is_a_ghost_of_its_title(opened: Open) -> None:
    page = f"../Old%20Papers/Score%20Matching%20{DIFFUSION}.md"
    properties = f"URL: https://arxiv.org/abs/2006.11239\nBuilds on: Score Matching ({page})\n"
    with opened({PAGE: f"# DDPM\n\n{properties}\nSee [it]({page}).\n"}) as vault:
        ghost = card(vault.store, find(vault.store, "Score Matching"))
        assert (ghost["kind"], ghost["key"], ghost["title"]) == ("ghost", "score-matching", "Score Matching")
        assert edges(vault.store, "builds-on") == [("builds-on", "paper:ddpm", "ghost:score-matching")]
