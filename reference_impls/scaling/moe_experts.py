"""A mixture of experts over the number of experts, of which always two run for each token, or one in a Switch layer.

The operations per token should stay constant while the parameters grow with the experts. For comparison, the same layer
with all experts running. 1,024 tokens of width 128, experts of 256 hidden units; the Switch layer gives its experts
slots for 1.25 times an even load. Forward only.
"""
from collections.abc import Callable

import torch

from reference_impls.harness.card import Case, Curve, Scaling
from reference_impls.sparse.moe import bench_inputs
from reference_impls.sparse.switch import Switch, check_first_come_first_served

__all__ = ["SCALING", "case", "check_first_come_first_served", "check_sparse_is_dense_with_zero_gates"]

SCALING = Scaling(
    id="moe-experts",
    question="What do twice as many experts cost if one or two of them run?",
    axis="number of experts",
    sizes=[4, 8, 16, 32, 64],
    checks=["sparse_is_dense_with_zero_gates", "first_come_first_served"],
    curves=[
        Curve("two experts run", "flop", 0, "arxiv:1701.06538", "section 2: where a gate is zero, no expert runs"),
        Curve("all experts run", "flop", 1, "arxiv:1701.06538", "section 2: eq. (1) with no gate at zero"),
        Curve("one expert with slots runs", "flop", 0, "arxiv:2101.03961", "abstract: a constant computational cost"),
        Curve("parameters", "held_bytes", 1, "arxiv:1701.06538", "section 2: every expert has its own"),
        Curve("two experts run", "ms", 0, "arxiv:1701.06538", "section 2: where a gate is zero, no expert runs"),
        Curve("all experts run", "ms", 1, "arxiv:1701.06538", "section 2: eq. (1) with no gate at zero"),
        Curve("one expert with slots runs", "ms", 0, "arxiv:2101.03961", "abstract: a constant computational cost"),
    ],
    outcome="Operations stay constant except for those of the gate, which scores every expert; parameters grow with "
            "the experts. The time does not stay constant: every expert is a matrix product of its own, over fewer "
            "tokens the more experts there are, and products with few rows use a processor badly. Section 3.1 of the "
            "paper calls this the shrinking batch problem and solves it with larger batches. A Switch layer runs all "
            "experts in one batched product over their slots; its time grows more slowly. With all experts running "
            "the time grows as the operations do.",
)


def case(name: str, size: int) -> Callable[[], object]:
    """The layer with `size` experts on 1,024 tokens, or its parameters."""
    layers, inputs = bench_inputs(Case("", {"T": 1024, "D": 128, "E": size, "H": 256, "K": 2}),
                                  torch.empty(0).device.type, torch.float32)
    if name == "one expert with slots runs":
        switch = Switch(128, 256, size)
        return torch.no_grad()(lambda: switch(inputs[0]))
    if name == "parameters":
        return lambda: list(layers["reference"].parameters())
    layer = layers["reference" if name == "two experts run" else "torch.matmul, every expert"]
    return torch.no_grad()(lambda: layer(*inputs))


def check_sparse_is_dense_with_zero_gates() -> None:
    layers, inputs = bench_inputs(Case("", {"T": 20, "D": 6, "E": 5, "H": 7, "K": 2}), "cpu", torch.float64)
    sparse, dense = (layer(*inputs) for layer in layers.values())
    torch.testing.assert_close(sparse, dense)
