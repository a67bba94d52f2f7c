"""Residual networks: let a block learn what to add to its input, so that depth does not hurt.

    y = relu(F(x) + W_s x),   F = norm(conv(relu(norm(conv(x)))))     He et al. 2016, eq. (1), (2), figure 2

W_s is the identity or, where a block halves the resolution and widens, every second pixel and zeros for the new
channels ("option A": no parameters). So a residual and a plain network have the same parameters: a fair comparison.
This is the network of section 4.2 (CIFAR): 6 n + 2 weighted layers, the activation after the addition.

Shapes: N images, C channels, H by W pixels; n blocks per stage, three stages of C, 2C, 4C channels.
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="resnet",
    papers=["arxiv:1512.03385"],
    role="model",
    symbols=["BasicBlock", "ResNet"],
    patterns=["residual", "convolution", "normalization"],
    oracle="torch.nn.functional:unfold",
    properties=["zero_branch_is_identity", "parameters_equal_table_6"],
    mutants=["no_shortcut", "shortcut_after_relu", "shortcut_pools"],
    claim=Claim(
        text="In 100 steps, 56 plain layers fit the training data far worse than 8; 56 residual ones do not",
        metric="training_accuracy",
        better="higher",
        grid={"lr": [0.003, 0.01, 0.03, 0.1, 0.3]},
        arms={"plain8": Arm(expect=">0.65", settings={"lr": 0.03}),
              "plain56": Arm(expect="<0.65", settings={"lr": 0.03}),
              "residual56": Arm(expect=">0.65", settings={"lr": 0.01})},
        grade="A",
        budget_s=6,
    ),
    bench=[Case("block-28", {"N": 4, "C": 64, "H": 28, "W": 28}),
           Case("block-56-gpu", {"N": 8, "C": 64, "H": 56, "W": 56})],
    deviations=["the CIFAR networks only: neither bottlenecks nor projection shortcuts (options B and C)"],
    equations=["1", "2"],
)


def conv3x3(channels_in: int, channels_out: int, stride: int = 1) -> nn.Conv2d:
    """Without bias, since a norm follows; He initialization, as in section 3.4."""
    conv = nn.Conv2d(channels_in, channels_out, kernel_size=3, stride=stride, padding=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return conv


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut, (N, channels_in, H, W) to (N, channels_out, H / stride, W / stride) rounded up.

    Raises:
        ValueError: fewer output channels than input channels.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__()
        if channels_out < channels_in:
            raise ValueError(f"the shortcut cannot narrow from {channels_in} to {channels_out} channels")
        self.stride, self.new_channels = stride, channels_out - channels_in
        self.branch = nn.Sequential(
            conv3x3(channels_in, channels_out, stride), nn.BatchNorm2d(channels_out), nn.ReLU(),
            conv3x3(channels_out, channels_out), nn.BatchNorm2d(channels_out))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x) + self.shortcut(x))                                # eq. (1), (2)

    def shortcut(self, x: Tensor) -> Tensor:
        """W_s x: every second pixel where the branch strides, zeros for channels that the input does not have."""
        return F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.new_channels))


class PlainBlock(BasicBlock):
    """The same layers without the shortcut: the baseline for residual networks."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x))


class ResNet(nn.Module):
    """Section 4.2: images (N, channels, H, W) to scores (N, classes), by 6 * blocks + 2 weighted layers."""

    def __init__(self, blocks: int, width: int = 16, channels: int = 3, classes: int = 10,
                 block: Callable[[int, int, int], nn.Module] = BasicBlock) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv3x3(channels, width), nn.BatchNorm2d(width), nn.ReLU())
        stages, before = [], width                                         # (N, C, H, W) -> (N, 4C, H/4, W/4)
        for c, stride in ((width, 1), (2 * width, 2), (4 * width, 2)):
            stages += [block(before, c, stride), *(block(c, c, 1) for _ in range(blocks - 1))]
            before = c
        self.stages = nn.Sequential(*stages)
        self.classify = nn.Linear(4 * width, classes)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.classify(self.stages(self.stem(images)).mean(dim=(2, 3)))    # global average pooling
        return scores


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[..., nn.Module]


def oracle(make: Make = BasicBlock) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """A whole network against matrix products over patches: our parameters, none of our layers."""
    ours = ResNet(2, width=3, channels=2, classes=5, block=make).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, mean=0.1, std=0.5)
    return ours, partial(_over_patches, ours), 1 + 2 * torch.randn(4, 2, 9, 7, dtype=torch.float64)


def _over_patches(net: nn.Module, images: Tensor) -> Tensor:
    """The scores of a ResNet(2); its parameters come in the order in which they are applied."""
    given = iter(net.parameters())

    def convolve(x: Tensor, stride: int = 1) -> Tensor:
        weight, gamma, beta = next(given), next(given), next(given)
        y = weight.flatten(1) @ F.unfold(x, 3, padding=1, stride=stride)        # (O, 9 C) @ (N, 9 C, positions)
        var, mean = torch.var_mean(y, dim=(0, 2), correction=0, keepdim=True)
        y = (y - mean) / (var + 1e-5).sqrt() * gamma[:, None] + beta[:, None]
        return y.view(*y.shape[:2], -1, (x.shape[3] + stride - 1) // stride)

    x = convolve(images).clamp(min=0)
    for stride in (1, 1, 2, 1, 2, 1):
        y = convolve(convolve(x, stride).clamp(min=0))
        x = torch.cat([x[:, :, ::stride, ::stride], torch.zeros_like(y)[:, x.shape[1]:]], dim=1)
        x = (x + y).clamp(min=0)
    return x.flatten(2).mean(dim=2) @ next(given).T + next(given)


def check_zero_branch_is_identity(make: Make = BasicBlock) -> None:
    """When the last norm scales by zero, inputs that are not negative pass unchanged, and so do gradients."""
    block, x = make(4, 4), torch.rand(3, 4, 5, 5).requires_grad_()
    nn.init.zeros_(block.get_parameter("branch.4.weight"))
    torch.testing.assert_close(block(x), x)
    direction = torch.randn(3, 4, 5, 5)
    torch.testing.assert_close(torch.autograd.grad(block(x), x, direction)[0], direction)


def check_parameters_equal_table_6(make: Make = BasicBlock) -> None:
    """Table 6: millions of parameters of the networks with 20, 32, 44, 56 and 110 layers."""
    for blocks, millions in ((3, 0.27), (5, 0.46), (7, 0.66), (9, 0.85), (18, 1.7)):
        count = sum(parameter.numel() for parameter in ResNet(blocks, block=make).parameters()) / 1e6
        assert abs(count - millions) < 0.04 * millions, f"{6 * blocks + 2} layers have {count:.3f}M parameters"


class _ShortcutAfterRelu(BasicBlock):
    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x)) + self.shortcut(x)


class _ShortcutPools(BasicBlock):
    def shortcut(self, x: Tensor) -> Tensor:
        return F.pad(F.avg_pool2d(x, self.stride, ceil_mode=True), (0, 0, 0, 0, 0, self.new_channels))


MUTANTS = {"no_shortcut": PlainBlock, "shortcut_after_relu": _ShortcutAfterRelu, "shortcut_pools": _ShortcutPools}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Digits, C = 8, SGD with momentum: yield (step, accuracy on all training data, as one batch)."""
    from reference_impls.harness.data import digits
    blocks, block = {"plain8": (1, PlainBlock), "plain56": (9, PlainBlock), "residual56": (9, BasicBlock)}[arm]
    images, y = digits(device)[0]
    x = images.view(-1, 1, 8, 8)
    torch.manual_seed(seed)
    net = ResNet(blocks, width=8, channels=1, block=block).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
    for step in range(1, 101):
        batch = torch.randint(len(x), (32,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
        if step % 25 == 0:
            with torch.no_grad():
                yield step, (net(x).argmax(-1) == y).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """The two convolutions of a block; least traffic: its input and weights in, its output out."""
    n, c, h, w = (case.sizes[k] for k in "NCHW")
    return Work(flop=2 * 2 * 9 * c * c * n * h * w, min_bytes=(2 * n * c * h * w + 2 * 9 * c * c) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """A block against torch's own layers in sequence: the difference is what the shortcut costs."""
    n, c, h, w = (case.sizes[k] for k in "NCHW")
    row = nn.Sequential(nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU(),
                        nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU())
    return ({"torch.nn without shortcut": row.to(device, dtype), "reference": BasicBlock(c, c).to(device, dtype)},
            (torch.randn(n, c, h, w, device=device, dtype=dtype),))
