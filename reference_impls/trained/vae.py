"""A variational autoencoder with two latents: its whole latent space is a plane that can be drawn.

What it shows: the digit decoded at each point of the plane, in equal shares of the prior; and where the encoder puts
the test digits, colored by class, though it never sees labels.
"""
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from reference_impls.generative.vae import VAE
from reference_impls.harness.card import Training
from reference_impls.harness.data import digits
from reference_impls.harness.parallel import replicated, share
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Trainer

TRAINING = Training(
    id="vae",
    implementation="vae",
    metric="bound_in_nats_per_digit",
    better="higher",
    steps=6000,
    goal=">-25",
    shows="the latent plane as digits, and the test digits on it",
    budget_s=10,
)


def trainer(seed: int, device: str) -> Trainer:
    """Encoder and decoder of two hidden layers each, 100 digits per step, a rate that falls to zero."""
    (x, _), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    encoder = nn.Sequential(nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 64), nn.Tanh(), nn.Linear(64, 4))
    decoder = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 64))
    model = VAE(encoder, decoder).to(device)
    learner = replicated(model)
    optimizer = torch.optim.Adam(model.parameters())

    def step(number: int) -> float:
        optimizer.param_groups[0]["lr"] = 0.003 * (1 - (number - 1) / TRAINING.steps)
        batch, noise = share(x[torch.randint(len(x), (100,), device=device)], torch.randn(100, 2, device=device))
        loss = -learner(batch, noise[None]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    draws = torch.randn(50, len(x_test), 2, generator=torch.Generator().manual_seed(0)).to(device)

    @torch.no_grad()
    def measure() -> float:
        return model(x_test, draws).mean().item()

    @torch.no_grad()
    def show() -> Iterator[Picture]:
        at = Normal(0.0, 1.0).icdf(torch.linspace(0.02, 0.98, 15))
        across, up = torch.meshgrid(at, at.flip(0), indexing="xy")          # as the points: first latent to the right
        plane: Tensor = model.decoder(torch.stack([across, up], dim=-1).to(device)).sigmoid().view(15, 15, 8, 8)
        yield Picture("digits decoded over the latent plane", plane, "images")
        mu, _ = model.encoder(x_test).chunk(2, dim=-1)
        yield Picture("test digits on the plane", mu, "points", labels=([str(digit) for digit in y_test.tolist()], []))

    return Trainer({"model": model, "optimizer": optimizer}, step, measure, show, every=250)
