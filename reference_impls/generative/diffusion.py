"""Diffusion: turn data into noise in many small steps, and learn to reverse every step.

    q(x_t | x_{t-1}) = N(sqrt(1 - beta_t) x_{t-1}, beta_t I)            Sohl-Dickstein et al. 2015, section 2.1
    p(x_{t-1} | x_t) = N(f_mu(x_t, t), f_Sigma(x_t, t)),  p(x_T) = N(0, I)              section 2.2, table App.1
    log p(x_0) >= K = E_q[log p(x_0|x_1)] - sum_{t=2..T} KL(q(x_{t-1}|x_t, x_0) || p(x_{t-1}|x_t))
                      - KL(q(x_T|x_0) || p(x_T))                                            sections 2.3 and 2.4
    p~(x_{t-1}|x_t) = N(f_mu + f_Sigma grad log r(f_mu), f_Sigma): to sample from p(x_0) r(x_0)     section 2.5

The reverse of a small enough Gaussian step is Gaussian too. Conventions: the reverse step at t = 1 is the forward step
(it learns nothing); beta_1 is given; the net outputs changes to the forward step's mean and variance; nats.
Longer than most: the bound, the reverse step and the initial rates are each checked against their own formula.

Shapes: N samples of D numbers; T steps; t is (N,), one step number (1 ... T) for each sample.
"""
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn, optim
from torch.distributions import Normal, kl_divergence

from reference_impls.generative._net import TimedNet
from reference_impls.generative.ddpm import GaussianDiffusion
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="diffusion", papers=["arxiv:1503.03585"], role="model", symbols=["Diffusion"],
    patterns=["denoising", "latent-variable"], oracle="torch.distributions:kl_divergence",
    properties=["bound_is_tight_at_the_exact_chain", "product_is_exact", "first_rates_take_equal_shares"],
    claim=Claim(
        text="Starting from rates that end in noise, a chain that learns its rates too reaches a tighter bound than "
             "one that keeps them, be they equal shares of the signal that is left or of the initial signal",
        metric="bound_on_held_out", better="higher", grade="A", budget_s=6,
        grid={"lr": [0.003, 0.01, 0.03, 0.1], "shares": ["left", "first"]},
        arms={"learned": Arm(expect=">-2.435", settings={"lr": 0.03, "shares": "first"}),
              "fixed": Arm(expect="<-2.435", settings={"lr": 0.01, "shares": "first"})}),
    mutants=["edge_not_held", "rates_frozen", "push_by_deviation"], bench=[Case("bound", {"N": 64, "D": 64, "T": 16})],
    deviations=["Gaussian chain only, not the binomial one", "a small net for the plane, no convolutions on images",
                "the net moves the forward step's mean by sqrt(beta) times its output, as the authors' code does; "
                "in the paper's appendix the mean decays towards the output"],
)


class Diffusion(nn.Module):
    """T Gaussian steps each way: `net` (x_t, t -> (N, 2D)) reverses them, `rates` are logits of beta_2 ... beta_T."""

    def __init__(self, net: nn.Module, steps: int, first: float = 0.001, left: float = 0.001) -> None:
        """Args: first: beta_1; left: the initial share of the variance that is still signal after all steps."""
        super().__init__()
        beta = 1 - (left / (1 - first)) ** (1 / (steps - 1))                        # equal shares are lost
        self.net, self.first = net, first
        self.rates = nn.Parameter(torch.full((steps - 1,), math.log(beta / (1 - beta))))

    def process(self) -> GaussianDiffusion:
        """The forward chain with the current rates; gradients reach them."""
        rates = self.rates.to(torch.promote_types(self.rates.dtype, torch.float32))     # in bfloat16 1 - abar can be 0
        return GaussianDiffusion(torch.cat([rates.new_full((1,), self.first), rates.sigmoid()]))

    def reverse(self, xt: Tensor, t: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
        """f_mu and f_Sigma, (N, D) each, for forward steps of rate `beta` (N, 1); no change at t = 1."""
        push, widen = ((t > 1).view(-1, 1) * self.net(xt, t)).chunk(2, dim=-1)
        return (1 - beta).sqrt() * xt + beta.sqrt() * push, torch.sigmoid(widen + beta.logit())

    def forward(self, x0: Tensor, noise: Tensor) -> Tensor:
        """K of each sample (N, D), (N,), with one draw (T, N, D) of standard noise for every x_t."""
        process, steps = self.process(), len(noise)
        t, ends = torch.arange(1, steps + 1, device=x0.device).repeat_interleave(len(x0)), x0.repeat(steps, 1)
        xt = process.diffuse(ends, t, noise.flatten(0, 1))
        mean, var = self.reverse(xt, t, process.each(process.beta[t], xt))
        true_mean, true_var = process.posterior(ends, xt, t)                        # at t = 1: x_0 and zero
        square, var = (true_mean - mean).square().view_as(noise), var.view_as(noise)
        last = -(square[0] / var[0] + (2 * math.pi * var[0]).log()) / 2             # log p(x_0|x_1)
        left = process.alpha_bar[-1].to(x0)                                         # share of signal left
        end = gaussian_kl(left * x0.square(), 1 - left, torch.ones_like(x0))        # KL(q(x_T|x_0) || N(0, I))
        return (last - gaussian_kl(square[1:], true_var.view(steps, -1, 1)[1:], var[1:]).sum(dim=0) - end).sum(dim=1)

    def step(self, xt: Tensor, t: Tensor, z: Tensor, slope: Callable[[Tensor], Tensor] = torch.zeros_like) -> Tensor:
        """x_{t-1} from x_t and noise z, (N, D). Given `slope`, the gradient of log r, samples follow p(x_0) r(x_0)."""
        process = self.process()
        mean, var = self.reverse(xt, t, process.each(process.beta[t], xt))
        return mean + var * slope(mean) + var.sqrt() * z


def gaussian_kl(square: Tensor, var: Tensor, other: Tensor) -> Tensor:
    """KL(N(a, var) || N(b, other)) of numbers, where square = (a - b)²."""
    return ((square + var) / other - 1 + (other / var).log()) / 2


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., Diffusion]
Bound = Callable[[Tensor, Tensor], Tensor]


def oracle(make: Make = Diffusion) -> tuple[Diffusion, Bound, tuple[Tensor, Tensor]]:
    """Ours, and the bound step by step: true reverse steps by adding precisions, torch's divergences; inputs."""
    ours = make(TimedNet(3, 6, 8, 5), 5, first=0.1, left=0.1).double()

    def theirs(x0: Tensor, noise: Tensor) -> Tensor:
        beta = [torch.tensor(0.1, dtype=torch.float64).to(x0), *torch.sigmoid(ours.rates).unbind()]
        scale, var, bound = torch.ones_like(beta[0]), torch.zeros_like(beta[0]), torch.zeros_like(x0)
        for s, (b, e) in enumerate(zip(beta, noise), 1):
            before, scale, var_before, var = scale, (1 - b).sqrt() * scale, var, (1 - b) * var + b
            xs = scale * x0 + var.sqrt() * e
            push, widen = ours.net(xs, torch.full((len(x0),), s, device=x0.device)).tensor_split(2, dim=1)
            odds = b / (1 - b) * widen.exp()
            back = Normal((1 - b).sqrt() * xs + b.sqrt() * push, (odds / (1 + odds)).sqrt())
            if s == 1:
                bound = Normal((1 - b).sqrt() * xs, b.sqrt()).log_prob(x0)
            else:
                precision = 1 / var_before + (1 - b) / b                # of x_{s-1}: from x_0, and from x_s
                truth = (before * x0 / var_before + (1 - b).sqrt() * xs / b) / precision
                bound = bound - kl_divergence(Normal(truth, precision.rsqrt()), back)
        return (bound - kl_divergence(Normal(scale * x0, var.sqrt()), Normal(0 * x0, 1.0))).sum(dim=1)

    x0, *noise = 1 + 2 * torch.randn(6, 4, 3, dtype=torch.float64)
    return ours, theirs, (x0, torch.stack(noise))


def check_bound_is_tight_at_the_exact_chain(make: Make = Diffusion) -> None:
    """Normal data stay normal and each step is its own reverse: K, quadratic in the noise, averages to log p(x_0)."""
    x0, noise = 1 + 2 * torch.randn(6, 3, dtype=torch.float64), torch.ones(7, 6, 3, dtype=torch.float64)
    model = make(nn.Module(), 7).double()
    model.net.forward = lambda x, t: torch.zeros_like(x).repeat(1, 2)
    torch.testing.assert_close((model(x0, noise) + model(x0, -noise)) / 2, Normal(0.0, 1.0).log_prob(x0).sum(dim=1))


def check_product_is_exact(make: Make = Diffusion) -> None:
    """N(m, v) times exp(a x) is N(m + a v, v), up to a factor."""
    model, t = make(TimedNet(1, 2, 8, 7), 7, left=0.1).double(), torch.tensor([2, 7])
    x, z = torch.randn(2, 2, 1, dtype=torch.float64)
    mean, var = model.reverse(x, t, model.process().beta[t].view(2, 1))
    torch.testing.assert_close(model.step(x, t, z), mean + var.sqrt() * z)
    pushed = model.step(x, t, z, lambda mean: torch.full_like(mean, 0.7))
    torch.testing.assert_close(pushed, mean + 0.7 * var + var.sqrt() * z)


def check_first_rates_take_equal_shares(make: Make = Diffusion) -> None:
    """The first of five steps takes a tenth of the variance; the others take equal shares until a fifth remains."""
    rates = make(nn.Module(), 5, first=0.1, left=0.2).process().beta[1:]
    torch.testing.assert_close(rates, torch.tensor([0.1, *4 * [1 - (0.2 / 0.9) ** 0.25]]))


class _EdgeNotHeld(Diffusion):
    def reverse(self, xt: Tensor, t: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
        return super().reverse(xt, t.clamp(min=2), beta)


class _RatesFrozen(Diffusion):
    def process(self) -> GaussianDiffusion:
        return GaussianDiffusion(super().process().beta[1:].detach() + 0 * self.rates.sum())


class _PushByDeviation(Diffusion):
    def step(self, xt: Tensor, t: Tensor, z: Tensor, slope: Callable[[Tensor], Tensor] = torch.zeros_like) -> Tensor:
        return super().step(xt, t, z + slope(super().step(xt, t, torch.zeros_like(z))))


MUTANTS = {"edge_not_held": _EdgeNotHeld, "rates_frozen": _RatesFrozen, "push_by_deviation": _PushByDeviation}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, shares: str, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Swiss roll, eight steps, rates learned or left as they are: yield (update, K in nats per point)."""
    from sklearn.datasets import make_swiss_roll
    roll = torch.tensor(make_swiss_roll(5000, noise=0.5, random_state=0)[0][:, [0, 2]], dtype=torch.float32)
    data, held_out = ((roll - roll.mean(0)) / roll.std(0)).to(device).split(4000)
    torch.manual_seed(seed)
    # with so few steps, not going all the way to noise helps both: with left = 0.7 and lr tuned, learned rates reach
    # -2.15 to -2.22, fixed ones -2.30 to -2.39 (seeds 0 to 2)
    model = Diffusion(TimedNet(2, 4, 64, 8, frequencies=6), 8, first=0.01, left=0.003).to(device)
    if shares == "first":       # section 2.4.1 has it for binary data: beta_t = 1 / (T - t + 1)
        signal = torch.linspace(0.99, 0.003, 8, device=device)
        model.rates.data = (1 - signal[1:] / signal[:-1]).logit()
    model.rates.requires_grad_(arm == "learned")
    optimizer = optim.Adam(model.parameters(), lr)
    for update in range(1, 601):
        x0 = data[torch.randint(4000, (128,), device=device)]
        optimizer.zero_grad()
        (-model(x0, torch.randn(8, *x0.shape, device=device)).mean()).backward()
        optimizer.step()
        if update % 200 == 0:
            with torch.no_grad():                                               # four draws of noise for each point
                yield update, model(held_out.repeat(4, 1), torch.randn(8, 4000, 2, device=device)).mean().item()
    if arm == "learned":
        x = torch.randn(800, 2, device=device)
        with torch.no_grad():
            for t in range(8, 0, -1):
                x = model.step(x, torch.full((800,), t, device=device), torch.randn_like(x) * (t > 1))
        yield Picture("samples after eight learned reverse steps", x.cpu(), kind="points")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """About 25 operations for each number at each step; samples and noise in, one number per sample out."""
    n, d, t = (case.sizes[k] for k in "NDT")
    return Work(25 * n * d * t, itemsize * (n * d * (t + 1) + n))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Bound], tuple[Tensor, Tensor]]:
    """The bound without the cost of a net (its output is zero), against torch's divergences over all steps at once."""
    n, d, steps = (case.sizes[k] for k in "NDT")
    model = Diffusion(nn.Module(), steps).to(device, dtype)
    model.net.forward = lambda x, t: torch.zeros_like(x).repeat(1, 2)

    def torchs(x0: Tensor, noise: Tensor) -> Tensor:
        process = model.process()
        abar, beta = process.alpha_bar[1:].view(-1, 1, 1), process.beta[1:].view(-1, 1, 1)
        xt = abar.sqrt() * x0 + (1 - abar).sqrt() * noise
        p, before, a, b = Normal((1 - beta).sqrt() * xt, beta.sqrt()), abar[:-1], abar[1:], beta[1:]
        q = Normal((before.sqrt() * b * x0 + (1 - b).sqrt() * (1 - before) * xt[1:]) / (1 - a),
                   ((1 - before) / (1 - a) * b).sqrt())
        kept = kl_divergence(q, Normal(p.loc[1:], p.scale[1:])).sum(dim=0)
        end = kl_divergence(Normal(a[-1].sqrt() * x0, (1 - a[-1]).sqrt()), Normal(torch.zeros_like(x0), 1.0))
        return (Normal(p.loc[0], p.scale[0]).log_prob(x0) - kept - end).sum(dim=1).to(x0)

    return ({"torch.distributions": torchs, "reference": model},
            (torch.randn(n, d, device=device, dtype=dtype), torch.randn(steps, n, d, device=device, dtype=dtype)))
