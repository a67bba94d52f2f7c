"""Small data sets that need no download."""
import gzip
import importlib.util
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

Split = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]


@cache
def _digits() -> tuple[Tensor, Tensor]:
    rows = _rows()
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    return rows[order, :-1].float() / 16, rows[order, -1]


def _rows() -> Tensor:
    """Whole numbers (1797, 65): 64 pixels from 0 to 16, then the label.

    From scikit-learn's file, as to import scikit-learn takes a second; where that file lies is not promised, though.
    """
    package = importlib.util.find_spec("sklearn")
    if package and package.origin:
        file = Path(package.origin).with_name("datasets") / "data" / "digits.csv.gz"
        if file.is_file():
            with gzip.open(file, "rt", encoding="ascii") as lines:
                return torch.tensor([[int(value) for value in line.split(",")] for line in lines])
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return torch.cat([torch.tensor(images), torch.tensor(labels)[:, None]], dim=1).long()


def digits(device: str = "cpu") -> Split:
    """Handwritten digits of scikit-learn: 1,400 to train and 397 to test; images (N, 64) in [0, 1], labels (N,)."""
    x, y = (tensor.to(device) for tensor in _digits())
    return (x[:1400], y[:1400]), (x[1400:], y[1400:])


def shifted_digits(side: int = 14, device: str = "cpu") -> Split:
    """Each 8 by 8 digit at a random offset, the same in every call, on an empty field: images (N, side, side)."""
    x, y = _digits()
    draw = torch.Generator().manual_seed(0)
    corner = torch.randint(0, side - 7, (len(x), 2), generator=draw).tolist()
    field = torch.zeros(len(x), side, side)
    for image, digit, (top, left) in zip(field, x.view(-1, 8, 8), corner, strict=True):
        image[top:top + 8, left:left + 8] = digit
    field, y = field.to(device), y.to(device)
    return (field[:1400], y[:1400]), (field[1400:], y[1400:])
