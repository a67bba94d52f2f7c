"""A generative adversarial network draws digits: a generator and a discriminator, trained without labels.

What it shows: samples of the trained generator, and how the digits of eight fixed noise vectors develop in training.
The metric is the energy distance of samples to held-out digits; two halves of the real ones are about 0.00 apart, and a
generator that makes only one kind of digit stays far away.
"""
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reference_impls.generative.gan import GAN
from reference_impls.harness.card import Training
from reference_impls.harness.data import digits
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Stateful, Trainer
from reference_impls.trained._distance import energy_distance

TRAINING = Training(
    id="gan",
    implementation="gan",
    metric="energy_distance",
    better="lower",
    steps=5000,
    goal="<0.03",
    shows="samples, and how the digits of eight noise vectors develop in training",
    budget_s=16,
)
NOISE = 16
PAGES = (1, 50, 100, 200, 400, 800, 1500, 3000, 5000)


class Album:
    """The generator's output for the same noise at some steps; a resumed training keeps the early pages."""

    def __init__(self) -> None:
        self.pages: list[Tensor] = []

    def state_dict(self) -> dict[str, Any]:
        return {"pages": list(self.pages)}

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        self.pages = list(state_dict["pages"])


def trainer(seed: int, device: str) -> Trainer:
    """Two networks of two hidden layers, updated in turn on 64 digits per step; samples from averaged weights."""
    (x, _), (x_test, _) = digits(device)
    torch.manual_seed(seed)
    generator = nn.Sequential(nn.Linear(NOISE, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 128),
                              nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 64), nn.Sigmoid())
    discriminator = nn.Sequential(nn.Linear(64, 128), nn.LeakyReLU(0.2), nn.Dropout(0.3), nn.Linear(128, 128),
                                  nn.LeakyReLU(0.2), nn.Dropout(0.3), nn.Linear(128, 1))
    model = GAN(generator, discriminator).to(device)
    average = AveragedModel(model.generator, multi_avg_fn=get_ema_multi_avg_fn(0.995), use_buffers=True)
    of_g = torch.optim.Adam(model.generator.parameters(), lr=0.001, betas=(0.5, 0.999))
    of_d = torch.optim.Adam(model.discriminator.parameters(), lr=0.001, betas=(0.5, 0.999))
    album = Album()
    fixed = torch.randn(1000, NOISE, generator=torch.Generator().manual_seed(0)).to(device)

    @torch.no_grad()
    def samples(count: int) -> Tensor:
        average.eval()
        return average(fixed[:count])

    def step(number: int) -> float:
        data, z = x[torch.randint(len(x), (64,), device=device)], torch.randn(2, 64, NOISE, device=device)
        of_d.zero_grad()
        detected = model.discriminator_loss(data, z[0])
        detected.backward()
        of_d.step()
        of_g.zero_grad()
        model.generator_loss(z[1]).backward()
        of_g.step()
        average.update_parameters(model.generator)
        if number in PAGES:
            album.pages.append(samples(8).cpu())
        return detected.item()

    def measure() -> float:
        return energy_distance(samples(1000), x_test)

    def show() -> Iterator[Picture]:
        yield Picture("samples of the generator", samples(80).view(8, 10, 8, 8), "images")
        pages = torch.stack(album.pages, dim=1).view(8, -1, 8, 8)
        steps = [f"{number}" for number in PAGES[:pages.shape[1]]]
        yield Picture("the same noise over training steps", pages, "images", labels=([], steps))

    parts: dict[str, Stateful] = {"model": model, "average": average, "of_g": of_g, "of_d": of_d,
                                  "album": album}
    return Trainer(parts, step, measure, show, every=250)
