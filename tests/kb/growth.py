"""How the time and memory of a function grow with the length of hostile text."""

import gc
import time
import tracemalloc
from collections.abc import Callable
from math import inf

LINEAR = 7
"""Limit for the growth of cost over four times the text: linear gives 4, a power of 1.5 gives 8, quadratic gives 16."""

_TRIES = 6


def growth(function: Callable[[str], object], piece: str, size: int) -> float:
    """Ratio of the CPU time for `size` characters of the repeated piece to that for a quarter of them (at least 5 ms).

    What looks worse than linear is measured again, and the shortest times count: a busy machine only makes them longer.
    """

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        gc.disable()  # its time grows with everything that other tests left in memory
        begin = time.process_time()
        function(text)
        took = time.process_time() - begin
        gc.enable()
        return took

    quarter, whole = seconds(size // 4), inf  # the first run also imports modules, so it never counts alone
    for _ in range(_TRIES):
        quarter, whole = min(quarter, seconds(size // 4)), min(whole, seconds(size))
        ratio = whole / max(quarter, 0.005)
        if ratio < LINEAR:
            break
    return ratio


def memory(function: Callable[[str], object], piece: str, size: int) -> tuple[float, float]:
    """Ratio of the peak memory for `size` characters to that for a quarter; bytes per character of the longer text."""

    def peak(length: int) -> int:
        text = piece * (length // len(piece))
        tracemalloc.start()
        function(text)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    function(piece * (size // len(piece) // 4))  # its imports are not counted
    whole, quarter = peak(size), peak(size // 4)
    return whole / quarter, whole / size
