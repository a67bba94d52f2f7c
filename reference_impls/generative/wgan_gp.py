"""WGAN-GP: a critic that measures how far samples are from data, held to slope one by a penalty on its gradient.

    W(P_r, P_g) = max over |D|_Lip <= 1 of E[D(x)] - E[D(x~)]         Gulrajani et al. 2017, section 2.2, eq. (2)
    L = E[D(x~)] - E[D(x)] + lambda E[(|grad D(x^)| - 1)²]            eq. (3), the critic's loss
    x^ = epsilon x + (1 - epsilon) x~,  epsilon ~ U[0, 1]             Algorithm 1, line 6
    generator's loss: -E[D(x~)]                                       Algorithm 1, line 12

x are data, x~ = G(z) samples. The best critic has slope one along the straight lines between coupled data and samples
(Proposition 1), so the penalty pulls slopes up to one as well as down. The WGAN before it (Arjovsky et al. 2017) has
no penalty: after each update all weights of the critic are clipped to [-c, c].
Conventions: both losses are minimized; the critic must treat samples one by one, so no batch normalization in it.
Longer than most: the rival is here too, and a measure by which critics of any steepness can be compared.

Shapes: N data or samples of any shape (N, *); noise z (N, J); critic (N, *) -> (N, 1); epsilon (N,).
"""
import math
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from reference_impls.generative.nice import mlp
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="wgan-gp", papers=["arxiv:1704.00028"], role="objective", symbols=["WGANGP", "clip"],
    patterns=["adversarial", "loss-shaping"],
    oracle="closed form: the critic's gradient as a sum over its active units",
    properties=["unit_slope_costs_nothing", "best_critic_finds_the_distance_of_sorted_samples"],
    mutants=["one_norm_for_the_batch", "penalty_at_the_data", "penalty_without_its_gradient", "sides_swapped"],
    claim=Claim(
        text="Between a ring of Gaussians and the same with noise added, a critic with gradient penalty finds more "
             "of the Wasserstein distance than one with clipped weights, which stays too simple",
        metric="distance_found", better="higher", grade="A", budget_s=2,
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.03], "limit": [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]},
        arms={"gradient_penalty": Arm(expect=">0.56", settings={"lr": 0.01, "limit": 1.0}),
              "weight_clipping": Arm(expect="<0.56", settings={"lr": 0.001, "limit": 3.0})}),
    bench=[Case("mlp", {"N": 256, "J": 64, "H": 512, "D": 784})], equations=["2", "3"],
    deviations=["the claim holds the generator fixed at data plus noise, as in the paper's figure 1",
                "lambda is tuned there; with 10, as in the paper, 600 updates are too few"],
)


class WGANGP(nn.Module):
    """A generator (N, J) -> (N, *), a critic (N, *) -> (N, 1), and what each of them minimizes."""

    def __init__(self, generator: nn.Module, critic: nn.Module, weight: float = 10.0) -> None:
        """Args: weight: lambda."""
        super().__init__()
        self.generator, self.critic, self.weight = generator, critic, weight

    def forward(self, x: Tensor, z: Tensor, epsilon: Tensor) -> tuple[Tensor, Tensor]:
        """Both losses for data x (N, *), noise z (N, J) and uniform epsilon (N,)."""
        return self.critic_loss(x, z, epsilon), self.generator_loss(z)

    def critic_loss(self, x: Tensor, z: Tensor, epsilon: Tensor) -> Tensor:
        """Eq. (3), with the generator held fixed."""
        fake = self.generator(z).detach()                                               # x~
        return self.gap(x, fake) + self.weight * self.penalty(x, fake, epsilon)

    def gap(self, x: Tensor, fake: Tensor) -> Tensor:
        return self.critic(fake).mean() - self.critic(x).mean()

    def penalty(self, x: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
        share = epsilon.view(-1, *[1] * (x.dim() - 1))
        return (self.slopes(share * x + (1 - share) * fake) - 1).square().mean()

    def slopes(self, between: Tensor) -> Tensor:
        """Norm (N,) of the critic's gradient at each point (N, *), itself differentiable by the critic's weights."""
        # by a shift of each point; the sum keeps all outputs apart, as none depends on another point
        gradient: Tensor = torch.func.grad(lambda shift: self.critic(between + shift).sum())(torch.zeros_like(between))
        return gradient.flatten(1).norm(dim=1)

    def generator_loss(self, z: Tensor) -> Tensor:
        """Gradients reach the critic as well: step the generator's parameters only."""
        return -self.critic(self.generator(z)).mean()


@torch.no_grad()
def clip(critic: nn.Module, limit: float) -> None:
    """What WGAN does after each update of the critic, in place of the penalty."""
    for parameter in critic.parameters():
        parameter.clamp_(-limit, limit)


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., WGANGP]
Losses = tuple[Tensor, ...]


def by_chain_rule(model: WGANGP, x: Tensor, z: Tensor, epsilon: Tensor) -> Losses:
    """Both losses when D(x) = v relu(W x + b) + c, whose gradient is the sum of v_i W_i over the active units i."""
    first, _, last = model.critic.children()
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    fake, share = model.generator(z), epsilon[:, None]
    held = fake.detach()
    active = first(share * x + (1 - share) * held) > 0                                  # (N, units)
    slopes = ((active * last.weight) @ first.weight).square().sum(dim=1).sqrt()
    value = model.critic(x).mean() - model.critic(held).mean()
    return model.weight * (slopes - 1).square().mean() - value, -model.critic(fake).mean()


def oracle(make: Make = WGANGP) -> tuple[WGANGP, Callable[[Tensor, Tensor, Tensor], Losses], Losses]:
    """Ours, and with the gradient written out."""
    ours = make(mlp(3, 6, 5), mlp(5, 8, 1), weight=0.7).double()
    x, z = 1 + 2 * torch.randn(7, 5, dtype=torch.float64), 1 + 2 * torch.randn(7, 3, dtype=torch.float64)
    return ours, partial(by_chain_rule, ours), (x, z, torch.rand(7, dtype=torch.float64))


def check_unit_slope_costs_nothing(make: Make = WGANGP) -> None:
    """A linear critic of slope s: the penalty is lambda (s - 1)², wherever the points are."""
    x, z = torch.randn(2, 6, 4, dtype=torch.float64)
    for slope in (1.0, 0.4, 3.0):
        critic = nn.Linear(4, 1, bias=False).double()
        critic.weight.data *= slope / critic.weight.data.norm()
        model = make(nn.Identity(), critic, weight=10.0)
        loss = model.critic_loss(x, z, torch.rand(6, dtype=torch.float64))
        torch.testing.assert_close(loss - (critic(z) - critic(x)).mean(), torch.tensor(10 * (slope - 1) ** 2).double())


def check_best_critic_finds_the_distance_of_sorted_samples(make: Make = WGANGP) -> None:
    """On a line W is the mean distance of sorted samples. (If lambda is large, a critic that falls cannot turn.)"""
    x, fake = torch.randn(64, 1) + 2, torch.randn(64, 1) * 0.5
    distance = (x.sort(dim=0).values - fake.sort(dim=0).values).abs().mean()
    model = make(nn.Identity(), mlp(1, 32, 1), weight=0.5)
    optimizer = torch.optim.Adam(model.critic.parameters(), 0.01)
    for _ in range(200):
        optimizer.zero_grad()
        model.critic_loss(x, fake, torch.rand(64)).backward()
        optimizer.step()
    found = distance_found(model.critic, x, fake)
    assert 0.9 * distance < found <= 1.0001 * distance, f"{found} of {distance}"


class _OneNormForTheBatch(WGANGP):
    def slopes(self, between: Tensor) -> Tensor:
        return super().slopes(between).norm(keepdim=True)


class _PenaltyAtTheData(WGANGP):
    def penalty(self, x: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
        return super().penalty(x, fake, torch.ones_like(epsilon))


class _PenaltyWithoutItsGradient(WGANGP):
    def slopes(self, between: Tensor) -> Tensor:
        return super().slopes(between).detach()


class _SidesSwapped(WGANGP):
    def gap(self, x: Tensor, fake: Tensor) -> Tensor:
        return super().gap(fake, x)


MUTANTS = {"one_norm_for_the_batch": _OneNormForTheBatch, "penalty_at_the_data": _PenaltyAtTheData,
           "penalty_without_its_gradient": _PenaltyWithoutItsGradient, "sides_swapped": _SidesSwapped}


# -- what the paper claims, small -------------------------------------------------------------------------------------
@torch.no_grad()
def distance_found(critic: nn.Module, x: Tensor, fake: Tensor) -> float:
    """E[D(x)] - E[D(x~)] over the steepest slope from a sample to a datum: for no D more than W of these points."""
    rise = critic(x) - critic(fake).T                                                   # (N, N): a datum, a sample
    return (rise.mean() / (rise / torch.cdist(x, fake)).max().clamp(min=0)).item()


def ring(count: int, device: str) -> Tensor:
    """Eight Gaussians on a circle of radius 2, scaled to unit variance (N, 2)."""
    angle = torch.randint(8, (count,), device=device) * math.pi / 4
    return (2 * torch.stack([angle.cos(), angle.sin()], dim=1) + 0.02 * torch.randn(count, 2, device=device)) / 2 ** 0.5


def demo(arm: str, seed: int, lr: float, limit: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """A critic of three hidden layers; limit is lambda or c: yield (step, distance found on 500 other pairs)."""
    torch.manual_seed(seed)
    critic = mlp(2, 64, 64, 64, 1).to(device)
    model = WGANGP(nn.Identity(), critic, weight=limit)
    optimizer = torch.optim.Adam(critic.parameters(), lr, betas=(0.0, 0.9), fused=True)     # Algorithm 1

    def pair(count: int) -> tuple[Tensor, Tensor]:
        return ring(count, device), ring(count, device) + torch.randn(count, 2, device=device)

    x, fake = pair(500)
    for step in range(1, 601):
        optimizer.param_groups[0]["lr"] = lr * (1 - (step - 1) / 600)
        optimizer.zero_grad()
        data, held = pair(128)
        if arm == "gradient_penalty":
            model.critic_loss(data, held, torch.rand(128, device=device)).backward()
        else:
            model.gap(data, held).backward()
        optimizer.step()
        if arm == "weight_clipping":
            clip(critic, limit)
        if step % 150 == 0:
            yield step, distance_found(critic, x, fake)
    axis = torch.linspace(-2.5, 2.5, 41, device=device)
    surface = critic(torch.cartesian_prod(-axis, axis)).view(41, 41).detach().cpu()
    yield Picture("the critic over the plane, from -2.5 to 2.5 each way", surface)


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products: the generator runs twice, the critic four times and once backwards to its input."""
    n, j, h, d = (case.sizes[k] for k in "NJHD")
    generator, critic = j * h + h * d, d * h + h
    return Work(2 * n * (2 * generator + 5 * critic), itemsize * (n * (d + j + 1) + generator + critic))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Losses]], Losses]:
    """Both losses with nets of one hidden layer; the baseline needs no second derivatives."""
    n, j, h, d = (case.sizes[k] for k in "NJHD")
    model = WGANGP(mlp(j, h, d), mlp(d, h, 1)).to(device, dtype)
    return ({"gradient by hand": partial(by_chain_rule, model), "reference": model},
            (torch.randn(n, d, device=device, dtype=dtype), torch.randn(n, j, device=device, dtype=dtype),
             torch.rand(n, device=device, dtype=dtype)))
