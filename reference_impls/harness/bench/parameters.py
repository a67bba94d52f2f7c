"""Which parameters a variant computes with: not every variant is a module that holds its own."""
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from torch import Tensor, nn


def parameters_of(variant: Callable[..., Any], outputs: Iterable[Tensor]) -> list[nn.Parameter]:
    """Those of a module, and those that its outputs depend on, whoever holds them; each once.

    Else a function around a network would have fewer gradients to find than the network itself. What no module tells
    comes in the order of its shapes and values: compiled, the same function has another graph, and a fresh copy other
    objects, and their gradients are compared one by one.
    """
    own = variant.parameters() if isinstance(variant, nn.Module) else ()
    others = sorted(_depended_on(outputs), key=lambda each: (each.shape, each.detach().norm().item()))
    return list(dict.fromkeys([*own, *others]))


def _depended_on(outputs: Iterable[Tensor]) -> Iterator[nn.Parameter]:
    todo, seen = [output.grad_fn for output in outputs], set[object]()
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [before for before, _ in node.next_functions]
            leaf = getattr(node, "variable", None)
            if isinstance(leaf, nn.Parameter):
                yield leaf
