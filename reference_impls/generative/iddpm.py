"""Improved denoising diffusion: learn the variance of each reverse step, and add noise more evenly over the steps.

    Sigma_theta = exp(v log beta_t + (1 - v) log beta~_t)                           Nichol & Dhariwal 2021, eq. (15)
    beta~_t = (1 - abar_{t-1}) / (1 - abar_t) beta_t: the variance when x_0 is known
    L_hybrid = L_simple + lambda L_vlb, where L_vlb takes the mean as given                                eq. (16)
    abar_t = f(t) / f(0),  f(t) = cos²((t / T + s) / (1 + s) pi / 2),  beta_t <= 0.999                     eq. (17)
    beta_{S_i} = 1 - abar_{S_i} / abar_{S_{i-1}}: the same model on the steps S_1 < S_2 < ... alone        eq. (19)

Conventions: t runs from 1 to T as in `ddpm`; v may leave [0, 1]; beta~_1 is zero, so the value at t = 2 is used for its
logarithm; bounds are in nats per sample, estimated from one uniformly drawn step as T times its term.

Longer than most: the variance, the loss, the schedule and the stride are four ideas, and each has its own check.

Shapes: N samples of D numbers; T steps; t is (N,), one step number for each sample; the net outputs (N, 2D).
"""
import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, optim
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reference_impls.generative._net import TimedNet
from reference_impls.generative.ddpm import GaussianDiffusion
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="iddpm", papers=["arxiv:2102.09672"], role="sampler", symbols=["ImprovedDiffusion", "cosine_betas"],
    patterns=["denoising", "latent-variable", "schedule", "moving-average"],
    oracle="closed form: Bayes' rule on the chain of scalars, and the densities and divergences of torch.distributions",
    properties=["kept_steps_keep_their_noise"],
    claim=Claim(
        text="A learned variance gives a tighter bound on the likelihood than either of the fixed ones",
        metric="bound_on_held_out", better="higher", grade="A", budget_s=12,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"learned": Arm(expect=">-0.2585", settings={"lr": 0.01}),
              "beta": Arm(expect="<-0.2585", settings={"lr": 0.01}),
              "beta_tilde": Arm(expect="<-0.2585", settings={"lr": 0.01})}),
    mutants=["straight_interpolation", "mean_not_held", "neighbor_instead_of_sum"],
    bench=[Case("reverse-step", {"N": 128, "D": 12288})], equations=["15", "16", "17", "19"],
    deviations=["the term at t = 1 is a density, no decoder to pixels", "no importance sampling of steps (eq. 18)"],
)

Net = Callable[[Tensor, Tensor], Tensor]                # x_t (N, D) and t (N,) -> the noise in x_t, and v: (N, 2D)


def cosine_betas(steps: int, offset: float = 0.008, most: float = 0.999) -> Tensor:
    """Rates (T,), in float64, for which abar falls as a squared cosine; `offset` keeps the first from vanishing."""
    share = torch.arange(steps + 1, dtype=torch.float64) / steps
    f = torch.cos((share + offset) / (1 + offset) * math.pi / 2).square()
    return (1 - f[1:] / f[:-1]).clamp(max=most)


class ImprovedDiffusion(GaussianDiffusion):
    """The process fixed by betas (T,); the net's output v interpolates the variance of each reverse step."""

    def __init__(self, betas: Tensor) -> None:
        super().__init__(betas)
        known = self.beta[2:] * (1 - self.alpha_bar[1:-1]) / (1 - self.alpha_bar[2:])       # beta~ of t = 2 ... T
        self.log_beta = torch.cat([betas.new_zeros(1), betas.log()])
        self.log_beta_tilde = torch.cat([betas.new_zeros(1), known[:1].log(), known.log()])

    def rates_of(self, kept: Tensor) -> Tensor:
        """Rates (K,) of a process with only the steps `kept` (increasing) out of 1 ... T. Eq. (19)."""
        abar = self.alpha_bar[torch.cat([kept.new_zeros(1), kept])]
        return 1 - abar[1:] / abar[:-1]

    def log_variance(self, v: Tensor, t: Tensor) -> Tensor:
        """Logarithm of the variance of a reverse step, (N, D). Eq. (15)."""
        return v * self.each(self.log_beta[t], v) + (1 - v) * self.each(self.log_beta_tilde[t], v)

    def reverse(self, xt: Tensor, t: Tensor, out: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (N, D) of x_{t-1} given x_t and the net's output for it."""
        noise, v = out.chunk(2, dim=-1)
        return super().step(xt, t, noise, torch.zeros_like(xt)), self.log_variance(v, t)

    def step(self, xt: Tensor, t: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        """x_{t-1} from x_t, the net's output (N, 2D) and fresh noise z, which the last step does not add."""
        mean, log_var = self.reverse(xt, t, noise)
        return mean + (t > 1).view(-1, 1) * (log_var / 2).exp() * z

    def bound(self, x0: Tensor, xt: Tensor, t: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
        """T times the divergence, (N,), of a reverse step from the true one; at t = 1, T times -log p(x_0|x_1)."""
        true_mean, true_var = self.posterior(x0, xt, t)                 # at t = 1: x_0 and zero
        square = (true_mean - mean).square() + true_var
        rest = torch.where((t == 1).view(-1, 1), math.log(2 * math.pi), -1 - true_var.log())
        return (len(self.beta) - 1) * (square * (-log_var).exp() + log_var + rest).sum(dim=1) / 2

    def hybrid(self, net: Net, x0: Tensor, t: Tensor, noise: Tensor, weight: float = 0.001) -> Tensor:
        """L_hybrid for uniformly drawn t: the bound trains v alone, since no gradient passes the mean. Eq. (16)."""
        xt = self.diffuse(x0, t, noise)
        out = net(xt, t)
        mean, log_var = self.reverse(xt, t, out)
        bound = self.bound(x0, xt, t, mean.detach(), log_var).mean() / x0.shape[1]
        return F.mse_loss(out.chunk(2, dim=-1)[0], noise) + weight * bound


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]


def oracle(make: type[ImprovedDiffusion] = ImprovedDiffusion) -> tuple[Function, Function, Outputs]:
    """Rates, a reverse step and the loss, one sample at a time with torch's distributions."""
    t = torch.tensor([1, 2, 5, 6])

    def ours(x0: Tensor, noise: Tensor, weights: Tensor, z: Tensor) -> Outputs:
        betas = cosine_betas(6)
        process = make(betas)

        def net(x: Tensor, t: Tensor) -> Tensor:
            return torch.tanh(x + t.view(-1, 1)) @ weights

        xt = process.diffuse(x0, t, noise)
        return betas, process.step(xt, t, net(xt, t), z), process.hybrid(net, x0, t, noise)

    def theirs(x0: Tensor, noise: Tensor, weights: Tensor, z: Tensor) -> Outputs:
        level = [math.cos((s / 6 + 0.008) / 1.008 * math.pi / 2) ** 2 for s in range(7)]
        beta = [0.0] + [min(1 - after / before, 0.999) for before, after in pairwise(level)]
        var = [1 - math.prod(1 - b for b in beta[:s + 1]) for s in range(7)]            # of x_s, given x_0
        steps, losses = [], []
        for s, x, e, fresh in zip(t.tolist(), x0, noise, z):
            xs = (1 - var[s]) ** 0.5 * x + var[s] ** 0.5 * e
            guess, v = (torch.tanh(xs + s) @ weights).split(3)
            r = max(s, 2)
            known = var[r - 1] - (1 - beta[r]) * var[r - 1] ** 2 / var[r]               # covariance squared, by Bayes
            x_guess = (xs - var[s] ** 0.5 * guess) / (1 - var[s]) ** 0.5
            gain = (1 - beta[s]) ** 0.5 * var[s - 1] / var[s]           # Bayes: what x_s says about x_{s-1}, given x_0
            mean, truth = ((1 - var[s - 1]) ** 0.5 * at + gain * (xs - (1 - var[s]) ** 0.5 * at) for at in (x_guess, x))
            deviation = beta[s] ** (v / 2) * known ** ((1 - v) / 2)     # a geometric mean
            back = Normal(mean.detach(), deviation)
            term = -back.log_prob(x) if s == 1 else kl_divergence(Normal(truth, known ** 0.5), back)
            steps.append(mean + (deviation * fresh if s > 1 else 0))
            losses.append((guess - e).square() + 0.001 * 6 * term)
        return x0.new_tensor(beta[1:]), torch.stack(steps), torch.stack(losses).mean()

    draws = 1 + 2 * torch.randn(2, 4, 3, dtype=torch.float64)
    return ours, theirs, (draws[0], draws[1], torch.randn(3, 6, dtype=torch.float64), torch.randn_like(draws[0]))


def check_kept_steps_keep_their_noise(make: type[ImprovedDiffusion] = ImprovedDiffusion) -> None:
    """On a subset of the steps, a net trained on all of them meets the same noise levels."""
    process, kept = make(cosine_betas(50)), torch.tensor([1, 7, 20, 33, 50])
    torch.testing.assert_close(make(process.rates_of(kept)).alpha_bar[1:], process.alpha_bar[kept])


class _StraightInterpolation(ImprovedDiffusion):
    def log_variance(self, v: Tensor, t: Tensor) -> Tensor:
        one, zero = (self.each(table[t], v).exp() for table in (self.log_beta, self.log_beta_tilde))
        return (v.sigmoid() * one + (1 - v.sigmoid()) * zero).log()


class _MeanNotHeld(ImprovedDiffusion):
    def hybrid(self, net: Net, x0: Tensor, t: Tensor, noise: Tensor, weight: float = 0.001) -> Tensor:
        xt = self.diffuse(x0, t, noise)
        out = net(xt, t)
        bound = self.bound(x0, xt, t, *self.reverse(xt, t, out)).mean() / x0.shape[1]
        return F.mse_loss(out.chunk(2, dim=-1)[0], noise) + weight * bound


class _NeighborInsteadOfSum(ImprovedDiffusion):
    def rates_of(self, kept: Tensor) -> Tensor:
        return self.beta[kept]


MUTANTS = {"straight_interpolation": _StraightInterpolation, "mean_not_held": _MeanNotHeld,
           "neighbor_instead_of_sum": _NeighborInsteadOfSum}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits, 30 cosine steps, v learned, 1 (beta) or 0 (beta~): yield (step, bound in nats per pixel)."""
    from reference_impls.harness.data import digits

    torch.manual_seed(seed)
    data, held_out = (2 * (16 * x + torch.rand_like(x)) / 17 - 1 for (x, _) in digits(device))  # dequantized
    process = ImprovedDiffusion(cosine_betas(30, most=0.5).to(device))                  # 1 / alpha_T scales errors
    model = TimedNet(64, 128, 256, 30).to(device)
    optimizer = optim.Adam(model.parameters(), lr)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99))

    def fixed(out: Tensor) -> Tensor:
        return out if arm == "learned" else torch.cat([out[:, :64], torch.full_like(out[:, 64:], arm == "beta")], dim=1)

    for step in range(1, 601):
        x0, t = data[torch.randint(len(data), (128,), device=device)], torch.randint(1, 31, (128,), device=device)
        optimizer.zero_grad()
        loss = process.hybrid(lambda x, t: fixed(model(x, t)), x0, t, torch.randn_like(x0))
        loss.backward()
        optimizer.step()
        average.update_parameters(model)
        if step % 300 == 0:
            x0, t = held_out.repeat(30, 1), torch.arange(1, 31, device=device).repeat_interleave(len(held_out))
            with torch.no_grad():
                xt = process.diffuse(x0, t, torch.randn_like(x0))
                law = process.reverse(xt, t, fixed(average(xt, t)))
                yield step, -process.bound(x0, xt, t, *law).mean().item() / 64      # without L_T, the same in all arms
    if arm == "learned":
        few = ImprovedDiffusion(process.rates_of(kept := torch.arange(3, 31, 3, device=device)))
        with torch.no_grad():
            *_, sample = few.sample(lambda x, t: average(x, kept[t - 1]), torch.randn(24, 64, device=device))
        yield Picture("samples from ten of the thirty steps", sample.view(3, 8, 8, 8).cpu(), kind="images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Ten operations for each number of one reverse step; x_t, noise, v and z in, x_{t-1} out."""
    return Work(10 * case.sizes["N"] * case.sizes["D"], 5 * case.sizes["N"] * case.sizes["D"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """One reverse step without the net, at t = 500 of 1000, against torch's additions with that t's scalars."""
    process = ImprovedDiffusion(cosine_betas(1000).to(device))
    b, abar = process.beta[500].item(), process.alpha_bar[500].item()
    low, high = (table[500].to(dtype) for table in (process.log_beta_tilde, process.log_beta))
    scale, slope = (1 - b) ** -0.5, -b / ((1 - abar) * (1 - b)) ** 0.5
    x, z = torch.randn(2, case.sizes["N"], case.sizes["D"], device=device, dtype=dtype)
    out = torch.randn(case.sizes["N"], 2 * case.sizes["D"], device=device, dtype=dtype)

    def torchs(x: Tensor, t: Tensor, out: Tensor, z: Tensor) -> Tensor:
        noise, v = out.tensor_split(2, dim=-1)
        return x.mul(scale).add(noise, alpha=slope).addcmul(torch.lerp(low, high, v).div(2).exp(), z)

    return ({"torch.lerp": torchs, "reference": process.step},
            (x, torch.full((len(x),), 500, device=device), out, z))
