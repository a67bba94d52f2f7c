"""Variational autoencoder: a network infers the latent of each sample, and gradients pass through its random draw.

    L(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z)) <= log p(x)                       Kingma & Welling 2014, eq. (3)
    z = mu + sigma * eps,  eps ~ N(0, I)                                          eq. (10): z moves with mu and sigma
    KL = 1/2 sum_j (mu_j² + sigma_j² - 1 - log sigma_j²)                          eq. (10), appendix B, closed form

q(z|x) = N(mu, diag sigma²) comes from the encoder, p(z) = N(0, I). Conventions: the encoder outputs mu and, as in the
paper, log sigma²; `log_likelihood` interprets the decoder's output; everything is in nats per sample.

Shapes: N samples x of D numbers, S draws of the latent for each, a latent of J numbers; S may be absent.
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.distributions import AffineTransform, Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="vae", papers=["arxiv:1312.6114"], role="model", symbols=["VAE"], oracle="torch.distributions:kl_divergence",
    patterns=["latent-variable", "encode-decode", "regularization-by-noise"],
    claim=Claim(
        text="With the same number of draws, gradients through the draw give a tighter bound than the score function's",
        metric="bound_on_test_digits", better="higher", grade="A", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"reparameterized": Arm(expect=">-24.94", settings={"lr": 0.01}),
              "score_function": Arm(expect="<-24.94", settings={"lr": 0.003})}),
    properties=["bound_stays_below_the_exact_likelihood", "bound_is_tight_at_the_exact_posterior"],
    mutants=["deviation_for_variance", "kl_per_number", "draw_is_constant"],
    bench=[Case("mlp", {"N": 256, "D": 784, "H": 512, "J": 32})], equations=["3", "10"],
)

Likelihood = Callable[[Tensor, Tensor], Tensor]     # x (N, D), decoder's output (S, N, ...) -> log p(x|z), (S, N)


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """Log-likelihood of pixels in [0, 1], independent given z (appendix C.1): (N, D), (S, N, D) to (S, N)."""
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(dim=-1)


class VAE(nn.Module):
    """An encoder (N, D) -> (N, 2J), a decoder (S, N, J) -> parameters of p(x|z), and the likelihood that uses those."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, log_likelihood: Likelihood = bernoulli) -> None:
        super().__init__()
        self.encoder, self.decoder, self.log_likelihood = encoder, decoder, log_likelihood

    def forward(self, x: Tensor, eps: Tensor) -> Tensor:
        """The bound L of every sample (N, D) with one draw (N, J) or each of several (S, N, J) of standard noise."""
        mu, log_var = self.encoder(x).chunk(2, dim=-1)                              # (N, J) each
        reconstruction = self.log_likelihood(x, self.decoder(self.draw(mu, log_var, eps)))
        return reconstruction - self.kl(mu, log_var)                                # (S, N)

    def draw(self, mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
        """A draw z from q(z|x) as a function of noise that has no parameters: gradients reach mu and sigma."""
        return mu + (log_var / 2).exp() * eps

    def kl(self, mu: Tensor, log_var: Tensor) -> Tensor:
        """KL(q(z|x) || N(0, I)): (N, J), (N, J) -> (N,)."""
        return (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1) / 2


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., VAE]


def by_distributions(model: VAE, x: Tensor, eps: Tensor) -> Tensor:
    """The same bound with torch's own distributions and cross entropy around our networks."""
    mu, log_var = model.encoder(x).tensor_split(2, dim=-1)
    q, prior = (Independent(Normal(*moments), 1) for moments in ((mu, log_var.exp().sqrt()), (0 * mu, 1 + 0 * mu)))
    logits = model.decoder(AffineTransform(mu, q.stddev)(eps))
    entropy = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(dim=-1)
    return -entropy - kl_divergence(q, prior)


def oracle(make: Make = VAE) -> tuple[VAE, Callable[[Tensor, Tensor], Tensor], tuple[Tensor, Tensor]]:
    """Ours and torch's distributions over the same networks; samples, and three draws of noise for each."""
    ours = make(nn.Linear(7, 6), nn.Sequential(nn.Tanh(), nn.Linear(3, 7))).double()
    return (ours, partial(by_distributions, ours),
            (torch.rand(5, 7, dtype=torch.float64), 1 + 2 * torch.randn(3, 5, 3, dtype=torch.float64)))


def _linear_gaussian(make: Make) -> tuple[VAE, Tensor, Tensor]:
    """p(x|z) = N(W z + b, 0.7²) with orthogonal columns in W: its posterior is diagonal, and log p(x) is known."""
    W = torch.linalg.qr(torch.randn(6, 3, dtype=torch.float64))[0] * torch.tensor([0.5, 1.0, 2.0])
    b, x = torch.randn(6, dtype=torch.float64), 1 + 2 * torch.randn(4, 6, dtype=torch.float64)
    posterior, decoder = nn.Linear(6, 6).double(), nn.Linear(3, 6).double()
    decoder.weight.data, decoder.bias.data = W, b
    precision = 1 + W.square().sum(dim=0) / 0.7 ** 2                            # (J,), of each latent
    to_mean = (W / 0.7 ** 2 / precision).T                                      # (J, D)
    posterior.weight.data = torch.cat([to_mean, torch.zeros_like(to_mean)])
    posterior.bias.data = torch.cat([-to_mean @ b, -precision.log()])
    model = make(posterior, decoder, lambda x, mean: Normal(mean, 0.7).log_prob(x).sum(dim=-1))
    return model, x, MultivariateNormal(b, W @ W.T + 0.7 ** 2 * torch.eye(6, dtype=torch.float64)).log_prob(x)


def _expected_bound(model: VAE, x: Tensor) -> Tensor:
    """E over eps, exactly: the bound is quadratic in it here, so six points replace the normal distribution."""
    points = 3 ** 0.5 * torch.cat([torch.eye(3), -torch.eye(3)]).to(x)          # mean zero, covariance one
    return model(x, points[:, None].expand(6, len(x), 3)).mean(dim=0)


def check_bound_stays_below_the_exact_likelihood(make: Make = VAE) -> None:
    model, x, exact = _linear_gaussian(make)
    for parameter in model.encoder.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    assert (_expected_bound(model, x) < exact).all(), "a lower bound above what it bounds"


def check_bound_is_tight_at_the_exact_posterior(make: Make = VAE) -> None:
    """Eq. (1): the gap between bound and likelihood is the divergence of q from the posterior, zero here."""
    model, x, exact = _linear_gaussian(make)
    torch.testing.assert_close(_expected_bound(model, x), exact)


class _DeviationForVariance(VAE):
    def draw(self, mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
        return mu + log_var.exp() * eps


class _KlPerNumber(VAE):
    def kl(self, mu: Tensor, log_var: Tensor) -> Tensor:
        return super().kl(mu, log_var) / mu.shape[-1]


class _DrawIsConstant(VAE):
    def draw(self, mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
        return super().draw(mu, log_var, eps).detach()


MUTANTS = {"deviation_for_variance": _DeviationForVariance, "kl_per_number": _KlPerNumber,
           "draw_is_constant": _DrawIsConstant}


# -- what the paper claims, small -------------------------------------------------------------------------------------
class _ScoreFunction(VAE):
    """The same bound; its gradient by q is E[(f - baseline) grad log q], the other draw's f being the baseline."""

    def forward(self, x: Tensor, eps: Tensor) -> Tensor:
        mu, log_var = self.encoder(x).chunk(2, dim=-1)
        z = self.draw(mu, log_var, eps).detach()
        f = self.log_likelihood(x, self.decoder(z))                             # (2, N)
        log_q = -((z - mu).square() / log_var.exp() + log_var).sum(dim=-1) / 2
        return f + (f - f.flip(0)).detach() * (log_q - log_q.detach()) - self.kl(mu, log_var)


def _train(make: Make, latents: int, lr: float, x: Tensor) -> Iterator[tuple[int, VAE]]:
    """500 steps of Adam on batches of 64 digits, two draws of the latent each; the model after every 100."""
    model = make(nn.Sequential(nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 2 * latents)),
                 nn.Sequential(nn.Linear(latents, 128), nn.Tanh(), nn.Linear(128, 64))).to(x.device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    for step in range(1, 501):
        batch = x[torch.randint(len(x), (64,), device=x.device)]
        optimizer.zero_grad()
        (-model(batch, torch.randn(2, 64, latents, device=x.device)).mean()).backward()
        optimizer.step()
        if step % 100 == 0:
            yield step, model


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Eight latents; model, bound and draws are the same, only the gradient differs: yield (step, nats per digit)."""
    from reference_impls.harness.data import digits

    (x, _), (x_test, _) = digits(device)
    torch.manual_seed(seed)
    for step, model in _train({"reparameterized": VAE, "score_function": _ScoreFunction}[arm], 8, lr, x):
        with torch.no_grad():
            yield step, model(x_test, torch.randn(20, len(x_test), 8, device=device)).mean().item()
    if arm == "reparameterized":
        *_, (_, model) = _train(VAE, 2, lr, x)                                  # two latents span a plane
        at = Normal(0.0, 1.0).icdf(torch.linspace(0.03, 0.97, 12, device=device))
        plane = torch.stack(torch.meshgrid(at, at, indexing="ij"), dim=-1)      # equal shares of the prior: (12, 12, 2)
        images = torch.sigmoid(model.decoder(plane)).detach().view(12, 12, 8, 8).cpu()
        yield Picture("digits over the plane of two latents", images, "images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products of encoder and decoder, for one draw; samples, noise and weights are read once."""
    n, d, h, j = (case.sizes[k] for k in "NDHJ")
    weights = d * h + h * 2 * j + j * h + h * d
    return Work(flop=2 * n * weights, min_bytes=itemsize * (n * (d + j + 1) + weights))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]],
                                                                       tuple[Tensor, Tensor]]:
    """The bound of every sample, one draw; the baseline uses torch's distributions and cross entropy."""
    n, d, h, j = (case.sizes[k] for k in "NDHJ")
    model = VAE(nn.Sequential(nn.Linear(d, h), nn.Tanh(), nn.Linear(h, 2 * j)),
                nn.Sequential(nn.Linear(j, h), nn.Tanh(), nn.Linear(h, d))).to(device, dtype)
    return ({"torch.distributions": partial(by_distributions, model), "reference": model},
            (torch.rand(n, d, device=device, dtype=dtype), torch.randn(n, j, device=device, dtype=dtype)))
