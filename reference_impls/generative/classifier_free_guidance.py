"""Classifier-free guidance: run the net with and without the class, and go further in the direction it points to.

    eps~ = (1 + w) eps_theta(x_t, t, c) - w eps_theta(x_t, t)                                Ho & Salimans 2022, eq. (6)

One net learns both predictions, because training replaces the class by "none" with probability p_uncond (Algorithm 1).
The reverse steps take eps~ for the noise (Algorithm 2). With exact predictions that is the guidance of `adm` with scale
1 + w and no classifier, since log p(c|x) and log p(x|c) - log p(x) have the same gradient:

    -eps~ / sqrt(1 - abar_t) = grad log p(x_t) + (1 + w) grad log p(c|x_t)

Conventions: w is the paper's, so w = 0 is the conditional model as it is; others call 1 + w the guidance scale. The
chain is that of `ddpm`, with abar in place of the paper's log signal-to-noise ratio.

Longer than most: the oracle builds all it compares from densities, not from parts of other implementations.

Shapes: N samples of any shape *; T steps; t is (N,), one step number for each sample; y is (N,), one of C classes, or
the number C for "none".
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, distributions, nn, optim
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reference_impls.generative._mixture import Mixture
from reference_impls.generative._net import TimedNet
from reference_impls.generative.ddpm import GaussianDiffusion, Predictor
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="classifier-free-guidance", papers=["arxiv:2207.12598"], role="sampler", symbols=["ClassifierFreeDiffusion"],
    patterns=["denoising", "latent-variable", "parameter-sharing"],
    oracle="closed form: torch differentiates log p(x) + (1 + w) log p(c|x) of a mixture written as distributions",
    properties=["weight_zero_is_the_class"],
    claim=Claim(
        text="One net run with and without the class gives more fidelity and less diversity than with the class alone",
        metric="fidelity_for_diversity", better="higher", grade="A", budget_s=2,
        grid={"lr": [3e-4, 0.001, 0.003, 0.01, 0.03]},
        arms={"guided": Arm(expect=">0.08381", settings={"lr": 0.01}),
              "plain": Arm(expect="<0.08381", settings={"lr": 0.01})}),
    mutants=["weights_swapped", "weight_starts_at_one", "one_coin_for_all"],
    bench=[Case("guided-step", {"N": 128, "D": 12288})], equations=["6"],
    deviations=["steps as in `ddpm`: discrete, with the variance beta_t, which the paper interpolates"],
)

Net = Callable[[Tensor, Tensor, Tensor], Tensor]        # x_t (N, *), t (N,) and y (N,) -> the noise in x_t (N, *)


class ClassifierFreeDiffusion(GaussianDiffusion):
    """The process fixed by betas (T,), for a net that knows `classes` classes and "none"."""

    def __init__(self, betas: Tensor, classes: int, weight: float = 0.0, drop: float = 0.2) -> None:
        """Args: weight: w; drop: p_uncond."""
        super().__init__(betas)
        self.none, self.weight, self.drop = classes, weight, drop

    def forget(self, y: Tensor) -> Tensor:
        """Replace each class by "none" with probability p_uncond. Algorithm 1."""
        return torch.where(torch.rand(len(y), device=y.device) < self.drop, self.none, y)

    def joint_loss(self, net: Net, x0: Tensor, y: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """The plain squared error, now of a conditional and an unconditional model at once. Algorithm 1."""
        known = self.forget(y)
        return self.loss(lambda x, t: net(x, t, known), x0, t, noise)

    def mix(self, given: Tensor, free: Tensor) -> Tensor:
        """The noise to remove, from the predictions with and without the class. Eq. (6)."""
        return (1 + self.weight) * given - self.weight * free

    def guided(self, net: Net, y: Tensor) -> Predictor:
        """What takes the place of a predictor in `sample`: two answers of the net in one pass. Algorithm 2."""
        both = torch.cat([y, torch.full_like(y, self.none)])
        return lambda x, t: self.mix(*net(torch.cat([x, x]), torch.cat([t, t]), both).chunk(2))


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]
Make = type[ClassifierFreeDiffusion]


def exact(mixture: Mixture) -> Net:
    """The noise expected in a sample of class y, or of any class if y is "none"."""
    def net(x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        classes = len(mixture.centers)
        abar = mixture.process.each(mixture.process.alpha_bar[t], x)
        away = x - abar.sqrt() * mixture.centers[y % classes]
        given = (1 - abar).sqrt() * away / (abar * mixture.spread ** 2 + 1 - abar)
        return torch.where((y < classes)[:, None], given, mixture.noise(x, t))
    return net


def oracle(make: Make = ClassifierFreeDiffusion) -> tuple[Function, Function, Outputs]:
    """Guided noise, the loss and all states of a guided run, from densities that torch differentiates."""
    betas = 0.05 + 0.3 * torch.rand(5, dtype=torch.float64)
    y, t = torch.tensor([0, 2, 1, 1]), torch.tensor([1, 3, 4, 5])

    def ours(x: Tensor, noise: Tensor, centers: Tensor) -> Outputs:
        process, net = make(betas, 3, 1.5, 0.4), exact(Mixture(betas, centers, 0.7))
        guided = process.guided(net, y)
        return guided(x, t), process.joint_loss(net, x, y, t, noise), *process.sample(guided, x)

    def theirs(x: Tensor, noise: Tensor, centers: Tensor) -> Outputs:
        abar = torch.stack([torch.prod(1 - betas[:step]) for step in range(6)])

        def slope(x: Tensor, step: int, label: int, w: float) -> Tensor:
            """Of log p(x) + (1 + w) log p(label|x): of all classes together at w = -1, of the class at w = 0."""
            classes = distributions.Normal(abar[step].sqrt() * centers, (0.49 * abar[step] + 1 - abar[step]).sqrt())
            logs = classes.log_prob(x).sum(dim=1)
            density = logs.logsumexp(dim=0) + (1 + w) * logs.log_softmax(dim=0)[label]
            return torch.autograd.grad(density, x, create_graph=True)[0]

        def denoise(x: Tensor, steps: list[int], weights: list[float]) -> Tensor:
            return torch.stack([-(1 - abar[step]).sqrt() * slope(each, step, label, w)
                                for each, step, label, w in zip(x, steps, y.tolist(), weights)])

        weights, a = [-1.0 if coin < 0.4 else 0.0 for coin in torch.rand(4).tolist()], abar[t, None]
        answers = denoise(a.sqrt() * x + (1 - a).sqrt() * noise, t.tolist(), weights)
        states = [x]
        for step in (5, 4, 3, 2, 1):
            beta, removed = betas[step - 1], denoise(states[-1], [step] * 4, [1.5] * 4)
            mean = (states[-1] - beta / (1 - abar[step]).sqrt() * removed) / (1 - beta).sqrt()
            states.append(mean + beta.sqrt() * torch.randn_like(x) * (step > 1))
        return denoise(x, t.tolist(), [1.5] * 4), (answers - noise).square().mean(), *states[1:]

    return ours, theirs, tuple(1 + torch.randn(n, 2, dtype=torch.float64) for n in (4, 4, 3))


def check_weight_zero_is_the_class(make: Make = ClassifierFreeDiffusion) -> None:
    """Exact noise, three overlapping classes: w = 0 samples N(0.5, 0.4²), the class asked for, and w = -1 all three."""
    betas, centers = torch.linspace(0.001, 0.12, 100), torch.tensor([[-1.0], [0.5], [1.0]])
    everything = (centers.square().mean() - centers.mean() ** 2 + 0.4 ** 2).sqrt()
    for weight, spread, mean in ((0.0, torch.tensor(0.4), centers[1, 0]), (-1.0, everything, centers.mean())):
        process, y = make(betas, 3, weight), torch.ones(4000, dtype=torch.long)
        *_, sample = process.sample(process.guided(exact(Mixture(betas, centers, 0.4)), y), torch.randn(4000, 1))
        torch.testing.assert_close(torch.stack(torch.std_mean(sample)), torch.stack([spread, mean]), rtol=0, atol=0.06)


class _WeightsSwapped(ClassifierFreeDiffusion):
    def mix(self, given: Tensor, free: Tensor) -> Tensor:
        return super().mix(free, given)


class _WeightStartsAtOne(ClassifierFreeDiffusion):
    def mix(self, given: Tensor, free: Tensor) -> Tensor:
        return free + self.weight * (given - free)


class _OneCoinForAll(ClassifierFreeDiffusion):
    def forget(self, y: Tensor) -> Tensor:
        return torch.full_like(y, self.none) if torch.rand(()) < self.drop else y


MUTANTS = {"weights_swapped": _WeightsSwapped, "weight_starts_at_one": _WeightStartsAtOne,
           "one_coin_for_all": _OneCoinForAll}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Eight Gaussians on a ring, w = 1 or 0: yield (step, smaller of accuracy gain and spread loss)."""
    torch.manual_seed(seed)
    turn, y = torch.arange(8, device=device) * torch.pi / 4, torch.arange(4000, device=device) % 8
    centers = 2 * torch.stack([turn.cos(), turn.sin()], dim=1)
    data = centers[y] + 0.7 * torch.randn(4000, 2, device=device)
    process = ClassifierFreeDiffusion(torch.linspace(0.001, 0.12, 100, device=device), 8)
    layers = TimedNet(2 + 8, 2, 64, 100).to(device)
    optimizer = optim.Adam(layers.parameters(), lr)
    average = AveragedModel(layers, multi_avg_fn=get_ema_multi_avg_fn(0.99))

    def told(layers: nn.Module) -> Net:                         # the class as eight numbers, "none" as zeros
        return lambda x, t, y: layers(torch.cat([x, F.one_hot(y, 9)[:, :8]], dim=1), t)

    @torch.no_grad()
    def draw(weight: float, number: int) -> Tensor:
        process.weight = weight
        *_, points = process.sample(process.guided(told(average), y[:number]), torch.randn(number, 2, device=device))
        return points

    def judge(points: Tensor) -> tuple[float, float]:           # accuracy under the exact rule, spread within a class
        hit = torch.cdist(points, centers).argmin(dim=1) == y[:len(points)]
        return hit.float().mean().item(), points.view(-1, 8, 2).std(dim=0).mean().item()

    for step in range(1, 601):
        rows, t = torch.randint(4000, (256,), device=device), torch.randint(1, 101, (256,), device=device)
        optimizer.zero_grad()
        process.joint_loss(told(layers), data[rows], y[rows], t, torch.randn(256, 2, device=device)).backward()
        optimizer.step()
        average.update_parameters(layers)
        if step % 300 == 0:
            (own, whole), (hit, left) = judge(data), judge(draw(float(arm == "guided"), 2000))
            yield step, min(hit - own, 1 - left / whole)
    if arm == "guided":
        shown = torch.cat([draw(w, 600).cpu() + torch.tensor([9.0 * i, 0]) for i, w in enumerate((-1, 0, 1, 3))])
        yield Picture("samples with w = -1 (no class), 0, 1 and 3, with the requested class", shown, kind="points",
                      labels=([str(each) for each in y[:600].tolist()] * 4, []))


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Eight operations for each number of one guided step; x_t, two predictions and z in, x_{t-1} out."""
    return Work(8 * case.sizes["N"] * case.sizes["D"], 5 * case.sizes["N"] * case.sizes["D"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """One guided reverse step without the net, at t = 500 of 1000, against torch's additions with that t's scalars."""
    process = ClassifierFreeDiffusion(torch.linspace(1e-4, 0.02, 1000, device=device), 1, weight=3.0)
    b, abar = process.beta[500].item(), process.alpha_bar[500].item()
    scale, slope = (1 - b) ** -0.5, -b / ((1 - abar) * (1 - b)) ** 0.5
    x, given, free, z = torch.randn(4, case.sizes["N"], case.sizes["D"], device=device, dtype=dtype)

    def ours(x: Tensor, t: Tensor, given: Tensor, free: Tensor, z: Tensor) -> Tensor:
        return process.step(x, t, process.mix(given, free), z)

    def torchs(x: Tensor, t: Tensor, given: Tensor, free: Tensor, z: Tensor) -> Tensor:
        return x.mul(scale).add(torch.lerp(free, given, 4.0), alpha=slope).add(z, alpha=b ** 0.5)

    return ({"torch.lerp": torchs, "reference": ours},
            (x, torch.full((len(x),), 500, device=device), given, free, z))
