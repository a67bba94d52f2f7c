"""What becomes of memory that is freed: it must not decide which variant is faster."""
import ctypes
import platform
from typing import Literal

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3     # of glibc's malloc.h
MOST = 2**31 - 1                                # bytes: an int


def keep_freed_memory() -> Literal["kept", "returned"]:
    """Keep freed memory, from now on and for the whole process; whether that is so. Only glibc lets us say it.

    Else each large tensor may cost new pages, as glibc gives a free end of its heap back to the system. Where the end
    is depends on all that was allocated before, so that chance decides what a step of Adam takes (docs/benchmarks.md).
    """
    if platform.libc_ver()[0] != "glibc":
        return "returned"
    mallopt = ctypes.CDLL(None).mallopt
    return "kept" if all(mallopt(option, MOST) for option in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD)) else "returned"
