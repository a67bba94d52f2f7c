"""What one timed call does: forward, forward and backward, or a whole training step."""
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from reference_impls.harness.bench.clocks import Call
from reference_impls.harness.bench.faults import is_out_of_memory, of_each
from reference_impls.harness.bench.guards import flatten
from reference_impls.harness.bench.parameters import parameters_of
from reference_impls.harness.bench.rotation import Inputs
from reference_impls.harness.card import Role

Mode = Literal["fwd", "fwdbwd", "step"]
MODES: tuple[Mode, ...] = get_args(Mode)
Variant = Callable[..., Any]


@dataclass(frozen=True)
class Timed:
    """The calls to time in one mode, by variant name, and the gradient mode to time them in."""

    mode: Mode
    calls: dict[str, Call]
    builds_graph: bool = True

    def context(self) -> AbstractContextManager[Any]:
        """Forward passes build no graph, unless they compute gradients themselves."""
        return torch.set_grad_enabled(self.builds_graph)


def prepare(mode: Mode, role: Role, variants: dict[str, Variant], sets: Sequence[Inputs]) -> Timed | None:
    """The calls of one mode; None if the mode has no meaning for these variants.

    An optimizer has only its step. A backward pass needs outputs with gradients; the step of a model is forward,
    backward and plain SGD.

    Raises:
        VariantError: one of them fails.
    """
    if role == "optimizer":
        return Timed("step", of_each(variants, _stepping)) if mode == "step" else None
    if mode == "fwd":
        return Timed("fwd", of_each(variants, lambda variant: _forward(variant, sets)),
                     builds_graph=any(map(needs_graph, variants.values(), repeat(sets[0]))))
    leaves = [as_leaves(inputs) for inputs in sets]
    if not all(of_each(variants, lambda variant: is_differentiable(variant, sets[0])).values()):
        return None
    if mode == "fwdbwd":
        return Timed("fwdbwd", of_each(variants, lambda variant: _backward(variant, leaves)))
    trains = role == "model" and all(
        of_each(variants, lambda variant: _trained(variant, _outputs(variant, leaves[0]))).values())
    return Timed("step", of_each(variants, lambda variant: _training(variant, leaves))) if trains else None


def _stepping(variant: Variant) -> Call:
    return lambda number: variant()


def _forward(variant: Variant, sets: Sequence[Inputs]) -> Call:
    return lambda number: variant(*sets[number % len(sets)])


def _backward(variant: Variant, sets: Sequence[Inputs]) -> Call:
    """Gradients of inputs and parameters, from the same random output gradients in every call."""
    parameters = _trained(variant, _outputs(variant, sets[0]))
    cotangents = [_cotangents(_outputs(variant, inputs)) for inputs in sets]

    def call(number: int) -> object:
        return _gradients(variant, sets[number % len(sets)], parameters, cotangents[number % len(sets)])

    return call


def _gradients(variant: Variant, inputs: Inputs, parameters: list[nn.Parameter] | None = None,
               cotangents: list[Tensor] | None = None) -> tuple[Tensor, ...]:
    outputs = _outputs(variant, inputs)
    parameters = _trained(variant, outputs) if parameters is None else parameters
    wanted = [*(x for x in inputs if x.requires_grad), *parameters]
    return torch.autograd.grad(outputs, wanted, cotangents or _cotangents(outputs), allow_unused=True)


def _cotangents(outputs: list[Tensor]) -> list[Tensor]:
    """Random gradients of outputs, the same for the same shapes."""
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(output.shape, generator=draw).to(output) for output in outputs]


@torch.enable_grad()
def first_call(mode: Mode, variant: Variant, inputs: Inputs) -> list[Tensor]:
    """What a single call in this mode returns; it builds a graph in every mode."""
    leaves = as_leaves(inputs)
    found = variant(*leaves) if mode == "fwd" else _gradients(variant, leaves)
    return [output.detach() for output in flatten(found)]


def needs_graph(variant: Variant, inputs: Inputs) -> bool:
    """Whether a variant computes gradients in its forward pass without enabling them itself."""
    with torch.no_grad():
        try:
            variant(*inputs)
        except RuntimeError as error:
            return "does not require grad" in str(error)
    return False


def _training(variant: Variant, sets: Sequence[Inputs]) -> Call:
    plain = [tuple(x.detach() for x in inputs) for inputs in sets]
    parameters, backward = _trained(variant, _outputs(variant, plain[0])), _backward(variant, plain)
    optimizer = torch.optim.SGD(parameters, lr=1e-6)

    def call(number: int) -> None:
        gradients = backward(number)
        for parameter, gradient in zip(parameters, gradients, strict=True):    # type: ignore[call-overload]
            parameter.grad = gradient
        optimizer.step()

    return call


def as_leaves(inputs: Inputs) -> Inputs:
    """The same memory, as inputs that require gradients: what a layer inside a network sees."""
    return tuple(x.detach().requires_grad_() if x.is_floating_point() else x for x in inputs)


def _trained(variant: Variant, outputs: list[Tensor]) -> list[nn.Parameter]:
    return [each for each in parameters_of(variant, outputs) if each.requires_grad]


def _outputs(variant: Variant, inputs: Inputs) -> list[Tensor]:
    return [output for output in flatten(variant(*inputs)) if output.requires_grad]


def is_differentiable(variant: Variant, inputs: Inputs) -> bool:
    """Whether the outputs have gradients, through inputs or parameters; assumed if memory for the graph runs out."""
    leaves = as_leaves(inputs)
    try:
        outputs = _outputs(variant, leaves)
    except RuntimeError as error:
        if is_out_of_memory(error):
            return True
        raise
    return bool(outputs) and (any(x.requires_grad for x in leaves) or bool(_trained(variant, outputs)))
