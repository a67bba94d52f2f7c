"""Checkpoints: an interrupted training saved to a file, from which it resumes as if it had never stopped."""
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reference_impls.harness import files
from reference_impls.harness.trainer import Stateful


@dataclass(frozen=True)
class Identity:
    """What must match for a checkpoint to be used: the hash of the code, the seed, the device, torch, ..."""

    code: str
    seed: int
    device: str
    torch: str = str(torch.__version__)
    number_of_processes: int = 1


@dataclass
class Progress:
    """How far a training has come.

    Args:
        curve: `(step, metric, mean training loss since the previous measurement)`.
        losses: the losses of the steps since the last measurement.
    """

    step: int = 0
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message says why."""


def save(path: Path, identity: Identity, progress: Progress, state: Mapping[str, Stateful]) -> None:
    """Save the state of everything that a training changes, including the random generators.

    Raises:
        OSError: the folder cannot be written.
    """
    files.replace(path, packed({
        "identity": asdict(identity), "progress": asdict(progress), "state": states(state),
        "generators": _generators(identity.device),
    }))


def restore(path: Path, identity: Identity, state: Mapping[str, Stateful]) -> Progress:
    """Restore a training to where it stopped. After a CheckpointError it may be half restored: create it again.

    Raises:
        FileNotFoundError: there is no checkpoint.
        CheckpointError: the checkpoint is from different code, another seed or another device, or it is broken.
    """
    try:
        kept: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        differing = [name.replace("_", " ") for name, value in asdict(identity).items()
                     if kept["identity"][name] != value]
        if differing:
            raise CheckpointError(f"it was made with a different {' and '.join(differing)}")
        for name, part in state.items():
            part.load_state_dict(kept["state"][name])
        progress = Progress(**kept["progress"])
        torch.set_rng_state(kept["generators"]["cpu"])
        if identity.device != "cpu":
            torch.cuda.set_rng_state(kept["generators"][identity.device], identity.device)
    except (FileNotFoundError, CheckpointError):
        raise
    except Exception as error:      # whatever torch, pickle or a module raises for a damaged file
        raise CheckpointError(f"it cannot be read ({type(error).__name__})") from None
    return progress


def states(state: Mapping[str, Stateful]) -> dict[str, dict[str, Any]]:
    """State dictionaries by name."""
    return {name: part.state_dict() for name, part in state.items()}


def packed(content: Any) -> bytes:
    """The bytes that `torch.save` writes."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def _generators(device: str) -> dict[str, Tensor]:
    found = {"cpu": torch.get_rng_state()}
    return found if device == "cpu" else found | {device: torch.cuda.get_rng_state(device)}
