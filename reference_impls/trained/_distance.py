"""Distance of samples from data, without a network: zero only for equal distributions."""
import torch
from torch import Tensor


def energy_distance(a: Tensor, b: Tensor) -> float:
    """2 E|a - b| - E|a - a'| - E|b - b'| for samples (N, D) and (M, D): Szekely & Rizzo 2013, squared distance."""
    def apart(x: Tensor) -> Tensor:
        return torch.cdist(x, x).sum() / (len(x) * (len(x) - 1))    # a sample is not compared with itself

    return (2 * torch.cdist(a, b).mean() - apart(a) - apart(b)).item()
