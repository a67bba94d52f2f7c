"""Small data sets that need no download."""
from functools import cache

import torch
from torch import Tensor

Split = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]


@cache
def _digits() -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return torch.tensor(images, dtype=torch.float32)[order] / 16, torch.tensor(labels)[order]


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
