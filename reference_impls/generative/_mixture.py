"""Data with closed-form answers: a mixture of Gaussians, one per class, and its states under a diffusion process."""
import torch
from torch import Tensor

from reference_impls.generative.ddpm import GaussianDiffusion


class Mixture:
    """An equal mixture of N(center_c, spread² I), centers (C, D), under the process fixed by betas (T,)."""

    def __init__(self, betas: Tensor, centers: Tensor, spread: float) -> None:
        self.process, self.centers, self.spread = GaussianDiffusion(betas), centers, spread

    def classify(self, xt: Tensor, t: Tensor) -> Tensor:
        """Logits (N, C) of the exact classifier of x_t (N, D): log densities of the classes, up to a constant."""
        abar = self.process.each(self.process.alpha_bar[t], xt)
        away = xt[:, None] - abar[..., None].sqrt() * self.centers
        return -away.square().sum(dim=2) / (2 * (abar * self.spread ** 2 + 1 - abar))

    def noise(self, xt: Tensor, t: Tensor) -> Tensor:
        """The expected noise in x_t (N, D) over all classes: minus sqrt(1 - abar) times the score."""
        score: Tensor = torch.func.grad(lambda x: self.classify(x, t).logsumexp(dim=1).sum())(xt)
        return -(1 - self.process.each(self.process.alpha_bar[t], xt)).sqrt() * score
