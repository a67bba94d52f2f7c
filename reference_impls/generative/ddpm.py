"""Denoising diffusion: learn to predict the noise in a noisy sample, then walk from pure noise back to data.

    x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps                                       Ho et al. 2020, eq. (4)
    q(x_{t-1} | x_t, x_0) = N(mu_t(x_t, x_0), var_t)                                    eq. (6), (7)
    L_simple = E |eps - eps_theta(x_t, t)|²                                             eq. (14), the mean per element
    x_{t-1} = (x_t - beta_t / sqrt(1 - abar_t) eps_theta(x_t, t)) / sqrt(alpha_t) + sigma_t z        Algorithm 2

alpha_t = 1 - beta_t, abar_t = alpha_1 ... alpha_t. Conventions: t runs from 1 to T as in the paper (entry 0 of each
table is "no noise yet"); sigma_t² = beta_t, the first of the paper's two choices; z = 0 at t = 1.

Shapes: N samples of any shape *, of D numbers each; T steps; t is (N,), one step number for each sample.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="ddpm", papers=["arxiv:2006.11239"], role="sampler", symbols=["GaussianDiffusion"],
    patterns=["denoising", "latent-variable", "moving-average"], properties=["exact_score_gives_back_the_mixture"],
    oracle="closed form: the Markov chain step by step, conditioned as a Gaussian by Bayes' rule",
    claim=Claim(
        text="Trained by plain squared error, a net that predicts the noise samples better than one for the mean",
        metric="energy_distance", better="lower", grade="B", budget_s=4,
        grid={"lr": [1e-4, 3e-4, 0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"noise": Arm(expect="<0.011", settings={"lr": 0.01}), "mean": Arm(expect=">0.011", settings={"lr": 0.01})}
    ),
    mutants=["root_forgotten", "step_off_by_one", "noisy_end"], bench=[Case("reverse-step", {"N": 128, "D": 12288})],
    equations=["4", "6", "7", "11", "14"], deviations=["no last-step decoder to pixels (section 3.3)"],
)

Predictor = Callable[[Tensor, Tensor], Tensor]      # x_t (N, *) and t (N,) -> the noise in x_t (N, *)


class GaussianDiffusion:
    """The process fixed by betas (T,): beta_1 ... beta_T, each above 0 and below 1, on the device of the samples."""

    def __init__(self, betas: Tensor) -> None:
        self.beta = torch.cat([betas.new_zeros(1), betas])                  # (T + 1,), as all tables
        self.alpha_bar = (1 - self.beta).cumprod(0)
        self.sigma = torch.cat([betas.new_zeros(2), betas[1:].sqrt()])      # no noise is added in the last step

    def each(self, value: Tensor, like: Tensor) -> Tensor:      # one number per sample, (N, 1, ...), to scale `like`
        return value.to(like).view(-1, *[1] * (like.dim() - 1))

    def diffuse(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """x_t from x_0 in one step. Eq. (4)."""
        abar = self.alpha_bar[t]            # in the tables' precision until the end: in bfloat16 1 - abar can be 0
        return self.each(abar.sqrt(), x0) * x0 + self.each((1 - abar).sqrt(), x0) * noise

    def posterior(self, x0: Tensor, xt: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Mean (N, *) and variance (N, 1, ...) of x_{t-1} when both ends are known. Eq. (7)."""
        beta, abar, before = self.beta[t], self.alpha_bar[t], self.alpha_bar[t - 1]
        clean, noisy = before.sqrt() * beta / (1 - abar), (1 - beta).sqrt() * (1 - before) / (1 - abar)
        return self.each(clean, x0) * x0 + self.each(noisy, x0) * xt, self.each((1 - before) / (1 - abar) * beta, x0)

    def loss(self, predict: Predictor, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """L_simple, eq. (14), for t drawn evenly from 1 ... T and standard normal noise (Algorithm 1)."""
        return F.mse_loss(predict(self.diffuse(x0, t, noise), t), noise)

    def step(self, xt: Tensor, t: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        """x_{t-1} from x_t, the predicted noise and fresh noise z. Eq. (11); Algorithm 2, line 4."""
        beta, abar = self.beta[t], self.alpha_bar[t]
        mean = (xt - self.each(beta / (1 - abar).sqrt(), xt) * noise) / self.each((1 - beta).sqrt(), xt)
        return mean + self.each(self.sigma[t], xt) * z

    def sample(self, predict: Predictor, x: Tensor) -> Iterator[Tensor]:
        """From x_T (N, *), standard normal: yield x_{T-1} ... x_0. Algorithm 2."""
        for number in range(len(self.beta) - 1, 0, -1):
            t = torch.full((len(x),), number, device=x.device)
            x = self.step(x, t, predict(x, t), torch.randn_like(x))
            yield x


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]


def oracle(make: type[GaussianDiffusion] = GaussianDiffusion) -> tuple[Function, Function, Outputs]:
    """x_t, posterior, loss and a sampling run (same random draws), against the chain step by step and Bayes' rule."""
    betas, t = 0.05 + 0.3 * torch.rand(5, dtype=torch.float64), torch.tensor([1, 3, 5])

    def predict(x: Tensor, t: Tensor) -> Tensor:
        return torch.tanh(x * t.view(-1, 1, 1) + 0.5)

    def ours(x0: Tensor, noise: Tensor, x: Tensor) -> Outputs:
        process = make(betas)
        xt, *_, sample = process.diffuse(x0, t, noise), *process.sample(predict, x)
        return xt, *process.posterior(x0, xt, t), process.loss(predict, x0, t, noise), sample

    def theirs(x0: Tensor, noise: Tensor, x: Tensor) -> Outputs:
        beta, scale, var = [0.0, *betas.tolist()], [1.0], [0.0]             # x_s given x_0 is N(scale[s] x_0, var[s])
        for b in beta[1:]:
            scale, var = [*scale, (1 - b) ** 0.5 * scale[-1]], [*var, (1 - b) * var[-1] + b]

        def bayes(x0: Tensor, xs: Tensor, s: int) -> tuple[Tensor, float]:
            both = (1 - beta[s]) ** 0.5 * var[s - 1]                        # covariance of x_{s-1} and x_s, given x_0
            return scale[s - 1] * x0 + both / var[s] * (xs - scale[s] * x0), var[s - 1] - both ** 2 / var[s]

        xt = torch.stack([scale[s] * each + var[s] ** 0.5 * e for s, each, e in zip(t.tolist(), x0, noise)])
        means, variances = zip(*[bayes(each, xs, s) for s, each, xs in zip(t.tolist(), x0, xt)])
        for s in (5, 4, 3, 2, 1):
            guess = (x - var[s] ** 0.5 * predict(x, torch.full((3,), s))) / scale[s]    # of x_0
            x = bayes(guess, x, s)[0] + (beta[s] ** 0.5 * torch.randn_like(x) if s > 1 else 0)
        return xt, torch.stack(means), xt.new_tensor(variances).view(3, 1, 1), (predict(xt, t) - noise).pow(2).mean(), x

    return ours, theirs, tuple(1 + 2 * torch.randn(3, 3, 2, 4, dtype=torch.float64))


def check_exact_score_gives_back_the_mixture(make: type[GaussianDiffusion] = GaussianDiffusion) -> None:
    """With noise predicted from the true density, a third N(-1, 0.3²) and the rest N(2, 0.3²), samples follow it."""
    process, center = make(torch.linspace(0.001, 0.12, 100)), torch.tensor([-1.0, 2.0, 2.0])

    def predict(x: Tensor, t: Tensor) -> Tensor:
        abar = process.each(process.alpha_bar[t], x)
        mean, var = abar.sqrt() * center, abar * 0.3 ** 2 + 1 - abar
        share = (-(x - mean).square() / (2 * var)).softmax(1)                       # which center x_t came from
        return (1 - abar).sqrt() * (share * (x - mean) / var).sum(1, keepdim=True)  # - sqrt(1 - abar) times the score

    *_, sample = process.sample(predict, torch.randn(4000, 1))
    found = torch.stack([(sample > 0.5).float().mean(), *torch.std_mean(sample[sample > 0.5])])
    torch.testing.assert_close(found, torch.tensor([2 / 3, 0.3, 2.0]), rtol=0, atol=0.05)


class _RootForgotten(GaussianDiffusion):
    def diffuse(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        return super().diffuse(x0, t, noise * self.each((1 - self.alpha_bar[t]).sqrt(), x0))


class _StepOffByOne(GaussianDiffusion):
    def sample(self, predict: Predictor, x: Tensor) -> Iterator[Tensor]:
        return super().sample(lambda x, t: predict(x, t - 1), x)


class _NoisyEnd(GaussianDiffusion):
    def __init__(self, betas: Tensor) -> None:
        super().__init__(betas)
        self.sigma = self.beta.sqrt()


MUTANTS = {"root_forgotten": _RootForgotten, "step_off_by_one": _StepOffByOne, "noisy_end": _NoisyEnd}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Two moons, 100 steps, a net that predicts the noise or the posterior mean: yield (step, energy distance)."""
    from sklearn.datasets import make_moons
    moons = torch.tensor(make_moons(6000, noise=0.05, random_state=0)[0], dtype=torch.float32, device=device)
    data, held_out = ((moons - moons.mean(0)) / moons.std(0)).split(4000)
    torch.manual_seed(seed)
    process = GaussianDiffusion(torch.linspace(0.001, 0.12, 100).to(device))
    angle = torch.arange(101)[:, None] * torch.linspace(0, 5, 8).exp() / 100
    waves = torch.cat([angle.sin(), angle.cos()], dim=1).to(device)                     # (101, 16): embedding of t
    net = nn.Sequential(nn.Linear(18, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(),
                        nn.Linear(64, 2)).to(device)
    optimizer, average = optim.Adam(net.parameters(), lr), AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.995))

    def noise_in(x: Tensor, t: Tensor) -> Tensor:
        out: Tensor = average(torch.cat([x, waves[t]], dim=1))
        beta, abar = process.beta[t, None], process.alpha_bar[t, None]                  # eq. (11), solved for noise:
        return out if arm == "noise" else (x - (1 - beta).sqrt() * out) * (1 - abar).sqrt() / beta

    for step in range(1, 1501):
        x0, t = data[torch.randint(4000, (256,), device=device)], torch.randint(1, 101, (256,), device=device)
        xt = process.diffuse(x0, t, noise := torch.randn_like(x0))
        target = noise if arm == "noise" else process.posterior(x0, xt, t)[0]
        loss = F.mse_loss(net(torch.cat([xt, waves[t]], dim=1)), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update_parameters(net)          # as in the paper; without it this claim failed on a fresh seed (0.059)
        if step % 500 == 0:
            with torch.no_grad():
                states = list(process.sample(noise_in, torch.randn_like(held_out)))
            a, b = states[-1], held_out
            yield step, (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()
    shown = [states[99 - t][:500].cpu() + torch.tensor(at) for t, *at in ((99, 0, 6), (20, 6, 6), (8, 0, 0), (0, 6, 0))]
    yield Picture("samples at t = 99, 20 (above) and 8, 0 (below)", torch.cat(shown), kind="points")


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Five operations for each number of one reverse step; x_t, predicted and fresh noise in, x_{t-1} out."""
    return Work(5 * case.sizes["N"] * case.sizes["D"], 4 * case.sizes["N"] * case.sizes["D"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """One reverse step without the net, at t = 500 of 1000, against torch's additions with that t's scalars."""
    process = GaussianDiffusion(torch.linspace(1e-4, 0.02, 1000, device=device))
    b, abar = process.beta[500].item(), process.alpha_bar[500].item()
    scale, slope, sigma = (1 - b) ** -0.5, -b / ((1 - abar) * (1 - b)) ** 0.5, b ** 0.5
    x, noise, z = torch.randn(3, case.sizes["N"], case.sizes["D"], device=device, dtype=dtype)
    return ({"torch.add": lambda x, t, noise, z: x.mul(scale).add(noise, alpha=slope).add(z, alpha=sigma),
             "reference": process.step}, (x, torch.full((len(x),), 500, device=device), noise, z))
