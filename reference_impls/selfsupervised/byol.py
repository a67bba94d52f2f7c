"""BYOL: a network predicts what a slow average of itself makes of another view; no other images are needed.

    xi <- tau xi + (1 - tau) theta      target network: an average of the online one        Grill et al. 2020, eq. (1)
    L = | q(z) / |q(z)| - z' / |z'| |²  = 2 - 2 cos(q(z), z')                                                  eq. (2)
    z = g_theta(f_theta(v)),    z' = g_xi(f_xi(v'))      v, v': two random views of one image
    loss = L + (L with v and v' exchanged), gradients in theta only                                         section 3.1
    tau = 1 - (1 - tau_base) (cos(pi k / K) + 1) / 2     at step k of K

theta are the encoder f, the projector g and the predictor q, which the target lacks; xi are another f and g. After
training f alone is kept. The loss has a minimum where all images get the same z; nothing in it forbids that.
Conventions: the target starts as a copy of the online network; each view is normalized over its own batch in both; the
loss is a mean over the batch; xi holds weights only, no running statistics of batch normalization.
Longer than most: the heads and their batch normalization are part of the method, and of the oracle.

Shapes: N images; D width of h = f(v), H width inside the heads g and q, E of z.
"""
import math
from collections.abc import Callable, Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.selfsupervised.simclr import probe, random_view, small_encoder

CARD = Card(
    id="byol", papers=["arxiv:2006.07733"], role="objective", symbols=["BYOL", "rising"],
    patterns=["self-supervision", "moving-average", "multi-x", "data-augmentation"],
    oracle="closed form: heads, batch normalization and 2 - 2 cos of each image in loops",
    properties=["target_is_the_average_of_all_steps", "no_gradient_reaches_the_target"],
    mutants=["no_predictor", "no_stop_gradient", "decay_exchanged", "not_normalized", "one_way"],
    claim=Claim(
        text="With BYOL the projections of two views of one image end up much closer to each other than those of two "
             "images; without the predictor, or with gradients through both sides, only a little closer",
        metric="own_minus_other_cosine", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03], "tau_base": [0.0, 0.3, 0.6, 0.9, 0.99, 1.0]},
        arms={"no_predictor": Arm(expect="<0.395", settings={"lr": 0.003, "tau_base": 0.99}),
              "no_stop_gradient": Arm(expect="<0.395", settings={"lr": 0.0001, "tau_base": 0.0}),   # it has no target
              "byol": Arm(expect=">0.395", settings={"lr": 0.01, "tau_base": 0.3})},
    ),
    bench=[Case("n256", {"N": 256, "D": 512, "H": 1024, "E": 256}),
           Case("n1024-gpu", {"N": 1024, "D": 2048, "H": 4096, "E": 256})],
    deviations=["the demo's encoder has three convolutions, its views are turned, moved, scaled and noisy digits; Adam "
                "at a constant rate in place of LARS"],
    equations=["1", "2"],
)


def head(before: int, hidden: int, after: int) -> nn.Sequential:
    """The form of g and of q: (N, before) to (N, after). Normalization would cancel a bias of the first layer."""
    return nn.Sequential(nn.Linear(before, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(),
                         nn.Linear(hidden, after, bias=False))


def rising(base: float, progress: float) -> float:
    """A decay rate that rises from base to 1 along half a cosine, while progress k / K goes from 0 to 1."""
    return 1 - (1 - base) * (math.cos(math.pi * progress) + 1) / 2


class BYOL(nn.Module):
    """An encoder from images (N, *) to h (N, D), with the heads, the target network and the loss that train it."""

    def __init__(self, encoder: nn.Module, width: int, hidden: int, features: int, tau_base: float = 0.99) -> None:
        super().__init__()
        self.tau_base = tau_base
        self.online = nn.Sequential(encoder, head(width, hidden, features))               # theta: f, g
        self.predictor = head(features, hidden, features)                                 # theta: q
        self.target = deepcopy(self.online).requires_grad_(False)                         # xi: f, g

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views of each image, (N, *) and (N, *)."""
        return self.loss(first, second) + self.loss(second, first)

    def loss(self, view: Tensor, other: Tensor) -> Tensor:
        """Mean of eq. (2): the online network sees one view, the target the other."""
        prediction, projection = self.unit(self.predict(self.online(view))), self.unit(self.aim(other))   # (N, E) each
        return (prediction - projection).square().sum(dim=-1).mean()

    def predict(self, z: Tensor) -> Tensor:
        return self.predictor(z)

    def unit(self, z: Tensor) -> Tensor:
        return F.normalize(z, dim=-1)

    def aim(self, view: Tensor) -> Tensor:
        return self.target(view).detach()

    @torch.no_grad()
    def update(self, progress: float) -> None:
        """Move the target after a step of the optimizer, when a share `progress` of all steps is done. Eq. (1)."""
        for xi, theta in zip(self.target.parameters(), self.online.parameters(), strict=True):
            xi.lerp_(theta, 1 - self.tau(progress))

    def tau(self, progress: float) -> float:
        return rising(self.tau_base, progress)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., BYOL]


def oracle(make: Make = BYOL) -> tuple[BYOL, Callable[[Tensor, Tensor], Tensor], tuple[Tensor, Tensor]]:
    """Ours over a layer of tanh units, the target moved away; every sum over the batch and over features in a loop."""
    ours = make(nn.Sequential(nn.Linear(3, 5), nn.Tanh()), 5, 7, 4).double()
    for parameter in ours.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)

    def through(h: list[Tensor], layers: nn.Module) -> list[Tensor]:
        first, scale, shift, last = layers.parameters()
        a = [first @ each for each in h]
        mean = sum(a) / len(a)                                                  # of each feature over the batch
        variance = torch.stack([(each - mean) ** 2 for each in a]).mean(dim=0)
        return [last @ (scale * (each - mean) / (variance + 1e-5).sqrt() + shift).relu() for each in a]

    def project(network: nn.Sequential, view: Tensor) -> list[Tensor]:
        weight, bias = network[0].parameters()
        return through([torch.tanh(weight @ each + bias) for each in view], network[1])

    def theirs(first: Tensor, second: Tensor) -> Tensor:
        total = torch.zeros(())
        for view, other in ((first, second), (second, first)):
            q, z = through(project(ours.online, view), ours.predictor), project(ours.target, other.detach())
            for p, t in zip(q, z, strict=True):
                total = total + 2 - 2 * sum(p * t) / (sum(p * p) * sum(t * t)) ** 0.5
        return total / len(first)

    return ours, theirs, tuple(0.5 + 2 * torch.randn(2, 6, 3, dtype=torch.float64))


def _small(make: Make) -> BYOL:
    return make(nn.Linear(3, 5), 5, 7, 4, tau_base=0.8).double()


def check_target_is_the_average_of_all_steps(make: Make = BYOL) -> None:
    """After k steps xi is tau^k xi_0 + (1 - tau) sum of tau^(k - j) theta_j; at the end of training it stands still."""
    ours = _small(make)
    xi, theta = next(ours.target.parameters()), next(ours.online.parameters())
    start, steps = xi.clone(), torch.randn(6, 5, 3, dtype=torch.float64)
    for step in steps:
        theta.data.copy_(step)
        ours.update(progress=0)
    expected = 0.8 ** 6 * start + sum(0.2 * 0.8 ** (5 - j) * step for j, step in enumerate(steps))
    torch.testing.assert_close(xi, expected)
    theta.data.add_(1)
    ours.update(progress=1)
    torch.testing.assert_close(xi, expected)


def check_no_gradient_reaches_the_target(make: Make = BYOL) -> None:
    """Neither its weights nor the views that only it sees get any."""
    ours = _small(make)
    ours.target.requires_grad_()
    view, other = torch.randn(2, 6, 3, dtype=torch.float64).requires_grad_().unbind()
    found = torch.autograd.grad(ours.loss(view, other), [other, *ours.target.parameters()], allow_unused=True)
    assert all(gradient is None or not gradient.any() for gradient in found), "a gradient reaches the target"


class _NoPredictor(BYOL):
    def predict(self, z: Tensor) -> Tensor:
        return z


class _NoStopGradient(BYOL):
    def aim(self, view: Tensor) -> Tensor:      # and no target: the online network is its own
        return self.online(view)


class _DecayExchanged(BYOL):
    def tau(self, progress: float) -> float:
        return 1 - super().tau(progress)


class _NotNormalized(BYOL):
    def unit(self, z: Tensor) -> Tensor:
        return z


class _OneWay(BYOL):
    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return 2 * self.loss(first, second)


MUTANTS = {"no_predictor": _NoPredictor, "no_stop_gradient": _NoStopGradient, "decay_exchanged": _DecayExchanged,
           "not_normalized": _NotNormalized, "one_way": _OneWay}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, tau_base: float, device: str = "cpu"
         ) -> Iterator[tuple[int, float] | Picture]:
    """1,400 digits without labels: yield (step, mean cosine of z for two views of one test image - for two images)."""
    from reference_impls.harness.data import digits

    (x, y), (x_test, y_test) = digits(device)
    x, x_test = x.view(-1, 1, 8, 8), x_test.view(-1, 1, 8, 8)
    torch.manual_seed(seed)
    make = {"byol": BYOL, "no_predictor": _NoPredictor, "no_stop_gradient": _NoStopGradient}[arm]
    ours = make(small_encoder(), 48, 96, 32, tau_base).to(device)
    optimizer = torch.optim.Adam([*ours.online.parameters(), *ours.predictor.parameters()], lr)
    for step in range(1, 81):
        ours.train()
        batch = x[torch.randint(len(x), (64,), device=device)]
        optimizer.zero_grad()
        ours(random_view(batch), random_view(batch)).backward()
        optimizer.step()
        ours.update(step / 80)
        if step % 20 == 0:
            ours.eval()
            with torch.no_grad():
                first, second = (F.normalize(ours.online(random_view(x_test)), dim=-1) for _ in range(2))
            cosine = first @ second.T                                                     # (397, 397)
            same = torch.eye(len(cosine), dtype=torch.bool, device=device)
            within, between = cosine[same].mean().item(), cosine[~same].mean().item()
            yield step, within - between
    with torch.no_grad():
        h, h_test = ours.online[0](x), ours.online[0](x_test)
    chosen = torch.stack([torch.multinomial((y == digit).float(), 48) for digit in range(10)], dim=1)      # (48, 10)
    accuracy = (probe(h, h_test, y, chosen).argmax(dim=-1) == y_test).float().mean().item()
    yield Picture("cosines of z, and what h is worth", kind="text", text=(
        f"two views of one image: {within:.3f}, views of two images: {between:.3f}\n"
        f"a linear classifier on h, one labeled image of each digit: {accuracy:.3f}"))


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products of three heads on both views; h and the heads' weights are read."""
    n, d, h, e = (case.sizes[k] for k in "NDHE")
    weights = 2 * (d * h + h * e) + 2 * e * h               # g twice, q once
    return Work(flop=2 * 2 * n * weights, min_bytes=(2 * n * d + weights) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, Tensor]]:
    """Heads and loss, from h of two views; the baseline takes torch's cosine similarity."""
    class Torchs(BYOL):
        def loss(self, view: Tensor, other: Tensor) -> Tensor:
            return 2 - 2 * F.cosine_similarity(self.predict(self.online(view)), self.aim(other), dim=-1).mean()

    n, d, h, e = (case.sizes[k] for k in "NDHE")
    return ({name: make(nn.Identity(), d, h, e).to(device, dtype)
             for name, make in (("torch.cosine_similarity", Torchs), ("reference", BYOL))},
            tuple(torch.randn(2, n, d, device=device, dtype=dtype)))
