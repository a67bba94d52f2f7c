"""U-Net: contract to see what is there, expand to say where, and pass the detail across at every resolution.

    E = sum_x w(x) log p_l(x)(x)            Ronneberger et al. 2015, eq. (1), maximized

p is the softmax over the classes of a pixel, l(x) its true class, w its weight.
Down: two 3 by 3 convolutions with relu, then 2 by 2 max pooling; the channels double. Up: a 2 by 2 transposed
convolution that halves the channels, the map of the same level cropped and concatenated in front, two convolutions.
Convolutions are "valid": an output pixel has seen its whole surroundings, so large images can be cut into tiles that
agree at every seam, and 572 pixels become 388. Sides must be even before each pooling.

Shapes: N images, C channels, sides of H pixels, K classes; F channels at the first level, 2^d F at level d of D.
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="unet", papers=["arxiv:1505.04597"], role="model", symbols=["UNet"], equations=["1"],
    patterns=["convolution", "encode-decode", "residual", "data-augmentation"],
    oracle="torch.nn.functional:unfold", properties=["figure_1", "tiles_agree"],
    mutants=["no_skips", "crop_from_corner", "skip_behind"],
    claim=Claim(
        text="Skip connections find thin walls between cells in noise; the same net without them blurs the walls",
        metric="wall_iou", better="higher", grade="A", budget_s=6,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"skips": Arm(expect=">0.747", settings={"lr": 0.01}),
              "no_skips": Arm(expect="<0.747", settings={"lr": 0.003})},
    ),
    bench=[Case("tile-92", {"N": 1, "C": 1, "K": 2, "F": 16, "D": 2, "H": 92})],
    deviations=["w = 1: the paper gives more weight to the borders of touching cells (eq. 2)",
                "no dropout at the end of the way down; the claim deforms no images, since each is new"],
)


def double(channels_in: int, channels_out: int) -> nn.Sequential:
    """Two convolutions with relu, four pixels smaller each way; weights N(0, 2 / inputs of a unit) as in section 3."""
    layers: list[nn.Module] = []
    for c in (channels_in, channels_out):
        layers += [nn.Conv2d(c, channels_out, kernel_size=3), nn.ReLU()]
        nn.init.kaiming_normal_(layers[-2].get_parameter("weight"), nonlinearity="relu")
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Images (N, C, H, W) to class scores (N, K, H', W') of their central pixels; 4 levels as in figure 1."""

    def __init__(self, channels: int, classes: int, width: int = 64, levels: int = 4) -> None:
        super().__init__()
        widths = [width * 2 ** level for level in range(levels + 1)]
        self.down = nn.ModuleList(double(a, b) for a, b in zip([channels, *widths], widths))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, kernel_size=2, stride=2) for c in widths[-2::-1])
        self.up = nn.ModuleList(double(2 * c, c) for c in widths[-2::-1])
        self.classify = nn.Conv2d(width, classes, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        found = [self.down[0](images)]                                      # the finest first
        for convolve in self.down[1:]:
            found.append(convolve(F.max_pool2d(found[-1], 2)))
        x = found.pop()
        for grow, convolve in zip(self.grow, self.up):
            x = convolve(self.join(found.pop(), grow(x)))
        return self.classify(x)

    def join(self, detail: Tensor, x: Tensor) -> Tensor:
        """Maps of equal resolution, one larger than the other: (N, c, ...) and (N, c, h, w) to (N, 2c, h, w)."""
        return torch.cat([self.crop(detail, *x.shape[2:]), x], dim=1)

    def crop(self, detail: Tensor, h: int, w: int) -> Tensor:
        top, left = (detail.shape[2] - h) // 2, (detail.shape[3] - w) // 2
        return detail[:, :, top:top + h, left:left + w]


class WithoutSkips(UNet):
    """The same layers, but zeros where the detail would be: the baseline for skip connections."""

    def crop(self, detail: Tensor, h: int, w: int) -> Tensor:
        return torch.zeros_like(super().crop(detail, h, w))


# -- how we know that it is right -------------------------------------------------------------------------------------
Make = Callable[..., UNet]


def oracle(make: Make = UNet) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """Two levels against matrix products over patches: our parameters, none of our layers."""
    ours = make(2, 3, width=2, levels=2).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, mean=0.02, std=0.3)
    return ours, partial(_over_patches, ours), 1 + 2 * torch.randn(2, 2, 44, 48, dtype=torch.float64)


def _over_patches(net: nn.Module, images: Tensor) -> Tensor:
    p = dict(net.named_parameters())

    def twice(x: Tensor, where: str) -> Tensor:
        for layer in (f"{where}.0", f"{where}.2"):
            y = p[f"{layer}.weight"].flatten(1) @ F.unfold(x, 3) + p[f"{layer}.bias"][:, None]
            x = y.clamp(min=0).unflatten(2, (x.shape[2] - 2, x.shape[3] - 2))
        return x

    def halve(x: Tensor) -> Tensor:
        return x.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).amax(dim=(3, 5))
    def grow(x: Tensor, layer: str) -> Tensor:
        blocks = torch.einsum("nihw,ioab->nohawb", x, p[f"{layer}.weight"])
        return blocks.flatten(4).flatten(2, 3) + p[f"{layer}.bias"][:, None, None]
    fine = twice(images, "down.0")
    middle = twice(halve(fine), "down.1")
    x = grow(twice(halve(middle), "down.2"), "grow.0")
    x = twice(torch.cat([middle[:, :, 4:-4, 4:-4], x], dim=1), "up.0")
    x = twice(torch.cat([fine[:, :, 16:-16, 16:-16], grow(x, "grow.1")], dim=1), "up.1")
    return torch.einsum("nchw,kc->nkhw", x, p["classify.weight"][:, :, 0, 0]) + p["classify.bias"][:, None, None]


def check_figure_1(make: Make = UNet) -> None:
    """572 pixels become 388 and two classes, in 23 convolutional layers; on the meta device, which costs nothing."""
    with torch.device("meta"):
        net = make(1, 2)
        shape = net(torch.empty(1, 1, 572, 572)).shape
    assert shape == (1, 2, 388, 388), f"572 by 572 pixels become {tuple(shape)}"
    layers = sum(isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) for layer in net.modules())
    assert layers == 23, f"{layers} convolutional layers"


def check_tiles_agree(make: Make = UNet) -> None:
    """Figure 2: a tile gives the same output as the whole image does there, right up to its border."""
    net, image = make(1, 2, width=2, levels=2).double(), torch.randn(1, 1, 60, 60, dtype=torch.float64)
    for i, j in ((0, 0), (0, 8), (12, 4)):
        torch.testing.assert_close(net(image[..., i:i + 48, j:j + 48]), net(image)[..., i:i + 8, j:j + 8])


class _CropFromCorner(UNet):
    def crop(self, detail: Tensor, h: int, w: int) -> Tensor:
        return detail[:, :, :h, :w]


class _SkipBehind(UNet):
    def join(self, detail: Tensor, x: Tensor) -> Tensor:
        return super().join(detail, x).roll(x.shape[1], dims=1)


MUTANTS = {"no_skips": WithoutSkips, "crop_from_corner": _CropFromCorner, "skip_behind": _SkipBehind}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def cells(count: int, side: int) -> tuple[Tensor, Tensor]:
    """Noisy images of cells (count, 1, side, side), and masks (count, side, side) that are 1 on the walls."""
    at = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij"), dim=-1).view(-1, 2).float()
    seeds = torch.rand(count, side * side // 50, 2) * (side + 8) - 4
    nearest = torch.cdist(at.expand(count, -1, -1), seeds).topk(2, largest=False).values
    wall = (nearest[..., 1] - nearest[..., 0] < 1).view(count, side, side)
    return 1 - 2 * wall[:, None].float() + 0.7 * torch.randn(count, 1, side, side), wall.long()


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Cells of about 50 pixels, thin walls; two levels, F = 8: yield (step, intersection over union of the walls)."""
    torch.manual_seed(seed)
    net = {"skips": UNet, "no_skips": WithoutSkips}[arm](1, 2, width=8, levels=2).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    x_test, wall_test = (tensor.to(device) for tensor in cells(32, 64))
    for step in range(1, 151):
        x, wall = (tensor.to(device) for tensor in cells(4, 64))
        optimizer.zero_grad()
        F.cross_entropy(net(x), wall[:, 20:-20, 20:-20]).backward()
        optimizer.step()
        if step % 25 == 0:
            with torch.no_grad():
                found, true = net(x_test).argmax(dim=1).bool(), wall_test[:, 20:-20, 20:-20].bool()
            yield step, ((found & true).sum() / (found | true).sum()).item()
    seen = x_test[:5, 0, 20:-20, 20:-20].clamp(-2, 2) / 4 + 0.5
    yield Picture("input, true cells, cells found", torch.stack([seen, ~true[:5], ~found[:5]]).cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """All convolutions; a transposed one has four kernels for each input pixel. Image, weights, scores once."""
    n, c, k, f, levels, h = (case.sizes[letter] for letter in "NCKFDH")
    side, before, layers = h, c, []                             # layers: pixels, weights that each of them meets
    for level in range(levels + 1):
        side, width = side // 2 if level else h, f << level
        layers += [((side - 2) ** 2, 9 * before * width), ((side - 4) ** 2, 9 * width * width)]
        side, before = side - 4, width
    for width in (f << level for level in reversed(range(levels))):
        square, side = width * width, 2 * side - 4
        layers += [((side + 4) ** 2 // 4, 8 * square), ((side + 2) ** 2, 18 * square), (side ** 2, 9 * square)]
    layers.append((side ** 2, f * k))
    return Work(flop=2 * n * sum(pixels * weights for pixels, weights in layers),
                min_bytes=itemsize * (n * (c * h * h + k * side * side) + sum(weights for _, weights in layers)))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """The whole net, against one that has zeros in place of the detail."""
    n, c, k, f, levels, h = (case.sizes[letter] for letter in "NCKFDH")
    nets = {"torch.nn without skips": WithoutSkips(c, k, f, levels), "reference": UNet(c, k, f, levels)}
    return {name: net.to(device, dtype) for name, net in nets.items()}, (torch.randn(n, c, h, h).to(device, dtype),)
