"""Run a training to its last step, from the first or from where it was interrupted."""
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from reference_impls.harness import checkpoint, parallel
from reference_impls.harness.card import Training
from reference_impls.harness.check import explain, one_thread
from reference_impls.harness.checkpoint import CheckpointError, Identity, Progress
from reference_impls.harness.claim import DemoError, Paused, satisfies
from reference_impls.harness.parallel import ParallelError
from reference_impls.harness.picture import Picture
from reference_impls.harness.registry import TrainedModel, load, source_hash
from reference_impls.harness.trainer import Trainer

DEFAULT_SEED = 0
CHECKPOINT_S = 10.0         # at most this much is lost when the process is killed

OnStep = Callable[[Progress], None]
Say = Callable[[str], None]


@dataclass(frozen=True)
class TrainingRun:
    """A finished training.

    Args:
        curve: `(step, metric, mean training loss since the previous measurement)`.
        model: the state dictionaries as bytes, as `torch.save` writes them.
    """

    training: Training
    seed: int
    device: str
    curve: list[tuple[int, float, float]]
    pictures: list[Picture] = field(repr=False)
    model: bytes = field(repr=False)

    @property
    def value(self) -> float:
        """The metric at the end, the one that counts."""
        return self.curve[-1][1]

    @property
    def reached(self) -> bool:
        """Whether the goal of the header is reached."""
        return satisfies(self.value, self.training.goal)


def train(model: TrainedModel, seed: int, device: str, kept: Path, on_step: OnStep = lambda progress: None,
          say: Say = lambda line: None) -> TrainingRun:
    """Train to the end, on one CPU thread, so that the same seed gives the same model to the last bit.

    Of several processes, the first one writes the checkpoint and draws; all of them read the checkpoint if it exists.

    Args:
        kept: path of the checkpoint. It is used if it exists, and written about every ten seconds, on Ctrl-C, and after
            the last step, so that the caller can remove it once the result is drawn and saved.
        say: receives one line when a checkpoint is used or cannot be used.

    Raises:
        Paused: Ctrl-C; the checkpoint is written, unless a second Ctrl-C interrupts a step.
        DemoError: the training fails.
        ParallelError: several processes cannot run it.
        OSError: the checkpoint cannot be written, or another process has ended.
    """
    identity = Identity(source_hash(model.path), seed, device, number_of_processes=parallel.world())
    try:
        with one_thread():
            trainer, progress = prepare(model, identity, kept, say)
            _advance_safely(trainer, model.training.steps, progress, identity, kept, on_step)
            pictures = list(trainer.show()) if parallel.is_first() else []
    except KeyboardInterrupt:
        again = "resumes from the checkpoint" if kept.exists() else "starts over"
        raise Paused(f"interrupted; the same command {again}") from None
    except (Paused, OSError, ParallelError):
        raise
    except Exception as error:
        raise DemoError(f"the training {model.training.id} failed: {explain(error, model.path)}") from error
    return TrainingRun(model.training, seed, device, progress.curve, pictures,
                       checkpoint.packed(checkpoint.states(trainer.state)))


def prepare(model: TrainedModel, identity: Identity, kept: Path, say: Say) -> tuple[Trainer, Progress]:
    """The training before its first step, or where the checkpoint left off."""
    module = load(model)
    if parallel.world() > 1 and not hasattr(module, "share"):
        raise ParallelError(f"{model.training.id} has no batches to share: run it in one process")
    make = module.trainer
    trainer: Trainer = make(identity.seed, identity.device)
    try:
        progress = checkpoint.restore(kept, identity, trainer.state)
    except FileNotFoundError:
        return trainer, Progress()
    except CheckpointError as error:
        say(f"{kept} is ignored: {error}; the training starts over")
        return make(identity.seed, identity.device), Progress()     # the broken checkpoint may have changed the trainer
    say(f"resuming after step {progress.step} of {model.training.steps}, from {kept}")
    return trainer, progress


def advance(trainer: Trainer, steps: int, progress: Progress) -> Iterator[None]:
    """Take the remaining steps one by one, with the measurements that are due between them."""
    while progress.step < steps:
        progress.losses.append(parallel.mean(float(trainer.step(progress.step + 1))))
        progress.step += 1
        if progress.step % trainer.every == 0 or progress.step == steps:
            mean = sum(progress.losses) / len(progress.losses)
            progress.curve.append((progress.step, float(trainer.measure()), mean))
            progress.losses.clear()
        yield


def _advance_safely(trainer: Trainer, steps: int, progress: Progress, identity: Identity, kept: Path,
                    on_step: OnStep) -> None:
    """Take all remaining steps; save checkpoints periodically, at the end (drawing may take a while), and on Ctrl-C."""
    saved, first = time.monotonic(), progress.step + 1
    with _deferred_interrupt() as interrupted:
        for _ in advance(trainer, steps, progress):
            on_step(progress)
            if progress.step in (first, steps):
                parallel.check_equal(checkpoint.states(trainer.state))
            stop = parallel.mean(interrupted.is_set()) > 0      # all stop after the same step, whichever got the signal
            if stop or progress.step == steps or time.monotonic() - saved > CHECKPOINT_S:
                if parallel.is_first():
                    checkpoint.save(kept, identity, progress, trainer.state)
                saved = time.monotonic()
            if stop:
                raise Paused(f"interrupted after step {progress.step} of {steps}; the same command resumes from there")


@contextmanager
def _deferred_interrupt() -> Iterator[threading.Event]:
    """The first Ctrl-C only sets the event, so that a step is never interrupted midway; the second one interrupts."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():       # signals reach only the main thread
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
