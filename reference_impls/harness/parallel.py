"""Several processes train one model, each on its part of every batch, by torch's own data parallel engine.

    torchrun --standalone --nproc-per-node 2 -m reference_impls run vae

A training takes part by two words: `share` gives a process its rows of a batch, `replicated` makes the gradients of a
net the mean over all processes. The result is that of one process but for the order of sums: every process draws the
random numbers of the whole batch from the same seed and takes its rows afterwards; the parts are of one size, so the
mean of their means is the mean. What would not be equal is refused: parts of different sizes, batch statistics on a CPU
(torch synchronizes them on GPUs alone), random numbers drawn inside the net (all parts would get the same masks of
dropout), a training that knows neither word.
"""
import hashlib
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(minutes=5)     # a process that is waited for longer is taken for lost


class ParallelError(LookupError):
    """What cannot be done by several processes; every one of them says the same."""


class LostError(ConnectionError):
    """Another process has ended, so that this one cannot go on."""


def world() -> int:
    """How many processes work together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this is the process that speaks and writes: rank 0, or the only one."""
    return world() == 1 or dist.get_rank() == 0


@contextmanager
def session(device: str) -> Iterator[None]:
    """Join the processes that torchrun started: gloo between CPUs, NCCL between GPUs, one GPU a process.

    Raises:
        ParallelError: there is no gloo, or no GPU for this process.
        LostError: another process ended while this one waited for it, or torchrun ends them all.
    """
    if not (dist.is_available() and dist.is_gloo_available()):
        raise ParallelError("this torch is built without gloo: run it in one process")
    if device == "cuda":
        processes, gpus = int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count()
        if processes > gpus:        # every process says so: the first one speaks
            raise ParallelError(f"{processes} processes need a GPU each, and there are {gpus}")
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    elif device != "cpu":
        raise ParallelError(f"every process takes a GPU of its own: say --device cuda, not {device}")
    signal.signal(signal.SIGTERM, _end)
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo", timeout=PATIENCE)
        yield
    except (RuntimeError, ValueError) as error:
        if _is_of_the_engine(error) or _is_of_the_engine(error.__cause__):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)       # torchrun may say the same once more
            raise LostError("another process has ended, so this one ends too") from None
        raise
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def share(*batch: Tensor) -> tuple[Tensor, ...]:
    """The rows of each tensor (N, ...) of a batch that are this process's: all when it is alone.

    Raises:
        ParallelError: the rows do not split into equal parts.
    """
    if world() == 1:
        return batch
    rows = len(batch[0])
    if rows % world():
        raise ParallelError(f"a batch of {rows} does not split into {world()} equal parts; "
                            f"start as many processes as divide {rows}")
    return tuple(each.chunk(world())[dist.get_rank()] for each in batch)


def replicated(net: nn.Module) -> nn.Module:
    """The net as a training calls it: its backward pass leaves the mean of all processes' gradients in the parameters.

    Raises:
        ParallelError: it takes statistics over a batch, on a CPU.
    """
    if world() == 1:
        return net
    on_gpu = next(net.parameters()).is_cuda
    for part in net.modules():
        if isinstance(part, _BatchNorm) and not on_gpu:
            raise ParallelError(f"{type(part).__name__} would take its statistics over a part of the batch, and torch "
                                "synchronizes them on GPUs alone: run it in one process")
    return _Replica(nn.SyncBatchNorm.convert_sync_batchnorm(net),
                    device_ids=[torch.cuda.current_device()] if on_gpu else None)


class _Replica(DistributedDataParallel):
    def forward(self, *inputs: Any, **named: Any) -> Any:
        before = _random_states()
        outputs = super().forward(*inputs, **named)     # type: ignore[no-untyped-call]
        if not all(map(torch.equal, before, _random_states())):
            raise ParallelError("the net draws random numbers itself (dropout?), the same ones for every part of the "
                                "batch: run it in one process")
        return outputs


def mean(value: float) -> float:
    """The mean over all processes."""
    return _reduced([value], dist.ReduceOp.SUM)[0] / world() if world() > 1 else value


def slowest(values: list[float]) -> list[float]:
    """For each place of the list the largest value of any process."""
    return _reduced(values, dist.ReduceOp.MAX) if world() > 1 else values


def check_equal(state: Mapping[str, Any]) -> None:
    """Whether all processes hold the same tensors, to the last bit, and will draw the same random numbers.

    Raises:
        ParallelError: they do not.
    """
    if world() == 1:
        return
    digest = hashlib.sha256()
    for tensor in [*_tensors(state), *_random_states()]:
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    digests: list[str] = [""] * world()
    dist.all_gather_object(digests, digest.hexdigest())
    if len(set(digests)) > 1:
        raise ParallelError("the processes hold different models: is every net that learns `replicated`, and do all "
                            "processes see the same checkpoint?")


def _reduced(values: list[float], operation: Any) -> list[float]:
    tensor = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(tensor, operation)
    found: list[float] = tensor.tolist()
    return found


def _tensors(state: Any) -> Iterator[Tensor]:
    """The tensors of nested state dictionaries, in order."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, Mapping | list | tuple):
        for part in state.values() if isinstance(state, Mapping) else state:
            yield from _tensors(part)


def _random_states() -> list[Tensor]:
    """Of the generators that a training may draw from."""
    on_gpu = torch.cuda.is_available() and torch.cuda.is_initialized()
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state()] if on_gpu else [])]


def _is_of_the_engine(error: BaseException | None) -> bool:
    """Whether torch.distributed failed: gloo has no exception of its own."""
    return isinstance(error, dist.DistError) or (isinstance(error, RuntimeError) and "gloo" in str(error).lower())


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise LostError("torchrun ends this process, for another one has ended")
