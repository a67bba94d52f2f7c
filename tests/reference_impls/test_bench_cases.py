"""Every case of every card: the declared work is what torch does, and its variants compute the same."""
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from reference_impls.harness import registry
from reference_impls.harness.bench.witness import relative_error
from reference_impls.harness.card import Case, Work
from reference_impls.harness.registry import load
from reference_impls.harness.work import compare_work
from tests.reference_impls.conftest import MakeToy

FOUND = {name: each for name, each in registry.scan().implementations.items() if each.card.bench}

OTHER_WEIGHTS = {       # laid out differently from ours; level L2 shows that the two are equal
    "bahdanau-attention": {"torch.nn, every pair joined"}, "encoder-decoder": {"torch.nn.GRU"},
    **{key: {"torch.nn.TransformerEncoderLayer"} for key in ("bert", "clip", "gpt2", "roberta", "transformer", "vit")},
}
OTHER_FUNCTIONS = {     # the same cost without the paper's idea, as the names say
    "dnc": {"torch.nn.LSTM, no memory"}, "ntm": {"torch.nn.LSTM, no memory"},
    "resnet": {"torch.nn without shortcut"}, "unet": {"torch.nn without skips"},
    "highway": {"torch.nn without gate"}, "switch": {"torch.nn, one expert for all"},
    "hopfield": {"torch, all neurons at once"}, "perceptron": {"torch, every stimulus"},
}


@pytest.mark.parametrize("name", FOUND)
def test_declared_work_is_what_torch_counts(name: str) -> None:
    """Counted on shapes alone, which takes a tenth of the time; on a CPU where values decide what is computed."""
    module = load(FOUND[name])
    for case in FOUND[name].card.bench:
        try:
            wrong = compare_work(module, case, "meta")
        except RuntimeError as error:
            if not re.search(r"meta tensor|register_meta", str(error)):
                raise
            wrong = compare_work(module, case, "cpu")
        assert not wrong, case.name


@pytest.mark.parametrize("name", [name for name in FOUND if FOUND[name].card.role != "optimizer"])
def test_what_is_timed_computes_the_same(name: str) -> None:
    """At the sizes of the benchmark, which the checks of the card do not cover."""
    case = FOUND[name].card.bench[0]
    torch.manual_seed(0)
    variants, inputs = load(FOUND[name]).bench_inputs(case, "cpu", torch.float32)
    reference, different = variants.pop("reference"), set()
    for variant, other in variants.items():
        if isinstance(reference, nn.Module) and isinstance(other, nn.Module):
            same_layout = {key: each.shape for key, each in reference.state_dict().items()} == {
                key: each.shape for key, each in other.state_dict().items()}
            if same_layout:
                other.load_state_dict(reference.state_dict())
        results = []
        for each in (other, reference):
            torch.manual_seed(1)
            results.append([x.detach() for x in tree_leaves(each(*inputs)) if isinstance(x, Tensor)])
        if relative_error(*results) > 1e-4:
            different.add(variant)
    assert different == OTHER_WEIGHTS.get(name, set()) | OTHER_FUNCTIONS.get(name, set())


FEWER = {"ewc": {"N": 4}, "s4": {"L": 16}}
"""Where the work is a loop in Python, which takes as long on the meta device: over samples, over positions."""


@contextmanager
def known_by_shape() -> Iterator[None]:
    """Stop early where values are needed."""
    try:
        yield
    except RuntimeError as error:
        if not re.search("meta tensor|register_meta", str(error)):
            raise


@pytest.mark.parametrize("name", [name for name in FOUND if FOUND[name].card.role != "optimizer"])
def test_every_variant_stays_on_the_device_that_it_is_given(name: str) -> None:
    """On the only other device that every machine has: one without memory, which knows only shapes."""
    for case in FOUND[name].card.bench:
        case = Case(case.name, case.sizes | FEWER.get(name, {}))
        with known_by_shape():
            variants, inputs = load(FOUND[name]).bench_inputs(case, "meta", torch.float32)
            assert {x.device.type for x in inputs} == {"meta"}
            for variant in variants.values():
                with known_by_shape():
                    variant(*inputs)


@pytest.mark.parametrize(("flop", "min_bytes", "words"), [
    (2 * 8 * 16 * 4, 4 * (8 * 16 + 16 * 4 + 8 * 4), ""),
    (8 * 16 * 4, 4 * (8 * 16 + 16 * 4 + 8 * 4), "declares 512 FLOP, torch counts 1,024: 0.50 times"),
    (2 * 8 * 16 * 4, 4 * 8 * 4, "declares at least 128 bytes; inputs and outputs have 640"),
    (2 * 8 * 16 * 4, 4 * 4096, "eager torch moves 896"),
])
def test_wrong_work_is_said(flop: int, min_bytes: int, words: str) -> None:
    weight = torch.randn(16, 4)
    module = SimpleNamespace(work=lambda case, itemsize: Work(flop, min_bytes), bench_inputs=lambda *_: (
        {"reference": lambda x: x @ weight}, (torch.randn(8, 16),)))
    said = compare_work(module, Case("matmul", {}), "cpu")      # type: ignore[arg-type]
    assert words in said
    assert bool(said) == bool(words)


def test_work_that_torch_does_not_count_must_be_of_its_order(make_toy: MakeToy) -> None:
    case = Case("small", {"N": 32})
    assert compare_work(load(make_toy()), case, "cpu") == ""
    much = make_toy(('Work(case.sizes["N"] * 5,', 'Work(case.sizes["N"] * 5000,'))
    assert "element-wise" in compare_work(load(much), case, "cpu")


def test_recurrent_layers_are_counted() -> None:
    """Torch's counter does not see oneDNN's LSTM, which once hid an error by a factor of three."""
    lstm, x = nn.LSTM(8, 16), torch.randn(5, 3, 8)
    flop = 2 * 5 * 3 * 4 * 16 * (8 + 16)
    module = SimpleNamespace(work=lambda case, itemsize: Work(3 * flop, 1), bench_inputs=lambda *_: (
        {"reference": lstm}, (x,)))
    assert "3.00 times" in compare_work(module, Case("lstm", {}), "cpu")    # type: ignore[arg-type]
