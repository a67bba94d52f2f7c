"""Spectral normalization: each weight is divided by its largest singular value, so that no layer stretches its input.

    W_SN    = W / sigma(W)                                             Miyato et al. 2018, eq. (8)
    v, u    = W^T u / |W^T u|, W v / |W v|                             Algorithm 1: one power iteration
    sigma   = u^T W v                                                  Algorithm 1
    dV / dW = (E[delta h^T] - lambda u v^T) / sigma                    eq. (12), lambda = E[delta^T W_SN h]

h enters the layer and delta = dV / d(W_SN h). A network of such layers, with activations of slope one at most, changes
by no more than its input does, eq. (7). u is kept between passes: weights move slowly, so one iteration keeps up.
Conventions: u and v are constants for the gradient; a convolution's weight counts as a matrix (O, I), as in the paper,
which bounds the layer's stretching only roughly; evaluation does not iterate. `bound` asks for another constant than 1.
Longer than most: the game of the claim is played twice, with a slow and a fast discriminator.

Shapes: weight (O, *) with O outputs, as a matrix (O, I); u (O,), v (I,); N rows in the benchmark.
"""
import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from reference_impls.generative.gan import GAN
from reference_impls.generative.nice import mlp
from reference_impls.generative.wgan_gp import clip, ring
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="spectralnorm", papers=["arxiv:1802.05957"], role="layer", symbols=["SpectralNorm"],
    patterns=["normalization", "adversarial"],
    oracle="torch.nn.utils.parametrizations:spectral_norm",
    properties=["largest_singular_value_is_one", "network_stretches_nothing", "gradient_is_equation_12",
                "one_iteration_keeps_up"],
    mutants=["sigma_held_constant", "start_forgotten", "frobenius_norm", "flattened_by_inputs"],
    claim=Claim(
        text="Whether the discriminator learns slowly or fast, a generator learns from it when its weights are "
             "spectrally normalized; when they are clipped, no setting suits both",
        metric="worst_energy_distance", better="lower", grade="B", budget_s=3,
        grid={"lr": [0.0003, 0.001, 0.003], "limit": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]},
        arms={"spectral_normalization": Arm(expect="<0.09", settings={"lr": 0.001, "limit": 3.0}),
              "weight_clipping": Arm(expect=">0.09", settings={"lr": 0.001, "limit": 0.01})}),
    bench=[Case("linear", {"N": 256, "O": 1024, "I": 1024})], equations=["7", "8", "12"],
    deviations=["a `bound` other than 1, shared out over the layers, is tuned in the claim; the paper keeps 1",
                "an iteration in every forward pass, as in torch; the paper makes one for each update"],
)


class SpectralNorm(nn.Module):
    """A linear layer or convolution that computes with its weight divided by sigma(weight), times `bound`."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, bound: float = 1.0, iterations: int = 1) -> None:
        super().__init__()
        self.layer, self.bound, self.iterations = layer, bound, iterations
        self.u: Tensor
        self.v: Tensor
        self.u, self.v = (nn.Buffer(F.normalize(torch.randn(size, device=layer.weight.device), dim=0))
                          for size in self.matrix().shape)

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.iterate()
        out: Tensor = functional_call(self.layer, {"weight": self.weight()}, (x,))
        return out

    def weight(self) -> Tensor:
        return self.bound * self.layer.weight / self.sigma()                            # eq. (8)

    def sigma(self) -> Tensor:
        return self.u @ (self.matrix() @ self.v)

    @torch.no_grad()
    def iterate(self) -> None:
        for _ in range(self.iterations):                # new tensors: an earlier pass may still need the old ones
            self.v = F.normalize(self.matrix().T @ self.u, dim=0)
            self.u = F.normalize(self.matrix() @ self.v, dim=0)

    def matrix(self) -> Tensor:
        return self.layer.weight.flatten(1)                                             # (O, I)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., SpectralNorm]


def oracle(make: Make = SpectralNorm) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """A convolution and a linear layer, and torch's normalization of the same weights from the same vectors.

    Torch starts an iteration from v, except with dim=1, where it works on the transposed weight: then our u is its v.
    The convolution has dim=0 and starts from the exact vectors, which an iteration leaves as they are.
    """
    first, last = make(nn.Conv2d(3, 4, 3)), make(nn.Linear(16, 5))
    left, _, right = torch.linalg.svd(first.matrix().detach().double())
    ours = nn.Sequential(first, nn.ReLU(), nn.Flatten(), last).double()
    first.u, first.v = left[:, 0], right[0]
    by_torch = [spectral_norm(nn.Conv2d(3, 4, 3)), spectral_norm(nn.Linear(16, 5), dim=1)]
    conv, linear = (layer.double().get_submodule("parametrizations.weight.0") for layer in by_torch)
    conv.load_state_dict({"_u": first.u, "_v": first.v})
    linear.load_state_dict({"_u": last.v, "_v": last.u})

    def theirs(x: Tensor) -> Tensor:
        hidden = F.conv2d(x, conv(first.layer.weight), first.layer.bias).relu().flatten(1)
        return F.linear(hidden, linear(last.layer.weight), last.layer.bias)

    return ours, theirs, 1 + 2 * torch.randn(6, 3, 4, 4, dtype=torch.float64)


def check_largest_singular_value_is_one(make: Make = SpectralNorm) -> None:
    for layer in (nn.Linear(7, 5), nn.Conv2d(2, 6, 3)):
        normalized = make(layer, iterations=400).double()
        for bound in (1.0, 2.5):
            normalized.iterate()
            normalized.bound = bound
            largest = torch.linalg.matrix_norm(normalized.weight().flatten(1), ord=2)
            torch.testing.assert_close(largest, torch.tensor(bound).double(), rtol=1e-3, atol=0)


def check_network_stretches_nothing(make: Make = SpectralNorm) -> None:
    """Eq. (7), for points far from each other and close together; with weights five times as large as usual."""
    layers = [make(nn.Linear(*sizes), iterations=200).double() for sizes in ((6, 20), (20, 20), (20, 3))]
    for each in layers:
        each.layer.weight.data *= 5
    net = nn.Sequential(layers[0], nn.LeakyReLU(0.1), layers[1], nn.ReLU(), layers[2])
    x = 1 + 2 * torch.randn(200, 6, dtype=torch.float64)
    for apart in (0.001, 3.0):
        y = x + apart * torch.randn_like(x)
        stretched = (net(x) - net(y)).norm(dim=1) / (x - y).norm(dim=1)
        assert stretched.max() <= 1.01, f"stretched {stretched.max()} times"


def check_gradient_is_equation_12(make: Make = SpectralNorm) -> None:
    layer = make(nn.Linear(6, 4)).double()
    u, sigma, v = torch.linalg.svd(layer.layer.weight.detach())
    layer.u, layer.v = u[:, 0], v[0]
    h, aim = 1 + 2 * torch.randn(9, 6, dtype=torch.float64), torch.randn(9, 4, dtype=torch.float64)
    out = layer(h)
    value = (out - aim).square().sum(dim=1).mean()
    delta = 2 * (out - aim)                                                             # of each sample
    ahead = h @ (layer.layer.weight / sigma[0]).T                                       # W_SN h
    exact = (delta.T @ h / 9 - (delta * ahead).sum(dim=1).mean() * torch.outer(u[:, 0], v[0])) / sigma[0]
    torch.testing.assert_close(torch.autograd.grad(value, layer.layer.weight)[0], exact)


def check_one_iteration_keeps_up(make: Make = SpectralNorm) -> None:
    """A weight that changes a little before every pass: after the first passes sigma is always nearly right."""
    layer = make(nn.Linear(40, 30))
    for step in range(120):
        layer.layer.weight.data += 0.005 * torch.randn(30, 40)
        layer(torch.randn(1, 40))
        if step > 60:
            largest = torch.linalg.matrix_norm(layer.weight(), ord=2)
            assert 0.99 < largest < 1.1, f"largest singular value {largest}"


class _SigmaHeldConstant(SpectralNorm):
    def sigma(self) -> Tensor:
        return super().sigma().detach()


class _StartForgotten(SpectralNorm):
    def iterate(self) -> None:
        self.u = F.normalize(torch.randn_like(self.u), dim=0)
        super().iterate()


class _FrobeniusNorm(SpectralNorm):
    def sigma(self) -> Tensor:
        return self.matrix().norm()


class _FlattenedByInputs(SpectralNorm):
    def matrix(self) -> Tensor:
        return self.layer.weight.transpose(0, 1).reshape(len(self.layer.weight), -1)


MUTANTS = {"sigma_held_constant": _SigmaHeldConstant, "start_forgotten": _StartForgotten,
           "frobenius_norm": _FrobeniusNorm, "flattened_by_inputs": _FlattenedByInputs}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def energy_distance(a: Tensor, b: Tensor) -> float:
    return (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()


def demo(arm: str, seed: int, lr: float, limit: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Eight Gaussians on a ring: yield (step, worst of the mean distances at the end with either discriminator)."""
    worst = 0.0
    for turn, pace in enumerate((0.001, 0.1), 1):
        torch.manual_seed(seed)
        generator, layers = mlp(4, 64, 64, 2), mlp(2, 64, 64, 64, 1)
        if arm == "spectral_normalization":             # four layers share out the limit
            layers = nn.Sequential(*(SpectralNorm(each, limit ** 0.25) if isinstance(each, nn.Linear) else each
                                     for each in layers))
        game, distances = GAN(generator, layers).to(device), []
        of_g, of_d = (torch.optim.Adam(net.parameters(), rate, betas=(0.5, 0.9), fused=True)
                      for net, rate in ((game.generator, lr), (game.discriminator, pace)))
        for step in range(1, 251):
            of_d.zero_grad()
            game.discriminator_loss(ring(128, device), torch.randn(128, 4, device=device)).backward()
            of_d.step()
            if arm == "weight_clipping":
                clip(game.discriminator, limit)
            of_g.zero_grad()
            game.generator_loss(torch.randn(128, 4, device=device)).backward()
            of_g.step()
            if step > 150 and step % 20 == 10:
                data, fake = ring(1000, device), game.generator(torch.randn(1000, 4, device=device)).detach()
                distances.append(energy_distance(data, fake))
        worst = max(worst, sum(distances) / len(distances))
        yield 250 * turn, worst
    column, row = (8 * fake * torch.tensor([1, -1], device=device) + 20).round().long().clamp(0, 40).T
    counts = torch.bincount(41 * row + column, minlength=41 * 41).view(41, 41).float().cpu()
    yield Picture("samples, taught by the fast discriminator, from -2.5 to 2.5 each way", counts)


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """The product of the layer, and three of the weight with a vector."""
    n, o, i = (case.sizes[k] for k in "NOI")
    return Work(2 * (n + 3) * o * i, itemsize * (n * (o + i) + o * i))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """A linear layer in training. One singular value stands out, so that u is at rest and all calls agree."""
    n, o, i = (case.sizes[k] for k in "NOI")
    layer = nn.Linear(i, o)
    layer.weight.data += torch.outer(torch.randn(o), torch.randn(i)) / 100
    ours, theirs = SpectralNorm(copy.deepcopy(layer), iterations=1), spectral_norm(layer)
    for _ in range(20):
        ours.iterate()
    return ({"torch.nn.utils.parametrizations.spectral_norm": theirs.to(device, dtype),
             "reference": ours.to(device, dtype)}, (torch.randn(n, i, device=device, dtype=dtype),))
