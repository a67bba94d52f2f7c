"""PReLU: a rectifier that learns its slope on the negative side, and initial weights that suit rectifiers.

    f(y) = y where y > 0, else a y,  with a learned                                      He et al. 2015, eq. (1)
    dE/da = sum over y of dE/df(y) df(y)/da,   df(y)/da = 0 where y > 0, else y                   eq. (2), (3)
    Var[y_l] = (1 + a^2) / 2 * n Var[w] * Var[y_{l-1}]                                     eq. (8), there for a = 0
    so Var[w] = 2 / ((1 + a^2) n), in short He initialization: variance neither fades nor grows with depth

A rectifier passes half of the second moment. Weights of variance 1/n, which suit linear units (Glorot's), lose the
other half in each layer: after 30 layers a billionth is left, and of gradients too. Counting the outputs of a layer
instead of its inputs, n' in place of n, keeps the variance of gradients (eq. 14); either of the two is enough.

Each channel has its own slope (axis 1, or the only axis, as in torch), or all share one; it starts at 1/4, and weight
decay would pull it toward plain rectifiers. At y = 0 the slope is a, as in torch. Biases start at zero.

Shapes: N samples, C channels, * any positions; N samples of D units in the benchmark.
"""
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="prelu", papers=["arxiv:1502.01852"], role="layer", symbols=["PReLU", "deviation"], patterns=["activation"],
    oracle="torch.nn:PReLU", equations=["1", "2", "3", "8", "10", "14"],
    properties=["slope_gets_the_sum_over_its_channel", "shared_slope", "deviation_is_torchs",
                "variance_over_depth_is_the_product"],
    mutants=["slope_on_both_sides", "slope_is_constant", "slope_on_the_last_axis", "leaks_a_hundredth",
             "slope_is_squared"],
    claim=Claim(
        text="Thirty plain layers of rectifiers learn if initial weights have variance 2/n, or with PReLU the variance "
             "that its slope asks for; with 1/n they stay at chance at every learning rate",
        metric="test_accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.1, 1.0]},
        arms={"relu_glorot": Arm(expect="<0.301", settings={"lr": 0.0003}),
              "relu_he": Arm(expect=">0.301", settings={"lr": 0.003}),
              "prelu_he": Arm(expect=">0.301", settings={"lr": 0.001})},
    ),
    bench=[Case("mlp", {"N": 2048, "D": 1024})],
    deviations=["not claimed: that PReLU classifies better than ReLU, which the paper shows for convolutional networks",
                "tried first: 64 units a layer, a fixed rate; relu_he missed its threshold on one fresh seed of three"],
)


class PReLU(nn.Module):
    """Rectify (N, C, *) with a slope for each of `channels`, or one for all (1)."""

    def __init__(self, channels: int = 1, slope: float = 0.25) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), slope))                  # a_i

    def forward(self, y: Tensor) -> Tensor:
        return torch.where(y > 0, y, self.slopes(y) * y)                            # eq. (1)

    def slopes(self, y: Tensor) -> Tensor:
        """The slopes, shaped to be broadcast over samples and positions: (C, 1, ..., 1)."""
        return self.weight.view(-1, *[1] * (y.dim() - 2))


def deviation(weight: Tensor, slope: float = 0.0, backward: bool = False) -> float:
    """Standard deviation for initial weights (outputs, inputs, *kernel) between rectifiers of this slope."""
    outputs, inputs = weight.shape[:2]
    n = (outputs if backward else inputs) * weight[0, 0].numel()                    # connections: eq. (14) or eq. (10)
    return (2 / ((1 + slope ** 2) * n)) ** 0.5


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., PReLU]


def oracle(make: Make = PReLU) -> tuple[nn.Module, nn.Module, Tensor]:
    """Ours and torch's with the same random slopes, and images of either sign with exact zeros among them."""
    ours, theirs = make(5).double(), nn.PReLU(5).double()
    nn.init.normal_(ours.weight)
    theirs.load_state_dict(ours.state_dict())
    y = 1 + 3 * torch.randn(4, 5, 5, 5, dtype=torch.float64)
    y[:, :, ::2] = 0.0
    return ours, theirs, y


def check_slope_gets_the_sum_over_its_channel(make: Make = PReLU) -> None:
    """Eq. (2) and (3), number by number."""
    layer, y, given = make(3).double(), *torch.randn(2, 4, 3, 6, dtype=torch.float64)
    by_hand = [sum(given[n, c, p] * (0 if y[n, c, p] > 0 else y[n, c, p]) for n in range(4) for p in range(6))
               for c in range(3)]
    found, = torch.autograd.grad(layer(y), layer.weight, given)
    torch.testing.assert_close(found, torch.stack(by_hand))


def check_shared_slope(make: Make = PReLU) -> None:
    """One slope for all channels, of an input with and without channels; it starts at 1/4."""
    for y in (torch.randn(7, dtype=torch.float64), torch.randn(4, 3, 2, dtype=torch.float64)):
        torch.testing.assert_close(make().double()(y), y.clamp(min=0) + y.clamp(max=0) / 4)


def check_deviation_is_torchs(make: Make = PReLU) -> None:
    for weight in (torch.empty(30, 20, dtype=torch.float64), torch.empty(8, 6, 3, 5, dtype=torch.float64)):
        for slope, backward in ((0.0, False), (0.25, True), (1.0, False)):
            torch.manual_seed(0)
            ours = weight.clone().normal_() * deviation(weight, slope, backward)
            torch.manual_seed(0)
            theirs = nn.init.kaiming_normal_(weight.clone(), slope, "fan_out" if backward else "fan_in")
            torch.testing.assert_close(ours, theirs)


def check_variance_over_depth_is_the_product(make: Make = PReLU) -> None:
    """Eq. (9) and (13): variance of signals and of gradients after ten layers, with He's weights and with 1/n."""
    layer, slope = make(1, 0.25).double(), 0.25
    for gain, kept in ((1.0, 1.0), (((1 + slope ** 2) / 2) ** 0.5, ((1 + slope ** 2) / 2) ** 10)):
        x = torch.randn(64, 512, dtype=torch.float64, requires_grad=True)
        y = x
        for _ in range(10):
            weight = torch.randn(512, 512, dtype=torch.float64)
            y = layer(y) @ weight.T * (gain * deviation(weight, slope))
        given = torch.randn_like(y)
        back, = torch.autograd.grad(y, x, given)
        for ratio in (y.var() / x.var(), back.var() / given.var()):
            assert 0.7 < ratio / kept < 1.4, f"after ten layers {ratio:.3g} of the variance is left, not {kept:.3g}"


def _with(forward: Callable[[PReLU, Tensor], Tensor]) -> Make:
    return type("_Mutant", (PReLU,), {"forward": forward})


MUTANTS: dict[str, Make] = {
    "slope_on_both_sides": _with(lambda layer, y: layer.slopes(y) * y),
    "slope_is_constant": _with(lambda layer, y: torch.where(y > 0, y, layer.slopes(y).detach() * y)),
    "slope_on_the_last_axis": _with(lambda layer, y: torch.where(y > 0, y, layer.weight * y)),
    "leaks_a_hundredth": _with(lambda layer, y: F.leaky_relu(y, 0.01) + 0 * layer.weight.sum()),
    "slope_is_squared": _with(lambda layer, y: torch.where(y > 0, y, layer.slopes(y).square() * y)),
}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Digits, 30 layers with 128 units between, SGD with momentum at a falling rate: yield (step, test accuracy)."""
    from reference_impls.harness.data import digits

    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    net = nn.Sequential()
    for inputs, outputs in pairwise([64] + [128] * 29 + [10]):
        net.append(linear := nn.Linear(inputs, outputs))
        std = inputs ** -0.5 if arm == "relu_glorot" else deviation(linear.weight, 0.25 if arm == "prelu_he" else 0.0)
        nn.init.normal_(linear.weight, std=std)
        nn.init.zeros_(linear.bias)
        net.append(PReLU(outputs) if arm == "prelu_he" else nn.ReLU())
    del net[-1]                                                                     # no rectifier at the end
    optimizer = torch.optim.SGD(net.to(device).parameters(), lr, momentum=0.9)
    for step in range(1, 121):
        optimizer.param_groups[0]["lr"] = lr * (121 - step) / 120
        batch = torch.randint(len(x), (32,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
        if step % 40 == 0:
            with torch.no_grad():
                yield step, (net(x_test).argmax(dim=-1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """One comparison and one product per value; one read, one write, and the slopes."""
    n, d = case.sizes["N"], case.sizes["D"]
    return Work(flop=2 * n * d, min_bytes=(2 * n * d + d) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """One layer over (N, D), with a slope for each unit."""
    n, d = case.sizes["N"], case.sizes["D"]
    variants = {"torch.nn.PReLU": nn.PReLU(d), "reference": PReLU(d)}
    return ({name: layer.to(device, dtype) for name, layer in variants.items()},
            (torch.randn(n, d, device=device, dtype=dtype),))
