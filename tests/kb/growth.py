"""How time and memory of a function grow with the length of hostile text."""

import gc
import time
import tracemalloc
from collections.abc import Callable
from math import inf

LINEAR = 7
"""Four times the text: 4 when linear, 8 where its length counts to the power of one and a half, 16 when squared."""

_TRIES = 6


def growth(function: Callable[[str], object], piece: str, size: int) -> float:
    """CPU time for `size` characters of the repeated piece over that for a quarter of them (at least 5 ms).

    What looks more than linear is measured again: a busy machine never makes anything quicker, so the least counts.
    """

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        gc.collect()
        gc.disable()  # whose time grows with all that other tests have left in memory
        begin = time.process_time()
        function(text)
        took = time.process_time() - begin
        gc.enable()
        return took

    quarter, whole = seconds(size // 4), inf  # the first also imports what is needed, so it is never the only one
    for _ in range(_TRIES):
        quarter, whole = min(quarter, seconds(size // 4)), min(whole, seconds(size))
        ratio = whole / max(quarter, 0.005)
        if ratio < LINEAR:
            break
    return ratio


def memory(function: Callable[[str], object], piece: str, size: int) -> tuple[float, float]:
    """(peak of memory for `size` characters over that for a quarter, bytes for each character of the longer)."""

    def peak(length: int) -> int:
        text = piece * (length // len(piece))
        tracemalloc.start()
        function(text)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    function(piece * (size // len(piece) // 4))  # what it imports is not counted
    whole, quarter = peak(size), peak(size // 4)
    return whole / quarter, whole / size
