"""Densely connected networks: a layer adds a few feature maps of its own and reads those of all layers before it.

    x_l = H_l([x_0, x_1, ..., x_{l-1}])                              Huang et al. 2016, eq. (2); [...] concatenates

H_l is batch norm, ReLU and a 3x3 convolution to k maps, the growth rate, so layer l reads k_0 + k (l - 1) maps and may
be narrow: what was computed once stays readable. "B" puts a bottleneck in front: norm, ReLU and a 1x1 convolution to
4 k maps. Between dense blocks a transition halves the resolution: norm, 1x1 convolution, the mean of every 2x2 pixels.
"C" makes it keep a fraction theta of the maps. As in the authors' code, though not in the words of the paper, a
transition has a ReLU after its norm.

This is the network of section 3 for small images: a convolution to 16 maps (2 k with "BC", where theta = 1/2), three
blocks of n layers, then norm, ReLU and the mean over all pixels: 3 n + 4 weighted layers, or 6 n + 4 with "B".

Longer than most: to be independent of concatenation, the oracle builds the whole network a second time.
Shapes: N images, C channels, H by W pixels; n (below L) layers in each block, each of growth rate k (K).
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.convnets.resnet import ResNet, conv3x3
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="densenet", papers=["arxiv:1608.06993"], role="model", symbols=["DenseBlock", "DenseNet"],
    patterns=["residual", "convolution", "normalization"],
    oracle="closed form: a convolution of its own for each earlier layer, with its part of the weights, summed",
    properties=["block_keeps_its_input_and_adds_k_maps_per_layer", "parameters_equal_table_2"],
    mutants=["reads_the_last_layer_only", "norm_after_relu", "transition_takes_the_maximum", "no_compression",
             "narrow_bottleneck"],
    claim=Claim(
        text="After 150 steps a DenseNet with 4,290 parameters is more accurate than a ResNet with 4,934",
        metric="test_accuracy", better="higher", grade="B", budget_s=3,
        grid={"lr": [0.03, 0.1, 0.3, 1.0]},
        arms={"dense": Arm(expect=">0.898", settings={"lr": 0.3}),
              "residual": Arm(expect="<0.898", settings={"lr": 0.3})},
    ),
    bench=[Case("l6k12-28", {"N": 4, "C": 24, "H": 28, "W": 28, "L": 6, "K": 12})],
    deviations=["the networks for small images only, and no dropout"],
    equations=["2"],
)


def conv1x1(channels_in: int, channels_out: int) -> nn.Conv2d:
    conv = nn.Conv2d(channels_in, channels_out, kernel_size=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return conv


def composite(channels_in: int, conv: nn.Conv2d) -> list[nn.Module]:
    """Norm, ReLU, convolution: the norm comes first, so each layer scales what it reads in its own way."""
    return [nn.BatchNorm2d(channels_in), nn.ReLU(), conv]


class DenseBlock(nn.Module):
    """(N, C, H, W) to (N, C + layers * k, H, W)."""

    def __init__(self, channels: int, layers: int, k: int, bottleneck: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(self.layer(channels + k * before, k, bottleneck) for before in range(layers))

    @staticmethod
    def layer(channels: int, k: int, bottleneck: bool) -> nn.Sequential:
        """H_l: (N, channels, H, W) to (N, k, H, W)."""
        if not bottleneck:
            return nn.Sequential(*composite(channels, conv3x3(channels, k)))
        return nn.Sequential(*composite(channels, conv1x1(channels, 4 * k)), *composite(4 * k, conv3x3(4 * k, k)))

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self.layers:
            maps.append(layer(torch.cat(maps, dim=1)))                                  # eq. (2)
        return torch.cat(maps, dim=1)


class DenseNet(nn.Module):
    """Images (N, channels, H, W) to scores (N, classes); by default DenseNet-BC."""

    def __init__(self, layers: int, k: int, channels: int = 3, classes: int = 10, bottleneck: bool = True,
                 theta: float = 0.5, block: type[DenseBlock] = DenseBlock) -> None:
        super().__init__()
        width = 2 * k if bottleneck and theta < 1 else 16
        stages: list[nn.Module] = [conv3x3(channels, width)]
        for number in range(3):                                             # (N, C, H, W) -> (N, C', H/4, W/4)
            if number:
                stages.append(self.transition(width, width := int(theta * width)))
            stages.append(block(width, layers, k, bottleneck))
            width += layers * k
        self.stages = nn.Sequential(*stages, nn.BatchNorm2d(width), nn.ReLU())
        self.classify = nn.Linear(width, classes)

    @staticmethod
    def transition(channels_in: int, channels_out: int) -> nn.Sequential:
        return nn.Sequential(*composite(channels_in, conv1x1(channels_in, channels_out)), nn.AvgPool2d(2))

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.classify(self.stages(images).mean(dim=(2, 3)))            # global average pooling
        return scores


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., DenseNet]


def oracle(make: Make = DenseNet) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """A whole DenseNet-BC without concatenation: our parameters, none of our layers; images of odd sizes."""
    ours = make(2, 3, channels=2, classes=5).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, mean=0.1, std=0.5)
    return ours, partial(_layer_by_layer, ours), 1 + 2 * torch.randn(4, 2, 9, 7, dtype=torch.float64)


def _layer_by_layer(net: nn.Module, images: Tensor) -> Tensor:
    """Scores by sums over earlier layers; the parameters of the network come in the order in which they are applied."""
    given = iter(net.parameters())

    def composed(sources: list[Tensor]) -> Tensor:
        gamma, beta, weight = next(given), next(given), next(given)
        terms, first = [], 0
        for x in sources:
            part = slice(first, first := first + x.shape[1])
            var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0, keepdim=True)
            x = (x - mean) / (var + 1e-5).sqrt() * gamma[part, None, None] + beta[part, None, None]
            terms.append(_convolved(x.clamp(min=0), weight[:, part]))
        return torch.stack(terms).sum(dim=0)

    sources = [_convolved(images, next(given))]
    for block in range(3):
        if block:
            y = composed(sources)
            h, w = y.shape[2] // 2 * 2, y.shape[3] // 2 * 2
            sources = [torch.stack([y[:, :, i:h:2, j:w:2] for i in (0, 1) for j in (0, 1)]).mean(dim=0)]
        for _ in range(2):
            sources.append(composed([composed(sources)]))
    return composed(sources).mean(dim=(2, 3)) + next(given)             # the mean after the classifier, ours before it


def _convolved(x: Tensor, weight: Tensor) -> Tensor:
    """A convolution as a matrix product over patches; a classifier (O, C) is a 1x1 kernel."""
    kernel = weight.shape[2] if weight.ndim == 4 else 1
    return (weight.flatten(1) @ F.unfold(x, kernel, padding=kernel // 2)).view(len(x), -1, *x.shape[2:])


def check_block_keeps_its_input_and_adds_k_maps_per_layer(make: Make = DenseNet) -> None:
    block = next(module for module in make(4, 3).modules() if isinstance(module, DenseBlock))
    x = 1 + 2 * torch.randn(5, 6, 4, 4)
    y = block(x)
    assert torch.equal(y[:, :6], x), "the block changes its input"
    assert y.shape == (5, 6 + 4 * 3, 4, 4), f"6 maps became {y.shape[1]}"


def check_parameters_equal_table_2(make: Make = DenseNet) -> None:
    """Table 2: millions of parameters of networks with L weighted layers and growth rate k, without and with BC."""
    for weighted, k, bottleneck, millions in ((40, 12, False, 1.0), (100, 12, False, 7.0), (100, 24, False, 27.2),
                                              (100, 12, True, 0.8), (250, 24, True, 15.3), (190, 40, True, 25.6)):
        with torch.device("meta"):                                                      # shapes only
            net = (make((weighted - 4) // 6, k) if bottleneck
                   else make((weighted - 4) // 3, k, bottleneck=False, theta=1))
        count = sum(parameter.numel() for parameter in net.parameters()) / 1e6
        assert abs(count - millions) < 0.05, f"L = {weighted}, k = {k}: {count:.2f}M, not {millions}M parameters"


class _ReadsTheLast(DenseBlock):
    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self.layers:
            maps.append(layer(torch.cat([*map(torch.zeros_like, maps[:-1]), maps[-1]], dim=1)))
        return torch.cat(maps, dim=1)


class _ReluFirst(DenseBlock):
    @staticmethod
    def layer(channels: int, k: int, bottleneck: bool) -> nn.Sequential:
        norm, relu, *others = DenseBlock.layer(channels, k, bottleneck)
        return nn.Sequential(relu, norm, *others)


class _Narrow(DenseBlock):
    @staticmethod
    def layer(channels: int, k: int, bottleneck: bool) -> nn.Sequential:
        width = k if bottleneck else channels
        return nn.Sequential(*composite(channels, conv1x1(channels, width)), *composite(width, conv3x3(width, k)))


class _Maximum(DenseNet):
    @staticmethod
    def transition(channels_in: int, channels_out: int) -> nn.Sequential:
        return nn.Sequential(*composite(channels_in, conv1x1(channels_in, channels_out)), nn.MaxPool2d(2))


MUTANTS: dict[str, Make] = {
    "reads_the_last_layer_only": partial(DenseNet, block=_ReadsTheLast),
    "norm_after_relu": partial(DenseNet, block=_ReluFirst), "transition_takes_the_maximum": _Maximum,
    "no_compression": partial(DenseNet, theta=1), "narrow_bottleneck": partial(DenseNet, block=_Narrow)}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Digits anywhere on 12 by 12 pixels, SGD with momentum, a learning rate that falls to 0: yield (step, accuracy on
    all test data as one batch).
    """
    from reference_impls.harness.data import shifted_digits
    train, test = shifted_digits(12, device)
    torch.manual_seed(seed)
    net = DenseNet(2, k=4, channels=1, bottleneck=False) if arm == "dense" else ResNet(1, width=4, channels=1)
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, total_iters=150)
    for step in range(1, 151):
        batch = torch.randint(len(train[0]), (64,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net(train[0][batch].unsqueeze(1)), train[1][batch]).backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            with torch.no_grad():
                yield step, (net(test[0].unsqueeze(1)).argmax(-1) == test[1]).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Two convolutions in each layer; least traffic: weights, norms and input in, the concatenation out."""
    n, c, h, w, layers, k = (case.sizes[s] for s in "NCHWLK")
    read = sum(c + k * before for before in range(layers))                              # maps, by all layers together
    weights = 4 * k * read + layers * 9 * 4 * k * k
    return Work(2 * n * h * w * weights,
                itemsize * (weights + 2 * (read + layers * 4 * k) + n * h * w * (2 * c + layers * k)))


class _Pairs(DenseBlock):
    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """A block against one that joins each layer's maps to what is there, and never more than two tensors."""
    n, c, h, w, layers, k = (case.sizes[s] for s in "NCHWLK")
    return ({name: block(c, layers, k, bottleneck=True).to(device, dtype)
             for name, block in {"torch.nn, joined two by two": _Pairs, "reference": DenseBlock}.items()},
            (torch.randn(n, c, h, w, device=device, dtype=dtype),))
