"""Flow matching: a field of velocities that carries noise to data, learned by regression on one datum at a time.

    d/dt phi_t(x) = v_t(phi_t(x)),  phi_0(x) = x                       Lipman et al. 2022, eq. (1), (2): the flow of v
    p_t(x | x_1) = N(mu_t(x_1), sigma_t² I)                            eq. (10): a path from N(0, I) to x_1
    psi_t(x_0) = sigma_t x_0 + mu_t(x_1)                               eq. (11): where noise x_0 is at time t
    u_t(x | x_1) = sigma_t' / sigma_t (x - mu_t(x_1)) + mu_t'(x_1)     eq. (15), theorem 3: its velocity there
    u_t(x) = E[u_t(x | x_1)] over the posterior of x_1, given x        eq. (8): this field moves all of p_t
    L = E |v_t(psi_t(x_0)) - d/dt psi_t(x_0)|²                         eq. (14): what is minimized
    L + constant = E |v_t(x) - u_t(x)|²,  x from p_t                   eq. (5), theorem 2: so v learns u
    mu_t = t x_1,  sigma_t = 1 - (1 - sigma_min) t                     eq. (20): optimal transport, so eq. (22), (23)
    mu_t = a x_1,  sigma_t = sqrt(1 - a²),  a = exp(-T(1 - t) / 2)     eq. (18): the diffusion that keeps the variance

T(s) is the integral of the noise scale beta from 0 to s; here beta rises from 0.1 to 20.
Conventions: time runs from noise at 0 to data at 1; mu_t(x_1) = a_t x_1 for both paths; the diffusion path is learned
up to t = 0.999, because its velocity is infinite at 1.
Longer than most: two paths, sampling, likelihood and the field that a perfect net would learn, each with its check.

Shapes: N samples of D numbers, times t (N,); K data points.
"""
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal
from torch.func import jacrev, jvp, vmap

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="flow-matching", papers=["arxiv:2210.02747"], role="algorithm",
    symbols=["FlowMatching", "optimal_transport", "diffusion"],
    patterns=["denoising", "latent-variable"],
    oracle="closed form: velocities of both paths, eq. (19) and (23), and the field from the score of the mixture",
    properties=["losses_have_equal_gradients", "field_carries_noise_to_the_data", "likelihood_is_that_of_the_mixture",
                "one_step_reaches_a_single_datum"],
    mutants=["time_reversed", "noise_stands_still", "posterior_forgotten", "field_at_the_end"],
    claim=Claim(
        text="With equal training and four midpoint steps, samples by the optimal transport path come nearer to a "
             "checkerboard than those by the diffusion path",
        metric="energy_distance", better="lower", grade="B", budget_s=3,
        grid={"lr": [0.005, 0.01, 0.02, 0.04], "spacing": [0.7, 1.0, 1.4, 2.0, 2.8]},
        arms={"optimal_transport": Arm(expect="<0.0016", settings={"lr": 0.02, "spacing": 1.4}),
              "diffusion": Arm(expect=">0.0016", settings={"lr": 0.02, "spacing": 2.0})}),
    bench=[Case("loss", {"N": 128, "D": 12288})],
    equations=["1", "2", "5", "8", "10", "11", "14", "15", "18", "20", "22", "23"],
    deviations=["fixed steps of the midpoint rule, as in the paper's figure 4; its tables use an adaptive solver",
                "the diffusion path is learned up to t = 0.999, the paper's up to 1 - 1e-5"],
)

Path = Callable[[Tensor], tuple[Tensor, Tensor]]        # t -> a_t and sigma_t
Field = Callable[[Tensor, Tensor], Tensor]              # x (N, D) and t (N,) -> velocity (N, D)


def optimal_transport(t: Tensor, sigma_min: float = 1e-4) -> tuple[Tensor, Tensor]:
    """Eq. (20)."""
    return t, 1 - (1 - sigma_min) * t


def diffusion(t: Tensor, least: float = 0.1, most: float = 20.0) -> tuple[Tensor, Tensor]:
    """Eq. (18), for beta(s) = least + s (most - least)."""
    s = 1 - t
    total = least * s + (most - least) * s ** 2 / 2                                     # T(1 - t)
    return (-total / 2).exp(), (-torch.expm1(-total)).sqrt()


class FlowMatching:
    """What follows from a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def moments(self, t: Tensor) -> tuple[Tensor, ...]:
        """a, sigma and their derivatives a', sigma', (N, 1) each."""
        values, slopes = jvp(self.path, (t,), (torch.ones_like(t),))[:2]
        return tuple(each[:, None] for each in (*values, *slopes))

    def psi(self, x0: Tensor, x1: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Where noise x_0 is at time t on its way to x_1, and its velocity there, (N, D) each. Eq. (11)."""
        a, sigma, da, dsigma = self.moments(t)
        return sigma * x0 + a * x1, dsigma * x0 + da * x1

    def loss(self, field: Field, x0: Tensor, x1: Tensor, t: Tensor) -> Tensor:
        """The error (N,) whose mean is minimized, for times drawn evenly from [0, 1]. Eq. (14)."""
        x, velocity = self.psi(x0, x1, t)
        return (field(x, t) - velocity).square().sum(dim=1)

    def conditional(self, x: Tensor, x1: Tensor, t: Tensor) -> Tensor:
        """u_t(x | x_1). Eq. (15)."""
        a, sigma, da, dsigma = self.moments(t)
        return dsigma / sigma * (x - a * x1) + da * x1

    def posterior(self, x: Tensor, data: Tensor, t: Tensor) -> Tensor:
        """The probability (N, K) that x is on its way to each of the data (K, D)."""
        a, sigma, _, _ = self.moments(t)
        away = x[:, None] - a[:, None] * data                                           # (N, K, D)
        return (-away.square().sum(dim=2) / (2 * sigma ** 2)).softmax(dim=1)

    def marginal(self, x: Tensor, data: Tensor, t: Tensor) -> Tensor:
        """u_t(x) (N, D) for K equally likely data (K, D): what a perfect net learns. Eq. (8) with a sum."""
        return self.conditional(x, self.posterior(x, data, t) @ data, t)                # eq. (15) is linear in x_1

    def sample(self, field: Field, x: Tensor, times: Tensor) -> Iterator[Tensor]:
        """Follow the field from x at times[0], by the midpoint rule: yield x at every later time. Eq. (1)."""
        for start, end in pairwise(times):
            half = x + (end - start) / 2 * field(x, start.repeat(len(x)))
            x = x + (end - start) * field(half, ((start + end) / 2).repeat(len(x)))
            yield x

    def log_likelihood(self, field: Field, x: Tensor, times: Tensor) -> Tensor:
        """Of x (N, D) under p_1, for times that fall from 1 to 0: along the flow, log p_t loses the divergence."""
        def velocity(x: Tensor, t: Tensor) -> Tensor:
            return field(x[None], t[None])[0]

        def both(state: Tensor, t: Tensor) -> Tensor:                                   # (N, D + 1): x, minus log p
            divergence = vmap(jacrev(velocity))(state[:, :-1], t).diagonal(dim1=1, dim2=2).sum(dim=1)
            return torch.cat([field(state[:, :-1], t), divergence[:, None]], dim=1)

        *_, noise = self.sample(both, torch.cat([x, torch.zeros_like(x[:, :1])], dim=1), times)
        return Normal(0, 1).log_prob(noise[:, :-1]).sum(dim=1) + noise[:, -1]


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[[Path], FlowMatching]
Outputs = tuple[Tensor, ...]


def mixture(centers: Tensor, spread: Tensor) -> MixtureSameFamily:
    """Equally likely N(center, spread² I), centers (..., K, D)."""
    return MixtureSameFamily(Categorical(logits=torch.zeros_like(centers[..., 0])),
                             Independent(Normal(centers, spread.expand_as(centers)), 1))


def oracle(make: Make = FlowMatching) -> tuple[Callable[..., Outputs], Callable[..., Outputs], Outputs]:
    """Both paths, the loss, the field and two steps of sampling, against what the paper writes out for each path."""
    rough = partial(optimal_transport, sigma_min=0.2)

    def field(x: Tensor, t: Tensor) -> Tensor:
        return torch.tanh(x + t[:, None])

    def ours(x0: Tensor, x1: Tensor, x: Tensor, t: Tensor) -> Outputs:
        outputs: list[Tensor] = []
        for flow in (make(rough), make(diffusion)):
            *_, end = flow.sample(field, x, t[:3])
            outputs += [*flow.psi(x0, x1, t), flow.loss(field, x0, x1, t), flow.conditional(x, x1, t),
                        flow.marginal(x, x1[:3], t), end]
        return tuple(outputs)

    def theirs(x0: Tensor, x1: Tensor, x: Tensor, t: Tensor) -> Outputs:
        outputs: list[Tensor] = []
        time, beta, total = t[:, None], (0.1 + 19.9 * (1 - t))[:, None], (0.1 * (1 - t) + 9.95 * (1 - t) ** 2)[:, None]
        end = x
        for start, stop in ((t[0], t[1]), (t[1], t[2])):
            end = end + (stop - start) * torch.tanh(
                end + (stop - start) / 2 * torch.tanh(end + start) + (start + stop) / 2)
        for name in ("transport", "diffusion"):
            if name == "transport":
                a, sigma = time, 1 - 0.8 * time
                velocity, conditional = x1 - 0.8 * x0, (x1 - 0.8 * x) / sigma                           # eq. (23), (21)
            else:
                a, sigma = torch.exp(-total / 2), torch.sqrt(1 - torch.exp(-total))
                velocity = beta / 2 * (a * x1 - a ** 2 / sigma * x0)
                conditional = -beta / 2 * (torch.exp(-total) * x - a * x1) / (1 - torch.exp(-total))    # eq. (19)
            at = x.clone().requires_grad_() if not x.requires_grad else x
            score, = torch.autograd.grad(mixture(a[..., None] * x1[:3], sigma[..., None]).log_prob(at).sum(), at,
                                         create_graph=True)
            marginal = (x + sigma * score) / time if name == "transport" else beta / 2 * (x + score)
            state = sigma * x0 + a * x1
            loss = (torch.tanh(state + time) - velocity).pow(2).sum(1)
            outputs += [state, velocity, loss, conditional, marginal, end]
        return tuple(outputs)

    x0, x1, x = 1 + 2 * torch.randn(3, 5, 2, dtype=torch.float64)
    return ours, theirs, (x0, x1, x, 0.1 + 0.8 * torch.rand(5, dtype=torch.float64))


def check_losses_have_equal_gradients(make: Make = FlowMatching) -> None:
    """Theorem 2 on a line, with integrals over noise or over x as sums on a fine grid, at one time."""
    data = torch.tensor([[-1], [0.5], [2]], dtype=torch.float64)
    grid = torch.linspace(-12, 12, 2401, dtype=torch.float64)[:, None]
    w, t = torch.randn(2, dtype=torch.float64, requires_grad=True), torch.full_like(grid[:, 0], 0.6)

    def field(x: Tensor, t: Tensor) -> Tensor:
        return torch.tanh(w[0] * x + w[1])

    for path in (optimal_transport, diffusion):
        flow = make(path)
        density = Normal(0, 1).log_prob(grid[:, 0]).exp()
        by_datum = sum(density @ flow.loss(field, grid, datum.expand_as(grid), t) for datum in data)
        a, sigma = path(t[0])
        density = mixture(a * data, sigma).log_prob(grid).exp()
        by_field = len(data) * density @ (field(grid, t) - flow.marginal(grid, data, t)).square().sum(dim=1)
        torch.testing.assert_close(torch.autograd.grad(by_datum, w), torch.autograd.grad(by_field, w))


def check_field_carries_noise_to_the_data(make: Make = FlowMatching) -> None:
    """Evenly to each of four points, with sigma_min around it."""
    data, flow = torch.tensor([[-2.0, 0], [2, 0], [0, 1], [1, 3]]), make(partial(optimal_transport, sigma_min=0.05))
    *_, x = flow.sample(lambda x, t: flow.marginal(x, data, t), torch.randn(4000, 2), torch.linspace(0, 1, 61))
    away, nearest = torch.cdist(x, data).min(dim=1)
    found = torch.cat([nearest.bincount(minlength=4) / 4000, away.square().mean()[None].sqrt()])
    torch.testing.assert_close(found, torch.tensor([0.25] * 4 + [0.05 * 2 ** 0.5]), rtol=0, atol=0.04)


def check_likelihood_is_that_of_the_mixture(make: Make = FlowMatching) -> None:
    data, spread = 2 * torch.randn(3, 2, dtype=torch.float64), torch.tensor(0.3, dtype=torch.float64)
    x, flow = data + spread * torch.randn_like(data), make(partial(optimal_transport, sigma_min=0.3))
    found = flow.log_likelihood(lambda x, t: flow.marginal(x, data, t), x, torch.linspace(1, 0, 201).double())
    torch.testing.assert_close(found, mixture(data, spread).log_prob(x), rtol=0, atol=2e-3)


def check_one_step_reaches_a_single_datum(make: Make = FlowMatching) -> None:
    """The optimal transport path is straight and even, so one step is exact; the other path is neither."""
    noise, datum = torch.randn(2, 50, 2, dtype=torch.float64)

    def misses(path: Path) -> float:
        flow, times = make(path), torch.tensor([0.0, 0.999], dtype=torch.float64)
        x, = flow.sample(lambda x, t: flow.conditional(x, datum, t), noise, times)
        a, sigma = path(times[1])
        return (x - sigma * noise - a * datum).abs().max().item()

    assert misses(optimal_transport) < 1e-12, "one step is not exact"
    assert misses(diffusion) > 0.1, "the diffusion path is straight"


class _TimeReversed(FlowMatching):
    def moments(self, t: Tensor) -> tuple[Tensor, ...]:
        return super().moments(1 - t)


class _NoiseStandsStill(FlowMatching):
    def psi(self, x0: Tensor, x1: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        return super().psi(x0, x1, t)[0], self.moments(t)[2] * x1


class _PosteriorForgotten(FlowMatching):
    def posterior(self, x: Tensor, data: Tensor, t: Tensor) -> Tensor:
        return torch.ones_like(super().posterior(x, data, t)) / len(data)


class _FieldAtTheEnd(FlowMatching):
    def sample(self, field: Field, x: Tensor, times: Tensor) -> Iterator[Tensor]:
        return super().sample(lambda x, t: field(x, t + times[1] - times[0]), x, times)


MUTANTS = {"time_reversed": _TimeReversed, "noise_stands_still": _NoiseStandsStill,
           "posterior_forgotten": _PosteriorForgotten, "field_at_the_end": _FieldAtTheEnd}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def checkerboard(x: Tensor, y: Tensor) -> Tensor:
    """Points (N, 2) on the eight dark of 4 by 4 unit squares, from x in [0, 4) and y in [0, 2)."""
    return torch.stack([x, 2 * y.floor() + y.frac() + x.floor() % 2], dim=1) - 2


def demo(arm: str, seed: int, lr: float, spacing: float, device: str = "cpu") -> Iterator[
        tuple[int, float] | Picture]:
    """Four steps of two evaluations, at times 1 - (1 - k / 4)^spacing: yield (step, energy distance of the samples)."""
    torch.manual_seed(seed)
    paths: dict[str, Path] = {"optimal_transport": optimal_transport, "diffusion": diffusion}
    flow = FlowMatching(paths[arm])
    net = nn.Sequential(nn.Linear(18, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(),
                        nn.Linear(64, 2)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr, fused=True)
    frequencies = torch.linspace(0, 4, 8, device=device).exp()
    times = 1 - (1 - torch.linspace(0, 1, 5, device=device)) ** spacing
    middles = (torch.arange(80, device=device) + 0.5) / 20
    every = checkerboard(*torch.cartesian_prod(middles, middles[:40]).T)                # (3200, 2)
    quantiles = Normal(0, 1).icdf((torch.arange(64, device=device) + 0.5) / 64)
    noise = torch.cartesian_prod(quantiles, quantiles)                                  # (4096, 2), not left to chance

    def field(x: Tensor, t: Tensor) -> Tensor:
        angle = t[:, None] * frequencies
        return net(torch.cat([x, angle.sin(), angle.cos()], dim=1))

    for step in range(1, 1201):
        optimizer.param_groups[0]["lr"] = lr * (1 - (step - 1) / 1200)
        optimizer.zero_grad()
        x, y, t = torch.rand(3, 256, device=device)
        x1 = checkerboard(4 * x, 2 * y)
        flow.loss(field, torch.randn_like(x1), x1, 0.999 * t).mean().backward()
        optimizer.step()
        if step % 400 == 0:
            with torch.no_grad():
                states = list(flow.sample(field, noise, times))
            a, b = states[-1], every
            yield step, (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()
    shown = [state[::5].cpu() + torch.tensor([6.0 * k, 0.0]) for k, state in enumerate(states)]
    yield Picture("samples after each of the four steps", torch.cat(shown), kind="points")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Nine operations for each number of the loss without the net; noise, data and the net's velocity are read."""
    numbers = case.sizes["N"] * case.sizes["D"]
    return Work(9 * numbers, 3 * numbers * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """The loss of a net that is already evaluated, against eq. (23) written out for this path."""
    def written_out(x0: Tensor, x1: Tensor, velocity: Tensor) -> Tensor:
        return (velocity - (x1 - (1 - 1e-4) * x0)).square().sum(dim=1)

    flow = FlowMatching(optimal_transport)
    x0, x1, velocity = torch.randn(3, case.sizes["N"], case.sizes["D"], device=device, dtype=dtype)
    t = torch.rand(len(x0), device=device, dtype=dtype)
    return ({"eq. (23)": written_out,
             "reference": lambda x0, x1, velocity: flow.loss(lambda x, t: velocity, x0, x1, t)},
            (x0, x1, velocity))
