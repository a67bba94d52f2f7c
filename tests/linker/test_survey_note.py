"""A reader's note on a survey names papers as people do: short, without subtitle, half remembered. None goes astray."""

from collections.abc import Callable

import pytest

from kb.query.names import find
from linker import check
from linker.card import card
from linker.vault import Vault

Opened = Callable[..., Vault]

SURVEY = """\
https://arxiv.org/pdf/2103.14636
2023

My way through [[A Practical Survey on Faster and Lighter Transformers]], after [[Efficient Transformers]].

### Before the block
Skips are from [[Deep Residual Learning for Image Recognition]], norms from [[Layer Normalization]].
Why norms work: [[How does BatchNorm Help Optimization]],
[[Reconciling Modern Deep Learning with Traditional Optimization Analyses]].

### For any network
**Memory** [[Training Deep Nets with Sublinear Memory Cost]]
**Undoing layers** [[NICE]], [[Reformer]]
**Sharing** [[Linformer]] and [[Reformer]] inside a model, [[ALBERT]] across its depth.
**Cutting** [[Optimal Brain Damage]]
Heads, layers, weights: [[Are Sixteen Heads Really Better than One]], [[Dropping Layers]],
[[The Lottery Ticket Hypothesis]][[When BERT Plays the Lottery]]
**Teaching** [[Distilling the Knowledge of a Neural Network]], [[Do Deep Nets Really Need to be Deep]], [[DistilBERT]]
**Fewer bits** [[Mixed Precision Training]], [[Quantization Aware Training]], [[Iterative Product Quantization]],
[[Estimating or Propagating Gradients Through Stochastic Neurons]]
**To read**
"""

NOTES = {
    "2103.14636": ("A Practical Survey on Faster and Lighter Transformers", ""),
    "2009.06732": ("Efficient Transformers: A Survey", ""),
    "1512.03385": ("Deep Residual Learning for Image Recognition", "ResNet"),
    "1607.06450": ("Layer Normalization", "LayerNorm"),
    "2010.02916": (
        "Reconciling Modern Deep Learning with Traditional Optimization Analyses: The Intrinsic Learning Rate",
        "",
    ),
    "1805.11604": ("How Does Batch Normalization Help Optimization?", ""),
    "1604.06174": ("Training Deep Nets with Sublinear Memory Cost", "gradient checkpointing"),
    "1410.8516": ("NICE: Non-linear Independent Components Estimation", ""),
    "2001.04451": ("Reformer: The Efficient Transformer", ""),
    "2006.04768": ("Linformer: Self-Attention with Linear Complexity", ""),
    "1909.11942": ("ALBERT: A Lite BERT for Self-supervised Learning of Language Representations", ""),
    "lecun-obd": ("Optimal Brain Damage", "OBD"),
    "2004.03844": ("On the Effect of Dropping Layers of Pre-trained Transformer Models", "Poor Man's BERT"),
    "1909.11556": ("Reducing Transformer Depth on Demand with Structured Dropout", "LayerDrop"),
    "1905.10650": ("Are Sixteen Heads Really Better than One?", ""),
    "1803.03635": ("The Lottery Ticket Hypothesis: Finding Sparse, Trainable Neural Networks", ""),
    "2005.00561": ("When BERT Plays the Lottery, All Tickets Are Winning", ""),
    "1503.02531": ("Distilling the Knowledge in a Neural Network", "knowledge distillation"),
    "1312.6184": ("Do Deep Nets Really Need to be Deep?", ""),
    "1910.01108": ("DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter", ""),
    "1710.03740": ("Mixed Precision Training", "AMP"),
    "1712.05877": (
        "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
        "Quantization-aware training",
    ),
    "1308.3432": (
        "Estimating or Propagating Gradients Through Stochastic Neurons for Conditional Computation",
        "straight-through estimator",
    ),
    "1907.05686": (
        "And the Bit Goes Down: Revisiting the Quantization of Neural Networks",
        "iterative product quantization",
    ),
    "1810.04805": ("BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", ""),
    "1706.03762": ("Attention Is All You Need", "Transformer"),
}
MEANT = {
    "A Practical Survey on Faster and Lighter Transformers": "2103.14636",
    "Efficient Transformers": "2009.06732",
    "Deep Residual Learning for Image Recognition": "1512.03385",
    "Layer Normalization": "1607.06450",
    "Reconciling Modern Deep Learning with Traditional Optimization Analyses": "2010.02916",
    "How does BatchNorm Help Optimization": "1805.11604",
    "Training Deep Nets with Sublinear Memory Cost": "1604.06174",
    "NICE": "1410.8516",
    "Reformer": "2001.04451",
    "Linformer": "2006.04768",
    "ALBERT": "1909.11942",
    "Optimal Brain Damage": "lecun-obd",
    "Dropping Layers": "2004.03844",
    "Are Sixteen Heads Really Better than One": "1905.10650",
    "The Lottery Ticket Hypothesis": "1803.03635",
    "When BERT Plays the Lottery": "2005.00561",
    "Distilling the Knowledge of a Neural Network": "1503.02531",
    "Do Deep Nets Really Need to be Deep": "1312.6184",
    "DistilBERT": "1910.01108",
    "Mixed Precision Training": "1710.03740",
    "Quantization Aware Training": "1712.05877",
    "Estimating or Propagating Gradients Through Stochastic Neurons": "1308.3432",
    "Iterative Product Quantization": "1907.05686",
}
HALF_REMEMBERED = {
    "How does BatchNorm Help Optimization",
    "Distilling the Knowledge of a Neural Network",
    "Dropping Layers",
}
"""No title begins like these and no alias matches: being similar makes no edge."""


def note(name: str, title: str, alias: str) -> str:
    named = f"arxiv: '{name}'" if name[0].isdigit() else f"key: {name}"
    return f'---\n{named}\ntitle: "{title}"\n' + (f'aliases: ["{alias}"]\n' if alias else "") + "---\n"


@pytest.fixture
def vault(opened: Opened) -> Vault:
    files = {f"papers/{name}.md": note(name, title, alias) for name, (title, alias) in NOTES.items()}
    return opened({"reading/faster.md": SURVEY, **files})


def leads_to(vault: Vault) -> dict[str, tuple[str, str]]:
    """Where each name in the note on the survey leads: the kind of node, and the path of its note."""
    rows = vault.store.rows(
        "SELECT l.target, n.kind, coalesce(n.path, '') FROM link l JOIN document d ON d.id = l.doc "
        "JOIN node n ON n.id = l.to_node WHERE d.path = 'reading/faster.md' AND l.kind = 'wiki'"
    )
    return {target: (kind, path) for target, kind, path in rows}


def test_the_note_is_about_the_survey(vault: Vault) -> None:
    survey = card(vault.store, find(vault.store, "2103.14636"))
    assert (survey["title"], survey["date"]) == ("A Practical Survey on Faster and Lighter Transformers", "2023")
    assert {found["path"] for found in survey["notes"]} == {"papers/2103.14636.md", "reading/faster.md"}
    heads = [item["text"] for document in survey["documents"] for item in document["items"]]
    assert heads == ["Memory", "Undoing layers", "Sharing", "Cutting", "Teaching", "Fewer bits", "To read"]


def test_every_name_leads_to_its_paper_or_to_none(vault: Vault) -> None:
    found = leads_to(vault)
    assert set(found) == set(MEANT)
    right = {name for name, (kind, path) in found.items() if path == f"papers/{MEANT[name]}.md"}
    ghosts = {name for name, (kind, _) in found.items() if kind == "ghost"}
    assert (set(MEANT) - right, ghosts) == (HALF_REMEMBERED, HALF_REMEMBERED)


def test_names_half_remembered_are_told_what_they_are_like(vault: Vault) -> None:
    said = [found for found in check.findings(vault.store) if found.path == "reading/faster.md"]
    hints = {name: found.hint for found in said for name in HALF_REMEMBERED if name in found.message}
    assert set(hints) == HALF_REMEMBERED
    assert "Distilling the Knowledge in a Neural Network" in hints["Distilling the Knowledge of a Neural Network"]
    assert "How Does Batch Normalization Help Optimization?" in hints["How does BatchNorm Help Optimization"]


def test_two_papers_of_one_nickname_are_no_edge(opened: Opened) -> None:
    both = {
        "survey.md": SURVEY,
        "a.md": note("2004.03844", NOTES["2004.03844"][0], "Dropping Layers"),
        "b.md": note("1909.11556", NOTES["1909.11556"][0], "Dropping Layers"),
    }
    with opened(both) as vault:
        rows = vault.store.rows("SELECT status, to_node, candidates FROM link WHERE target = 'Dropping Layers'")
    assert rows == [("ambiguous", None, '["a.md","b.md"]')]
