"""Batch normalization: standardize every channel over the mini-batch, and remember the statistics for later.

    y = (x - mean) / sqrt(var + eps) * weight + bias                  Ioffe & Szegedy 2015, Algorithm 1
    running <- (1 - momentum) * running + momentum * statistic        section 3.1, used when evaluating (Algorithm 2)

mean and var run over all samples and positions of one channel. Two variances are easily confused: the batch is
normalized by the biased one (divided by m); the running one averages the unbiased one, m / (m - 1) times as large.
momentum is the weight of the new statistic, as in torch; elsewhere it is often the weight of the old one.

Shapes: N samples, C channels, * any positions (H, W in the benchmark), m values per channel in the batch.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="batchnorm",
    papers=["arxiv:1502.03167"],
    role="layer",
    symbols=["BatchNorm"],
    patterns=["normalization", "moving-average", "regularization-by-noise"],
    oracle="torch.nn:BatchNorm2d",
    properties=["running_statistics_equal_torch", "evaluation_ignores_the_batch", "scale_of_weights_cancels"],
    mutants=["constant_statistics", "unbiased_in_batch", "momentum_of_the_old", "biased_in_running", "never_evaluates"],
    claim=Claim(
        text="Twenty sigmoid layers learn in 100 steps with batch normalization; without it, they fail at every "
             "learning rate and initial scale of the grid",
        metric="test_accuracy",
        better="higher",
        grid={"lr": [0.03, 0.1, 0.3, 1.0, 3.0], "gain": [1.0, 2.0, 4.0, 8.0, 12.0, 16.0]},
        arms={"plain": Arm(expect="<0.6", settings={"lr": 0.3, "gain": 12.0}),
              "batchnorm": Arm(expect=">0.6", settings={"lr": 0.3, "gain": 2.0})},
        grade="A",
        budget_s=2,
    ),
    bench=[Case("resnet-stage1", {"N": 8, "C": 64, "H": 56, "W": 56}),
           Case("resnet-stage1-gpu", {"N": 32, "C": 64, "H": 56, "W": 56})],
    deviations=["running statistics are exponential averages, as in torch; Algorithm 2 averages over further batches"],
    equations=["Algorithm 1", "Algorithm 2"],
)


class BatchNorm(nn.Module):
    """Normalize each channel of (N, C) or (N, C, *) over all samples and positions.

    Args:
        channels: C.
        eps: added to the variance, under the root.
        momentum: weight of the new statistic in the running one.

    Raises:
        ValueError: training on one value per channel, which has no variance.
    """

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))   # gamma
        self.bias = nn.Parameter(torch.zeros(channels))    # beta
        self.running_mean = nn.Buffer(torch.zeros(channels))
        self.running_var = nn.Buffer(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        mean, var = self.batch_statistics(x) if self.training else (self.running_mean, self.running_var)
        per_channel = (-1,) + (1,) * (x.dim() - 2)                                      # broadcast over N and *
        normalized = (x - mean.view(per_channel)) * torch.rsqrt(var.view(per_channel) + self.eps)
        return normalized * self.weight.view(per_channel) + self.bias.view(per_channel)

    def batch_statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and biased variance (C,) of each channel of (N, C, *); the running statistics follow them."""
        values = x.transpose(0, 1).flatten(1).to(self.running_mean.dtype)    # (C, m); autocast may lower the precision
        m = values.shape[1]
        if m < 2:
            raise ValueError(f"one value per channel in an input {tuple(x.shape)} has no variance; use larger batches")
        mean = values.mean(dim=1)
        var = (values - mean[:, None]).square().mean(dim=1)
        self.running_mean.lerp_(mean.detach(), self.momentum)
        self.running_var.lerp_(var.detach() * m / (m - 1), self.momentum)               # unbiased: Algorithm 2
        return mean, var       # not detached: the gradient also flows through the statistics, section 2


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[..., nn.Module]


def oracle(make: Make = BatchNorm) -> tuple[nn.Module, nn.Module, Tensor]:
    """Ours and torch's with the same random weights, in training mode, and an input far from standard."""
    ours, theirs = make(4).double(), nn.BatchNorm2d(4).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict(), strict=False)            # torch also counts the batches
    return ours, theirs, 3 + 2 * torch.randn(5, 4, 7, 3, dtype=torch.float64)


def check_running_statistics_equal_torch(make: Make = BatchNorm) -> None:
    ours, theirs = make(4, momentum=0.3).double(), nn.BatchNorm1d(4, momentum=0.3).double()
    for batch in 3 + 2 * torch.randn(5, 6, 4, dtype=torch.float64):    # five batches of six
        ours(batch)
        theirs(batch)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    x = torch.randn(1, 4, dtype=torch.float64)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def check_evaluation_ignores_the_batch(make: Make = BatchNorm) -> None:
    layer, x = make(4).double().eval(), 3 + torch.randn(6, 4, 5, dtype=torch.float64)
    torch.testing.assert_close(layer(x)[:1], layer(x[:1]))


def check_scale_of_weights_cancels(make: Make = BatchNorm) -> None:
    """Section 3.3: BN(a W u) = BN(W u), and its gradient for a W is 1 / a of that for W."""
    u, direction = torch.randn(2, 8, 4, dtype=torch.float64)
    weight = torch.randn(4, 4, dtype=torch.float64)
    outputs, gradients = [], []
    for a in (1.0, 10.0):
        scaled = (a * weight).requires_grad_()
        outputs.append(make(4, eps=1e-15).double()(u @ scaled.T))
        gradients.append(a * torch.autograd.grad((outputs[-1] * direction).sum(), scaled)[0])
    torch.testing.assert_close(*outputs)
    torch.testing.assert_close(*gradients)


class _ConstantStatistics(BatchNorm):
    def batch_statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, var = super().batch_statistics(x)
        return mean.detach(), var.detach()


class _UnbiasedInBatch(BatchNorm):
    def batch_statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, _ = super().batch_statistics(x)
        return mean, x.transpose(0, 1).flatten(1).var(dim=1)


class _BiasedInRunning(BatchNorm):
    def batch_statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        before = self.running_var.clone()
        mean, var = super().batch_statistics(x)
        self.running_var.copy_(before.lerp(var.detach(), self.momentum))
        return mean, var


class _NeverEvaluates(BatchNorm):
    def train(self, mode: bool = True) -> "_NeverEvaluates":
        return super().train()


MUTANTS: dict[str, Make] = {
    "constant_statistics": _ConstantStatistics, "unbiased_in_batch": _UnbiasedInBatch,
    "momentum_of_the_old": lambda channels, eps=1e-5, momentum=0.1: BatchNorm(channels, eps, 1 - momentum),
    "biased_in_running": _BiasedInRunning, "never_evaluates": _NeverEvaluates,
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, gain: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Digits, twenty sigmoid layers, SGD, weights of deviation gain / sqrt(64): yield (step, test accuracy)."""
    from reference_impls.harness.data import digits

    norm: dict[str, Callable[[], nn.Module]] = {"plain": nn.Identity, "batchnorm": lambda: BatchNorm(64)}
    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    linear = [nn.Linear(64, 64) for _ in range(20)]
    for layer in linear:
        nn.init.normal_(layer.weight, std=gain / 8)      # tuned too: plain nets of six layers then learn, more slowly
        nn.init.zeros_(layer.bias)
    hidden = [part for layer in linear for part in (layer, norm[arm](), nn.Sigmoid())]
    net = nn.Sequential(*hidden, nn.Linear(64, 10)).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr)
    for step in range(1, 101):
        batch = torch.randint(len(x), (64,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net.train()(x[batch]), y[batch]).backward()
        optimizer.step()
        if step % 20 == 0:
            with torch.no_grad():
                yield step, (net.eval()(x_test).argmax(-1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Seven operations per value (two sums, subtract, square; normalize, scale, shift); one read, one write."""
    values = case.sizes["N"] * case.sizes["C"] * case.sizes["H"] * case.sizes["W"]
    return Work(flop=7 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """One layer in training mode over (N, C, H, W)."""
    n, c, h, w = (case.sizes[k] for k in "NCHW")
    variants = {"torch.nn.BatchNorm2d": nn.BatchNorm2d(c), "reference": BatchNorm(c)}
    return ({name: layer.to(device, dtype) for name, layer in variants.items()},
            (torch.randn(n, c, h, w, device=device, dtype=dtype),))
