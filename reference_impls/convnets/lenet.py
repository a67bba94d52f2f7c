"""LeNet-5: convolution and subsampling alternate, so that what is seen counts more than exactly where it is.

    y = f(c (x_1 + x_2 + x_3 + x_4) + b)                    subsampling: 2 by 2 fields, c and b per map; section II-B
    x_i = f(a_i),  f(a) = A tanh(S a)                       LeCun et al. 1998, eq. (5), (6); A = 1.7159, S = 2/3
    y_i = sum_j (x_j - w_ij)²                               penalty of class i: its distance to a fixed code, eq. (7)
    E   = mean of y_D + log(exp(-j) + sum_i exp(-y_i))      D the right class; eq. (9), here without the constant j

C1 (6 maps) S2 C3 (16) S4 C5 (120) F6 (84 units) and the codes. C layers have kernels of 5 by 5; a map of C3 reads only
some of S2 (Table I), so that its maps do not become alike: 60,000 parameters. C5 is a convolution too, so a larger
image gets an answer for every window of 32 by 32, four pixels apart (section VII).

Shapes: N images, C maps, H by W pixels; h by w windows, one for 32 by 32.
"""
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.convnets.cnn_1989 import Squash, dense
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="lenet", papers=["key:lenet"], role="model", symbols=["LeNet5", "Subsampling"],
    patterns=["convolution", "parameter-sharing", "inductive-bias"], equations=["5", "6", "7", "9"],
    oracle="torch.nn.functional:conv2d", properties=["parameters_equal_the_paper", "larger_image_is_read_in_windows"],
    mutants=["max_pooling", "every_map_is_read", "distance_without_square"], bench=[Case("lenet-5", {"N": 64})],
    claim=Claim(
        text="On moved, rotated and resized digits, LeNet-5 generalizes better than full connection of its size",
        metric="test_accuracy", better="higher", grade="B", budget_s=6,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"full": Arm(expect="<0.81", settings={"lr": 0.01}), "lenet": Arm(expect=">0.81", settings={"lr": 0.003})}
    ),
    deviations=["the codes are seven-segment digits (paper: ASCII)", "kernels start as in torch, not within ±2.4 / F",
                "the claim trains with Adam, on penalties / 20: otherwise the codes saturate F6 at once"],
)

TABLE = ["012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245",
         "0235", "012345"]          # Table I: the maps of S2 that each map of C3 reads
SEGMENTS = ["abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg"]    # lit in 0 to 9


def codes() -> Tensor:
    """Target outputs of F6 for each class: pixels (10, 84) of a digit, 12 rows by 7 columns, lit 1 and dark -1."""
    boxes = {"a": (0, 2, 0, 7), "g": (5, 7, 0, 7), "d": (10, 12, 0, 7),                 # top, bottom, left, right
             "b": (0, 6, 5, 7), "c": (6, 12, 5, 7), "f": (0, 6, 0, 2), "e": (6, 12, 0, 2)}
    drawn = -torch.ones(10, 12, 7)
    for digit, lit in enumerate(SEGMENTS):
        for top, bottom, left, right in (boxes[segment] for segment in lit):
            drawn[digit, top:bottom, left:right] = 1
    return drawn.flatten(1)


class Subsampling(nn.Module):
    """Half the resolution: (N, C, H, W) to (N, C, H / 2, W / 2)."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.coefficient = nn.Parameter(torch.full((maps, 1, 1), 0.25))
        self.bias, self.squash = nn.Parameter(torch.zeros(maps, 1, 1)), Squash()

    def forward(self, x: Tensor) -> Tensor:
        return self.squash(self.coefficient * self.pool(x) + self.bias)

    def pool(self, x: Tensor) -> Tensor:
        return x.unfold(2, 2, 2).unfold(3, 2, 2).sum(dim=(4, 5))                # fields do not overlap


class LeNet5(nn.Module):
    """Images (N, 1, H, W), sides 32, 36, 40, ..., to penalties (N, h, w, 10): the smallest one is the answer."""

    def __init__(self, subsampling: Callable[[int], nn.Module] = Subsampling, table: list[str] = TABLE) -> None:
        super().__init__()
        self.c1, self.s2, self.s4, self.c5 = nn.Conv2d(1, 6, 5), subsampling(6), subsampling(16), nn.Conv2d(16, 120, 5)
        pairs = [(to, int(source)) for to, sources in enumerate(table) for source in sources]
        self.connected = nn.Buffer(torch.tensor(pairs).T)                       # (2, 60): maps of C3, of S2
        self.c3_kernels = nn.Parameter(torch.empty(len(pairs), 5, 5).uniform_(-1, 1) * 75 ** -0.5)
        self.c3_bias, self.codes = nn.Parameter(torch.zeros(16)), nn.Buffer(codes())
        self.f6, self.squash = dense(120, 84), Squash()

    def forward(self, images: Tensor) -> Tensor:
        x = self.s2(self.squash(self.c1(images)))                               # (N, 6, H/2 - 2, W/2 - 2)
        x = self.s4(self.squash(self.c3(x)))                                    # (N, 16, H/4 - 3, W/4 - 3)
        x = self.squash(self.c5(x)).movedim(1, -1)                              # (N, h, w, 120)
        return self.distance(self.squash(self.f6(x)))

    def c3(self, x: Tensor) -> Tensor:
        kernels = self.c3_kernels.new_zeros(16, 6, 5, 5).index_put(tuple(self.connected), self.c3_kernels)
        return F.conv2d(x, kernels, self.c3_bias)                               # pairs not in Table I stay zero

    def distance(self, x: Tensor) -> Tensor:
        return (x.unsqueeze(-2) - self.codes).square().sum(dim=-1)              # eq. (7)


# -- how we know that it is right -------------------------------------------------------------------------------------
Make = Callable[[], LeNet5]


def oracle(make: Make = LeNet5) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """Two neighboring windows, against torch's layers map by map."""
    ours = make().double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.3)
    return ours, partial(map_by_map, ours), 0.5 + 2 * torch.randn(3, 1, 32, 36, dtype=torch.float64)


def map_by_map(net: LeNet5, images: Tensor) -> Tensor:
    """The same penalties from torch's layers; every map of C3 is a convolution over the maps that it reads."""
    p = dict(net.named_parameters())
    def squash(x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(2 / 3 * x)
    def subsample(x: Tensor, layer: str) -> Tensor:
        return squash(4 * F.avg_pool2d(x, 2) * p[f"{layer}.coefficient"] + p[f"{layer}.bias"])
    x = subsample(squash(F.conv2d(images, p["c1.weight"], p["c1.bias"])), "s2")
    each = zip(TABLE, p["c3_kernels"].split(list(map(len, TABLE))), p["c3_bias"])
    maps = [F.conv2d(torch.stack([x[:, int(s)] for s in seen], dim=1), k[None], b[None]) for seen, k, b in each]
    x = squash(F.conv2d(subsample(squash(torch.cat(maps, dim=1)), "s4"), p["c5.weight"], p["c5.bias"]))
    x = squash(F.linear(x.movedim(1, -1), p["f6.weight"], p["f6.bias"]))
    return torch.stack([F.mse_loss(x, code.expand_as(x), reduction="none").sum(-1) for code in net.codes], dim=-1)


def check_parameters_equal_the_paper(make: Make = LeNet5) -> None:
    """Section II-B, layer by layer; 60,000 in all."""
    count = Counter[str]()
    for name, parameter in make().named_parameters():
        count[name[:2]] += parameter.numel()
    assert count == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48120, "f6": 10164}, count


def check_larger_image_is_read_in_windows(make: Make = LeNet5) -> None:
    """Section VII: the net slides at a fraction of the cost of running it on every window."""
    net, image = make().double(), torch.randn(2, 1, 36, 40, dtype=torch.float64)
    windows = [net(image[..., top:top + 32, left:left + 32]) for top in (0, 4) for left in (0, 4, 8)]
    torch.testing.assert_close(net(image).flatten(1, 2), torch.cat([window.flatten(1, 2) for window in windows], 1))


class _MaxPool(Subsampling):
    def pool(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, 2)


class _DistanceWithoutSquare(LeNet5):
    def distance(self, x: Tensor) -> Tensor:
        return super().distance(x).sqrt()


MUTANTS: dict[str, Make] = {"max_pooling": partial(LeNet5, _MaxPool), "distance_without_square": _DistanceWithoutSquare,
                            "every_map_is_read": partial(LeNet5, table=["012345"] * 16)}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def digits_at_32(device: str) -> Iterator[tuple[Tensor, Tensor]]:
    """Digits enlarged to 20 by 20 in 32 by 32; each rotated up to 20 degrees, resized up to a fifth, moved up to 3."""
    from reference_impls.harness.data import digits
    draw = torch.Generator().manual_seed(0)
    for x, y in digits():
        large = F.pad(F.interpolate(x.view(-1, 1, 8, 8), size=(20, 20), mode="bilinear"), (6, 6, 6, 6))
        reach = torch.tensor([0.35, 0.2, 3 / 16, 3 / 16])
        angle, size, right, down = ((2 * torch.rand(len(x), 4, generator=draw) - 1) * reach).unbind(1)
        c, s = (1 + size) * angle.cos(), (1 + size) * angle.sin()
        grid = F.affine_grid(torch.stack([c, -s, right, s, c, down], 1).view(-1, 2, 3), list(large.shape), False)
        yield (1.275 * F.grid_sample(large, grid, align_corners=False) - 0.1).to(device), y.to(device)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """1,400 distorted digits, about 60,000 parameters in either net: yield (step, test accuracy)."""
    (x, y), (x_test, y_test) = digits_at_32(device)
    torch.manual_seed(seed)
    full = nn.Sequential(nn.Flatten(), dense(1024, 58), Squash(), dense(58, 10))
    net = {"full": full, "lenet": LeNet5()}[arm].to(device)
    def scores(images: Tensor) -> Tensor:
        return net(images) if arm == "full" else -net(images)[:, 0, 0] / 20
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for step in range(1, 601):
        batch = torch.randint(len(x), (32,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(scores(x[batch]), y[batch]).backward()                      # eq. (9)
        optimizer.step()
        if step % 100 == 0:
            with torch.no_grad():
                yield step, (scores(x_test).argmax(-1) == y_test).float().mean().item()
    if isinstance(net, LeNet5):
        yield Picture("four digits in six maps", net.s2(net.squash(net.c1(x_test[:4]))).detach().cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """C1, C3, C5 and F6, C3 with the zeros of Table I multiplied as well; images, parameters, penalties once."""
    n = case.sizes["N"]
    return Work(flop=2 * n * (6 * 25 * 784 + 96 * 25 * 100 + 48000 + 84 * 120), min_bytes=itemsize * (n * 1034 + 60840))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], tuple[Tensor]]:
    """The whole net; the baseline convolves map by map, following Table I."""
    net = LeNet5().to(device, dtype)
    return ({"torch.nn.functional.conv2d": partial(map_by_map, net), "reference": net},
            (torch.randn(case.sizes["N"], 1, 32, 32, device=device, dtype=dtype),))
