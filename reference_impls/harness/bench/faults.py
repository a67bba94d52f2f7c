"""Failures while timing: a variant that cannot be timed loses its own row and does not affect its competitors."""
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeVar

import torch

Fault = Literal["oom", "skipped"]
Given = TypeVar("Given")
Made = TypeVar("Made")


class VariantError(Exception):
    """A variant cannot be timed.

    Args:
        variant: its name.
        status: the status of its row.
        reason: the reason in its row, one line.
    """

    def __init__(self, variant: str, error: Exception) -> None:
        self.variant, self.status, self.reason = variant, status_of(error), line(error)
        super().__init__(f"{variant}: {self.reason}")


@contextmanager
def blamed(variant: str) -> Iterator[None]:
    """Blame this variant for any exception inside.

    Raises:
        VariantError: in place of the original exception.
    """
    try:
        yield
    except Exception as error:
        raise VariantError(variant, error) from error


def of_each(given: Mapping[str, Given], make: Callable[[Given], Made]) -> dict[str, Made]:
    """Apply a function to each variant, or to its timed call.

    Raises:
        VariantError: it fails for one of them.
    """
    made = {}
    for name, each in given.items():
        with blamed(name):
            made[name] = make(each)
    return made


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out. CUDA has its own error type; the CPU allocator can only be recognized by its message."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def status_of(error: Exception) -> Fault:
    """The status of a row where this was raised: memory ran out, or the operation does not exist here."""
    return "oom" if is_out_of_memory(error) else "skipped"


def line(error: Exception) -> str:
    """What went wrong, in one line short enough for a record."""
    return short(str(error)) or type(error).__name__


def short(text: str) -> str:
    """The beginning of a text, in one line: a message of torch may be pages long."""
    return " ".join(text.split())[:200]


def release(device: str) -> None:
    """Free what a failed variant left behind. Call this only once its exception, which keeps it alive, is gone."""
    gc.collect()
    if torch.device(device).type == "cuda":
        torch.cuda.empty_cache()
