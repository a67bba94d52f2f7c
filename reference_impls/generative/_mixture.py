"""Data of which everything is known: Gaussians with a class each, and what a diffusion process makes of them."""
import torch
from torch import Tensor

from reference_impls.generative.ddpm import GaussianDiffusion


class Mixture:
    """Equal shares of N(center_c, spread² I), centers (C, D), under the process fixed by betas (T,)."""

    def __init__(self, betas: Tensor, centers: Tensor, spread: float) -> None:
        self.process, self.centers, self.spread = GaussianDiffusion(betas), centers, spread

    def classify(self, xt: Tensor, t: Tensor) -> Tensor:
        """Logits (N, C) of the exact classifier of x_t (N, D): log densities of the classes, but for a constant."""
        abar = self.process.each(self.process.alpha_bar[t], xt)
        away = xt[:, None] - abar[..., None].sqrt() * self.centers
        return -away.square().sum(dim=2) / (2 * (abar * self.spread ** 2 + 1 - abar))

    def noise(self, xt: Tensor, t: Tensor) -> Tensor:
        """The noise to expect in x_t (N, D), of whatever class: minus sqrt(1 - abar) times the score."""
        score: Tensor = torch.func.grad(lambda x: self.classify(x, t).logsumexp(dim=1).sum())(xt)
        return -(1 - self.process.each(self.process.alpha_bar[t], xt)).sqrt() * score
