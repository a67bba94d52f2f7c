"""NICE: a chain of couplings turns data into independent variables, and its exact likelihood costs one forward pass.

    log p(x) = log p_H(h) + log |det dh/dx|,  h = f(x)             change of variables: Dinh, Krueger & Bengio 2014
    y_1 = x_1,  y_2 = x_2 + m(x_1)                                 additive coupling, section 3.2; its determinant is 1
    x_1 = y_1,  x_2 = y_2 - m(y_1)                                 and its inverse
    h_i = exp(s_i) y_i                                             scaling after the last coupling, section 3.3
    log p_H(h) = sum_i -log(1 + exp(h_i)) - log(1 + exp(-h_i))     logistic prior, section 3.4

So log |det dh/dx| = sum_i s_i: neither it nor the inverse asks for derivatives or an inverse of m, which may be any
network. x_1 are the odd and x_2 the even variables, counted from 1. The first coupling moves x_2, the next x_1, and so
on in turn. After one, half of the variables are as they were; after two, variables of x_2 have not met each other; it
takes three until every h_i depends on every x_j (section 3.2). The larger s_i, the less x varies along h_i.
Longer than most: the demonstration's data come with their true density, to measure what is still missing.

Shapes: N samples x of D variables, D even; L couplings; H hidden units of each m, a network of three layers.
"""
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal, SigmoidTransform, TransformedDistribution, Uniform
from torch.func import jacrev, vmap
from torch.nn import functional as F

from reference_impls.efficiency.revnet import ReversibleBlock
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="nice", papers=["arxiv:1410.8516"], role="model", symbols=["NICE"],
    patterns=["latent-variable", "decomposition"],
    oracle="closed form: determinant of the Jacobian that autograd finds, and a logit of uniform noise as the prior",
    properties=["density_integrates_to_one", "inverse_recovers_the_samples", "samples_have_the_entropy_of_the_model",
                "three_couplings_let_all_meet_all", "two_couplings_are_a_reversible_block"],
    mutants=["halves_do_not_alternate", "volume_forgotten", "gaussian_prior", "inverse_in_forward_order"],
    claim=Claim(
        text="With equally many parameters, four couplings come nearer to the true density of noisy waves than two, "
             "which leave half of the variables unmixed with each other, and than the best Gaussian",
        metric="nats_short_of_the_truth", better="lower", grade="A", budget_s=3,
        grid={"lr": [0.003, 0.01, 0.03, 0.1]},
        arms={"gaussian": Arm(expect=">1.22", settings={"lr": 0.003}),
              "two_couplings": Arm(expect=">1.22", settings={"lr": 0.01}),
              "four_couplings": Arm(expect="<1.22", settings={"lr": 0.01})}),
    bench=[Case("d64h256", {"N": 256, "D": 64, "H": 256, "L": 4})],
    deviations=["Adam with the usual constants, and its rate decays to zero", "each m has two hidden layers, not four "
                "or five", "no noise on the data: it is continuous here, and pixels are not",
                "no normal prior, which the paper offers besides the logistic one"],
)


class NICE(nn.Module):
    """Each of the functions in turn maps one half (N, D/2) of the variables to what is added to the other.

    Raises:
        ValueError: width is odd.
    """

    def __init__(self, width: int, *functions: nn.Module) -> None:
        super().__init__()
        if width % 2:
            raise ValueError(f"width ({width}) must be even: couplings join halves")
        self.functions = nn.ModuleList(functions)                                   # m of each coupling
        self.log_scale = nn.Parameter(torch.zeros(width))                           # s

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Independent variables h (N, D) of the samples x (N, D), and log p(x) (N,) in nats."""
        h = self.encode(x)
        return h, self.log_prior(h).sum(dim=-1) + self.log_volume()

    def encode(self, x: Tensor) -> Tensor:
        return self.couple(x, range(len(self.functions)), sign=1) * self.log_scale.exp()

    def decode(self, h: Tensor) -> Tensor:
        """The inverse of `encode`: couplings are undone from the last to the first."""
        return self.couple(h * (-self.log_scale).exp(), reversed(range(len(self.functions))), sign=-1)

    def couple(self, x: Tensor, turns: Iterable[int], sign: int) -> Tensor:
        halves = [x[..., ::2], x[..., 1::2]]                                        # x_1 and x_2, (..., D/2) each
        for turn in turns:
            moved = self.moved(turn)
            halves[moved] = halves[moved] + sign * self.functions[turn](halves[1 - moved])
        return torch.stack(halves, dim=-1).flatten(-2)

    def moved(self, turn: int) -> int:
        return 1 - turn % 2

    def log_prior(self, h: Tensor) -> Tensor:
        return -F.softplus(h) - F.softplus(-h)

    def log_volume(self) -> Tensor:
        """The logarithm of |det dh/dx|, the same for every x."""
        return self.log_scale.sum()

    def sample(self, count: int) -> Tensor:
        """Draw (count, D): the logit of uniform noise is logistic noise."""
        return self.decode(torch.rand(count, len(self.log_scale)).to(self.log_scale).logit(eps=1e-7))


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., NICE]


def _model(make: Make, width: int, couplings: int) -> NICE:
    half = width // 2
    model = make(width, *(nn.Sequential(nn.Linear(half, 4), nn.Tanh(), nn.Linear(4, half)) for _ in range(couplings)))
    for parameter in model.double().parameters():
        nn.init.normal_(parameter, std=0.7)
    return model


def by_jacobian(encode: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """As `NICE.forward`, for any invertible map of one sample (D,), with the determinant of its Jacobian matrix."""
    h, jacobian = vmap(encode)(x), vmap(jacrev(encode))(x)                          # (N, D), (N, D, D)
    logistic = TransformedDistribution(Uniform(torch.zeros_like(h), 1), SigmoidTransform().inv)
    in_float = jacobian.to(torch.promote_types(jacobian.dtype, torch.float32))      # no determinants in bfloat16
    return h, logistic.log_prob(h).sum(dim=-1) + torch.linalg.slogdet(in_float).logabsdet


def oracle(make: Make = NICE) -> tuple[NICE, Callable[[Tensor], tuple[Tensor, Tensor]], Tensor]:
    """Three couplings, and the same map of one sample, one variable at a time, whose determinant nobody simplified."""
    ours = _model(make, 6, couplings=3)

    def encode(x: Tensor) -> Tensor:
        variables, given = list(x), iter(ours.functions.parameters())
        for read, moved in (((0, 2, 4), (1, 3, 5)), ((1, 3, 5), (0, 2, 4)), ((0, 2, 4), (1, 3, 5))):
            a, b, c, d = (next(given) for _ in range(4))
            hidden = torch.tanh(a @ torch.stack([variables[i] for i in read]) + b)
            for row, i in enumerate(moved):
                variables[i] = variables[i] + c[row] @ hidden + d[row]
        return torch.stack(variables) * ours.log_scale.exp()

    return ours, lambda x: by_jacobian(encode, x), 1 + 2 * torch.randn(5, 6, dtype=torch.float64)


def check_density_integrates_to_one(make: Make = NICE) -> None:
    """Two variables, on a grid over 100 by 100, within which all but e^-20 of the probability lies."""
    model = _model(make, 2, couplings=3)
    nn.init.uniform_(model.log_scale, -0.3, 0.5)
    axis = torch.linspace(-50, 50, 801, dtype=torch.float64)
    density = model(torch.cartesian_prod(axis, axis))[1].exp()
    torch.testing.assert_close(density.sum() / 64, density.new_ones(()), rtol=0, atol=1e-5)     # cells of 1/8 by 1/8


def check_inverse_recovers_the_samples(make: Make = NICE) -> None:
    model, x = _model(make, 6, couplings=5), 1 + 2 * torch.randn(7, 6, dtype=torch.float64)
    torch.testing.assert_close(model.decode(model.encode(x)), x, rtol=1e-12, atol=1e-12)


def check_samples_have_the_entropy_of_the_model(make: Make = NICE) -> None:
    """A logistic variable has 2 nats of entropy, to which the map adds minus log |det dh/dx|."""
    model = _model(make, 6, couplings=3)
    _, log_p = model(model.sample(4000))
    torch.testing.assert_close(log_p.mean(), model.log_scale.sum() - 2 * 6, rtol=0, atol=0.3)


def check_three_couplings_let_all_meet_all(make: Make = NICE) -> None:
    x = torch.randn(6, dtype=torch.float64)
    met = [int(jacrev(_model(make, 6, couplings).encode)(x).count_nonzero()) for couplings in (1, 2, 3)]
    assert met == [6 + 9, 36 - 6, 36], f"pairs that meet within one, two and three couplings: {met}"


def check_two_couplings_are_a_reversible_block(make: Make = NICE) -> None:
    model, x = _model(make, 6, couplings=2), torch.randn(7, 6, dtype=torch.float64)
    y_2, y_1 = ReversibleBlock(*model.functions)(x[:, 1::2], x[:, ::2])
    torch.testing.assert_close(model.encode(x) / model.log_scale.exp(), torch.stack([y_1, y_2], dim=-1).flatten(1))


class _DoNotAlternate(NICE):
    def moved(self, turn: int) -> int:
        return 1


class _VolumeForgotten(NICE):
    def log_volume(self) -> Tensor:
        return torch.zeros_like(self.log_scale).sum()


class _GaussianPrior(NICE):
    def log_prior(self, h: Tensor) -> Tensor:
        return -h.square() / 2 - math.log(2 * math.pi) / 2


class _InverseInForwardOrder(NICE):
    def decode(self, h: Tensor) -> Tensor:
        return self.couple(h * (-self.log_scale).exp(), range(len(self.functions)), sign=-1)


MUTANTS = {"halves_do_not_alternate": _DoNotAlternate, "volume_forgotten": _VolumeForgotten,
           "gaussian_prior": _GaussianPrior, "inverse_in_forward_order": _InverseInForwardOrder}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def wave(phase: Tensor, frequency: Tensor) -> Tensor:
    """cos(frequency t + phase) at t = 0 .. 7: (N,), (N,) -> (N, 8)."""
    return torch.cos(frequency[:, None] * torch.arange(8, device=phase.device) + phase[:, None])


def noisy_waves(count: int, device: str) -> Tensor:
    """Waves (N, 8) of random phase and of frequency 0.4 to 1.2, with noise N(0, 0.1²) on every value."""
    phase, frequency = torch.rand(2, count, device=device)
    return wave(2 * math.pi * phase, 0.4 + 0.8 * frequency) + 0.1 * torch.randn(count, 8, device=device)


def true_log_density(x: Tensor) -> Tensor:
    """Log p (N,) of noisy waves (N, 8); a fine grid of phases and frequencies replaces the integral over both."""
    phase, frequency = ((torch.arange(count, device=x.device) + 0.5) / count for count in (128, 64))
    clean = wave(*torch.cartesian_prod(2 * math.pi * phase, 0.4 + 0.8 * frequency).T)               # (8192, 8)
    log_p = -(torch.cdist(x, clean) / 0.1).square() / 2 - 8 * math.log(0.1 * math.sqrt(2 * math.pi))
    return log_p.logsumexp(dim=1) - math.log(len(clean))


def mlp(*widths: int) -> nn.Sequential:
    layers = [layer for sizes in pairwise(widths) for layer in (nn.ReLU(), nn.Linear(*sizes))]
    return nn.Sequential(*layers[1:])


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """About 8,400 parameters, new waves at every step: yield (step, truth minus model, in nats on 1,000 other waves).

    The Gaussian has no learning rate: its mean and covariance are those of 100,000 waves.
    """
    torch.manual_seed(seed)
    unseen = noisy_waves(1000, device)
    truth = true_log_density(unseen).mean()
    if arm == "gaussian":
        many = noisy_waves(100_000, device)
        yield 0, (truth - MultivariateNormal(many.mean(dim=0), torch.cov(many.T)).log_prob(unseen).mean()).item()
        return
    couplings, hidden = {"two_couplings": (2, 60), "four_couplings": (4, 41)}[arm]
    model = NICE(8, *(mlp(4, hidden, hidden, 4) for _ in range(couplings))).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    for step in range(1, 1201):
        optimizer.param_groups[0]["lr"] = lr * (1 - (step - 1) / 1200)
        optimizer.zero_grad()
        (-model(noisy_waves(128, device))[1].mean()).backward()
        optimizer.step()
        if step % 300 == 0:
            with torch.no_grad():
                yield step, (truth - model(unseen)[1].mean()).item()
    meets = vmap(jacrev(model.encode))(unseen[:100]).abs().mean(dim=0)              # (8, 8)
    by_half = [0, 2, 4, 6, 1, 3, 5, 7]
    yield Picture("how much h_i (row) depends on x_j, odd variables first", meets[by_half][:, by_half].detach().cpu(),
                  labels=([f"h{i + 1}" for i in by_half], [f"x{j + 1}" for j in by_half]))


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Three matrix products in each m; samples and weights are read, h and log p(x) written."""
    n, d, h, couplings = (case.sizes[k] for k in "NDHL")
    weights = couplings * (2 * d // 2 * h + h * h)
    return Work(flop=2 * n * weights, min_bytes=itemsize * (n * (2 * d + 1) + weights))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[
        dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]], tuple[Tensor]]:
    """Variables and likelihood of every sample; the baseline takes the determinant of the Jacobian."""
    n, d, h, couplings = (case.sizes[k] for k in "NDHL")
    model = NICE(d, *(mlp(d // 2, h, h, d // 2) for _ in range(couplings))).to(device, dtype)
    return ({"torch.func.jacrev": lambda x: by_jacobian(model.encode, x), "reference": model},
            (torch.randn(n, d, device=device, dtype=dtype),))
