"""Convolution as weight sharing: every unit of a map detects the same feature, each in its own small field.

    y_ij(o) = f( sum_s sum_kl w_kl(o, s) x_(2i+k, 2j+l)(s) + b_ij(o) )          LeCun et al. 1989, sections 3.2 and 3.3
    f(a)    = 1.7159 tanh(2/3 a)                    a scaled tanh; these constants as in the paper of 1998, appendix A

k, l run over the 5 by 5 field of a unit; neighboring fields are two pixels apart, so a map has half the side of its
source. All units of map o share w(o), but each has a bias of its own. The border is padded with -1. As in most
software, this "convolution" does not flip the kernel. 16 by 16 pixels pass through H1 (12 maps of 8 by 8),
H2 (12 of 4 by 4), H3 (30 units) and 10 outputs: 64,660 connections, 9,760 free parameters.

Shapes: N images, I input maps, O output maps, S sources of each output map, side h, P positions of a map.
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="cnn-1989", papers=["key:cnn-1989"], role="model", symbols=["FeatureMaps", "ZipCodeNet"],
    patterns=["convolution", "parameter-sharing", "inductive-bias"], oracle="torch.nn.functional:conv2d",
    properties=["parameters_equal_the_paper", "shifted_input_shifts_the_maps"],
    mutants=["own_weights", "background_of_zero", "flipped_kernel"],
    claim=Claim(
        text="On digits at varying places, weight sharing generalizes better than full connection of the same size",
        metric="test_accuracy", better="higher", grade="A", budget_s=5,
        grid={"lr": [0.001, 0.002, 0.003, 0.006, 0.01]},
        arms={"shared": Arm(expect=">0.657", settings={"lr": 0.003}),
              "full": Arm(expect="<0.657", settings={"lr": 0.002})},
    ),
    bench=[Case("zip-code", {"N": 256})],
    deviations=["the paper does not say which 8 of 12 maps a map of H2 reads; here three groups take turns",
                "the claim trains with Adam in batches (paper: one by one, steps scaled by second derivatives)"],
)


class Squash(nn.Module):
    """f: odd, f(±1) = ±1, and not yet flat there, so that targets of ±1 can be reached."""

    def forward(self, a: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(a * 2 / 3)


def start(shape: tuple[int, ...], fan_in: int) -> nn.Parameter:
    """Initial weights: uniform between -2.4 / F and 2.4 / F, for units with F inputs."""
    return nn.Parameter(torch.empty(shape).uniform_(-2.4 / fan_in, 2.4 / fan_in))


def dense(units_in: int, units_out: int) -> nn.Linear:
    """A fully connected layer, initialized the same way."""
    layer = nn.Linear(units_in, units_out)
    layer.weight, layer.bias = start((units_out, units_in), units_in), nn.Parameter(torch.zeros(units_out))
    return layer


class FeatureMaps(nn.Module):
    """Maps (N, I, h, h), h even, to maps (N, O, h/2, h/2), each of which reads `seen` input maps."""

    background = -1.0

    def __init__(self, maps_in: int, maps_out: int, side: int, seen: int) -> None:
        super().__init__()
        first = torch.arange(maps_out) // 4 * 4                                             # four maps read the same
        self.sources = nn.Buffer((first[:, None] + torch.arange(seen)) % maps_in)           # (O, S)
        self.weight = start((maps_out, seen, 25), 25 * seen)
        self.bias = nn.Parameter(torch.zeros(maps_out, side // 2, side // 2))               # not shared
        self.squash = Squash()

    def forward(self, x: Tensor) -> Tensor:
        framed = F.pad(x, (2, 2, 2, 2), value=self.background)
        fields = F.unfold(framed, kernel_size=5, stride=2).unflatten(1, (-1, 25))           # (N, I, 25, P)
        net = self.weigh(self.spread(x.shape[1]), fields)
        return self.squash(net.unflatten(2, (x.shape[2] // 2, -1)) + self.bias)

    def spread(self, maps_in: int) -> Tensor:
        """The weights (O, S, 25) as (O, I, 25), with zeros for input maps that are not read."""
        zeros = self.weight.new_zeros(len(self.weight), maps_in, 25)
        return zeros.scatter(1, self.sources[:, :, None].expand_as(self.weight), self.weight)

    def weigh(self, weight: Tensor, fields: Tensor) -> Tensor:
        return torch.einsum("oik,nikp->nop", weight, fields)            # no p in the weights: that is the sharing


class ZipCodeNet(nn.Module):
    """Images (N, 16, 16) between -1 and 1 to ten outputs (N, 10), near 1 for the digit shown and -1 for the rest."""

    def __init__(self, maps: Callable[..., FeatureMaps] = FeatureMaps) -> None:
        super().__init__()
        self.h1, self.h2 = maps(1, 12, 16, 1), maps(12, 12, 8, 8)
        self.h3, self.output, self.squash = dense(192, 30), dense(30, 10), Squash()

    def forward(self, images: Tensor) -> Tensor:
        maps = self.h2(self.h1(images[:, None]))                                            # (N, 12, 4, 4)
        return self.squash(self.output(self.squash(self.h3(maps.flatten(1)))))


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[..., FeatureMaps]


def oracle(make: Make = FeatureMaps) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """The whole net against torch's convolutions with our parameters."""
    ours = ZipCodeNet(make).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.3)
    return ours, partial(by_conv2d, ours), 0.5 + 2 * torch.randn(5, 16, 16, dtype=torch.float64)


def by_conv2d(net: ZipCodeNet, images: Tensor) -> Tensor:
    """The same outputs: a kernel for every pair of maps, zero where they are not connected."""
    x = images[:, None]
    for layer, width, steps in ((net.h1, 1, 0), (net.h2, 8, 4)):    # four maps see `width` maps from the same one on
        kernels = layer.weight.new_zeros(12, x.shape[1], 25)
        for index, own in enumerate(layer.weight.split(4)):
            kernels[4 * index:4 * index + 4] = F.pad(own, (0, 0, 0, x.shape[1] - width)).roll(steps * index, dims=1)
        framed = F.pad(x + 1, (2, 2, 2, 2)) - 1
        x = 1.7159 * torch.tanh(2 / 3 * (F.conv2d(framed, kernels.unflatten(2, (5, 5)), stride=2) + layer.bias))
    for full in (net.h3, net.output):
        x = 1.7159 * torch.tanh(2 / 3 * F.linear(x.flatten(1), full.weight, full.bias))
    return x


def check_parameters_equal_the_paper(make: Make = FeatureMaps) -> None:
    """Section 3.3: free parameters of H1, H2, H3 and the output."""
    net = ZipCodeNet(make)
    counts = [sum(p.numel() for p in layer.parameters()) for layer in (net.h1, net.h2, net.h3, net.output)]
    assert counts == [1068, 2592, 5790, 310], f"{counts} parameters, {sum(counts)} in all"


def check_shifted_input_shifts_the_maps(make: Make = FeatureMaps) -> None:
    """Moving the input two pixels to the right moves the maps one unit, if all units have equal biases."""
    layer, image = make(1, 4, 16, 1).double(), torch.full((3, 1, 16, 16), -1.0, dtype=torch.float64)
    image[..., 4:10, 4:10] = torch.randn(3, 1, 6, 6, dtype=torch.float64)
    torch.testing.assert_close(layer(image.roll(2, dims=-1)), layer(image).roll(1, dims=-1))


class _OwnWeights(FeatureMaps):
    def __init__(self, maps_in: int, maps_out: int, side: int, seen: int) -> None:
        super().__init__(maps_in, maps_out, side, seen)
        self.own = start((maps_out, maps_in, 25, (side // 2) ** 2), 25 * seen)

    def weigh(self, weight: Tensor, fields: Tensor) -> Tensor:
        return torch.einsum("oikp,nikp->nop", weight[..., None] + self.own, fields)


class _BackgroundOfZero(FeatureMaps):
    background = 0.0


class _FlippedKernel(FeatureMaps):
    def weigh(self, weight: Tensor, fields: Tensor) -> Tensor:
        return super().weigh(weight.flip(2), fields)


MUTANTS = {"own_weights": _OwnWeights, "background_of_zero": _BackgroundOfZero, "flipped_kernel": _FlippedKernel}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """1,400 digits of 8 by 8 anywhere in the inner 12 by 12 of 16 by 16, squared error: yield (step, test accuracy)."""
    from reference_impls.harness.data import shifted_digits

    (x, y), (x_test, y_test) = shifted_digits(12, device)
    x, x_test = (2 * F.pad(images, (2, 2, 2, 2)) - 1 for images in (x, x_test))
    torch.manual_seed(seed)
    full = nn.Sequential(nn.Flatten(), dense(256, 36), Squash(), dense(36, 10), Squash())  # 9,622 parameters
    net = {"shared": ZipCodeNet(), "full": full}[arm].to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    targets = 2 * F.one_hot(y, 10).float() - 1
    for step in range(1, 1201):
        batch = torch.randint(len(x), (32,), device=device)
        optimizer.zero_grad()
        F.mse_loss(net(x[batch]), targets[batch]).backward()
        optimizer.step()
        if step % 200 == 0:
            with torch.no_grad():
                yield step, (net(x_test).argmax(-1) == y_test).float().mean().item()
    if arm == "shared":
        yield Picture("the twelve kernels of H1", net.get_parameter("h1.weight").detach().view(12, 5, 5), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Two operations for each weight of each unit, including the zeros in H2; images, parameters, outputs once."""
    n = case.sizes["N"]
    return Work(flop=2 * n * (768 * 25 + 192 * 300 + 30 * 192 + 10 * 30), min_bytes=itemsize * (n * 266 + 9760))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], tuple[Tensor]]:
    """The whole net; both variants multiply the zeros of H2."""
    net = ZipCodeNet().to(device, dtype)
    return ({"torch.nn.functional.conv2d": partial(by_conv2d, net), "reference": net},
            (torch.randn(case.sizes["N"], 16, 16, device=device, dtype=dtype),))
