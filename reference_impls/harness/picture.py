"""What a demonstration may show besides numbers."""
from dataclasses import dataclass
from typing import Literal

from torch import Tensor


@dataclass(frozen=True)
class Picture:
    """Something to look at, yielded by a `demo` between its measurements.

    Args:
        name: what it shows, a few words.
        data: for `heatmap` a matrix (rows, columns); for `points` (n, 2); for `images` (n, height, width) or
            (rows, columns, height, width).
        kind: how to draw it.
        labels: for `heatmap`, the names of rows and of columns.
    """

    name: str
    data: Tensor
    kind: Literal["heatmap", "points", "images"] = "heatmap"
    labels: tuple[list[str], list[str]] | None = None
