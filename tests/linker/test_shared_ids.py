"""One id, two titles: a copied id is reported with both places, a changed title is not, and nothing is lost."""

from collections.abc import Callable

import pytest

from kb.query.names import find
from linker.card import card
from linker.check import findings
from linker.vault import Vault

CODE = "one-id-two-titles"


def note(title: str, authors: str = "", arxiv: str = "1810.13337", more: str = "") -> str:
    people = f"authors: [{authors}]\n" if authors else ""
    return f"---\ntitle: '{title}'\narxiv: '{arxiv}'\n{people}{more}---\n"


EDITS = note("Learning to Represent Edits", "Pengcheng Yin, Graham Neubig")
EXECUTE = note("Learning to Execute", "Wojciech Zaremba, Ilya Sutskever")


def found(vault: Vault) -> list[str]:
    return [f"{finding.severity}: {finding}" for finding in findings(vault.store) if finding.code == CODE]


def test_other_authors_and_another_title(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": EDITS, "b.md": EXECUTE}) as vault:
        assert found(vault) == [
            'warning: b.md:3:8: one-id-two-titles arxiv:1810.13337 is "Learning to Execute" here and '
            '"Learning to Represent Edits" in a.md:3:8 - '
            "read as one paper: correct the id; if the title changed, add the other one as an alias"
        ]
        shown = card(vault.store, find(vault.store, "1810.13337"))
    assert [(said["value"], said["path"]) for said in shown["sources"]["title"]] == [
        ("Learning to Represent Edits", "a.md"),
        ("Learning to Execute", "b.md"),
    ]
    assert len(shown["sources"]["authors"]) == 2, "what both notes say is kept"


def test_the_curated_note_is_right_whatever_the_paths(opened: Callable[..., Vault]) -> None:
    with opened({"a.md": EXECUTE}, {"z.md": EDITS}) as vault:
        [finding] = found(vault)
    assert finding.startswith("warning: a.md:3:8: ")
    assert '"Learning to Represent Edits" in the curated note - ' in finding


def test_no_author_and_hardly_a_word_in_common_is_a_notice(opened: Callable[..., Vault]) -> None:
    listed = "".join(f"- [Paper number {n}](https://arxiv.org/abs/2001.0000{n}) (2020)\n" for n in range(1, 5))
    listed += "- [Colorful Image Colorization](https://arxiv.org/abs/1603.08983) (2016)\n"
    time = note("Adaptive Computation Time for Recurrent Networks", arxiv="1603.08983")
    with opened({"time.md": time, "README.md": listed}) as vault:
        [finding] = found(vault)
    assert finding.startswith("notice: README.md:5:")
    assert 'in time.md:3:8 - ' in finding


def test_a_doi_that_was_copied(opened: Callable[..., Vault]) -> None:
    edits, execute = (each.replace("arxiv: '1810.13337'", "doi: 10.1000/abc") for each in (EDITS, EXECUTE))
    with opened({"a.md": edits, "b.md": execute}) as vault:
        [finding] = found(vault)
    assert finding.startswith('warning: b.md:3:6: one-id-two-titles doi:10.1000/abc is "Learning to Execute" here')


CHANGED = {
    "swish": ("Searching for Activation Functions", "Swish: a Self-Gated Activation Function"),
    "lars": ("Large Batch Training of Convolutional Networks", "Scaling SGD Batch Size to 32K for ImageNet Training"),
    "dropping": ("On the Effect of Dropping Layers of Pre-trained Transformer Models",
                 "Poor Man''s BERT: Smaller and Faster Transformer Models"),
    "gelu": ("Gaussian Error Linear Units (GELUs)",
             "Bridging Nonlinearities and Stochastic Regularizers with Gaussian Error Linear Units"),
    "gan": ("Generative Adversarial Nets", "Generative Adversarial Networks"),
    "gpt": ("Improving Language Understanding by Generative Pre-Training",
            "Improving Language Understanding with Unsupervised Learning"),
    "adamw": ("Decoupled Weight Decay Regularization", "Fixing Weight Decay Regularization in Adam"),
    "st-moe": ("ST-MoE: Designing Stable and Transferable Sparse Expert Models",
               "Designing Effective Sparse Expert Models"),
    "a nickname": ("BERT", "Pre-training of Deep Bidirectional Transformers"),
    "a translation": ("Attention Is All You Need", "注意力就是你所需要的一切"),
    "another spelling": ("Modelling Neural Sequences", "Modeling neural sequences"),
}  # fmt: skip


@pytest.mark.parametrize("authors", ["", "Ada Lovelace, Alan Turing"])
@pytest.mark.parametrize("titles", CHANGED.values(), ids=list(CHANGED))
def test_a_changed_title_is_no_finding(titles: tuple[str, str], authors: str, opened: Callable[..., Vault]) -> None:
    before, after = titles
    with opened({"a.md": note(before, authors), "b.md": note(after, authors and "A. Lovelace")}) as vault:
        assert found(vault) == []


def test_an_alias_says_that_it_is_one_paper(opened: Callable[..., Vault]) -> None:
    alias = note("Learning to Execute", "Wojciech Zaremba", more="other_title: Learning to represent edits\n")
    with opened({"a.md": EDITS, "b.md": alias}) as vault:
        assert found(vault) == []
