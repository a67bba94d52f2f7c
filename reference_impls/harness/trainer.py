"""What a training gives to the harness, so that it can be watched, interrupted, resumed and drawn."""
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from reference_impls.harness.picture import Picture


class Stateful(Protocol):
    """A net, an optimizer, a moving average: anything that can export its state and load it back."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


@dataclass(frozen=True)
class Trainer:
    """A training before its first step.

    Everything that changes from step to step is in `state` and in torch's own random generators, so that a training
    resumed from a checkpoint ends exactly where the uninterrupted one would.

    To run in several processes too, a step draws everything random for the whole batch, then takes its rows with
    `share`, and calls `replicated(net)` for its loss, a mean over rows (see harness/parallel.py).

    Args:
        state: the parts that change, by name; saved in the checkpoint.
        step: one update, given its number starting at 1; returns the training loss.
        measure: the metric on held-out data; must not draw from the generators.
        show: the pictures of the trained model.
        every: number of steps between two measurements.
    """

    state: dict[str, Stateful]
    step: Callable[[int], float]
    measure: Callable[[], float]
    show: Callable[[], Iterator[Picture]]
    every: int
