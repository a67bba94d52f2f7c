"""Memory of a deep network's backward pass: store everything, a few checkpoints, or only the last outputs.

Checkpointed: sqrt(L) segments store only their inputs and run forward again when the backward pass reaches them.
Reversible: two streams, y1 = x1 + f(x2), y2 = x2 + g(y1), hence x2 = y2 - g(y1), x1 = y1 - f(x2): the inputs of every
layer are recomputed from its outputs. `peak_bytes` counts all tensors alive at once in forward and backward; gradients
of parameters are allocated before. Depths are squares, and even, because of the two streams. Width 32, batch 256.
"""
from collections.abc import Callable
from itertools import pairwise
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint_sequential

from reference_impls.harness.card import Curve, Scaling

SCALING = Scaling(
    id="depth-memory",
    question="How much memory does training take at twice the depth?",
    axis="number of layers",
    sizes=[4, 16, 36, 64, 144],
    checks=["reversible_gradients_are_those_of_autograd", "checkpointed_gradients_are_those_of_plain"],
    curves=[
        Curve("plain", "peak_bytes", 1, "arxiv:1707.04585", "table 1: O(L)"),
        Curve("checkpointed", "peak_bytes", 0.5, "arxiv:1604.06174", "abstract: O(sqrt n)"),
        Curve("reversible", "peak_bytes", 0, "arxiv:1707.04585", "table 1: O(1)"),
        Curve("plain", "flop", 1, "arxiv:1707.04585", "table 1: O(L)"),
        Curve("checkpointed", "flop", 1, "arxiv:1604.06174", "abstract: one extra forward pass"),
        Curve("reversible", "flop", 1, "arxiv:1707.04585", "table 1: O(L)"),
    ],
    outcome="All three grow as stated. The cost is measured, too: reversible layers take exactly 4/3 of the "
            "operations of plain ones, because every layer runs forward once more. Checkpointed layers take less, "
            "because neither the last segment nor the last product of the others is run again, which puts the "
            "exponent just above one. Gradients are the same in all cases.",
)
WIDTH, BATCH = 32, 256


def layer(width: int) -> nn.Module:
    """A small MLP whose output has the width of its input."""
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))


class Residual(nn.Module):
    """x + f(x)."""

    def __init__(self, f: nn.Module) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: Tensor) -> Tensor:
        return x + self.f(x)


class Reversible(nn.Module):
    """Layers in pairs (f, g) over two streams; autograd stores only the last outputs."""

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
        found: tuple[Tensor, Tensor] = _Reverse.apply(x1, x2, self.layers)       # type: ignore[no-untyped-call]
        return found

    def couple(self, x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
        """The same function by plain autograd."""
        for f, g in zip(self.layers[::2], self.layers[1::2], strict=True):
            x1 = x1 + f(x2)
            x2 = x2 + g(x1)
        return x1, x2


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x1: Tensor, x2: Tensor, layers: nn.ModuleList) -> tuple[Tensor, Tensor]:
        context.layers = list(layers)
        for f, g in list(pairwise(layers))[::2]:
            x1 = x1 + f(x2)
            x2 = x2 + g(x1)
        context.save_for_backward(x1, x2)
        return x1, x2

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        (y1, y2), (d1, d2) = context.saved_tensors, gradients
        for f, g in reversed(list(pairwise(context.layers))[::2]):
            y2, d1 = _undo(g, y1, y2, d1, d2)       # y2 = x2 + g(y1)
            y1, d2 = _undo(f, y2, y1, d2, d1)       # y1 = x1 + f(x2)
        return d1, d2, None


def _undo(f: nn.Module, inside: Tensor, outside: Tensor, d_inside: Tensor, d_outside: Tensor) -> tuple[Tensor, Tensor]:
    """Undo outside = before + f(inside): return `before` and the gradient of `inside`; accumulate f's gradients."""
    with torch.enable_grad():
        leaf = inside.detach().requires_grad_()
        added = f(leaf)
        added.backward(d_outside)
    assert leaf.grad is not None
    return outside - added.detach(), d_inside + leaf.grad


def case(name: str, size: int) -> Callable[[], object]:
    """Forward and backward of `size` layers."""
    layers = [layer(WIDTH) for _ in range(size)]
    x = torch.randn(BATCH, WIDTH, requires_grad=True)
    if name == "reversible":
        net = Reversible(layers)
        return lambda: sum(y.sum() for y in net(x, x)).backward()
    stack = nn.Sequential(*map(Residual, layers))
    if name == "plain":
        return lambda: stack(x).sum().backward()
    return lambda: checkpoint_sequential(stack, isqrt(size), x, use_reentrant=False).sum().backward()


def check_reversible_gradients_are_those_of_autograd() -> None:
    net = Reversible([layer(5) for _ in range(6)]).double()
    x1, x2 = torch.randn(2, 3, 5, dtype=torch.float64).requires_grad_().unbind()
    wanted = [x1, x2, *net.parameters()]
    for parameter in net.parameters():
        parameter.grad = None
    expected = torch.autograd.grad([y.square().sum() for y in net.couple(x1, x2)], wanted)
    ours1, ours2 = x1.detach().requires_grad_(), x2.detach().requires_grad_()
    sum(y.square().sum() for y in net(ours1, ours2)).backward()
    found = [ours1.grad, ours2.grad, *(parameter.grad for parameter in net.parameters())]
    torch.testing.assert_close(found, list(expected))


def check_checkpointed_gradients_are_those_of_plain() -> None:
    stack, x = nn.Sequential(*(Residual(layer(5)) for _ in range(9))).double(), torch.randn(3, 5, dtype=torch.float64)
    expected = torch.autograd.grad(stack(x).square().sum(), list(stack.parameters()))
    again = checkpoint_sequential(stack, 3, x.requires_grad_(), use_reentrant=False)
    torch.testing.assert_close(torch.autograd.grad(again.square().sum(), list(stack.parameters())), expected)
