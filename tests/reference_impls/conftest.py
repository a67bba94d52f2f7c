"""A toy implementation on disk, which tests change by replacing text."""
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from reference_impls.harness import registry
from reference_impls.harness.registry import Implementation

TOY = '''"""Toy: y = w x, elementwise.

More words.
"""
import torch
from torch import nn

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="toy-scale",
    papers=["key:toy"],
    role="layer",
    symbols=["Scale"],
    patterns=["gating"],
    oracle="closed form: einsum",
    properties=["zero_stays_zero"],
    mutants=["shifted"],
    claim=Claim(
        text="The clever arm beats "
             "the plain one",
        metric="score",
        better="higher",
        grid={"lr": [0.1, 0.2, 0.3, 0.4]},
        arms={"plain": Arm("<0.5", {"lr": 0.2}), "clever": Arm(expect=">0.5", settings={"lr": 0.3})},
        grade="A",
        budget_s=1,
    ),
    bench=[Case("small", {"N": 32})],
)


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5))

    def forward(self, x):
        return self.weight * x


def oracle(make=Scale):
    ours = make().double()
    return ours, lambda x: torch.einsum("i,ni->ni", ours.weight, x), 1 + torch.randn(3, 5, dtype=torch.float64)


def check_zero_stays_zero(make=Scale):
    assert not make()(torch.zeros(2, 5)).any(), "zero moved"


class Shifted(Scale):
    def forward(self, x):
        return self.weight * x + 1


MUTANTS = {"shifted": Shifted}


def demo(arm, seed, lr, device="cpu"):
    best, bonus = {"plain": (0.2, 0.0), "clever": (0.3, 1.0)}[arm]
    yield 1, 0.0
    yield 2, bonus - (lr - best) ** 2 + 0.01 * seed


def work(case, itemsize):
    return Work(case.sizes["N"] * 5, 2 * case.sizes["N"] * 5 * itemsize)


def bench_inputs(case, device, dtype):
    variants = {"torch.mul": Scale().to(device, dtype), "reference": Scale().to(device, dtype)}
    return variants, (torch.randn(case.sizes["N"], 5, device=device, dtype=dtype),)
'''

MakeToy = Callable[..., Implementation]


@pytest.fixture
def make_toy(tmp_path: Path) -> MakeToy:
    """Write the toy, with `old, new` pairs of text replaced, and read its card."""
    def make(*changes: tuple[str, str]) -> Implementation:
        source = TOY
        for old, new in changes:
            assert old in source, f"the toy has no {old!r}"
            source = source.replace(old, new)
        path = tmp_path / "implementations" / "toys" / "toy_scale.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        return registry.read(path)

    return make


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
