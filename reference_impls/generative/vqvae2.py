"""VQ-VAE-2: a coarse map of codes for the whole image, then a fine one that only has to add the missing detail.

    h = E_bottom(x),  e_top = Q(E_top(h))                                Razavi et al. 2019, Algorithm 1
    e_bottom = Q(E(h, D_top(e_top)))                                     bottom codes are chosen knowing the top ones
    x' = D(e_top, e_bottom)                                              the decoder sees both
    L = |x - x'|² + the loss of VQ-VAE for each level                    eq. (2)

Q is VQ-VAE's vector quantizer, with a codebook for each level; in training the codes follow moving averages, eq. (3).
Convention: the squares are averaged over all elements.

Shapes: N images (N, C, S, S); H hidden channels; K codes of D numbers; top maps (N, S/4, S/4), bottom (N, S/2, S/2).
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.generative.vqvae import VectorQuantizer
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="vqvae2", papers=["arxiv:1906.00446"], role="model", symbols=["VQVAE2"],
    patterns=["latent-variable", "discrete-latent", "quantization", "autoregressive", "multi-x"],
    oracle="closed form: the wiring in torch.nn.functional, codes by torch.cdist",
    properties=["code_numbers_are_enough", "codes_follow_only_in_training"],
    claim=Claim(
        text="At equal bits per image, two levels of codes reconstruct better than one",
        metric="test_squared_error", better="lower", grade="C", budget_s=5,
        grid={"lr": [0.001, 0.003, 0.01, 0.03], "spread": [0.01, 0.03, 0.1, 0.3]},
        arms={"one_level": Arm(expect="tie", settings={"lr": 0.003, "spread": 0.01}),
              "two_levels": Arm(expect="tie", settings={"lr": 0.003, "spread": 0.1})},
        outcome="a tie: 0.0136 to 0.0176 with one level, 0.0142 to 0.0184 with two, on seeds 0, 1 and 2"),
    mutants=["bottom_deaf_to_top", "decoder_without_top", "decoder_sees_vectors"],
    bench=[Case("pictures-32x32", {"N": 16, "C": 3, "S": 32, "H": 64, "D": 32, "K": 128})], equations=["2", "3"],
    deviations=["no autoregressive priors over the code numbers: it reconstructs images and draws none",
                "single convolutions in place of residual blocks; two levels (paper: three for faces)"],
)

Outputs = tuple[Tensor, ...]


class VQVAE2(nn.Module):
    """An autoencoder of images (N, C, S, S) with two maps of codes; S is a multiple of four.

    Args: C, H, D, the number of codes of each level, and the standard deviation of the initial codes.
    """

    def __init__(self, channels: int, hidden: int, width: int, top: int, bottom: int, spread: float = 1.0) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, hidden, 4, stride=2, padding=1)
        self.features = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.to_top = nn.Conv2d(hidden, width, 4, stride=2, padding=1)
        self.from_top = nn.ConvTranspose2d(width, width, 4, stride=2, padding=1)
        self.to_bottom = nn.Conv2d(hidden + width, width, 1)
        self.join = nn.Conv2d(2 * width, hidden, 3, padding=1)
        self.up = nn.ConvTranspose2d(hidden, channels, 4, stride=2, padding=1)
        self.top, self.bottom = (VectorQuantizer(codes, width, spread=spread) for codes in (top, bottom))

    def forward(self, x: Tensor) -> Outputs:
        """Images to reconstructions, top and bottom code numbers, and the loss of both levels without |x - x'|²."""
        h = F.relu(self.features(F.relu(self.down(x))))                              # (N, H, S/2, S/2)
        e_top, k_top, loss_top = self.quantize(self.top, self.to_top(h))             # (N, D, S/4, S/4)
        e_bottom, k_bottom, loss_bottom = self.quantize(self.bottom, self.bottom_vectors(h, self.from_top(e_top)))
        return self.decode(e_top, e_bottom), k_top, k_bottom, loss_top + loss_bottom

    def quantize(self, level: VectorQuantizer, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A map (N, D, *) to codes of one level, their numbers (N, *), and the loss; in training the codes follow."""
        z = h.movedim(1, -1)
        e, k, loss = level(z)
        if self.training:
            level.follow(z, k)
        return e.movedim(-1, 1), k, loss

    def bottom_vectors(self, h: Tensor, seen: Tensor) -> Tensor:
        return self.to_bottom(torch.cat([h, seen], dim=1))                           # seen: what the top already says

    def decode(self, e_top: Tensor, e_bottom: Tensor) -> Tensor:
        """Codes of both levels, (N, D, S/4, S/4) and (N, D, S/2, S/2), to images."""
        return self.up(F.relu(self.join(torch.cat([self.from_top(e_top), e_bottom], dim=1))))


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., VQVAE2]


def by_torch(model: VQVAE2, x: Tensor) -> Outputs:
    """The same wiring in torch's functions with the model's parameters; distances by torch.cdist."""
    p = dict(model.named_parameters())

    def conv(name: str, x: Tensor, stride: int = 1, padding: int = 1) -> Tensor:
        return F.conv2d(x, p[f"{name}.weight"], p[f"{name}.bias"], stride, padding)

    def transposed(name: str, x: Tensor) -> Tensor:
        return F.conv_transpose2d(x, p[f"{name}.weight"], p[f"{name}.bias"], stride=2, padding=1)

    def nearest(level: str, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        book, z = p[f"{level}.codebook"], h.permute(0, 2, 3, 1)
        k = torch.cdist(z.flatten(0, 2), book).argmin(dim=1).view(z.shape[:-1])
        e = F.embedding(k, book)
        loss = ((z.detach() - e) ** 2).mean() + 0.25 * ((z - e.detach()) ** 2).mean()
        return e.detach().permute(0, 3, 1, 2) + (h - h.detach()), k, loss

    h = conv("features", conv("down", x, stride=2).relu()).relu()
    e_top, k_top, loss_top = nearest("top", conv("to_top", h, stride=2))
    seen = transposed("from_top", e_top)
    e_bottom, k_bottom, loss_bottom = nearest("bottom", conv("to_bottom", torch.cat([h, seen], 1), padding=0))
    hidden = conv("join", torch.cat([seen, e_bottom], 1)).relu()
    return transposed("up", hidden), k_top, k_bottom, loss_top + loss_bottom


def oracle(make: Make = VQVAE2) -> tuple[VQVAE2, Callable[[Tensor], Outputs], Tensor]:
    """Ours and torch's functions over the same parameters; three images of two channels."""
    ours = make(2, 6, 3, 5, 7).double().eval()
    return ours, partial(by_torch, ours), 1 + 2 * torch.randn(3, 2, 8, 8, dtype=torch.float64)


def check_code_numbers_are_enough(make: Make = VQVAE2) -> None:
    """The two maps of code numbers determine the image: nothing else reaches the decoder."""
    model = make(1, 6, 3, 4, 5).double().eval()
    seen, k_top, k_bottom, _ = model(torch.randn(3, 1, 8, 8, dtype=torch.float64))
    assert (k_top.shape, k_bottom.shape) == ((3, 2, 2), (3, 4, 4)), "wrong number of codes"
    e_top, e_bottom = (level.codebook[k].movedim(-1, 1) for level, k in ((model.top, k_top), (model.bottom, k_bottom)))
    torch.testing.assert_close(model.decode(e_top, e_bottom), seen)


def check_codes_follow_only_in_training(make: Make = VQVAE2) -> None:
    model, x = make(1, 6, 3, 4, 5), torch.randn(8, 1, 8, 8)
    for training in (False, True):
        before = [level.codebook.detach().clone() for level in (model.top, model.bottom)]
        model.train(training)(x)
        for codes, level in zip(before, (model.top, model.bottom)):
            assert torch.equal(codes, level.codebook) != training, f"codes in {training = }"


class _BottomDeafToTop(VQVAE2):
    def bottom_vectors(self, h: Tensor, seen: Tensor) -> Tensor:
        return super().bottom_vectors(h, torch.zeros_like(seen))


class _DecoderWithoutTop(VQVAE2):
    def decode(self, e_top: Tensor, e_bottom: Tensor) -> Tensor:
        return super().decode(torch.zeros_like(e_top), e_bottom)


class _DecoderSeesVectors(VQVAE2):
    def quantize(self, level: VectorQuantizer, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return h, *super().quantize(level, h)[1:]


MUTANTS = {"bottom_deaf_to_top": _BottomDeafToTop, "decoder_without_top": _DecoderWithoutTop,
           "decoder_sees_vectors": _DecoderSeesVectors}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, spread: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits in 64 bits, 4 times 8 + 16 times 2 or, with a silent top, 16 times 4: yield (step, squared error)."""
    from reference_impls.harness.data import digits

    (x, _), (x_test, _) = ((images.view(-1, 1, 8, 8), labels) for images, labels in digits(device))
    torch.manual_seed(seed)
    top, bottom = {"one_level": (1, 16), "two_levels": (256, 4)}[arm]      # a single top code carries 0 bits
    model = VQVAE2(1, 16, 8, top, bottom, spread).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    for step in range(1, 401):
        batch = x[torch.randint(len(x), (32,), device=device)]
        seen, _, _, loss = model.train()(batch)
        optimizer.zero_grad()
        (F.mse_loss(seen, batch) + loss).backward()
        optimizer.step()
        if step % 100 == 0:
            with torch.no_grad():
                seen, k_top, _, _ = model.eval()(x_test)
                coarse = model.top.codebook[k_top].movedim(-1, 1)
                alone = model.decode(coarse, torch.zeros_like(model.from_top(coarse)))
            yield step, F.mse_loss(seen, x_test).item()
    if arm == "two_levels":
        yield Picture("a digit, both levels, top alone", torch.stack([x_test, seen, alone])[:, :9, 0].cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Products of all convolutions and of vectors with codes; images in and out, weights in."""
    n, c, s, h, d, k = (case.sizes[key] for key in "NCSHDK")
    bottom, top = (s // 2) ** 2, (s // 4) ** 2
    at_bottom = 16 * c * h + 9 * h * h + (h + d) * d + 9 * 2 * d * h + 16 * h * c         # products for each position
    at_top = 16 * h * d + 2 * 16 * d * d                                                  # from_top runs twice
    weights = at_bottom + at_top - 16 * d * d + 2 * k * d
    return Work(flop=2 * n * (bottom * (at_bottom + k * d) + top * (at_top + k * d)),
                min_bytes=itemsize * (2 * n * c * s * s + weights))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Outputs]], Outputs]:
    """The whole model in evaluation mode."""
    n, c, s, h, d, k = (case.sizes[key] for key in "NCSHDK")
    model = VQVAE2(c, h, d, k, k).to(device, dtype).eval()
    return ({"torch.cdist": partial(by_torch, model), "reference": model},
            (torch.randn(n, c, s, s, device=device, dtype=dtype),))
