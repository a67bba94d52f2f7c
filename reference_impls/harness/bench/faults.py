"""What cannot be timed costs its own row, and nothing of what competes with it."""
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
        status: that of its row.
        reason: likewise, one line.
    """

    def __init__(self, variant: str, error: Exception) -> None:
        self.variant, self.status, self.reason = variant, status_of(error), line(error)
        super().__init__(f"{variant}: {self.reason}")


@contextmanager
def blamed(variant: str) -> Iterator[None]:
    """Whatever fails inside, this variant is why.

    Raises:
        VariantError: instead of what failed.
    """
    try:
        yield
    except Exception as error:
        raise VariantError(variant, error) from error


def of_each(given: Mapping[str, Given], make: Callable[[Given], Made]) -> dict[str, Made]:
    """Something made of each variant, or of what is timed of it.

    Raises:
        VariantError: of one it cannot be made.
    """
    made = {}
    for name, each in given.items():
        with blamed(name):
            made[name] = make(each)
    return made


def is_out_of_memory(error: Exception) -> bool:
    """CUDA has an error of its own for it; a CPU's allocator only its words."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def status_of(error: Exception) -> Fault:
    """What a row says where this was raised: memory ran out, or the operation does not exist here."""
    return "oom" if is_out_of_memory(error) else "skipped"


def line(error: Exception) -> str:
    """What went wrong, in one line that is not too long for a record."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def release(device: str) -> None:
    """Give back what a variant that failed has left; only once its error is gone, which holds all that it held."""
    gc.collect()
    if torch.device(device).type == "cuda":
        torch.cuda.empty_cache()
