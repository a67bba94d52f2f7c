"""What a training hands to the harness, so that it can be watched, interrupted, resumed and drawn."""
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from reference_impls.harness.picture import Picture


class Stateful(Protocol):
    """A net, an optimizer, a moving average: whatever can hand its state over and take it back."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


@dataclass(frozen=True)
class Trainer:
    """A training that stands before its first step.

    All that changes from step to step lives in `state` and in torch's own random generators, so that a training
    resumed from a checkpoint ends where the uninterrupted one would.

    To run in several processes as well, a step takes its rows of the batch by `share`, after everything random is drawn
    for all of it, and calls `replicated(net)` for its loss, a mean over rows (see harness/parallel.py).

    Args:
        state: by name; kept in the checkpoint.
        step: one update, given its number from 1; returns the training loss.
        measure: the metric on held-out data; draws nothing from the generators.
        show: the pictures of the trained model.
        every: steps between two measurements.
    """

    state: dict[str, Stateful]
    step: Callable[[int], float]
    measure: Callable[[], float]
    show: Callable[[], Iterator[Picture]]
    every: int
