"""Real-time recurrent learning over the number of units: the cost of learning without going back in time.

The derivative of every unit by every weight is carried forward: n x n x (n + 2) numbers for n units, one input and a
bias, each of them a sum over n units at every step. One stream, one step; the bytes held are those of the derivatives.
"""
from collections.abc import Callable

import torch

from reference_impls.harness.card import Curve, Scaling
from reference_impls.recurrent.rnn import (
    RecurrentNetwork,
    check_sensitivities_equal_finite_differences,
)

__all__ = ["SCALING", "case", "check_sensitivities_equal_finite_differences"]

SCALING = Scaling(
    id="rtrl-units",
    question="How much time and memory does a step take with twice the units?",
    axis="number of units",
    sizes=[16, 32, 64, 128, 256],
    checks=["sensitivities_equal_finite_differences"],
    curves=[
        Curve("RTRL", "flop", 4, "key:rnn", "section 2: each p_kij is a sum over all units"),
        Curve("RTRL", "held_bytes", 3, "key:rnn", "section 2: a p_kij for all units k and weights ij"),
        Curve("RTRL", "ms", 4, "key:rnn", "section 2: each p_kij is a sum over all units"),
    ],
    outcome="Operations and memory grow as stated, except that the two inputs, x and 1, add to the weights of every "
            "unit, so the exponents approach the stated ones from below. Time grows more slowly, because small matrix "
            "products use the processor less well.",
)


def case(name: str, size: int) -> Callable[[], object]:
    """One step of one stream; the call returns the derivatives."""
    network = RecurrentNetwork(1, size)
    x, y, p = torch.ones(1, 1), torch.rand(1, size), torch.rand(1, size, size, size + 2)
    return torch.no_grad()(lambda: network.step(x, y, p)[1])
