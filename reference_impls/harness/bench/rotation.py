"""Rotating input sets whose values no call has seen before."""
from collections.abc import Sequence

import torch
from torch import Tensor

Inputs = tuple[Tensor, ...]
STRIDE = 7919       # a prime: the places that change are far apart


class Rotation:
    """Input sets made before timing. Before each call two neighboring values of its set change places.

    A memory keyed by values then never finds what it kept, while shapes, ranges and sums stay what they were.
    """

    def __init__(self, sets: Sequence[Inputs]) -> None:
        self.sets = sets
        self._originals = [[x.clone() for x in inputs] for inputs in sets]
        self._count = 0

    @torch.no_grad()
    def advance(self, number: int) -> Inputs:
        """The set of the call with this number, with values of its own."""
        self._count += 1
        inputs = self.sets[number % len(self.sets)]
        for x in inputs:
            if x.numel() > 1 and x.is_contiguous() and x.dtype != torch.bool:
                place = self._count * STRIDE % (x.numel() - 1)
                pair = x.view(-1)[place:place + 2]
                pair.copy_(pair.flip(0))
        return inputs

    @torch.no_grad()
    def restore(self) -> bool:
        """Put the values back; whether until now the same were there, in whatever order."""
        kept = True
        for inputs, originals in zip(self.sets, self._originals, strict=True):
            for x, original in zip(inputs, originals, strict=True):
                kept &= _checksum(x) == _checksum(original)
                x.copy_(original)
        return kept


def _checksum(x: Tensor) -> int:
    """The sum of all bytes: it does not depend on their order."""
    return int(x.contiguous().view(torch.uint8).sum())
