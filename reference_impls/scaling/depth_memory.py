"""Memory of a deep network's backward pass: store everything, a few checkpoints, or only the last outputs.

Checkpointed: sqrt(L) segments store only their inputs and run forward again when the backward pass reaches them.
Reversible: two streams, y1 = x1 + f(x2), y2 = x2 + g(y1), hence x2 = y2 - g(y1), x1 = y1 - f(x2): the inputs of every
layer are recomputed from its outputs. `peak_bytes` counts all tensors alive at once in forward and backward; gradients
of parameters are allocated before. Depths are squares, and even, because of the two streams. Width 32, batch 256.
"""
from collections.abc import Callable

import torch
from torch import nn

from reference_impls.efficiency import checkpointing, revnet
from reference_impls.harness.card import Curve, Scaling
from reference_impls.harness.pairs import Pair, compare_gradients

SCALING = Scaling(
    id="depth-memory",
    question="How much memory does training take at twice the depth?",
    axis="number of layers",
    sizes=[4, 16, 36, 64, 144],
    checks=["reversible_gradients_are_those_of_autograd", "checkpointed_gradients_are_those_of_torch"],
    curves=[
        Curve("plain", "peak_bytes", 1, "arxiv:1707.04585", "table 1: O(L)"),
        Curve("checkpointed", "peak_bytes", 0.5, "arxiv:1604.06174", "abstract: O(sqrt n)"),
        Curve("reversible", "peak_bytes", 0, "arxiv:1707.04585", "table 1: O(1)"),
        Curve("plain", "flop", 1, "arxiv:1707.04585", "table 1: O(L)"),
        Curve("checkpointed", "flop", 1, "arxiv:1604.06174", "abstract: one extra forward pass"),
        Curve("reversible", "flop", 1, "arxiv:1707.04585", "table 1: O(L)"),
    ],
    outcome="All three grow as stated. The cost is measured, too: checkpointed and reversible layers both take exactly "
            "4/3 of the operations of plain ones, because every layer runs forward once more, so their lines coincide. "
            "Gradients are the same in all cases.",
)
WIDTH, BATCH = 32, 256


def layer(width: int) -> nn.Module:
    """A small MLP whose output has the width of its input."""
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))


def case(name: str, size: int) -> Callable[[], object]:
    """Forward and backward of `size` layers."""
    layers = [layer(WIDTH) for _ in range(size)]
    x = torch.randn(BATCH, 2 * WIDTH if name == "reversible" else WIDTH, requires_grad=True)
    residual = map(revnet.Residual, layers)
    net = (revnet.RevNet(*layers) if name == "reversible" else
           nn.Sequential(*residual) if name == "plain" else checkpointing.Checkpointed(*residual))
    return lambda: net(x).sum().backward()


def check_reversible_gradients_are_those_of_autograd() -> None:
    compare_gradients(Pair(*revnet.oracle()), seed=0)


def check_checkpointed_gradients_are_those_of_torch() -> None:
    compare_gradients(Pair(*checkpointing.oracle()), seed=0)
