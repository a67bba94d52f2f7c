"""Swin Transformer: patches attend within windows, and windows shift from layer to layer, so that no part is cut off.

    Attention(Q, K, V) = softmax(Q K^T / sqrt(d) + B) V,  d = K                        Liu et al. 2021, eq. (4)
    B_ij = table[y_i - y_j, x_i - x_j]: (2M - 1)^2 learned numbers per head            section 3.2
    z'_l = (S)W-MSA(LN(z_(l-1))) + z_(l-1),   z_l = MLP(LN(z'_l)) + z'_l               eq. (3)
    multiply-adds: 4 Y X D^2 + 2 (Y X)^2 D where all see all, 4 Y X D^2 + 2 M^2 Y X D in windows       eq. (1), (2)

W-MSA cuts the map into windows of M by M patches; SW-MSA, in every second layer, cuts it M/2 (rounded down) further
down and right. That makes more windows, with smaller ones at the border. To keep their number, the map is rolled up and
left, and a mask keeps apart what comes from opposite borders into one window (figure 4). A map that is one window is
not cut again. Between stages, 2 by 2 patches of D numbers are joined and reduced to one of 2 D (section 3.1).
Longer than most: it has a whole model, and an oracle that finds every window without rolling or masking.

Shapes: B images, Y by X patches, M side of a window, N = Y X / M^2 windows, D width, H heads, K = D/H.
"""
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from reference_impls.attention.transformer import MultiHeadAttention
from reference_impls.attention.vit import PreNormLayer
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="swin", papers=["arxiv:2103.14030"], role="model",
    symbols=["WindowAttention", "SwinLayer", "PatchMerging", "SwinTransformer"],
    patterns=["self-attention", "sparsity", "inductive-bias", "positional-encoding"], equations=["1", "2", "3", "4"],
    oracle="closed form: the windows one after the other, smaller ones at the border, neither rolled nor masked",
    properties=["cost_is_linear_in_patches", "the_next_layer_crosses_windows"],
    mutants=["without_mask", "never_shifted", "not_rolled_back", "key_minus_query"],
    claim=Claim(
        text="Over three layers, windows that shift tell every patch what the image shows, as one window of the whole "
             "image does with four times the scores; fixed windows tell only those that share one with it",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.003, 0.01, 0.03, 0.1]},
        arms={"fixed_windows": Arm(expect="<0.67", settings={"lr": 0.01}),
              "shifted_windows": Arm(expect=">0.67", settings={"lr": 0.01}),
              "one_window": Arm(expect=">0.67", settings={"lr": 0.01})},
    ),
    bench=[Case("half-of-stage-1", {"B": 1, "Y": 28, "X": 28, "D": 96, "H": 3, "M": 7}),
           Case("stage-1-gpu", {"B": 32, "Y": 56, "X": 56, "D": 96, "H": 3, "M": 7})],
    deviations=["the map must be a multiple of the window; the paper pads it", "no norm before patches are merged, as "
                "in the paper's text; the released code has one", "a map of one window is not cut again, as in the "
                "released code", "bias and mask are built anew in every call", "no dropout and no stochastic depth"],
)


def cut(x: Tensor, side: int) -> Tensor:
    """Windows of (B, Y, X, D), row by row, and row by row within: (B, N, M * M, D)."""
    return x.unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3).flatten(3, 4).flatten(1, 2)


def join(windows: Tensor, side: int, rows: int) -> Tensor:
    """The inverse of `cut`: (B, N, M * M, D) to (B, Y, X, D)."""
    by_place = windows.unflatten(2, (side, side)).unflatten(1, (rows // side, -1))       # (B, Y/M, X/M, M, M, D)
    return by_place.transpose(2, 3).flatten(3, 4).flatten(1, 2)


class WindowAttention(MultiHeadAttention):
    """Self-attention over a map (B, Y, X, D) in windows of `side`, cut `shift` patches further down and right."""

    def __init__(self, width: int, heads: int, side: int, shift: int) -> None:
        super().__init__(width, heads)
        self.side, self.shift = side, shift
        self.table = nn.Parameter(0.02 * torch.randn(heads, 2 * side - 1, 2 * side - 1))

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """As in any encoder, memory is x; ValueError if there is a mask, or windows do not fill the map."""
        rows, columns = x.shape[1:3]
        if mask is not None or rows % self.side or columns % self.side:
            raise ValueError(f"windows of {self.side} by {self.side} do not fill {rows} by {columns}, or have a mask")
        shift = self.shift if max(rows, columns) > self.side else 0
        query, key, value = (                                                            # (B, N, H, M * M, K) each
            z.unflatten(0, (len(x), -1))
            for z in self.project(*(cut(self.roll(z, -shift), self.side).flatten(0, 1) for z in (x, memory))))
        hidden = ~self.visible(rows, columns, shift, x.device)
        mixed = self.mix(query, key, value, self.bias().masked_fill(hidden[:, None], -math.inf))
        return self.roll(join(self.out_proj(mixed.transpose(2, 3).flatten(3)), self.side, rows), shift)

    def roll(self, x: Tensor, shift: int) -> Tensor:
        return x.roll((shift, shift), dims=(1, 2))

    def mix(self, query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        return (query @ key.mT / math.sqrt(query.shape[-1]) + bias).softmax(dim=-1) @ value      # eq. (4)

    def bias(self) -> Tensor:
        """B (H, M * M, M * M): how far a query (row) lies below and to the right of a key selects the number."""
        along = torch.arange(self.side, device=self.table.device)
        place = torch.cartesian_prod(along, along)                                       # (M * M, 2)
        apart = place[:, None] - place + self.side - 1                                   # from 0
        return self.table[:, apart[..., 0], apart[..., 1]]

    def visible(self, rows: int, columns: int, shift: int, device: torch.device) -> Tensor:
        """Mask (N, M * M, M * M): True where query and key, though rolled into one window, belong to the same one."""
        down, right = ((torch.arange(size, device=device) - shift) // self.side for size in (rows, columns))
        window = (down[:, None] * columns + right)[None, :, :, None]                     # number of each patch's window
        seen = cut(self.roll(window, -shift), self.side)[0]                              # (N, M * M, 1)
        return seen == seen.mT


Make = Callable[..., WindowAttention]


class SwinLayer(PreNormLayer):
    """Eq. (3): the layer of a ViT over a map (B, Y, X, D), with attention in windows."""

    self_attn: WindowAttention

    def __init__(self, width: int, heads: int, hidden: int, side: int, shift: int,
                 attend: Make = WindowAttention) -> None:
        super().__init__(width, heads, hidden)
        self.self_attn = attend(width, heads, side, shift)


class PatchMerging(nn.Linear):
    """Each 2 by 2 patches become one: (B, Y, X, D) to (B, Y/2, X/2, 2 D)."""

    def __init__(self, width: int) -> None:
        super().__init__(4 * width, 2 * width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(cut(x, 2).flatten(2)).unflatten(1, (x.shape[1] // 2, -1))


class SwinTransformer(nn.Module):
    """Class logits of images; stage s has `depths[s]` layers of width D 2^s with H 2^s heads."""

    def __init__(self, patch: int, channels: int, width: int, heads: int, depths: Sequence[int], side: int,
                 classes: int, attend: Make = WindowAttention) -> None:
        super().__init__()
        self.patches = nn.Conv2d(channels, width, kernel_size=patch, stride=patch)
        self.layers = nn.Sequential()
        for stage, depth in enumerate(depths):
            if stage:
                self.layers.append(PatchMerging(width))
                width, heads = 2 * width, 2 * heads
            for number in range(depth):
                self.layers.append(SwinLayer(width, heads, 4 * width, side, number % 2 * (side // 2), attend))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        z = self.layers(self.patches(images).permute(0, 2, 3, 1))             # (B, Y, X, D), after all stages
        return self.head(self.norm(z).mean(dim=(1, 2)))                       # (B, classes)


# -- how we know that it is right: every check takes the attention, so that the mutants can be shown to fail ----------
def oracle(make: Make = WindowAttention) -> tuple[SwinTransformer, Callable[[Tensor], Tensor], Tensor]:
    """Two stages, maps of 6 by 6 and 3 by 3, M = 3, with random parameters; one query, one patch at a time; images."""
    ours = SwinTransformer(2, 3, 4, 2, (2, 2), 3, 5, make).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)

    def attend(layer: SwinLayer, z: Tensor, borders: Sequence[int]) -> Tensor:
        maps, heads = layer.self_attn, layer.self_attn.heads
        q, k, v = F.linear(z, maps.in_proj.weight, maps.in_proj.bias).unflatten(-1, (3, heads, 2)).unbind(-3)  # K = 2
        mixed = torch.zeros_like(q)                                           # (B, Y, X, H, K)
        for (top, bottom), (left, right) in product(pairwise(borders), repeat=2):
            window = list(product(range(top, bottom), range(left, right)))
            keys, values = (torch.stack([each[:, i, j] for i, j in window], dim=-2) for each in (k, v))
            for y, x in window:
                bias = torch.stack([maps.table[:, y - i + 2, x - j + 2] for i, j in window], dim=-1)        # (H, keys)
                weights = (torch.einsum("bhk,bhsk->bhs", q[:, y, x], keys) / 2 ** 0.5 + bias).softmax(dim=-1)
                mixed[:, y, x] = torch.einsum("bhs,bhsk->bhk", weights, values)
        return F.linear(mixed.flatten(-2), maps.out_proj.weight, maps.out_proj.bias)

    def theirs(images: Tensor) -> Tensor:
        corners = product((0, 2, 4, 6, 8, 10), repeat=2)
        flat = torch.stack([images[:, :, y:y + 2, x:x + 2].flatten(1) for y, x in corners], dim=1)
        z = F.linear(flat, ours.patches.weight.flatten(1), ours.patches.bias).unflatten(1, (6, 6))
        for layer, borders in zip(ours.layers, ((0, 3, 6), (0, 1, 4, 6), (), (0, 3), (0, 3)), strict=True):
            if isinstance(layer, SwinLayer):
                z = z + attend(layer, layer.norm1(z), borders)
                z = z + layer.linear2(F.gelu(layer.linear1(layer.norm2(z))))
            elif isinstance(layer, PatchMerging):
                z = torch.cat([z[:, y::2, x::2] for y, x in product((0, 1), repeat=2)], dim=-1) @ layer.weight.T
        return ours.head(torch.stack([ours.norm(z[:, y, x]) for y, x in product(range(3), repeat=2)]).mean(dim=0))

    return ours, theirs, 1 + 2 * torch.randn(2, 3, 12, 12, dtype=torch.float64)


def check_cost_is_linear_in_patches(make: Make = WindowAttention) -> None:
    """Counted, and as in eq. (2), or eq. (1) for one window; each multiply-add is two operations."""
    for rows, columns, side in ((8, 8, 4), (16, 8, 4), (32, 8, 4), (8, 8, 8)):
        layer, x = make(12, 3, side, side // 2), torch.randn(1, rows, columns, 12)
        with FlopCounterMode(display=False) as counter:
            layer(x, x)
        patches = rows * columns
        assert counter.get_total_flops() == 2 * (4 * patches * 12 ** 2 + 2 * side ** 2 * patches * 12)


def check_the_next_layer_crosses_windows(make: Make = WindowAttention) -> None:
    """How many of 6 by 6 patches can change what a patch becomes: one near the middle, one in the corner."""
    x = torch.randn(1, 6, 6, 4, requires_grad=True)
    once = SwinLayer(4, 2, 8, 3, 0, make)(x)
    twice = SwinLayer(4, 2, 8, 3, 1, make)(once)
    for z, place, expected in ((once, 2, 9), (twice, 2, 36), (twice, 0, 9)):
        gradient, = torch.autograd.grad(z[0, place, place].sum(), x, retain_graph=True)
        met = int(gradient.any(dim=-1).sum())
        assert met == expected, f"patch ({place}, {place}) depends on {met} patches, not {expected}"


class _WithoutMask(WindowAttention):
    def visible(self, rows: int, columns: int, shift: int, device: torch.device) -> Tensor:
        return super().visible(rows, columns, 0, device)


class _NeverShifted(WindowAttention):
    def __init__(self, width: int, heads: int, side: int, shift: int) -> None:
        super().__init__(width, heads, side, shift=0)


class _NotRolledBack(WindowAttention):
    def roll(self, x: Tensor, shift: int) -> Tensor:
        return super().roll(x, min(shift, 0))


class _KeyMinusQuery(WindowAttention):
    def bias(self) -> Tensor:
        return super().bias().mT


MUTANTS = {"without_mask": _WithoutMask, "never_shifted": _NeverShifted, "not_rolled_back": _NotRolledBack,
           "key_minus_query": _KeyMinusQuery}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def scenes(count: int) -> tuple[Tensor, Tensor]:
    """Maps (B, 6, 6) of clutter, patches 8 to 15, with one object among them, 0 to 7; its number at every patch."""
    scene, thing = torch.randint(8, 16, (count, 36)), torch.randint(8, (count,))
    scene[torch.arange(count), torch.randint(36, (count,))] = thing
    return scene.view(count, 6, 6), thing[:, None, None].expand(count, 6, 6)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Three layers with warm-up and decay, new scenes at every step: yield (step, accuracy over all patches of others).

    A layer computes 36 * 9 scores per head and scene in windows of 3 by 3, and 36 * 36 in the one window of 6 by 6.
    """
    torch.manual_seed(seed)
    side, shift = {"fixed_windows": (3, 0), "shifted_windows": (3, 1), "one_window": (6, 0)}[arm]
    layers = (SwinLayer(32, 2, 64, side, number % 2 * shift) for number in range(3))
    model = nn.Sequential(nn.Embedding(16, 32), *layers, nn.Linear(32, 8)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    unseen, names = (x.to(device) for x in scenes(400))
    for step in range(1, 121):
        scene, name = (x.to(device) for x in scenes(16))
        optimizer.param_groups[0]["lr"] = lr * min(1, step / 20) * (1 - (step - 1) / 120)
        optimizer.zero_grad()
        F.cross_entropy(model(scene).flatten(0, 2), name.flatten()).backward()
        optimizer.step()
        if step % 40 == 0:
            with torch.no_grad():
                right = (model(unseen).argmax(dim=-1) == names).float()
                yield step, right.mean().item()
    corner = (unseen[:, :3, :3] < 8).flatten(1).any(dim=1)
    yield Picture("accuracy at each patch, the object among the upper left nine", right[corner].mean(dim=0).cpu())


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Eq. (2), for B maps; the map and the weights are read, the map is written."""
    b, y, x, d, m = (case.sizes[k] for k in "BYXDM")
    return Work(flop=2 * b * y * x * (4 * d * d + 2 * m * m * d), min_bytes=itemsize * (2 * b * y * x * d + 4 * d * d))


class _Fused(WindowAttention):
    def mix(self, query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        q, k, v = (z.flatten(0, 1) for z in (query, key, value))
        each = bias.repeat(len(query), 1, 1, 1)                               # (B * N, H, M * M, M * M)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=each).unflatten(0, query.shape[:2])


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[Tensor], Tensor]],
                                                                       tuple[Tensor]]:
    """Attention in shifted windows over a map; the baseline leaves each window to torch's attention."""
    b, y, x, d, h, m = (case.sizes[k] for k in "BYXDHM")
    ours, fused = (make(d, h, m, m // 2).to(device, dtype) for make in (WindowAttention, _Fused))
    fused.load_state_dict(ours.state_dict())
    return ({"torch.nn.functional.scaled_dot_product_attention": lambda z: fused(z, z),
             "reference": lambda z: ours(z, z)}, (torch.randn(b, y, x, d, device=device, dtype=dtype),))
