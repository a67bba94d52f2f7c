"""Reversible residual networks: a block's inputs are computed from its outputs, so activations need not be stored.

    y1 = x1 + F(x2),   y2 = x2 + G(y1)              forward                                     Gomez et al. 2017
    x2 = y2 - G(y1),   x1 = y1 - F(x2)              backward, from the outputs alone

x1 and x2 are the two halves of the channels, F and G residual functions as in a ResNet, with stride 1. The backward
pass runs G and F once more, to recover x2 and x1, and the same runs serve for the gradients: 4 thirds of the operations
of plain autograd, in memory that does not grow with depth. F and G must give the same values both times, so they have
no dropout, and a batch norm in them that tracks running statistics would count every batch twice. The recovered inputs
are exact but for rounding, whose errors add up from block to block.

Longer than most: it has the block of a ResNet as well, to compare with here and in `scaling/depth_memory.py`.
Shapes: N samples, C channels in each half, H by W pixels; B blocks, each of an F and a G from (N, C, H, W) to the same.
"""
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from reference_impls.convnets.resnet import conv3x3
from reference_impls.efficiency.checkpointing import Again, run_again, same_precision, trainable
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.live import peak_live_bytes

CARD = Card(
    id="revnet", papers=["arxiv:1707.04585"], role="layer", symbols=["RevNet", "ReversibleBlock"],
    patterns=["recomputation", "residual"],
    oracle="closed form: plain autograd through the coupling, written out for tanh units",
    properties=["inverse_recovers_the_inputs", "kept_bytes_do_not_grow_with_depth"],
    mutants=["halves_do_not_alternate", "path_through_g_forgotten", "recovers_x1_first", "keeps_everything"],
    claim=Claim(
        text="Training 16 reversible blocks takes hardly more memory than training one; in a ResNet, the same layers "
             "take many times more",
        metric="times_the_memory_of_one", better="lower", grade="A", budget_s=1,
        arms={"resnet": Arm(expect=">7.75"), "revnet": Arm(expect="<7.75")},
    ),
    bench=[Case("b4c32", {"B": 4, "N": 8, "C": 32, "H": 28, "W": 28})],
    deviations=["one stage; between stages the paper halves the resolution, in blocks whose activations it stores"],
)


class ReversibleBlock(nn.Module):
    """Two streams (N, C, *), each changed by a function of the other. Called directly, it lets autograd store them."""

    def __init__(self, f: nn.Module, g: nn.Module) -> None:
        super().__init__()
        self.f, self.g = f, g

    def forward(self, x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return y1, y2

    def inverse(self, y1: Tensor, y2: Tensor) -> tuple[Tensor, Tensor]:
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return x1, x2

    def backward(self, y1: Tensor, y2: Tensor, d_y1: Tensor, d_y2: Tensor, again: Again) -> tuple[Tensor, ...]:
        """The inverse, and given d_y1 and d_y2 the gradients of x1, x2 and of the parameters of f and of g."""
        g, through_g, d_g = run_again(self.g, y1, d_y2, again)
        x2, d_x1 = y2 - g, d_y1 + through_g             # y1 reaches the loss by itself and through g
        f, through_f, d_f = run_again(self.f, x2, d_x1, again)
        x1, d_x2 = y1 - f, d_y2 + through_f
        return x1, x2, d_x1, d_x2, *d_f, *d_g


class RevNet(nn.Module):
    """Functions in pairs (F, G) over the halves of (N, 2 C, *); autograd keeps the output of the last pair only.

    Raises:
        ValueError: the number of functions is odd.
    """

    def __init__(self, *functions: nn.Module, block: type[ReversibleBlock] = ReversibleBlock) -> None:
        super().__init__()
        if len(functions) % 2:
            raise ValueError(f"{len(functions)} functions do not make pairs")
        self.blocks = nn.ModuleList(block(f, g) for f, g in zip(functions[::2], functions[1::2], strict=True))

    def forward(self, x: Tensor) -> Tensor:
        halves, outputs = x.chunk(2, dim=1), list[Tensor]()
        for block in self.blocks:           # its parameters tell autograd what else the outputs depend on
            keep = block is self.blocks[-1]
            halves = _Block.apply(outputs, keep, block, *halves, *trainable(block))     # type: ignore[no-untyped-call]
        return torch.cat(halves, dim=1)


class _Block(torch.autograd.Function):
    """In the backward pass, a block finds its outputs in a list, and leaves its inputs there for the one before it."""

    @staticmethod
    def forward(context: Any, outputs: list[Tensor], keep: bool, block: ReversibleBlock, x1: Tensor, x2: Tensor,
                *parameters: Tensor) -> tuple[Tensor, Tensor]:
        y1, y2 = block(x1, x2)
        context.outputs, context.block, context.again = outputs, block, same_precision(x1.device)
        if keep:
            context.save_for_backward(y1, y2)
        return y1, y2

    @staticmethod
    @once_differentiable
    def backward(context: Any, d_y1: Tensor, d_y2: Tensor) -> tuple[Tensor | None, ...]:
        y1, y2 = context.saved_tensors or context.outputs
        x1, x2, *gradients = context.block.backward(y1, y2, d_y1, d_y2, context.again)
        context.outputs[:] = x1, x2
        return None, None, None, *gradients


class Residual(nn.Module):
    """x + f(x), the block of a ResNet."""

    def __init__(self, f: nn.Module) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: Tensor) -> Tensor:
        return x + self.f(x)


def residual_function(channels: int) -> nn.Sequential:
    """Two convolutions, each after a norm and ReLU."""
    return nn.Sequential(*(layer for _ in range(2) for layer in (
        nn.BatchNorm2d(channels, track_running_stats=False), nn.ReLU(), conv3x3(channels, channels))))


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., RevNet]


def _functions(count: int) -> list[nn.Module]:
    return [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)).double() for _ in range(count)]


def oracle(make: Make = RevNet) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """Ours, and the coupling of three blocks by products and tanh over its parameters, left to autograd."""
    ours = make(*_functions(6))

    def theirs(x: Tensor) -> Tensor:
        streams, given = [x[:, :3], x[:, 3:]], iter(ours.parameters())
        for turn in range(6):
            a, b, c, d = (next(given) for _ in range(4))
            streams[turn % 2] = streams[turn % 2] + torch.tanh(streams[1 - turn % 2] @ a.T + b) @ c.T + d
        return torch.cat(streams, dim=1)

    return ours, theirs, 1 + 2 * torch.randn(5, 6, dtype=torch.float64)


def check_inverse_recovers_the_inputs(make: Make = RevNet) -> None:
    net, x = make(*_functions(8)), torch.randn(5, 6, dtype=torch.float64)
    halves = net(x).chunk(2, dim=1)
    for block in reversed(net.blocks):
        assert isinstance(block, ReversibleBlock)
        halves = block.inverse(*halves)
    torch.testing.assert_close(torch.cat(halves, dim=1), x)


def check_kept_bytes_do_not_grow_with_depth(make: Make = RevNet) -> None:
    x = torch.randn(5, 6, dtype=torch.float64)
    for functions in (2, 8, 32):
        kept = saved_bytes(make(*_functions(functions)), (x,))
        assert kept == x.nbytes, f"{functions} functions keep {kept / x.nbytes:.0f} times the output"


class _Parallel(ReversibleBlock):
    def forward(self, x1: Tensor, x2: Tensor) -> tuple[Tensor, Tensor]:
        return x1 + self.f(x2), x2 + self.g(x1)


class _GForgotten(ReversibleBlock):
    def backward(self, y1: Tensor, y2: Tensor, d_y1: Tensor, d_y2: Tensor, again: Again) -> tuple[Tensor, ...]:
        x1, x2, _, d_x2, *others = super().backward(y1, y2, d_y1, d_y2, again)
        return x1, x2, d_y1, d_x2, *others


class _X1First(ReversibleBlock):
    def inverse(self, y1: Tensor, y2: Tensor) -> tuple[Tensor, Tensor]:
        x1 = y1 - self.f(y2)
        return x1, y2 - self.g(x1)


class _KeepsEverything(RevNet):
    def forward(self, x: Tensor) -> Tensor:
        halves = x.chunk(2, dim=1)
        for block in self.blocks:
            halves = block(*halves)
        return torch.cat(halves, dim=1)


MUTANTS: dict[str, Make] = {
    "halves_do_not_alternate": partial(RevNet, block=_Parallel), "recovers_x1_first": partial(RevNet, block=_X1First),
    "path_through_g_forgotten": partial(RevNet, block=_GForgotten), "keeps_everything": _KeepsEverything}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Forward and backward of 2, 8 and 32 functions of 8 channels, coupled over two halves of 8 channels or each added
    to its input: yield (their number, peak of the bytes held at once, relative to that for 2).
    """
    torch.manual_seed(seed)
    x = torch.randn(64, 16 if arm == "revnet" else 8, 8, 8, device=device)
    peaks = []

    def step() -> None:
        net(x).sum().backward()

    for count in (2, 8, 32):
        functions = [residual_function(8) for _ in range(count)]
        net = (RevNet(*functions) if arm == "revnet" else nn.Sequential(*map(Residual, functions))).to(device)
        step()                                                      # from now on the gradients of the parameters exist
        peaks.append(peak_live_bytes(step))
        yield count, peaks[-1] / peaks[0]


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """The forward pass: two convolutions in each F and G; their weights and x are read, the output is written."""
    b, n, c, h, w = (case.sizes[s] for s in "BNCHW")
    return Work(4 * b * 2 * 9 * c * c * n * h * w, itemsize * (4 * b * (9 * c * c + 2 * c) + 4 * n * c * h * w))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor]]:
    """The coupling left to autograd, and ours."""
    b, n, c, h, w = (case.sizes[s] for s in "BNCHW")
    variants = {"torch.autograd": _KeepsEverything, "reference": RevNet}
    return ({name: make(*(residual_function(c) for _ in range(2 * b))).to(device, dtype)
             for name, make in variants.items()}, (torch.randn(n, 2 * c, h, w, device=device, dtype=dtype),))
