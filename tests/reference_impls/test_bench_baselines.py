"""The additional baselines: attention on one backend, FlexAttention, the compiler."""
import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend
from torch.nn.attention.flex_attention import flex_attention
from torch.overrides import TorchFunctionMode

from reference_impls.harness import registry
from reference_impls.harness.bench import baselines, protocol
from reference_impls.harness.bench.baselines import COMPILED, FLEX, WithFlexAttention, can_flex, pin_attention
from reference_impls.harness.bench.parameters import parameters_of
from reference_impls.harness.bench.protocol import bench
from reference_impls.harness.registry import load
from tests.reference_impls.conftest import MakeToy

Attend = Callable[..., Tensor]
attend = F.scaled_dot_product_attention


def near(length: int, window: int) -> Tensor:
    place = torch.arange(length)
    return (place[:, None] - place).abs() < window


def test_parameters_come_in_one_order_whatever_the_graph_for_their_gradients_are_compared_one_by_one() -> None:
    """Compiled, a function around a module has a different graph from the module itself."""
    a, b, c = nn.Parameter(torch.ones(3, 2)), nn.Parameter(torch.ones(2)), nn.Parameter(torch.full((2,), 2.0))
    x = torch.randn(4, 3)
    orders = [parameters_of(lambda: None, [output]) for output in (x @ a * c + b, b + c * (x @ a), (b + x @ a) * c)]
    assert all([id(each) for each in order] == [id(b), id(c), id(a)] for order in orders)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("attends", [
    attend,
    partial(attend, is_causal=True),
    partial(attend, scale=0.5),
    partial(attend, attn_mask=near(9, 3)),
    partial(attend, attn_mask=torch.linspace(-3, 3, 81).view(9, 9)),
    partial(attend, attn_mask=torch.linspace(-3, 3, 2 * 81).view(1, 2, 9, 9)),
], ids=["plain", "causal", "scaled", "windowed", "biased", "biased by head"])
def test_flex_attention_computes_what_it_stands_for(attends: Attend) -> None:
    """Uncompiled, which is enough on a CPU, where it has no backward pass."""
    query, key, value = torch.randn(3, 2, 2, 9, 16, dtype=torch.float64)
    torch.testing.assert_close(WithFlexAttention(attends, flex_attention)(query, key, value),
                               attends(query, key, value))


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("name", ["bert", "gpt2", "gpt3", "t5"])
def test_attention_forms_run_by_flex_attention(name: str) -> None:
    """Bidirectional, causal, windowed, and with a learned bias."""
    found = registry.find(name)
    variants, inputs = load(found).bench_inputs(found.card.bench[0], "cpu", torch.float32)
    attending = next(variant for variant in variants.values() if can_flex(variant, inputs))
    with torch.no_grad():
        result, right = WithFlexAttention(attending, flex_attention)(*inputs), attending(*inputs)
    torch.testing.assert_close(result, right, rtol=1e-3, atol=1e-4)


class Masks(TorchFunctionMode):
    """Keeps every mask that is given to F.scaled_dot_product_attention."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is attend:
            self.seen += [mask for mask in (*args[3:4], (kwargs or {}).get("attn_mask")) if mask is not None]
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", ["gpt3", "t5"])
def test_masks_lie_in_memory_as_the_fused_kernels_of_a_gpu_want_them(name: str) -> None:
    """They refuse a mask whose rows are not contiguous, and the slow MATH backend would be timed instead."""
    found = registry.find(name)
    variants, inputs = load(found).bench_inputs(found.card.bench[0], "cpu", torch.float32)
    with torch.no_grad(), Masks() as masks:
        for variant in variants.values():
            variant(*inputs)
    assert {(mask.shape[-1], mask.stride(-1)) for mask in masks.seen} == {(64, 1)}


def test_only_calls_by_name_can_be_exchanged() -> None:
    x = torch.randn(2, 3, 5, 8)
    assert can_flex(lambda x: attend(x, x, x), (x,))
    assert not can_flex(lambda x: (x @ x.mT).softmax(-1) @ x, (x,))
    assert not can_flex(nn.TransformerEncoderLayer(8, 2, 8, batch_first=True), (x[0],))


def test_a_case_is_pinned_to_the_first_backend_that_runs_all_of_it() -> None:
    x = torch.randn(2, 3, 5, 8)
    bias = nn.Parameter(torch.zeros(5, 5))
    by_hand, plain, biased = (lambda x: (x @ x.mT).softmax(-1) @ x), (lambda x: attend(x, x, x)), (
        lambda x: attend(x, x, x, bias))
    assert pin_attention([by_hand], (x,)) is None
    assert pin_attention([by_hand, plain], (x,)) == SDPBackend.FLASH_ATTENTION
    assert pin_attention([plain, biased], (x,)) == SDPBackend.MATH      # a bias that learns: no fused kernel on a CPU
    for dropout, backend in ((0.0, SDPBackend.FLASH_ATTENTION), (0.1, SDPBackend.MATH)):
        assert pin_attention([nn.TransformerEncoderLayer(8, 2, 8, dropout, batch_first=True)], (x[0],)) == backend


class OnlyMathLearns(torch.autograd.Function):
    """Stands for a kernel that exists forward only, as cuDNN has some."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:      # type: ignore[override]
        return x.clone()

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:      # type: ignore[override]
        if not torch.backends.cuda.math_sdp_enabled():
            raise RuntimeError("no execution plan")
        return gradient


def test_a_backend_that_has_no_backward_pass_here_is_not_chosen() -> None:
    x = torch.randn(2, 3, 5, 8)
    assert pin_attention([lambda x: OnlyMathLearns.apply(attend(x, x, x))], (x,)) == SDPBackend.MATH


def test_flex_attention_is_said_to_be_skipped_on_a_cpu() -> None:
    found = bench(registry.find("gpt3"), quick=True).measurements
    (flex,) = [each for each in found if each.variant == FLEX]
    assert (flex.status, flex.timing, flex.reason) == ("skipped", None, protocol.FLEX_ON_CPU)
    assert {each.attention for each in found} == {"flash_attention"}
    assert {each.status for each in found if each is not flex} == {"ok"}


def test_a_compiler_that_fails_costs_only_its_own_row(make_toy: MakeToy, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise FileNotFoundError("no C++\n compiler")

    monkeypatch.setattr(protocol, "compile_variant", fail)
    found = bench(make_toy()).measurements
    assert {(each.variant, each.status, each.reason) for each in found} == {
        ("torch.mul", "ok", ""), ("reference", "ok", ""), (COMPILED, "skipped", "no C++ compiler")}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler on a CPU")
def test_the_compiled_reference_is_timed(make_toy: MakeToy) -> None:
    found = bench(make_toy()).measurements
    compiled = {each.mode: each for each in found if each.variant == COMPILED}
    assert {mode: each.status for mode, each in compiled.items()} == {"fwd": "ok", "fwdbwd": "ok"}
    assert all(each.compile_s is not None and each.compile_s > 0 for each in compiled.values())
    assert all(each.timing is not None and each.timing.saved_bytes is None for each in compiled.values())
    assert all(each.compile_s is None for each in found if each.variant != COMPILED)


def test_a_compiled_variant_that_is_wrong_is_refused(make_toy: MakeToy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its results are compared with those of the reference that it was made from."""
    monkeypatch.setattr(baselines.torch, "compile", lambda variant: lambda x: variant(x) * 1.5)
    found = {each.variant: each for each in bench(make_toy()).measurements}
    assert {name: each.status for name, each in found.items()} == {"torch.mul": "ok", "reference": "ok",
                                                                   COMPILED: "unverified"}
    assert "a fresh copy" in found[COMPILED].reason
