"""AlexNet: a large convolutional network on two GPUs, kept from overfitting by random patches of its images.

    b_i(x, y) = a_i(x, y) / (k + alpha sum_j a_j(x, y)²)^beta            Krizhevsky et al. 2012, section 3.3

j runs over those of the n maps around i that exist; n = 5, k = 2, alpha = 1e-4, beta = 0.75. torch multiplies by
alpha / n instead, so it is given 5e-4. Max pooling takes 3 by 3 fields with stride 2, which overlap (section 3.4).
Layers 2, 4 and 5 run in two separate halves, one per GPU (section 3.2): 61 million parameters instead of 62.
Training takes a random patch of each image; testing averages probabilities over the corners and the middle (4.1).

Shapes: N images, V patches of each, C maps or channels, H by W pixels, K classes.
"""
from collections.abc import Callable, Iterator
from functools import partial
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="alexnet", papers=["key:alexnet"], role="model", symbols=["AlexNet", "LocalResponseNorm", "OverPatches"],
    patterns=["convolution", "regularization-by-noise", "activation", "model-parallel", "data-augmentation"],
    oracle="torch.nn:LocalResponseNorm", bench=[Case("lrn-layer-1", {"N": 4, "C": 96, "H": 55, "W": 55})],
    properties=["kernels_equal_section_3_5", "neighbors_inhibit", "training_patches_are_windows"],
    mutants=["alpha_over_n", "fields_side_by_side", "one_tower"],
    claim=Claim(
        text="From 60 digits, random patches in training and five in testing generalize better than the middle alone",
        metric="test_accuracy", better="higher", grade="A", budget_s=8,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"middle": Arm(expect="<0.656", settings={"lr": 0.003}),
              "patches": Arm(expect=">0.656", settings={"lr": 0.003})},
    ),
    deviations=["patches of 227 pixels, which the kernels need (the text says 224)",
                "no reflections, no changes of color; weights start as in torch (paper: N(0, 0.01²), biases 0 or 1)"],
)


class LocalResponseNorm(nn.Module):
    """Divide each map of (N, C, *) by the activity of the n maps around it, itself included, at the same position."""

    def __init__(self, n: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75) -> None:
        super().__init__()
        self.n, self.k, self.alpha, self.beta = n, k, alpha, beta

    def forward(self, a: Tensor) -> Tensor:
        framed = F.pad(a.square().movedim(1, -1), (self.n // 2, (self.n - 1) // 2))     # zeros beyond the outer maps
        activity = framed.unfold(-1, self.n, 1).sum(dim=-1).movedim(-1, 1)              # (N, C, *)
        return a / (self.k + self.alpha * activity) ** self.beta


class AlexNet(nn.Module):
    """Patches (N, channels, side, side) to scores (N, classes); `shrink` divides the width of every layer."""

    def __init__(self, classes: int = 1000, side: int = 227, channels: int = 3, shrink: int = 1, field: int = 3,
                 towers: int = 2, norm: Callable[[], nn.Module] = LocalResponseNorm) -> None:
        super().__init__()
        left = (side - 35) // 32                                                        # 227 -> 55 -> 27 -> 13 -> 6
        a, b, c, d, e, full = (width // shrink for width in (96, 256, 384, 384, 256, 4096))
        pool = partial(nn.MaxPool2d, field, stride=2)
        self.features = nn.Sequential(
            nn.Conv2d(channels, a, 11, stride=4), nn.ReLU(), norm(), pool(),
            nn.Conv2d(a, b, 5, padding=2, groups=towers), nn.ReLU(), norm(), pool(),
            nn.Conv2d(b, c, 3, padding=1), nn.ReLU(),
            nn.Conv2d(c, d, 3, padding=1, groups=towers), nn.ReLU(),
            nn.Conv2d(d, e, 3, padding=1, groups=towers), nn.ReLU(), pool())
        self.classify = nn.Sequential(nn.Dropout(), nn.Linear(e * left * left, full), nn.ReLU(),
                                      nn.Dropout(), nn.Linear(full, full), nn.ReLU(), nn.Linear(full, classes))

    def forward(self, patches: Tensor) -> Tensor:
        return self.classify(self.features(patches).flatten(1))


class OverPatches(nn.Module):
    """Images of any size to log-probabilities (N, K), by a net for patches of `side` by `side`: section 4.1."""

    def __init__(self, net: nn.Module, side: int) -> None:
        super().__init__()
        self.net, self.side = net, side

    def forward(self, images: Tensor) -> Tensor:
        patches = self.patches(images)                                                  # (N, V, C, side, side)
        scores = self.net(patches.flatten(0, 1)).unflatten(0, patches.shape[:2])        # (N, V, K)
        return scores.log_softmax(dim=-1).logsumexp(dim=1) - log(patches.shape[1])      # log of the mean probability

    def patches(self, images: Tensor) -> Tensor:
        """In training, one random patch of each image; otherwise the four corners and the middle."""
        windows = images.unfold(2, self.side, 1).unfold(3, self.side, 1)        # (N, C, corners, corners, side, side)
        n, (down, right) = len(images), windows.shape[2:4]
        if self.training:
            return windows[torch.arange(n), :, torch.randint(down, (n,)), torch.randint(right, (n,))][:, None]
        top, left = [0, 0, down - 1, down - 1, (down - 1) // 2], [0, right - 1, 0, right - 1, (right - 1) // 2]
        return windows[:, :, top, left].transpose(1, 2)


# -- how we know that it is right -------------------------------------------------------------------------------------
Make = Callable[..., AlexNet]


def oracle(make: Make = AlexNet) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """A narrow net in evaluation mode, against torch's norm and halves that are convolved one after the other."""
    net = make(5, side=67, channels=2, shrink=16)
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.1)
    ours = OverPatches(net, 67).double().eval()
    return ours, partial(_half_by_half, dict(net.named_parameters())), 1 + 2 * torch.randn(2, 2, 69, 70).double()


def _half_by_half(p: dict[str, Tensor], images: Tensor) -> Tensor:
    def convolve(x: Tensor, layer: int, padding: int, halves: int) -> Tensor:
        weights, biases = (p[f"features.{layer}.{what}"].chunk(halves) for what in ("weight", "bias"))
        parts = map(partial(F.conv2d, padding=padding), x.chunk(halves, dim=1), weights, biases)
        return F.relu(torch.cat(list(parts), dim=1))

    total: Tensor = torch.zeros(())
    for top, left in ((0, 0), (0, 3), (2, 0), (2, 3), (1, 1)):
        patch = images[:, :, top:top + 67, left:left + 67]
        x = F.relu(F.conv2d(patch, p["features.0.weight"], p["features.0.bias"], stride=4))
        x = F.max_pool2d(F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2), 3, 2)
        x = F.max_pool2d(F.local_response_norm(convolve(x, 4, 2, 2), 5, alpha=5e-4, beta=0.75, k=2), 3, 2)
        x = convolve(convolve(convolve(x, 8, 1, 1), 10, 1, 2), 12, 1, 2).amax(dim=(2, 3))
        x = F.relu(F.linear(x, p["classify.1.weight"], p["classify.1.bias"]))
        x = F.relu(F.linear(x, p["classify.4.weight"], p["classify.4.bias"]))
        total = total + F.linear(x, p["classify.6.weight"], p["classify.6.bias"]).softmax(dim=-1)
    return (total / 5).log()


def check_kernels_equal_section_3_5(make: Make = AlexNet) -> None:
    """Kernels 11 x 11 x 3, 5 x 5 x 48, 3 x 3 x 256, 192, 192, and 60 million parameters; on the meta device."""
    with torch.device("meta"):
        net = make()
    kernels = [tuple(layer.weight.shape) for layer in net.features if isinstance(layer, nn.Conv2d)]
    assert kernels == [(96, 3, 11, 11), (256, 48, 5, 5), (384, 256, 3, 3), (384, 192, 3, 3), (256, 192, 3, 3)], kernels
    assert round(sum(parameter.numel() for parameter in net.parameters()) / 1e6) == 61


def check_neighbors_inhibit(make: Make = AlexNet) -> None:
    """A louder map quiets the two on either side of it, and no others."""
    norm, maps = make(2, side=67, shrink=16).get_submodule("features.2"), torch.rand(2, 9, 3, 3) + 1
    louder = torch.cat([maps[:, :4], 100 * maps[:, 4:5], maps[:, 5:]], dim=1)
    quieter = (norm(louder) / norm(maps)).amax(dim=(0, 2, 3)) < 1
    assert quieter.tolist() == [index in (2, 3, 5, 6) for index in range(9)], quieter


def check_training_patches_are_windows(make: Make = AlexNet) -> None:
    """On an image whose values number its pixels, each patch is one window, and every corner occurs."""
    net = make(2, side=67, channels=1, shrink=16)
    patches = OverPatches(net, 67).patches(torch.arange(69.0 * 69).view(1, 1, 69, 69).expand(200, -1, -1, -1))[:, 0, 0]
    corners, expected = patches[:, 0, 0], torch.arange(67.0)[:, None] * 69 + torch.arange(67.0)
    torch.testing.assert_close(patches - corners[:, None, None], expected.expand_as(patches))
    assert sorted(set(corners.tolist())) == [69.0 * top + left for top in range(3) for left in range(3)]


MUTANTS: dict[str, Make] = {
    "alpha_over_n": partial(AlexNet, norm=partial(LocalResponseNorm, alpha=1e-4 / 5)),
    "fields_side_by_side": partial(AlexNet, field=2), "one_tower": partial(AlexNet, towers=1)}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Sixty digits at random places in 12 by 12, a small net of the same layer types: yield (step, test accuracy)."""
    from reference_impls.harness.data import shifted_digits
    (x, y), (x_test, y_test) = shifted_digits(12, device)
    border = {"middle": 0, "patches": 2}[arm]                   # without a border the only patch is the middle
    x, x_test = (F.pad(images[:, None], [border] * 4) for images in (x[:60], x_test))
    torch.manual_seed(seed)
    net = OverPatches(nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), LocalResponseNorm(), nn.MaxPool2d(3, 2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), LocalResponseNorm(), nn.MaxPool2d(3, 2), nn.Flatten(),
        nn.Dropout(), nn.Linear(128, 128), nn.ReLU(), nn.Dropout(), nn.Linear(128, 10)), side=12).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for step in range(1, 801):
        batch = torch.randint(60, (32,), device=device)
        optimizer.zero_grad()
        F.nll_loss(net.train()(x[batch]), y[batch]).backward()
        optimizer.step()
        if step % 200 == 0:
            with torch.no_grad():
                yield step, (net.eval()(x_test).argmax(-1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """The norm: nine operations per value (square, four sums, scale, shift, power, divide); one read, one write."""
    values = case.sizes["N"] * case.sizes["C"] * case.sizes["H"] * case.sizes["W"]
    return Work(flop=9 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """Local response normalization after the first layer."""
    variants = {"torch.nn.LocalResponseNorm": nn.LocalResponseNorm(5, 5e-4, k=2), "reference": LocalResponseNorm()}
    return variants, (torch.randn([case.sizes[k] for k in "NCHW"], device=device, dtype=dtype),)
