"""CLIP: two encoders learn which caption in a batch belongs to which image; captions then serve as classifiers.

    I_e = normalize(image(I) W_i),   T_e = normalize(text(T) W_t),   logits = exp(t) I_e T_e^T
    L = 1/2 [cross_entropy(logits, 1 .. N) + cross_entropy(logits^T, 1 .. N)]        Radford et al. 2021, figure 3

t is learned, starts at exp(t) = 1 / 0.07, and is clipped at ln 100 (section 2.5). The image encoder is a ViT; the text
encoder is a causal Transformer whose output at the caption's last token is used, after its norm (section 2.4).

Shapes: N images and N captions of T tokens, V words, E dimensions of the shared embedding.
"""
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.vit import VisionTransformer
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.language.gpt2 import Decoder

CARD = Card(
    id="clip", papers=["arxiv:2103.00020"], role="model", symbols=["TextTower", "CLIP"],
    patterns=["contrastive", "multimodal", "self-supervision", "scaling", "embedding"],
    oracle="closed form: every pair in a loop", properties=["logits_stay_within_100", "no_knowledge_costs_log_n"],
    mutants=["not_normalized", "images_choose_only", "divides_by_the_scale", "not_clipped"],
    claim=Claim(
        text="In CLIP's space a class is better recognized by its caption than by one labeled image (section 3.1)",
        metric="accuracy", better="higher", grade="A", budget_s=6, grid={"lr": [0.0003, 0.001, 0.002, 0.004, 0.01]},
        arms={"caption": Arm(expect=">0.855", settings={"lr": 0.002}),
              "one_label": Arm(expect="<0.855", settings={"lr": 0.004})}),
    bench=[Case("mini", {"N": 32, "I": 32, "P": 8, "T": 16, "V": 1000, "D": 128, "H": 4, "L": 2, "E": 64}),
           Case("batch-256-gpu", {"N": 256, "I": 32, "P": 8, "T": 16, "V": 1000, "D": 128, "H": 4, "L": 2, "E": 64})],
    deviations=["the ViT's last linear map has a bias; no norm before its first layer", "captions of equal length",
                "the demo's image tower is a small MLP; all its classes have captions seen in training"],
)


class TextTower(nn.Module):
    """Captions (N, T) of word indices to features (N, E)."""

    def __init__(self, words: int, context: int, width: int, heads: int, depth: int, features: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.decode, self.project = Decoder(context, width, heads, depth), nn.Linear(width, features, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.project(self.decode(self.embedding(tokens))[:, -1])     # the last token sees all others


class CLIP(nn.Module):
    """Map images and texts into one space: an encoder for each returns features (N, E); the scale is learned."""

    def __init__(self, image: nn.Module, text: nn.Module) -> None:
        super().__init__()
        self.image, self.text = image, text
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, images: Tensor, texts: Tensor) -> Tensor:
        """The loss of N images and their N captions, a scalar."""
        return self.loss(self.logits(self.embed_images(images), self.embed_texts(texts)))

    def embed_images(self, images: Tensor) -> Tensor:
        return F.normalize(self.image(images), dim=-1)

    def embed_texts(self, texts: Tensor) -> Tensor:
        return F.normalize(self.text(texts), dim=-1)

    def logits(self, images: Tensor, texts: Tensor) -> Tensor:
        """Scaled cosines of all embedded images (N, E) with all embedded texts (M, E): (N, M)."""
        with torch.no_grad():               # clamp t itself: a clip in the graph would pass no gradient above 100
            self.log_scale.clamp_(max=math.log(100))
        return self.log_scale.exp() * images @ texts.T

    def loss(self, logits: Tensor) -> Tensor:
        own = torch.arange(len(logits), device=logits.device)
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2

# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., CLIP]


def oracle(make: Make = CLIP) -> tuple[CLIP, Callable[[Tensor, Tensor], Tensor], tuple[Tensor, Tensor]]:
    """Ours over small towers; each pair's cosine and probability by hand, caption by caption; images and captions."""
    ours = make(image := VisionTransformer(4, 2, 1, 8, 2, 12, 1, 6), text := TextTower(9, 5, 8, 2, 2, 6)).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.7)

    def theirs(images: Tensor, texts: Tensor) -> Tensor:
        written = [text.project.weight @ text.decode(text.embedding.weight[each][None])[0, 4] for each in texts]
        cosine = [[a @ b / (a @ a * (b @ b)).sqrt() for b in written] for a in image(images)]
        weight = [[torch.exp(c * torch.exp(ours.log_scale)) for c in row] for row in cosine]
        by_image = [weight[i][i] / torch.stack(weight[i]).sum() for i in range(5)]
        by_text = [weight[i][i] / torch.stack([row[i] for row in weight]).sum() for i in range(5)]
        return -torch.stack(by_image + by_text).log().sum() / 10

    return ours, theirs, (0.5 + torch.randn(5, 1, 4, 4, dtype=torch.float64), torch.randint(9, (5, 5)))


def check_logits_stay_within_100(make: Make = CLIP) -> None:
    """The scale starts at 1 / 0.07, and with t = 6, where exp(t) = 403, it is 100."""
    model, x = make(nn.Identity(), nn.Identity()).double(), torch.randn(4, 3, dtype=torch.float64)
    for scale in (1 / 0.07, 100.0):
        found = model.logits(model.embed_images(x), model.embed_texts(x)).diagonal()
        torch.testing.assert_close(found, torch.full_like(found, scale), rtol=1e-6, atol=0.0)
        nn.init.constant_(model.log_scale, 6.0)


def check_no_knowledge_costs_log_n(make: Make = CLIP) -> None:
    """When all pairs are equal the loss is that of guessing, ln N, whatever the norm of the features."""
    model, a, b = make(nn.Identity(), nn.Identity()).double(), *torch.randn(2, 7, 3, dtype=torch.float64)
    same = model(a[:1].expand(7, 3), 5 * b[:1].expand(7, 3))
    torch.testing.assert_close(same, torch.full_like(same, math.log(7)))


class _NotNormalized(CLIP):
    def embed_images(self, images: Tensor) -> Tensor:
        return self.image(images)


class _ImagesChooseOnly(CLIP):
    def loss(self, logits: Tensor) -> Tensor:
        return F.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


class _DividesByTheScale(CLIP):
    def logits(self, images: Tensor, texts: Tensor) -> Tensor:
        return images @ texts.T / self.log_scale.exp()


class _NotClipped(CLIP):
    def logits(self, images: Tensor, texts: Tensor) -> Tensor:
        return self.log_scale.exp() * images @ texts.T


MUTANTS = {"not_normalized": _NotNormalized, "images_choose_only": _ImagesChooseOnly,
           "divides_by_the_scale": _DividesByTheScale, "not_clipped": _NotClipped}

# -- what the paper claims, small -------------------------------------------------------------------------------------
def turned(images: Tensor, labels: Tensor, turn: Tensor) -> tuple[Tensor, Tensor]:
    """Digits (N, 64) by quarter turns (N,): images (N, 1, 8, 8), captions (N, 3) "digit, turn, end" over 15 words."""
    ways = torch.stack([images.view(-1, 8, 8).rot90(k, (1, 2)) for k in range(4)])      # (4, N, 8, 8)
    return (ways[turn, torch.arange(len(turn), device=turn.device), None],
            torch.stack([labels, 10 + turn, torch.full_like(turn, 14)], dim=1))


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits in four rotations, forty classes: yield (step, accuracy of assigning test images to the nearest class).

    A class is represented by its caption, or by one labeled training image of it (mean over 20 choices).
    """
    from reference_impls.harness.data import digits

    # seeds 3 to 5 were seen once before the card was frozen, so it was judged on 6 to 8 as well
    # not reproduced: with only 14 words, predicting the caption's words learns faster (figure 2: slower)
    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    image = nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 32))
    model = CLIP(image, TextTower(15, 3, 32, 4, 1, 32)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    digit, turn = torch.arange(40, device=device) // 4, torch.arange(40, device=device) % 4
    tests, own = turned(x_test, y_test, torch.randint(4, y_test.shape, device=device))
    truth = 4 * own[:, 0] + own[:, 1] - 10
    for step in range(1, 401):
        batch = torch.randint(len(x), (128,), device=device)
        optimizer.zero_grad()
        model(*turned(x[batch], y[batch], torch.randint(4, (128,), device=device))).backward()
        optimizer.step()
        if step % 200 == 0:
            with torch.no_grad():
                seen = model.embed_images(tests)
                classes = written = model.embed_texts(turned(x[:40], digit, turn)[1])
                if arm == "one_label":       # the mean of two labels gives 0.867 on seeds 0, 1, 2: still below the text
                    chosen = torch.stack([torch.multinomial((y == kind).float(), 20) for kind in digit.tolist()], dim=1)
                    classes = torch.stack([model.embed_images(turned(x[k], y[k], turn)[0]) for k in chosen])
                yield step, ((seen @ classes.mT).argmax(dim=-1) == truth).float().mean().item()
    if arm == "caption":
        means = torch.stack([seen[truth == kind].mean(dim=0) for kind in range(40)]) @ written.T
        yield Picture("cosines of images (rows) and captions (columns), by class", means.cpu())

# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products of both towers (attention counted without its mask) and cosines; weights and images are read."""
    n, i, p, t, d, layers, e = (case.sizes[k] for k in "NIPTDLE")
    patches, text = (i // p) ** 2, layers * t * (24 * d * d + 4 * t * d)
    image = 2 * patches * 3 * p * p * d + layers * (patches + 1) * (24 * d * d + 4 * (patches + 1) * d)
    read = n * 3 * i * i + layers * 24 * d * d + 3 * p * p * d + 2 * d * e
    return Work(flop=n * (image + text + 4 * d * e) + 2 * n * n * e, min_bytes=read * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, Tensor]]:
    """The loss of N images and captions; the baseline uses torch's layers in the image tower."""
    n, i, p, t, v, d, h, layers, e = (case.sizes[k] for k in "NIPTVDHLE")
    ours, theirs = (CLIP(VisionTransformer(i, p, 3, d, h, 4 * d, layers, e), TextTower(v, t, d, h, layers, e))
                    for _ in range(2))
    theirs.image.layers = nn.ModuleList(
        nn.TransformerEncoderLayer(d, h, 4 * d, 0.0, F.gelu, batch_first=True, norm_first=True) for _ in range(layers))
    return ({"torch.nn.TransformerEncoderLayer": theirs.to(device, dtype), "reference": ours.to(device, dtype)},
            (torch.randn(n, 3, i, i, device=device, dtype=dtype), torch.randint(v, (n, t), device=device)))
