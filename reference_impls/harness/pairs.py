"""Compare an implementation with its oracle: outputs, gradients, and the steps of optimizers."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

TOLERANCE = 1e-10        # absolute and relative, in float64; reordered sums differ by 1e-16 to 1e-12

Outputs = tuple[Tensor, ...]


@dataclass(frozen=True)
class Pair:
    """What `oracle` returns: two modules or callables and their inputs, or two optimizers and their gradients."""

    ours: Any
    theirs: Any
    given: Any

    def inputs(self, dtype: torch.dtype = torch.float64) -> list[Tensor]:
        """Fresh leaf tensors with the values of the inputs; floating-point ones require gradients."""
        given = (self.given,) if isinstance(self.given, Tensor) else self.given
        return [x.detach().to(dtype, copy=True).requires_grad_() if x.is_floating_point() else x.clone() for x in given]

    def parameters(self) -> dict[str, nn.Parameter]:
        """Our trainable parameters by name; none if ours is a function."""
        return _trainable(self.ours) if isinstance(self.ours, nn.Module) else {}


def call(function: Callable[..., Any], inputs: Sequence[Tensor], seed: int) -> Outputs:
    """Outputs as a tuple. Both sides of a pair draw the same random numbers, because some are samplers."""
    torch.manual_seed(seed)
    outputs = function(*inputs)
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def check_sound(pair: Pair, dtype: torch.dtype, seed: int) -> None:
    """Check for finite values and gradients, the same shapes in every precision, and unmodified inputs.

    Raises:
        AssertionError: one of these does not hold.
    """
    if isinstance(pair.ours, torch.optim.Optimizer):
        return _check_sound_steps(pair, dtype)
    shapes = [output.shape for output in call(pair.ours, pair.inputs(), seed)]
    if isinstance(pair.ours, nn.Module):
        pair.ours.to(dtype)
    inputs = pair.inputs(dtype)
    before = [x.detach().clone() for x in inputs]
    outputs = call(pair.ours, inputs, seed)
    assert [output.shape for output in outputs] == shapes, "shapes change with the precision"
    assert all(output.isfinite().all() for output in outputs), "an output is not finite"
    assert all(map(torch.equal, inputs, before)), "an input was changed in place"
    parameters = pair.parameters()
    for name, gradient in zip(parameters, _gradients(outputs, list(parameters.values()), seed), strict=True):
        assert gradient is not None, f"parameter {name} gets no gradient"
        assert gradient.isfinite().all(), f"the gradient of {name} is not finite"
    return None


def compare_outputs(pair: Pair, seed: int) -> float:
    """Largest absolute difference of the outputs.

    Raises:
        AssertionError: they differ by more than the tolerance.
    """
    ours, theirs = (call(side, pair.inputs(), seed) for side in (pair.ours, pair.theirs))
    assert len(ours) == len(theirs), f"{len(ours)} outputs against {len(theirs)}"
    return max(_distance(a, b, f"output {index}") for index, (a, b) in enumerate(zip(ours, theirs, strict=True)))


def compare_gradients(pair: Pair, seed: int) -> float:
    """Largest absolute difference of the gradients of one random projection of the outputs.

    Leaves are the floating-point inputs and our parameters. If theirs is a module, it has parameters of its own with
    the same names; otherwise it computes with ours. A leaf that one side does not use has gradient zero there.

    Raises:
        AssertionError: they differ by more than the tolerance, or ours has no gradients.
    """
    ours, theirs = (_leaf_gradients(pair, side, seed) for side in (pair.ours, pair.theirs))
    assert ours.keys() == theirs.keys(), f"parameters {sorted(ours.keys() ^ theirs.keys())} exist on one side only"
    assert any(gradient is not None for gradient in ours.values()), "ours has no gradients"
    return max(_distance(*_zero_for_none(ours[name], theirs[name]), f"gradient of {name}")
               for name in ours if ours[name] is not None or theirs[name] is not None)


def compare_steps(pair: Pair) -> float:
    """Largest absolute difference of the parameters after any step over the gradient sequence.

    Raises:
        AssertionError: they differ by more than the tolerance.
    """
    worst = 0.0
    for number, gradient in enumerate(pair.given, 1):
        for optimizer in (pair.ours, pair.theirs):
            _step(optimizer, gradient)
        for ours, theirs in zip(_stepped(pair.ours), _stepped(pair.theirs), strict=True):
            worst = max(worst, _distance(ours, theirs, f"parameter after step {number}"))
    return worst


def _check_sound_steps(pair: Pair, dtype: torch.dtype) -> None:
    for parameter in _stepped(pair.ours):
        parameter.data = parameter.data.to(dtype)
    shapes = [parameter.shape for parameter in _stepped(pair.ours)]
    for gradient in pair.given:
        _step(pair.ours, gradient)
    assert [parameter.shape for parameter in _stepped(pair.ours)] == shapes, "a step changes shapes"
    assert all(parameter.isfinite().all() for parameter in _stepped(pair.ours)), "a parameter is not finite"


def _step(optimizer: torch.optim.Optimizer, gradient: Tensor | Sequence[Tensor]) -> None:
    gradients = (gradient,) if isinstance(gradient, Tensor) else gradient
    for parameter, each in zip(_stepped(optimizer), gradients, strict=True):
        parameter.grad = each.to(parameter, copy=True)
    optimizer.step()


def _stepped(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _trainable(module: nn.Module) -> dict[str, nn.Parameter]:
    return {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}


def _leaf_gradients(pair: Pair, side: Any, seed: int) -> dict[str, Tensor | None]:
    inputs = pair.inputs()
    leaves: dict[str, Tensor] = {f"input {index}": x for index, x in enumerate(inputs) if x.requires_grad}
    leaves |= _trainable(side) if isinstance(side, nn.Module) else pair.parameters()
    return dict(zip(leaves, _gradients(call(side, inputs, seed), list(leaves.values()), seed), strict=True))


def _gradients(outputs: Outputs, leaves: Sequence[Tensor], seed: int) -> Sequence[Tensor | None]:
    """Gradients of a random projection of the differentiable outputs; None for a leaf that they do not depend on."""
    torch.manual_seed(seed + 1)
    # A fresh contiguous projection of every output: randn_like follows strides, which may differ between the two sides.
    projections = [torch.randn(output.shape, device=output.device) for output in outputs]
    terms = [(output * projection).sum() for output, projection in zip(outputs, projections, strict=True)
             if output.requires_grad]
    if not terms or not leaves:
        return [None] * len(leaves)
    return torch.autograd.grad(torch.stack(terms).sum(), leaves, allow_unused=True)


def _zero_for_none(ours: Tensor | None, theirs: Tensor | None) -> tuple[Tensor, Tensor]:
    present = ours if ours is not None else theirs
    assert present is not None
    zero = torch.zeros_like(present)
    return zero if ours is None else ours, zero if theirs is None else theirs


def _distance(ours: Tensor, theirs: Tensor, what: str) -> float:
    torch.testing.assert_close(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE, msg=lambda text: f"{what}: {text}")
    if not ours.numel():
        return 0.0
    return (ours.detach().double() - theirs.detach().double()).abs().max().item()
