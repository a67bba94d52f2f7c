"""Masked autoencoder: hide three quarters of an image's patches, encode the rest, and reconstruct what was hidden.

    order  = a random permutation of the N patches; the first V = N (1 - ratio) are visible    He et al. 2021, section 3
    latent = ViT encoder( class token, visible patches with their positions )          1 + V tokens, no mask tokens
    pixels = small decoder( all N tokens back in place: W latent where visible, a learned mask token elsewhere )
    loss   = mean of (pixels - target)^2 over the hidden patches only

The target is a patch with its own mean and standard deviation taken out, the better variant, or its raw pixels.
After training the decoder is thrown away, and the encoder sees whole images.
Conventions: V is rounded down; a patch's values are ordered by channel, row, column; its variance is the unbiased one
plus 1e-6, as in the authors' code. The class token takes part in both halves and predicts nothing.
Longer than most: the oracle goes patch by patch, and the demo counts operations.

Shapes: B images, C channels, I side of an image, P of a patch, N = (I/P)^2 patches, V of them visible; H heads;
D width, F hidden width, L layers of the encoder; E width, M layers of the decoder.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.vit import PreNormLayer, VisionTransformer
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="mae", papers=["arxiv:2111.06377"], role="model", symbols=["MAE"],
    patterns=["self-supervision", "denoising", "encode-decode", "sparsity"],
    oracle="torch.nn:TransformerEncoder",
    properties=["encoder_never_sees_a_hidden_patch", "loss_is_over_hidden_patches"],
    mutants=["mask_tokens_in_encoder", "encodes_hidden_patches", "not_restored", "one_mask_for_all", "loss_everywhere",
             "raw_pixels"],
    claim=Claim(
        text="Within the same number of operations, an encoder of visible patches only learns to reconstruct unseen "
             "images better than one that also encodes a mask token for every hidden patch",
        metric="error_relative_to_mean", better="lower", grade="B", budget_s=3,
        grid={"lr": [0.0015, 0.003, 0.006, 0.012]},
        arms={"mask_tokens_in_encoder": Arm(expect=">0.906", settings={"lr": 0.006}),
              "visible_only": Arm(expect="<0.906", settings={"lr": 0.003})},
    ),
    bench=[Case("mini", {"B": 4, "C": 3, "I": 112, "P": 16, "D": 192, "H": 3, "F": 768, "L": 4, "E": 96, "M": 1}),
           Case("base-4-layers-gpu",
                {"B": 32, "C": 3, "I": 224, "P": 16, "D": 768, "H": 12, "F": 3072, "L": 4, "E": 384, "M": 1})],
    deviations=["learned positions, as in our ViT; the paper's are fixed sines",
                "the decoder has as many heads as the encoder", "the demo reconstructs raw pixels"],
)


def pick(z: Tensor, numbers: Tensor) -> Tensor:
    """Of tokens (B, N, *), those with these numbers (B, K), in this order: (B, K, *)."""
    return torch.take_along_dim(z, numbers[..., None], dim=1)


class MAE(nn.Module):
    """Loss and predicted patches for square images; `encoder` is what remains after training."""

    def __init__(self, side: int, patch: int, channels: int, width: int, heads: int, hidden: int, depth: int,
                 decoder_width: int, decoder_depth: int, ratio: float = 0.75, normalize: bool = True) -> None:
        super().__init__()          # the head of this ViT has no classes: it is the map W to the decoder's width
        self.encoder = VisionTransformer(side, patch, channels, width, heads, hidden, depth, decoder_width)
        self.patch, self.normalize, self.count = patch, normalize, (side // patch) ** 2
        self.visible = int(self.count * (1 - ratio))
        self.mask_token = nn.Parameter(0.02 * torch.randn(1, 1, decoder_width))
        self.positions = nn.Parameter(0.02 * torch.randn(1, self.count + 1, decoder_width))
        self.layers = nn.ModuleList(PreNormLayer(decoder_width, heads, hidden * decoder_width // width)
                                    for _ in range(decoder_depth))
        self.norm, self.predict = nn.LayerNorm(decoder_width), nn.Linear(decoder_width, channels * patch ** 2)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, C, I, I) to the loss and to predictions (B, N, C P P) of all patches, visible ones included."""
        order = self.shuffle(images)
        prediction = self.decode(self.encode(images, order), order)
        return self.loss(prediction, images, order), prediction

    def shuffle(self, images: Tensor) -> Tensor:
        """A random order of the patches of each image, (B, N); the first V stay visible."""
        return torch.rand(len(images), self.count, device=images.device).argsort(dim=1)

    def encode(self, images: Tensor, order: Tensor) -> Tensor:
        """Latents (B, 1 + V, D) of the class token and the visible patches."""
        start = self.encoder.class_token + self.encoder.positions[:, :1]
        z = torch.cat([start.expand(len(images), -1, -1), self.enter(images, order)], dim=1)
        for layer in self.encoder.layers:
            z = layer(z)
        return self.encoder.norm(z)

    def enter(self, images: Tensor, order: Tensor) -> Tensor:
        """The tokens that the encoder sees, (B, V, D). Positions come first, so that no patch loses its own."""
        return pick(self.encoder.embed(images) + self.encoder.positions[:, 1:], order[:, :self.visible])

    def decode(self, latent: Tensor, order: Tensor) -> Tensor:
        z = self.encoder.head(latent)                                                     # (B, 1 + V, E)
        z = torch.cat([z[:, :1], self.fill(z[:, 1:], order)], dim=1) + self.positions     # (B, 1 + N, E)
        for layer in self.layers:
            z = layer(z)
        return self.predict(self.norm(z))[:, 1:]

    def fill(self, z: Tensor, order: Tensor) -> Tensor:
        """Tokens of visible patches (B, V, E) and the mask token for the others, all in their places: (B, N, E)."""
        masks = self.mask_token.expand(len(z), self.count - self.visible, -1)
        return pick(torch.cat([z, masks], dim=1), order.argsort(dim=1))                   # the inverse permutation

    def loss(self, prediction: Tensor, images: Tensor, order: Tensor) -> Tensor:
        error = (prediction - self.target(images)).square().mean(dim=-1)                  # (B, N)
        return error.gather(1, order[:, self.visible:]).mean()

    def target(self, images: Tensor) -> Tensor:
        patches = F.unfold(images, self.patch, stride=self.patch).mT                      # (B, N, C P P)
        variance, mean = torch.var_mean(patches, dim=-1, keepdim=True)
        return (patches - mean) / (variance + 1e-6).sqrt() if self.normalize else patches


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------

Make = Callable[..., MAE]
Outputs = tuple[Tensor, ...]


def oracle(make: Make = MAE) -> tuple[MAE, Callable[[Tensor], Outputs], Tensor]:
    """Ours with random parameters; image by image, with sets of numbers in place of permutations, torch's layers."""
    ours = make(6, 2, 2, 8, 4, 10, 2, 8, 1, ratio=0.7).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    layer = nn.TransformerEncoderLayer(8, 4, 10, dropout=0, activation=F.gelu, batch_first=True, norm_first=True)
    stacks = {part: nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(8), enable_nested_tensor=False).double()
              for part, depth in (("encoder.", 2), ("", 1))}

    def theirs(images: Tensor) -> Outputs:
        p: dict[str, Tensor] = {name.replace("in_proj.", "in_proj_"): z for name, z in ours.named_parameters()}
        losses, predictions = [], []

        def run(part: str, tokens: list[Tensor]) -> Tensor:
            own = {name.removeprefix(part): tensor for name, tensor in p.items()
                   if name.startswith((f"{part}layers.", f"{part}norm."))}
            return torch.func.functional_call(stacks[part], own, (torch.stack(tokens)[None],))[0]

        for image, number in zip(images, torch.rand(len(images), 9).tolist(), strict=True):
            seen = {n for n in range(9) if sum(other < number[n] for other in number) < 2}      # the two smallest
            patches = [image[:, i:i + 2, j:j + 2].flatten() for i in (0, 2, 4) for j in (0, 2, 4)]
            tokens = {n: F.linear(patches[n], p["encoder.patches.weight"].flatten(1), p["encoder.patches.bias"])
                      + p["encoder.positions"][0, 1 + n] for n in seen}
            start = p["encoder.class_token"][0, 0] + p["encoder.positions"][0, 0]
            latent = F.linear(run("encoder.", [start, *tokens.values()]), p["encoder.head.weight"],
                              p["encoder.head.bias"])
            known = dict(zip(tokens, latent[1:], strict=True))
            full = [latent[0], *(known.get(n, p["mask_token"][0, 0]) for n in range(9))]
            z = run("", [token + place for token, place in zip(full, p["positions"][0], strict=True)])
            predictions.append(F.linear(z[1:], p["predict.weight"], p["predict.bias"]))
            for n in set(range(9)) - seen:
                centered = patches[n] - patches[n].sum() / 8
                target = centered / (centered.square().sum() / 7 + 1e-6).sqrt()
                losses.append((predictions[-1][n] - target).square().sum() / 8)
        return torch.stack(losses).sum() / (7 * len(images)), torch.stack(predictions)

    return ours, theirs, 1 + 2 * torch.randn(4, 2, 6, 6, dtype=torch.float64)


def check_encoder_never_sees_a_hidden_patch(make: Make = MAE) -> None:
    """Anything in the hidden patches: the same latents, and no gradient comes back to them."""
    model, _, images = oracle(make)
    order, images = model.shuffle(images), images.requires_grad_()
    latent = model.encode(images, order)
    blame = F.unfold(torch.autograd.grad(latent.square().sum(), images)[0], 2, stride=2).mT.abs().sum(dim=-1)
    assert (blame.gather(1, order) > 0).tolist() == [[True] * 2 + [False] * 7] * 4, "a hidden patch has a gradient"
    hidden = torch.ones(4, 9, dtype=torch.float64).scatter(1, order[:, :2], 0.0)
    spoiled = images + 5 * F.interpolate(hidden.view(4, 1, 3, 3), scale_factor=2)
    torch.testing.assert_close(model.encode(spoiled, order), latent)


def check_loss_is_over_hidden_patches(make: Make = MAE) -> None:
    """Of nine predicted patches exactly seven, the hidden ones, can change the loss."""
    model, _, images = oracle(make)
    order, prediction = model.shuffle(images), torch.randn(4, 9, 8, dtype=torch.float64, requires_grad=True)
    gradient = torch.autograd.grad(model.loss(prediction, images, order), prediction)[0].abs().sum(dim=-1)
    assert (gradient.gather(1, order) > 0).tolist() == [[False] * 2 + [True] * 7] * 4


class _MaskTokensInEncoder(MAE):
    """As in BERT, table 1 (c); for a decoder as wide as the encoder."""

    def enter(self, images: Tensor, order: Tensor) -> Tensor:
        visible = pick(self.encoder.embed(images), order[:, :self.visible])
        return super().fill(visible, order) + self.encoder.positions[:, 1:]

    def fill(self, z: Tensor, order: Tensor) -> Tensor:
        return z


class _EncodesHiddenPatches(MAE):
    def enter(self, images: Tensor, order: Tensor) -> Tensor:
        return super().enter(images, order.flip(1))


class _NotRestored(MAE):
    def fill(self, z: Tensor, order: Tensor) -> Tensor:
        return super().fill(z, torch.arange(self.count).expand_as(order))


class _OneMaskForAll(MAE):
    def shuffle(self, images: Tensor) -> Tensor:
        return super().shuffle(images)[:1].expand(len(images), -1)


class _LossEverywhere(MAE):
    def loss(self, prediction: Tensor, images: Tensor, order: Tensor) -> Tensor:
        return (prediction - self.target(images)).square().mean()


class _RawPixels(MAE):
    def target(self, images: Tensor) -> Tensor:
        return F.unfold(images, self.patch, stride=self.patch).mT


MUTANTS = {"mask_tokens_in_encoder": _MaskTokensInEncoder, "encodes_hidden_patches": _EncodesHiddenPatches,
           "not_restored": _NotRestored, "one_mask_for_all": _OneMaskForAll, "loss_everywhere": _LossEverywhere,
           "raw_pixels": _RawPixels}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits in 16 patches, as many updates as the operations of 200 with visible patches only allow.

    Yield (step, squared error over the hidden patches of test images, relative to that of the mean training image).
    """
    from reference_impls.harness.data import digits

    (x, _), (x_test, _) = digits(device)
    x, x_test = ((images.view(-1, 1, 8, 8) - x.mean()) / x.std() for images in (x, x_test))
    torch.manual_seed(seed)
    sizes = {"C": 1, "I": 8, "P": 2, "D": 64, "F": 64, "L": 2, "E": 64, "M": 1}
    make, tokens = {"visible_only": (MAE, 5), "mask_tokens_in_encoder": (_MaskTokensInEncoder, 17)}[arm]
    steps = 200 * operations(sizes, 5) // operations(sizes, tokens)
    model = make(8, 2, 1, 64, 16, 64, 2, 64, 1, normalize=False).to(device)
    for places in (model.encoder.positions, model.positions):
        nn.init.normal_(places)             # with the usual 0.02, attention takes long to tell the patches apart
    order = model.shuffle(x_test)
    mean_image = model.loss(model.target(x.mean(dim=0, keepdim=True)), x_test, order)
    optimizer = torch.optim.AdamW(model.parameters(), lr, betas=(0.9, 0.95), weight_decay=0.05)
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        model(x[torch.randint(len(x), (32,), device=device)])[0].backward()
        optimizer.step()
        if step % 50 == 0 or step == steps:
            with torch.no_grad():
                prediction = model.decode(model.encode(x_test, order), order)
                yield step, (model.loss(prediction, x_test, order) / mean_image).item()
    patches = model.target(x_test)
    hidden = torch.ones_like(patches[..., :1]).scatter(1, order[:, :4, None], 0.0)
    rows = [patches, patches.where(hidden == 0, 0.0), patches.where(hidden == 0, prediction)]
    drawn = torch.stack([F.fold(row[:8].mT, (8, 8), 2, stride=2)[:, 0] for row in rows])
    yield Picture("test digits, what is visible of them, and what is made of it", drawn.cpu(), "images",
                  labels=(["image", "visible", "reconstructed"], [str(k) for k in range(8)]))


# -- what it costs ----------------------------------------------------------------------------------------------------

def operations(sizes: dict[str, int], tokens: int) -> int:
    """Matrix products for one image if the encoder sees this many tokens: embedding, encoder, map, decoder, output."""
    c, i, p, d, f, layers, e, m = (sizes[k] for k in "CIPDFLEM")
    n = (i // p) ** 2

    def stack(tokens: int, depth: int, width: int, hidden: int) -> int:
        return depth * (2 * tokens * (4 * width ** 2 + 2 * width * hidden) + 4 * tokens ** 2 * width)

    return (2 * n * c * p * p * d + stack(tokens, layers, d, f) + 2 * tokens * d * e
            + stack(n + 1, m, e, f * e // d) + 2 * (n + 1) * e * c * p * p)


def work(case: Case, itemsize: int) -> Work:
    """All matrix products; least traffic: images and weights in, predictions out."""
    b, c, i, p, d, f, layers, e, m = (case.sizes[k] for k in "BCIPDFLEM")
    n = (i // p) ** 2
    weights = layers * (4 * d * d + 2 * d * f) + m * (4 * e * e + 2 * e * f * e // d) + (d + e) * c * p * p + d * e
    return Work(flop=b * operations(case.sizes, 1 + n // 4),
                min_bytes=(2 * b * c * i * i + weights + n * (d + e)) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor]]:
    """The whole model; the baseline has torch's layers, with the same weights, in both halves."""
    b, c, i, p, d, h, f, layers, e, m = (case.sizes[k] for k in "BCIPDHFLEM")
    theirs, ours = (MAE(i, p, c, d, h, f, layers, e, m) for _ in range(2))
    theirs.encoder.layers, theirs.layers = (
        nn.ModuleList(nn.TransformerEncoderLayer(width, h, f * width // d, 0.0, F.gelu, batch_first=True,
                                                 norm_first=True) for _ in range(depth))
        for width, depth in ((d, layers), (e, m)))
    theirs.load_state_dict({name.replace("in_proj.", "in_proj_"): z for name, z in ours.state_dict().items()})
    return ({"torch.nn.TransformerEncoderLayer": theirs.to(device, dtype), "reference": ours.to(device, dtype)},
            (torch.randn(b, c, i, i, device=device, dtype=dtype),))
