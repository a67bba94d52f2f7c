"""How the time of a function grows with the length of hostile text."""
import time
from collections.abc import Callable

LINEAR = 3.2            # twice the text: 2 when linear, 4 when quadratic


def growth(function: Callable[[str], object], piece: str, size: int) -> float:
    """CPU time for 2 * size characters of the repeated piece over that for size (at least 5 ms: a busy machine)."""
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        runs = []
        for _ in range(3):
            begin = time.process_time()
            function(text)
            runs.append(time.process_time() - begin)
        return min(runs)

    return seconds(2 * size) / max(seconds(size), 0.005)
