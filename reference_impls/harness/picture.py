"""What a demonstration can show besides numbers."""
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Picture:
    """Something to look at, yielded by a `demo`, the `figures` of an experiment or the `show` of a training.

    Args:
        name: what it shows, in a few words.
        data: for `heatmap`, a matrix (rows, columns); for `points`, (n, 2); for `images`, (n, height, width), drawn in
            rows of ten, or (rows, columns, height, width); for `text`, nothing.
        kind: how to draw it.
        labels: for `heatmap` and `images`, the names of rows and of columns; for `points`, the class of each point
            and an empty list.
        text: for `text`, the lines to show.
    """

    name: str
    data: Tensor = field(default_factory=lambda: torch.empty(0))
    kind: Literal["heatmap", "points", "images", "text"] = "heatmap"
    labels: tuple[list[str], list[str]] | None = None
    text: str = ""
