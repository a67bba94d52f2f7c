"""The small net of the diffusion demos; it sees the step as sines and cosines of t / T at several frequencies."""
import torch
from torch import Tensor, nn


class TimedNet(nn.Module):
    """Two hidden layers over a sample and its step: x (N, D) and t (N,) out of 0 ... T -> (N, outputs)."""

    waves: Tensor

    def __init__(self, numbers: int, outputs: int, width: int, steps: int, frequencies: int = 8) -> None:
        """Args: numbers: D; steps: T."""
        super().__init__()
        angle = torch.arange(steps + 1)[:, None] / steps * torch.linspace(0, 4, frequencies).exp()
        self.register_buffer("waves", torch.cat([angle.sin(), angle.cos()], dim=1))
        self.layers = nn.Sequential(nn.Linear(numbers + 2 * frequencies, width), nn.SiLU(), nn.Linear(width, width),
                                    nn.SiLU(), nn.Linear(width, outputs))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        out: Tensor = self.layers(torch.cat([x, self.waves[t]], dim=1))
        return out
