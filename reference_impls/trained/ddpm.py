"""Denoising diffusion draws digits: a network trained only to predict the noise in a digit turns noise into digits.

What it shows: the reverse process, one digit of each class per row, from pure noise on the left to the digit on the
right. The network is conditioned on the class. The metric is the energy distance of samples of all classes to held-out
digits; two halves of the real ones are about 0.00 apart.
"""
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reference_impls.generative.ddpm import GaussianDiffusion
from reference_impls.harness.card import Training
from reference_impls.harness.data import digits
from reference_impls.harness.parallel import replicated, share
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Trainer
from reference_impls.trained._distance import energy_distance

TRAINING = Training(
    id="ddpm",
    implementation="ddpm",
    metric="energy_distance",
    better="lower",
    steps=4000,
    goal="<0.05",
    shows="the reverse process from noise to a digit of each class",
    budget_s=35,
)
STEPS = 100


class Denoiser(nn.Module):
    """Predict the noise in x_t (N, 64) for step t (N,) and class y (N,): residual layers that get both as input."""

    def __init__(self, width: int = 192, depth: int = 3) -> None:
        super().__init__()
        self.into, self.out = nn.Linear(64, width), nn.Linear(width, 64)
        self.time, self.kind = nn.Embedding(STEPS + 1, width), nn.Embedding(10, width)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))
            for _ in range(depth))

    def forward(self, x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        heard = self.time(t) + self.kind(y)
        h = self.into(x)
        for layer in self.layers:
            h = h + layer(h + heard)
        return self.out(h)


def trainer(seed: int, device: str) -> Trainer:
    """128 digits per update, a rate with warm-up that falls to zero; samples from averaged weights, as in the paper."""
    (x, y), (x_test, _) = digits(device)
    x = 2 * x - 1                                               # the process ends in N(0, 1): center the ink
    torch.manual_seed(seed)
    process = GaussianDiffusion(torch.linspace(0.001, 0.12, STEPS).to(device))
    net = Denoiser().to(device)
    learner = replicated(net)
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.998))
    optimizer = torch.optim.Adam(net.parameters())

    def step(number: int) -> float:
        optimizer.param_groups[0]["lr"] = 0.002 * min(number / 100, 1 - (number - 1) / TRAINING.steps)
        batch = torch.randint(len(x), (128,), device=device)
        t, noise = torch.randint(1, STEPS + 1, (128,), device=device), torch.randn(128, 64, device=device)
        clean, t, noise, kinds = share(x[batch], t, noise, y[batch])
        loss = F.mse_loss(learner(process.diffuse(clean, t, noise), t, kinds), noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update_parameters(net)
        return loss.item()

    @torch.no_grad()
    def walks(each: int) -> list[Tensor]:
        """x_T ... x_0 for `each` digits of all ten classes (10 * each, 64), from a fixed seed, pixels in [0, 1]."""
        kinds = torch.arange(10, device=device).repeat(each)
        with torch.random.fork_rng([device] if device != "cpu" else []):
            torch.manual_seed(0)
            start = torch.randn(len(kinds), 64, device=device)
            states = [start, *process.sample(lambda state, t: average(state, t, kinds), start)]
        return [((state + 1) / 2).clamp(0, 1) for state in states]

    def measure() -> float:
        return energy_distance(walks(40)[-1], x_test)

    def show() -> Iterator[Picture]:
        states = walks(10)
        shown = (0, 40, 60, 70, 80, 85, 90, 95, 98, 100)
        strip = torch.stack([states[number][:10] for number in shown], dim=1).view(10, len(shown), 8, 8)
        left = [f"t = {STEPS - number}" for number in shown]
        yield Picture("from noise to a digit", strip, "images", labels=([str(digit) for digit in range(10)], left))
        last = states[-1].view(10, 10, 8, 8).transpose(0, 1)
        yield Picture("samples of each class", last, "images", labels=([str(digit) for digit in range(10)], []))

    return Trainer({"net": net, "average": average, "optimizer": optimizer}, step, measure, show, every=500)
