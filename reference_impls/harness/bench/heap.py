"""Keep freed memory in the process, so that its return to the system does not decide which variant is faster."""
import ctypes
import platform
from typing import Literal

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3     # of glibc's malloc.h
MOST = 2**31 - 1                                # bytes: an int


def keep_freed_memory() -> Literal["kept", "returned"]:
    """Keep freed memory from now on, for the whole process, and return whether that worked. Only glibc supports it.

    Otherwise each large tensor may need new pages, because glibc returns the free end of its heap to the system. Where
    that end is depends on all earlier allocations, so chance decides the time of a step of Adam (docs/benchmarks.md).
    """
    if platform.libc_ver()[0] != "glibc":
        return "returned"
    mallopt = ctypes.CDLL(None).mallopt
    return "kept" if all(mallopt(option, MOST) for option in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD)) else "returned"
