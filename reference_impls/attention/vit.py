"""Vision Transformer: an image is a sequence of patches, and a plain Transformer encoder reads it.

    z_0  = [x_class; x_1 E; ...; x_N E] + E_pos                              Dosovitskiy et al. 2020, eq. (1)
    z'_l = MSA(LN(z_(l-1))) + z_(l-1),   z_l = MLP(LN(z'_l)) + z'_l          eq. (2), (3)
    y    = LN(z_L^0)                                                         eq. (4)

E projects flattened patches: a convolution whose stride equals its kernel size. Pre-norm, exact GELU, learned
positions; the class token comes first, then the patches row by row.
Shapes: B images, C channels, I side of an image, P of a patch, N = (I/P)^2 patches, D width, H heads, F hidden width.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import MultiHeadAttention
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="vit", papers=["arxiv:2010.11929"], role="model",
    symbols=["PreNormLayer", "VisionTransformer"], patterns=["attention", "scaling", "tokenization"],
    oracle="torch.nn:TransformerEncoder", equations=["1", "2", "3", "4"],
    properties=["without_positions_patches_have_no_order"],
    mutants=["post_norm", "patches_by_column", "class_token_without_position"],
    claim=Claim(
        text="From 1,400 shifted digits, a convolutional net generalizes better than a ViT of the same size",
        metric="test_accuracy", better="higher", grade="A", budget_s=6,
        grid={"lr": [0.0003, 0.001, 0.003, 0.01]},
        arms={"cnn": Arm(expect=">0.81", settings={"lr": 0.003}),
              "vit": Arm(expect="<0.81", settings={"lr": 0.001})},
    ),
    bench=[Case("vit-tiny", {"B": 2, "C": 3, "I": 112, "P": 16, "D": 192, "H": 3, "F": 768, "L": 4})],
    deviations=["no dropout; the head is one linear layer, as in the paper's fine-tuning"],
)


class PreNormLayer(nn.Module):
    """Self-attention, then a two-layer net at every position, each with a norm before it and a residual around it."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.self_attn = MultiHeadAttention(width, heads)
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, z: Tensor) -> Tensor:
        seen = self.norm1(z)
        z = z + self.self_attn(seen, seen)                                    # eq. (2)
        return z + self.linear2(F.gelu(self.linear1(self.norm2(z))))          # eq. (3)


class VisionTransformer(nn.Module):
    """Class logits of square images.

    Raises:
        ValueError: the side is not a multiple of the patch.
    """

    layer: Callable[..., nn.Module] = PreNormLayer

    def __init__(self, side: int, patch: int, channels: int, width: int, heads: int, hidden: int, depth: int,
                 classes: int) -> None:
        super().__init__()
        if side % patch:
            raise ValueError(f"side ({side}) must be a multiple of patch ({patch})")
        self.patches = nn.Conv2d(channels, width, kernel_size=patch, stride=patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(0.02 * torch.randn(1, (side // patch) ** 2 + 1, width))
        self.layers = nn.ModuleList(self.layer(width, heads, hidden) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, I, I) to (B, classes)."""
        z = self.place(self.embed(images))
        for layer in self.layers:
            z = layer(z)
        return self.head(self.norm(z[:, 0]))                                  # eq. (4)

    def embed(self, images: Tensor) -> Tensor:
        return self.patches(images).flatten(2).mT                             # (B, D, I/P, I/P) -> (B, N, D)

    def place(self, patches: Tensor) -> Tensor:
        return torch.cat([self.class_token.expand(len(patches), -1, -1), patches], dim=1) + self.positions    # eq. (1)


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------

Make = Callable[..., VisionTransformer]


def oracle(make: Make = VisionTransformer) -> tuple[VisionTransformer, Callable[[Tensor], Tensor], Tensor]:
    """Ours with random parameters; torch's encoder on patches cut out and projected one by one; images."""
    ours = make(6, 2, 3, 8, 4, 10, 2, 5).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    layer = nn.TransformerEncoderLayer(8, 4, 10, dropout=0, activation=F.gelu, batch_first=True, norm_first=True)
    encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(8), enable_nested_tensor=False).double()

    def theirs(images: Tensor) -> Tensor:
        p: dict[str, Tensor] = {name.replace("in_proj.", "in_proj_"): z for name, z in ours.named_parameters()}
        tokens = [p["class_token"][0].expand(len(images), -1)]
        for top, left in [(top, left) for top in (0, 2, 4) for left in (0, 2, 4)]:
            patch = images[:, :, top:top + 2, left:left + 2].flatten(1)
            tokens.append(F.linear(patch, p["patches.weight"].flatten(1), p["patches.bias"]))
        of_encoder = {name: tensor for name, tensor in p.items() if name.startswith(("layers.", "norm."))}
        z = torch.func.functional_call(encoder, of_encoder, (torch.stack(tokens, dim=1) + p["positions"],))
        return F.linear(z[:, 0], p["head.weight"], p["head.bias"])

    return ours, theirs, 1 + 2 * torch.randn(3, 3, 6, 6, dtype=torch.float64)


def check_without_positions_patches_have_no_order(make: Make = VisionTransformer) -> None:
    model, _, images = oracle(make)
    shuffled = F.fold(F.unfold(images, 2, stride=2)[..., torch.randperm(9)], (6, 6), 2, stride=2)
    nn.init.zeros_(model.positions)
    torch.testing.assert_close(model(shuffled), model(images))


class _PostNormLayer(PreNormLayer):
    def forward(self, z: Tensor) -> Tensor:
        z = self.norm1(z + self.self_attn(z, z))
        return self.norm2(z + self.linear2(F.gelu(self.linear1(z))))


class _PostNorm(VisionTransformer):
    layer = _PostNormLayer


class _PatchesByColumn(VisionTransformer):
    def embed(self, images: Tensor) -> Tensor:
        return self.patches(images).mT.flatten(2).mT


class _ClassTokenWithoutPosition(VisionTransformer):
    def place(self, patches: Tensor) -> Tensor:
        return torch.cat([self.class_token.expand(len(patches), -1, -1), patches + self.positions[:, 1:]], dim=1)


MUTANTS = {
    "post_norm": _PostNorm,
    "patches_by_column": _PatchesByColumn,
    "class_token_without_position": _ClassTokenWithoutPosition,
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits at random places in 12 by 12 pixels, about 18,000 parameters per net: yield (step, test accuracy)."""
    from reference_impls.harness.data import shifted_digits

    (x, y), (x_test, y_test) = shifted_digits(12, device)
    torch.manual_seed(seed)
    cnn = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Conv2d(32, 44, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                        nn.Flatten(), nn.Linear(44, 10))
    net = {"cnn": cnn, "vit": VisionTransformer(12, 4, 1, 32, 4, 64, 2, 10)}[arm].to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for step in range(1, 801):
        batch = torch.randint(len(x), (32,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch, None]), y[batch]).backward()
        optimizer.step()
        if step % 100 == 0:
            with torch.no_grad():
                yield step, (net(x_test[:, None]).argmax(dim=-1) == y_test).float().mean().item()
    if isinstance(net, VisionTransformer):
        places = F.normalize(net.positions.detach()[0, 1:], dim=-1)
        likeness = (places @ places.mT).view(3, 3, 3, 3).cpu()
        yield Picture("similarity of each patch's position to all", likeness, "images")


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Matrix products of the patch embedding and L layers; least traffic: images and weights in, logits not counted."""
    b, c, i, p, d, f, layers = (case.sizes[k] for k in "BCIPDFL")
    n, embed, weights = (i // p) ** 2, c * p * p * d, 4 * d * d + 2 * d * f
    return Work(flop=2 * b * n * embed + layers * (2 * b * (n + 1) * weights + 4 * b * (n + 1) ** 2 * d),
                min_bytes=(b * c * i * i + embed + n * d + layers * weights) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """The whole model; the baseline replaces our encoder layers with torch's."""
    b, c, i, p, d, h, f, layers = (case.sizes[k] for k in "BCIPDHFL")
    ours, theirs = (VisionTransformer(i, p, c, d, h, f, layers, classes=10).to(device, dtype) for _ in range(2))
    theirs.layers = nn.ModuleList(
        nn.TransformerEncoderLayer(d, h, f, dropout=0.0, activation=F.gelu, batch_first=True, norm_first=True)
        for _ in range(layers)).to(device, dtype)
    return ({"torch.nn.TransformerEncoderLayer": theirs, "reference": ours},
            (torch.randn(b, c, i, i, device=device, dtype=dtype),))
