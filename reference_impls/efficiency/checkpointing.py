"""Gradient checkpointing: keep only the inputs of a few segments, and run each segment again when its gradient is due.

    forward:  for each of k segments, keep its input and drop the rest              Chen et al. 2016, algorithm 1
    backward: from the last segment to the first, run it forward again, now keeping everything, then backward
    memory = max over segments (cost of a segment) + O(k) = O(n / k) + O(k)         eq. (1), section 4.3

With k = sqrt(n) segments the memory is O(sqrt(n)), for one more forward pass. The O hides a constant: if a layer keeps
c times its input, c n / k + k is least at k = sqrt(c n). As in algorithm 1, the last segment runs twice as well,
although its results are needed at once; torch's `checkpoint_sequential` spares it that. The second run repeats the
random numbers of the first, or dropout would differ, so each segment also keeps the generator's state: 5 kB on a CPU.
It repeats `torch.autocast`, too; only a batch norm that tracks running statistics counts every batch twice.

Longer than most: a second run has to repeat more than layers, and `revnet` uses it as well.
Shapes: L layers (n above); N rows of D features, M hidden units in each layer.
"""
import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import pairwise
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint_sequential
from torch.utils.flop_counter import FlopCounterMode

from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.live import peak_live_bytes

CARD = Card(
    id="checkpointing", papers=["arxiv:1604.06174"], role="algorithm", symbols=["Checkpointed", "run_again"],
    patterns=["recomputation"],
    oracle="torch.utils.checkpoint:checkpoint_sequential",
    properties=["nothing_differs_from_plain_layers_by_a_bit", "only_inputs_of_segments_are_kept",
                "costs_one_more_forward_pass"],
    mutants=["draws_anew", "rewinds_the_generator", "keeps_everything", "checkpoints_twice"],
    claim=Claim(
        text="256 layers train in about an eighth of the memory with checkpoints, and in the least with 16 of them",
        metric="peak_megabytes", better="lower", grade="A", budget_s=2,
        grid={"power": [0.5, 0.25, 0.375, 0.625, 0.75]},                # n ** power segments; plain layers have none
        arms={"plain": Arm(expect=">4.75", settings={"power": 0.5}),
              "checkpointed": Arm(expect="<4.75", settings={"power": 0.5})},
    ),
    bench=[Case("l16d256", {"L": 16, "N": 128, "D": 256, "M": 512})],
    equations=["1"],
    deviations=["a chain of layers (algorithm 1), not any graph (algorithm 2)",
                "segments of equally many layers, not planned by the size of what they keep (algorithm 3)"],
)

Again = Callable[[], AbstractContextManager[Any]]       # opens a context in which a function can run as it did before


def trainable(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def run_again(function: nn.Module, x: Tensor, d_y: Tensor, again: Again) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Forward and at once backward: y = function(x), and given d_y the gradients of x and of the parameters."""
    with torch.enable_grad(), again():
        x = x.detach().requires_grad_()
        y = function(x.view_as(x))      # torch's counter of operations cannot follow a leaf inside a backward pass
    d_x, *d_parameters = torch.autograd.grad(y, [x, *trainable(function)], d_y, allow_unused=True)
    return y.detach(), d_x, d_parameters


def same_precision(device: torch.device) -> Again:
    """Remember whether autocast is on, and to which precision."""
    kind = device.type
    if not torch.amp.is_autocast_available(kind):       # as on `meta`, the device of shapes alone
        return nullcontext
    return partial(torch.autocast, kind, torch.get_autocast_dtype(kind), torch.is_autocast_enabled(kind))


def same_numbers(device: torch.device) -> Again:
    """Remember autocast and the random generators, which go on afterwards as if nothing had run again."""
    precision, gpus = same_precision(device), [device] if device.type == "cuda" else []
    states = [torch.get_rng_state(), *map(torch.cuda.get_rng_state, gpus)]

    @contextmanager
    def again() -> Iterator[None]:
        with torch.random.fork_rng(gpus), precision():
            torch.set_rng_state(states[0])
            for gpu, state in zip(gpus, states[1:], strict=True):
                torch.cuda.set_rng_state(state, gpu)
            yield

    return again


class Checkpointed(nn.Module):
    """Layers one after another, by default in sqrt(n) segments; autograd keeps the inputs of segments only.

    Raises:
        ValueError: there are fewer layers than segments, or no segments.
    """

    repeat = staticmethod(same_numbers)

    def __init__(self, *layers: nn.Module, segments: int | None = None) -> None:
        super().__init__()
        k = isqrt(len(layers)) if segments is None else segments
        if not 1 <= k <= len(layers):
            raise ValueError(f"{len(layers)} layers cannot be divided into {k} segments")
        cuts = [len(layers) * index // k for index in range(k + 1)]
        self.segments = nn.ModuleList(nn.Sequential(*layers[a:b]) for a, b in pairwise(cuts))

    def forward(self, x: Tensor) -> Tensor:
        for segment in self.segments:       # its parameters tell autograd what else the output depends on
            x = _Segment.apply(self.repeat, segment, x, *trainable(segment))    # type: ignore[no-untyped-call]
        return x


class _Segment(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, repeat: Callable[[torch.device], Again], segment: nn.Module, x: Tensor,
                *parameters: Tensor) -> Tensor:
        context.again, context.segment = repeat(x.device), segment
        context.save_for_backward(x)
        return segment(x)                   # autograd does not look inside this function, so it keeps nothing else

    @staticmethod
    @once_differentiable
    def backward(context: Any, d_y: Tensor) -> tuple[Tensor | None, ...]:
        x, = context.saved_tensors
        _, d_x, d_parameters = run_again(context.segment, x, d_y, context.again)
        return None, None, d_x, *d_parameters


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., nn.Module]


def _layers(count: int) -> list[nn.Module]:
    return [nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Dropout(0.3)).double() for _ in range(count)]


def oracle(make: Make = Checkpointed) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """Ours and torch's over the same layers, which draw random numbers; it cuts 8 into 2, 2 and 4, we 2, 3 and 3."""
    layers = _layers(8)
    return (make(*layers, segments=3), partial(checkpoint_sequential, layers, 3, use_reentrant=False),
            1 + 2 * torch.randn(5, 6, dtype=torch.float64))


def check_nothing_differs_from_plain_layers_by_a_bit(make: Make = Checkpointed) -> None:
    """Outputs, gradients, and the random numbers that are drawn afterwards, under autocast."""
    layers, x, found = [layer.float() for layer in _layers(7)], torch.randn(5, 6, requires_grad=True), []
    for net in (make(*layers), nn.Sequential(*layers)):
        torch.manual_seed(0)
        with torch.autocast(x.device.type, torch.bfloat16):
            y = net(x)
        found.append([y, *torch.autograd.grad(y.square().sum(), [x, *net.parameters()]), torch.rand(3)])
    assert all(map(torch.equal, *found)), "outputs, gradients or later random numbers differ from those of plain layers"


def check_only_inputs_of_segments_are_kept(make: Make = Checkpointed) -> None:
    x = torch.randn(5, 6, dtype=torch.float64)
    for segments in (1, 3, 9):
        kept = saved_bytes(make(*_layers(9), segments=segments), (x,))
        assert kept == segments * x.nbytes, f"{segments} segments keep {kept / x.nbytes:.0f} times the input"


def check_costs_one_more_forward_pass(make: Make = Checkpointed) -> None:
    """Plain layers take the operations of a forward pass three times: once forward, twice backward."""
    layers, x, counted = _layers(9), torch.randn(5, 6, dtype=torch.float64).requires_grad_(), []
    for net in (make(*layers), nn.Sequential(*layers)):
        with FlopCounterMode(display=False) as counter:
            net(x).sum().backward()
        counted.append(counter.get_total_flops())
    assert 3 * counted[0] == 4 * counted[1], f"{counted[0] / counted[1]:.2f} times the operations of plain layers"


class _DrawsAnew(Checkpointed):
    repeat = staticmethod(same_precision)


class _RewindsTheGenerator(Checkpointed):
    @staticmethod
    def repeat(device: torch.device) -> Again:
        precision, state = same_precision(device), torch.get_rng_state()

        @contextmanager
        def again() -> Iterator[None]:
            torch.set_rng_state(state)
            with precision():
                yield

        return again


class _KeepsEverything(Checkpointed):
    def forward(self, x: Tensor) -> Tensor:
        return nn.Sequential(*self.segments)(x)


class _CheckpointsTwice(Checkpointed):
    def __init__(self, *layers: nn.Module, segments: int | None = None) -> None:
        super().__init__(*layers, segments=segments)
        self.segments = nn.ModuleList(map(Checkpointed, self.segments))     # the second run drops everything, too


MUTANTS = {"draws_anew": _DrawsAnew, "rewinds_the_generator": _RewindsTheGenerator,
           "keeps_everything": _KeepsEverything, "checkpoints_twice": _CheckpointsTwice}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, power: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Forward and backward of n layers that keep one result each: yield (n, megabytes held at once at the peak)."""
    torch.manual_seed(seed)
    x = torch.randn(256, 32, device=device)

    def step() -> None:
        net(x).sum().backward()

    for n in (16, 64, 256):
        layers = [nn.Sequential(nn.Linear(32, 32), nn.Tanh()) for _ in range(n)]
        net = nn.Sequential(*layers) if arm == "plain" else Checkpointed(*layers, segments=round(n ** power))
        net.to(device)
        step()                                                      # from now on the gradients of the parameters exist
        yield n, peak_live_bytes(step) / 1e6


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """The forward pass: two products in each layer; weights, biases and x are read, the output is written."""
    layers, n, d, m = (case.sizes[s] for s in "LNDM")
    return Work(4 * layers * n * d * m, itemsize * (layers * (2 * d * m + d + m) + 2 * n * d))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], tuple[Tensor]]:
    """The same layers with torch's checkpoints, with none, and with ours."""
    count, n, d, m = (case.sizes[s] for s in "LNDM")
    layers = [nn.Sequential(nn.Linear(d, m), nn.Tanh(), nn.Linear(m, d)).to(device, dtype) for _ in range(count)]
    theirs = partial(checkpoint_sequential, copy.deepcopy(layers), isqrt(count), use_reentrant=False)
    plain, ours = nn.Sequential(*copy.deepcopy(layers)), Checkpointed(*layers)
    return ({"torch.utils.checkpoint": theirs, "torch.nn.Sequential": plain, "reference": ours},
            (torch.randn(n, d, device=device, dtype=dtype),))
