"""DDIM: sample from a trained diffusion model in few steps, without fresh noise, and walk the same way back.

    x_s = sqrt(abar_s) x^_0 + sqrt(1 - abar_s - sigma²) eps + sigma z                      Song et al. 2020, eq. (12)
    x^_0 = (x_t - sqrt(1 - abar_t) eps) / sqrt(abar_t),   eps = eps_theta(x_t, t): what the net takes for the noise
    sigma = eta sqrt((1 - abar_s) / (1 - abar_t)) sqrt(1 - abar_t / abar_s)                                  eq. (16)

Whatever sigma is, x_s given x_0 has the distribution that training used (lemma 1), so a net trained for `ddpm` serves
unchanged. eta = 1 on all steps is ancestral sampling; at eta = 0 the first x decides the sample, and each step is an
Euler step of an ordinary differential equation (eq. 14), which can be solved backward to encode a sample (section 5.4).

Conventions: abar as in `ddpm`, where the paper writes alpha; eq. (12) there has s = t - 1, while here t and s < t are
neighbors in a list of steps to visit (the paper's tau), and s = 0 comes last. eta = 1 has the variance of the posterior
in `ddpm`, not its sigma_t² = beta_t. No net is trained at t = 0, so encoding starts with the net's answer for t = 1.

Longer than most: the way to the data and the way back each have a closed form and a check.

Shapes: N samples of any shape *, of D numbers each; T steps; t and s are (N,), one step number for each sample.
"""
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor, nn, optim
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reference_impls.generative._mixture import Mixture
from reference_impls.generative._net import TimedNet
from reference_impls.generative.ddpm import GaussianDiffusion, Predictor
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="ddim", papers=["arxiv:2010.02502"], role="sampler", symbols=["ImplicitDiffusion"],
    patterns=["denoising", "latent-variable"],
    oracle="closed form: every state of a run on a Gaussian, and the posterior of `ddpm` for eta = 1",
    properties=["noise_levels_do_not_depend_on_eta", "encoding_leads_back"],
    claim=Claim(
        text="In ten of a hundred steps, sampling without fresh noise gets closer to the data than ancestral sampling",
        metric="frechet_distance", better="lower", grade="A", budget_s=2,
        grid={"lr": [3e-4, 0.001, 0.003, 0.01, 0.03]},
        arms={"deterministic": Arm(expect="<2.699", settings={"lr": 0.003}),
              "ancestral": Arm(expect=">2.699", settings={"lr": 0.003})}),
    mutants=["direction_not_shortened", "neighbor_for_target", "asks_one_ahead"],
    bench=[Case("jump", {"N": 128, "D": 12288})], equations=["12", "14", "16"],
)


class ImplicitDiffusion(GaussianDiffusion):
    """The process fixed by betas (T,), sampled with `eta` times the noise of ancestral sampling."""

    def __init__(self, betas: Tensor, eta: float = 0.0) -> None:
        super().__init__(betas)
        self.eta = eta

    def deviation(self, t: Tensor, s: Tensor) -> Tensor:
        """Scale (N,) of the noise that is added on the way from x_t to x_s. Eq. (16)."""
        abar, target = self.alpha_bar[t], self.alpha_bar[s]
        return self.eta * ((1 - target) / (1 - abar)).sqrt() * (1 - abar / target).sqrt()

    def move(self, xt: Tensor, t: Tensor, s: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """x_s from x_t and the predicted noise, before fresh noise is added; s may be below or above t."""
        abar, target = self.alpha_bar[t], self.alpha_bar[s]
        clean = (xt - self.each((1 - abar).sqrt(), xt) * noise) / self.each(abar.sqrt(), xt)    # predicted x_0
        left = (1 - target - sigma.square()).clamp(min=0).sqrt()    # of the old noise; rounding can go below zero
        return self.each(target.sqrt(), xt) * clean + self.each(left, xt) * noise

    def jump(self, xt: Tensor, t: Tensor, s: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        """x_s from x_t, the predicted noise and fresh noise z. Eq. (12)."""
        sigma = self.deviation(t, s)
        return self.move(xt, t, s, noise, sigma) + self.each(sigma, xt) * z

    def sample(self, predict: Predictor, x: Tensor, kept: Sequence[int] = ()) -> Iterator[Tensor]:
        """From standard normal x (N, *) at the last of the steps kept (in order; or all): yield x down to x_0."""
        for start, end in pairwise([*reversed(kept or range(1, len(self.beta))), 0]):
            t, s = (torch.full((len(x),), step, device=x.device) for step in (start, end))
            x = self.jump(x, t, s, predict(x, t), torch.randn_like(x))
            yield x

    def encode(self, predict: Predictor, x: Tensor, kept: Sequence[int] = ()) -> Iterator[Tensor]:
        """From x_0 (N, *): yield x at each of the steps kept. From the last, `sample` with eta = 0 leads back."""
        for start, end in pairwise([0, *(kept or range(1, len(self.beta)))]):
            t, s = (torch.full((len(x),), step, device=x.device) for step in (start, end))
            x = self.move(x, t, s, predict(x, t.clamp(min=1)), torch.zeros_like(self.beta[t]))
            yield x


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]
Make = type[ImplicitDiffusion]


def oracle(make: Make = ImplicitDiffusion) -> tuple[Function, Function, Outputs]:
    """One jump; all states of a run with eta = 1, and of runs over three of five steps, down and up, on a Gaussian."""
    betas, t, s = 0.05 + 0.3 * torch.rand(5, dtype=torch.float64), torch.tensor([5, 4, 2]), torch.tensor([3, 1, 0])

    def rough(x: Tensor, t: Tensor) -> Tensor:                          # any answer will do where eta is 1
        return torch.tanh(x * t.view(-1, 1) + 0.5)

    def ours(x: Tensor, noise: Tensor, z: Tensor, center: Tensor) -> Outputs:
        exact = Mixture(betas, center, 0.7).noise                       # for data from N(center, 0.7²)
        runs = (make(betas, 1.0).sample(rough, x), make(betas).sample(exact, x, (2, 3, 5)),
                make(betas).encode(exact, x, (2, 3, 5)))
        return make(betas, 0.6).jump(x, t, s, noise, z), *(torch.stack(list(run)) for run in runs)

    def theirs(x: Tensor, noise: Tensor, z: Tensor, center: Tensor) -> Outputs:
        abar = torch.stack([torch.prod(1 - betas[:step]) for step in range(6)])
        a, b = abar[t, None], abar[s, None]
        var = 0.6 ** 2 * (1 - b - a / b * (1 - b) ** 2 / (1 - a))       # eta² times that of x_s, given x_t and x_0
        once = b.sqrt() * (x - (1 - a).sqrt() * noise) / a.sqrt() + (1 - b - var).sqrt() * noise + var.sqrt() * z

        states = [x]
        for step in (5, 4, 3, 2, 1):
            a, at = abar[step], torch.full((3,), step)
            clean = (states[-1] - (1 - a).sqrt() * rough(states[-1], at)) / a.sqrt()
            mean, variance = GaussianDiffusion(betas).posterior(clean, states[-1], at)
            states.append(mean + variance.sqrt() * torch.randn_like(x))

        def go(x: Tensor, way: tuple[int, int]) -> Tensor:              # the distance from the mean is scaled
            a, b = abar[way[0]], abar[way[1]]
            scale = ((a * b).sqrt() * 0.49 + ((1 - a) * (1 - b)).sqrt()) / (a * 0.49 + 1 - a)
            return (x - a.sqrt() * center) * scale + b.sqrt() * center

        _, one, two, *_ = abar
        guess = (1 - one).sqrt() * (x - one.sqrt() * center) / (one * 0.49 + 1 - one)       # the noise, as if at t = 1
        down = [*accumulate([(5, 3), (3, 2), (2, 0)], go, initial=x)][1:]
        up = [*accumulate([(2, 3), (3, 5)], go, initial=two.sqrt() * x + (1 - two).sqrt() * guess)]
        return once, *(torch.stack(each) for each in (states[1:], down, up))

    return ours, theirs, tuple(1 + 2 * torch.randn(n, 4, dtype=torch.float64) for n in (3, 3, 3, 1))


def check_noise_levels_do_not_depend_on_eta(make: Make = ImplicitDiffusion) -> None:
    """Lemma 1: a jump with the true noise takes N(sqrt(abar_t) x_0, 1 - abar_t) to N(sqrt(abar_s) x_0, 1 - abar_s)."""
    betas, x0 = 0.05 + 0.3 * torch.rand(6, dtype=torch.float64), torch.tensor([[2.0]], dtype=torch.float64)
    one, zero = torch.ones_like(x0), torch.zeros_like(x0)
    for process in (make(betas, eta) for eta in (0.0, 0.5, 1.0)):
        for t, s in (torch.tensor(way).view(2, 1) for way in ((6, 4), (4, 3), (3, 1))):
            before, after = process.alpha_bar[t, None], process.alpha_bar[s, None]
            mean = process.jump(before.sqrt() * x0, t, s, zero, zero)
            old = process.jump(before.sqrt() * x0 + (1 - before).sqrt(), t, s, one, zero) - mean    # one unit of noise
            new = process.jump(before.sqrt() * x0, t, s, zero, one) - mean
            torch.testing.assert_close(mean, after.sqrt() * x0)
            torch.testing.assert_close(old ** 2 + new ** 2, 1 - after)


def check_encoding_leads_back(make: Make = ImplicitDiffusion) -> None:
    """With exact noise of three Gaussians, samples come back from their codes, the closer the more steps are taken."""
    process = make(torch.linspace(0.001, 0.12, 100))
    mixture, errors = Mixture(process.beta[1:], torch.tensor([[-1.0], [0.5], [1.0]]), 0.4), []
    x = mixture.centers[torch.randint(3, (500,))] + 0.4 * torch.randn(500, 1)
    for kept in (range(10, 101, 10), range(1, 101)):
        *_, code = process.encode(mixture.noise, x, kept)
        *_, back = process.sample(mixture.noise, code, kept)
        errors.append((back - x).abs().mean().item())
    assert errors[1] < 0.02 < errors[0] < 0.3, errors


class _DirectionNotShortened(ImplicitDiffusion):
    def move(self, xt: Tensor, t: Tensor, s: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        return super().move(xt, t, s, noise, torch.zeros_like(sigma))


class _NeighborForTarget(ImplicitDiffusion):
    def jump(self, xt: Tensor, t: Tensor, s: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        return super().jump(xt, t, t - 1, noise, z)


class _AsksOneAhead(ImplicitDiffusion):
    def encode(self, predict: Predictor, x: Tensor, kept: Sequence[int] = ()) -> Iterator[Tensor]:
        return super().encode(lambda x, t: predict(x, t + 1), x, kept)


MUTANTS = {"direction_not_shortened": _DirectionNotShortened, "neighbor_for_target": _NeighborForTarget,
           "asks_one_ahead": _AsksOneAhead}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits, a net trained for a hundred steps and sampled in ten of them: yield (step, distance to held-out ones)."""
    from reference_impls.harness.data import digits

    torch.manual_seed(seed)
    (train, _), (test, _) = digits(device)
    data, held_out = ((x - train.mean(dim=0)) / train.std() for x in (train, test))
    process = ImplicitDiffusion(torch.linspace(0.001, 0.12, 100, device=device), float(arm == "ancestral"))
    net = TimedNet(64, 64, 128, 100).to(device)
    optimizer, average = optim.Adam(net.parameters(), lr), AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.99))

    def noise_by(net: nn.Module) -> Predictor:              # the answer for standard normal data, corrected by the net
        return lambda x, t: process.each((1 - process.alpha_bar[t]).sqrt(), x) * x + net(x, t)

    @torch.no_grad()
    def draw(first: Tensor, steps: int) -> Tensor:
        return list(process.sample(noise_by(average), first, range(100 // steps, 101, 100 // steps)))[-1]

    def distance(x: Tensor, y: Tensor) -> float:            # Frechet's, between normal distributions fitted to both
        a, b = ((each - each.mean(dim=0)) / len(each) ** 0.5 for each in (x, y))
        means = (x.mean(dim=0) - y.mean(dim=0)).square().sum()
        return (means + a.square().sum() + b.square().sum() - 2 * torch.linalg.matrix_norm(a @ b.T, "nuc")).item()

    for step in range(1, 601):
        x0, t = data[torch.randint(len(data), (128,), device=device)], torch.randint(1, 101, (128,), device=device)
        optimizer.zero_grad()
        process.loss(noise_by(net), x0, t, torch.randn_like(x0)).backward()
        optimizer.step()
        average.update_parameters(net)
        if step % 200 == 0:
            yield step, distance(draw(torch.randn(1000, 64, device=device), 10), held_out)
    first = torch.randn(10, 64, device=device)
    rows = torch.stack([draw(first, steps) for steps in (5, 10, 20, 100)]) * train.std() + train.mean(dim=0)
    yield Picture("samples that start from the same ten x, in 5, 10, 20 and 100 steps",
                  rows.clamp(0, 1).view(4, 10, 8, 8).cpu(), kind="images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Eight operations for each number of one jump; x_t, predicted and fresh noise in, x_s out."""
    return Work(8 * case.sizes["N"] * case.sizes["D"], 4 * case.sizes["N"] * case.sizes["D"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """One jump from t = 500 to s = 480 of 1000 with eta = 1, without the net, against torch's additions."""
    process = ImplicitDiffusion(torch.linspace(1e-4, 0.02, 1000, device=device), 1.0)
    t, s = (torch.full((case.sizes["N"],), step, device=device) for step in (500, 480))
    a, b, sigma = process.alpha_bar[500].item(), process.alpha_bar[480].item(), process.deviation(t, s)[0].item()
    scale = (b / a) ** 0.5
    slope = (1 - b - sigma ** 2) ** 0.5 - scale * (1 - a) ** 0.5
    x, noise, z = torch.randn(3, case.sizes["N"], case.sizes["D"], device=device, dtype=dtype)

    def torchs(x: Tensor, t: Tensor, s: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        return x.mul(scale).add(noise, alpha=slope).add(z, alpha=sigma)

    return {"torch.add": torchs, "reference": process.jump}, (x, t, s, noise, z)
