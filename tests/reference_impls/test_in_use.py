"""What users meet when they put an implementation into their own training: long runs, other precisions, limits."""
import math

import pytest
import torch
from torch import nn

from reference_impls.attention.transformer import EncoderLayer
from reference_impls.generative._net import TimedNet
from reference_impls.generative.ddpm import GaussianDiffusion
from reference_impls.generative.diffusion import Diffusion
from reference_impls.generative.vqvae import VectorQuantizer
from reference_impls.harness import registry
from reference_impls.harness.pairs import Pair, call
from reference_impls.harness.registry import Implementation
from reference_impls.language.gpt2 import GPT2
from reference_impls.multimodal.clip import CLIP
from reference_impls.norms.batchnorm import BatchNorm
from reference_impls.norms.layernorm import LayerNorm
from reference_impls.optimizers.adam import Adam
from reference_impls.sparse.moe import MoE


def test_a_code_that_nothing_chooses_stays_for_however_long() -> None:
    """Its count halves every 14 steps; after 2,000 it is too small for float32 to divide by."""
    torch.manual_seed(0)
    layer = VectorQuantizer(codes=3, width=4, decay=0.95)
    first, z, k = layer.codebook.detach().clone(), torch.randn(16, 4), torch.zeros(16, dtype=torch.long)
    for _ in range(3000):
        layer.follow(z, k)
    torch.testing.assert_close(layer.codebook[0].detach(), z.mean(dim=0))
    torch.testing.assert_close(layer.codebook[1:].detach(), first[1:], rtol=0, atol=0)


def test_batch_normalization_after_a_layer_in_mixed_precision() -> None:
    """Autocast hands it bfloat16 while its own statistics are float32; torch's layer is the measure."""
    torch.manual_seed(0)
    linear, x = nn.Linear(8, 4), 20 + torch.randn(64, 8)
    ours, theirs = BatchNorm(4), nn.BatchNorm1d(4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, expected = ours(linear(x)), theirs(linear(x))
    torch.testing.assert_close(found.float(), expected.float(), rtol=0, atol=0.02)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)


@pytest.mark.parametrize(("dtype", "off"), [(torch.float16, 0.01), (torch.bfloat16, 0.02)])
@pytest.mark.parametrize(("mean", "deviation"), [(30, 1), (0, 400)])
def test_layer_normalization_after_a_layer_in_mixed_precision(dtype: torch.dtype, off: float, mean: float,
                                                              deviation: float) -> None:
    """A mean rounded to bfloat16 is off by a tenth of a deviation; 400 squared overflows float16."""
    torch.manual_seed(0)
    x = (mean + deviation * torch.randn(64, 768)).to(dtype)
    with torch.autocast("cpu", dtype=dtype):
        found = LayerNorm(768)(x)
    torch.testing.assert_close(found.float(), nn.functional.layer_norm(x.float(), (768,)), rtol=0, atol=off)


def test_experts_after_a_layer_in_mixed_precision() -> None:
    """Tokens come in bfloat16 from the previous layer, noise in float32 as torch draws it."""
    torch.manual_seed(0)
    layer, x, z = MoE(width=8, hidden=16, experts=4, k=2), torch.randn(32, 8).bfloat16(), torch.randn(32, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = layer(x, z)
    for mixed, exact in zip(found, layer(x.float(), z), strict=True):
        torch.testing.assert_close(mixed.float(), exact, rtol=0.05, atol=0.05)


def test_the_temperature_of_clip_comes_back_from_its_limit() -> None:
    """Mismatched pairs call for a lower scale: at 100 there must still be a gradient."""
    torch.manual_seed(0)
    model, (images, texts) = CLIP(nn.Identity(), nn.Identity()), torch.randn(2, 8, 4)
    nn.init.constant_(model.log_scale, 5.0)
    optimizer = torch.optim.SGD([model.log_scale], lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        model(images, texts).backward()
        optimizer.step()
    assert model.log_scale.exp() < 99


def test_the_temperature_of_clip_is_held_under_transforms_too() -> None:
    """Its bound changes a parameter in place, which torch.func allows only on its own copies."""
    torch.manual_seed(0)
    model, (images, texts) = CLIP(nn.Identity(), nn.Identity()), torch.randn(2, 8, 4)
    parameters = {"log_scale": torch.tensor(5.0)}
    gradient = torch.func.grad(lambda given: torch.func.functional_call(model, given, (images, texts)))(parameters)
    nn.init.constant_(model.log_scale, math.log(100))
    torch.testing.assert_close(gradient["log_scale"], torch.autograd.grad(model(images, texts), model.log_scale)[0])


def test_adam_makes_its_averages_once() -> None:
    """Zeros as large as a parameter, created and discarded at each step, once took an eighth of its time."""
    theta = torch.zeros(1000, requires_grad=True)
    theta.grad = torch.ones(1000)
    optimizer = Adam([theta])
    made = []
    for _ in range(2):
        with torch.profiler.profile() as profile:
            optimizer.step()
        made.append(sum(event.count for event in profile.key_averages() if event.key == "aten::zeros_like"))
    assert made == [2, 0]


@pytest.mark.parametrize(("dtype", "off"), [(torch.float16, 0.01), (torch.bfloat16, 0.05)])
def test_diffusion_in_half_precision(dtype: torch.dtype, off: float) -> None:
    """At t = 1, abar is 0.9999, which bfloat16 rounds to 1: nothing may be divided by 1 - abar after that."""
    torch.manual_seed(0)
    process, t = GaussianDiffusion(torch.linspace(1e-4, 0.02, 1000)), torch.tensor([1, 2, 3, 5, 8, 13, 100, 500, 1000])
    low = torch.randn(3, 9, 16).to(dtype)
    (x, noise, z), exact = low, low.float()
    for found, expected in (
        (process.diffuse(x, t, noise), process.diffuse(exact[0], t, exact[1])),
        (process.posterior(noise, x, t)[0], process.posterior(exact[1], exact[0], t)[0]),
        (process.posterior(noise, x, t)[1], process.posterior(exact[1], exact[0], t)[1]),
        (process.step(x, t, noise, z), process.step(exact[0], t, exact[1], exact[2])),
    ):
        assert found.dtype == dtype
        torch.testing.assert_close(found.float(), expected, rtol=off, atol=off)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_bound_of_a_chain_in_half_precision(dtype: torch.dtype) -> None:
    """In bfloat16 the first rate, 0.001, leaves a share of signal that rounds to one."""
    torch.manual_seed(0)
    x0, noise = torch.randn(8, 3, dtype=dtype), torch.randn(5, 8, 3, dtype=dtype)
    chain = Diffusion(TimedNet(3, 6, 8, 5), 5)
    exact = chain.double()(x0.double(), noise.double())
    found = chain.to(dtype)(x0, noise)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), exact, rtol=0.02, atol=0.2)


def test_attention_of_no_sequences() -> None:
    """The last batch of a filtered data set may be empty."""
    layer = EncoderLayer(width=8, heads=2, hidden=16)
    assert layer(torch.empty(0, 5, 8)).shape == (0, 5, 8)


def test_more_tokens_than_the_context_of_a_decoder_is_told() -> None:
    model = GPT2(words=11, context=9, width=8, heads=2, depth=1)
    with pytest.raises(ValueError, match="10 tokens do not fit into a context of 9"):
        model(torch.zeros(1, 10, dtype=torch.long))


@pytest.mark.parametrize("layer", [LayerNorm(4), BatchNorm(4)])
def test_a_norm_refuses_an_input_on_another_device(layer: nn.Module) -> None:
    """Bringing it over in silence would hide a slow copy at every step; `meta` is a device that every machine has."""
    with pytest.raises(RuntimeError, match="expected device"):
        layer.to("meta")(torch.randn(3, 4))


MODULES = [found for found in registry.scan().implementations.values() if found.card.role in ("layer", "model")]


@pytest.mark.parametrize("implementation", MODULES, ids=lambda implementation: implementation.card.id)
def test_every_module_learns_in_mixed_precision(implementation: Implementation) -> None:
    """As in the middle of somebody's network under autocast: parameters in float32, inputs in bfloat16."""
    torch.manual_seed(0)
    pair = Pair(*registry.load(implementation).oracle())
    if not isinstance(pair.ours, nn.Module):
        pytest.skip("a function, without parameters in another precision")
    module, inputs = pair.ours.float(), pair.inputs(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = call(module, inputs, seed=1)
    sum((output.float().square().sum() for output in outputs if output.requires_grad), torch.zeros(())).backward()
    assert all(output.isfinite().all() for output in outputs)
    assert all(parameter.grad is None or parameter.grad.isfinite().all() for parameter in module.parameters())
