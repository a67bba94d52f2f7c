"""Memory for training a 256 by 256 layer besides its weights: gradients and Adam's two moments, over the rank.

LoRA trains two thin matrices; training the whole weight takes the same memory at every rank.
"""
from collections.abc import Callable

import torch
from torch import Tensor, nn

from reference_impls.adaptation.lora import LoRALinear, check_only_a_and_b_learn, check_starts_as_the_frozen_layer
from reference_impls.harness.card import Curve, Scaling

__all__ = ["SCALING", "case", "check_only_a_and_b_learn", "check_starts_as_the_frozen_layer"]

SCALING = Scaling(
    id="lora-rank",
    question="How much memory does training take at twice the rank?",
    axis="rank",
    sizes=[1, 2, 4, 8, 16, 32, 64],
    checks=["starts_as_the_frozen_layer", "only_a_and_b_learn"],
    curves=[
        Curve("LoRA", "held_bytes", 1, "arxiv:2106.09685", "section 4.1: A and B have r rows or columns each"),
        Curve("the whole weight", "held_bytes", 0, "arxiv:2106.09685", "section 4.1: it has d k entries"),
    ],
    outcome="As stated, to the byte: at rank r three times r (d + k) numbers are held, instead of three times d k for "
            "the whole weight, so at rank 64 of 256 LoRA saves half of the memory.",
)
WIDTH = 256


def case(name: str, size: int) -> Callable[[], list[Tensor]]:
    """Gradients and moments after one step of Adam."""
    whole = nn.Linear(WIDTH, WIDTH, bias=False)
    layer = LoRALinear(whole, size, alpha=1.0) if name == "LoRA" else whole
    learned = [each for each in layer.parameters() if each.requires_grad]

    def call() -> list[Tensor]:
        optimizer = torch.optim.Adam(learned)
        layer(torch.randn(8, WIDTH)).square().sum().backward()
        optimizer.step()
        moments = [state[name] for state in optimizer.state.values() for name in ("exp_avg", "exp_avg_sq")]
        return [*moments, *(each.grad for each in learned if each.grad is not None)]

    return call
