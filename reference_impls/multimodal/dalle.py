"""DALL-E: learn discrete codes for image patches, then model caption and codes as one stream of tokens.

    ln p(x, y) >= E_q(z|x) [ln p(x|y, z) - beta KL(q(y, z|x) || p(y, z))]                Ramesh et al. 2021, eq. (1)
    stage 1: q(z|x) and p(x|z); z = softmax((logits + g) / tau), g Gumbel noise; p(z) is uniform        section 2.1
    stage 2: p(y, z), one stream of tokens, words first; the text's loss weighs 1/8, the image's 7/8    section 2.2
    sampling: draw many images for a caption and show those that CLIP ranks first                       section 2.6

Stage 1 uses a relaxed choice of a code, so that gradients pass; tau falls to 1/16. Stage 2 uses the likeliest code.
Longer than most: two stages and the ranking of their samples, each with its check.

Shapes: B images x of D pixels in [0, 1], captions y (B, Y) of V words, z (B, P) of K codes of width W.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, kl_divergence
from torch.nn import functional as F

from reference_impls.generative.vae import bernoulli
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.language.gpt2 import Decoder
from reference_impls.multimodal.clip import CLIP

CARD = Card(
    id="dalle", papers=["arxiv:2102.12092"], role="model", symbols=["DallE"],
    patterns=["discrete-latent", "autoregressive", "multimodal", "scaling"],
    oracle="torch.nn.functional:gumbel_softmax", equations=["1"],
    properties=["cold_choice_is_a_draw", "draws_have_the_chance_that_is_learned"],
    mutants=["hot_noise", "divergence_backwards", "told_itself", "forgets_what_it_drew"],
    claim=Claim(
        text="Of eight samples for a caption, the one that CLIP ranks first fits it more often than a single sample, "
             "or than the one that the model itself finds likeliest (section 2.6)",
        metric="judged_as_asked", better="higher", grade="B", budget_s=8, grid={"lr": [0.005, 0.01, 0.02, 0.04]},
        arms={"clip": Arm(expect=">0.8775", settings={"lr": 0.02}),
              "likelihood": Arm(expect="<0.8775", settings={"lr": 0.02}),
              "one_draw": Arm(expect="<0.8775", settings={"lr": 0.02})},
    ),
    bench=[Case("choices-32x32", {"B": 4, "P": 1024, "K": 512, "W": 64})],
    deviations=["Bernoulli pixels, not Laplace noise on logits", "dense causal attention", "captions of equal length"],
)


class DallE(nn.Module):
    """Stage 1: encoder (B, D) -> logits (B, P, K), decoder (B, P, W) -> logits of pixels; stage 2: a Transformer."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, codes: int, code_width: int, words: int,
                 context: int, width: int, heads: int, depth: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.codebook = encoder, decoder, nn.Parameter(torch.randn(codes, code_width))
        self.start = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.word, self.code = nn.Embedding(words, width), nn.Embedding(codes, width)
        self.stream = Decoder(context, width, heads, depth)
        self.read_word, self.read_code = nn.Linear(width, words), nn.Linear(width, codes)

    def forward(self, x: Tensor, y: Tensor, tau: float, beta: float) -> tuple[Tensor, Tensor]:
        """The objectives of both stages for images and captions: the bound of stage 1 (B,) and the loss of stage 2."""
        return self.bound(x, tau, beta), self.loss(y, self.encoder(x).argmax(dim=-1))

    def bound(self, x: Tensor, tau: float, beta: float) -> Tensor:
        logits = self.encoder(x)
        pixels = self.decoder(self.relax(logits, tau) @ self.codebook)
        return bernoulli(x, pixels) - beta * self.divergence(logits, torch.zeros_like(logits))

    def relax(self, logits: Tensor, tau: float) -> Tensor:
        gumbel = -torch.empty_like(logits).exponential_().log()        # argmax(logits + gumbel) ~ softmax(logits)
        return ((logits + gumbel) / tau).softmax(dim=-1)

    def divergence(self, logits: Tensor, prior: Tensor) -> Tensor:
        log_q, log_p = logits.log_softmax(dim=-1), prior.log_softmax(dim=-1)
        return (log_q.exp() * (log_q - log_p)).sum(dim=(-2, -1))

    def tell(self, y: Tensor, z: Tensor) -> Tensor:
        """The Transformer's state before each word and code: (B, Y + P, width)."""
        return self.stream(torch.cat([self.start.expand(len(y), 1, -1), self.word(y), self.code(z[:, :-1])], dim=1))

    def loss(self, y: Tensor, z: Tensor) -> Tensor:
        """Loss of stage 2, a scalar: nats per word, weighted by 1/8, plus nats per code, weighted by 7/8."""
        words, codes = self.tell(y, z).split([y.shape[1], z.shape[1]], dim=1)
        return (F.cross_entropy(self.read_word(words).mT, y) + 7 * F.cross_entropy(self.read_code(codes).mT, z)) / 8

    @torch.no_grad()
    def write(self, y: Tensor, places: int) -> tuple[Tensor, Tensor]:
        """Codes (B, P) sampled one after the other for captions (B, Y), and ln p(z|y), (B,)."""
        z, chance = y.new_zeros(len(y), 1), self.start.new_zeros(len(y))    # the last code of z is a placeholder
        for _ in range(places):
            law = Categorical(logits=self.read_code(self.tell(y, z)[:, -1]))
            z[:, -1] = drawn = law.sample()
            z, chance = F.pad(z, (0, 1)), chance + law.log_prob(drawn)
        return z[:, :-1], chance

# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., DallE]
Outputs = tuple[Tensor, ...]


def oracle(make: Make = DallE) -> tuple[DallE, Callable[..., Outputs], Outputs]:
    """Ours; torch's Gumbel softmax and KL divergence, and the stream one token at a time; images and captions."""
    encoder = nn.Sequential(nn.Linear(6, 20), nn.Unflatten(1, (4, 5)))
    decoder = nn.Sequential(nn.Tanh(), nn.Flatten(1), nn.Linear(12, 6))
    ours = make(encoder, decoder, 5, 3, words=7, context=6, width=8, heads=2, depth=2).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.7)

    def theirs(x: Tensor, y: Tensor, tau: Tensor, beta: Tensor) -> Outputs:
        logits = encoder(x)
        pixels = decoder(F.gumbel_softmax(logits, tau.item()) @ ours.codebook)         # same seed, same noise
        likelihood = -F.binary_cross_entropy_with_logits(pixels, x, reduction="none").sum(dim=1)
        divergence = kl_divergence(Categorical(logits=logits), Categorical(torch.ones_like(logits))).sum(dim=1)
        loss = x.new_zeros(())
        for words, codes in zip(y, logits.max(dim=-1).indices, strict=True):
            told = [ours.start[0, 0]]
            for place, token in enumerate([*words, *codes]):
                kind, read = (ours.word, ours.read_word) if place < 2 else (ours.code, ours.read_code)
                chance = Categorical(logits=read(ours.stream(torch.stack(told)[None])[0, -1]))
                loss = loss - chance.log_prob(token) * (1 / 8 / 2 if place < 2 else 7 / 8 / 4) / len(y)
                told.append(kind.weight[token])
        return likelihood - beta * divergence, loss

    return ours, theirs, (torch.rand(3, 6, dtype=torch.float64), torch.randint(7, (3, 2)), *torch.tensor([2, 3]))


def check_cold_choice_is_a_draw(make: Make = DallE) -> None:
    """As tau goes to 0 the relaxed choice becomes a single code, sampled from the softmax."""
    model, logits = oracle(make)[0], torch.tensor([0.0, 1.0, 2.0, -1.0])
    choice = model.relax(logits.expand(40000, 4), 1e-6)
    assert (choice.max(dim=-1).values > 0.999).float().mean() > 0.99, "a cold choice is not one code"
    torch.testing.assert_close(choice.mean(dim=0), logits.softmax(dim=0), rtol=0, atol=0.01)


def check_draws_have_the_chance_that_is_learned(make: Make = DallE) -> None:
    """The ln p(z|y) that `write` returns equals the value from one pass over the whole stream, as in training."""
    model, y = oracle(make)[0], torch.randint(7, (50, 2))
    z, chance = model.write(y, 4)
    told = model.read_code(model.tell(y, z)[:, 2:]).log_softmax(dim=-1)
    torch.testing.assert_close(chance, told.gather(2, z[..., None]).sum(dim=(1, 2)))


class _HotNoise(DallE):
    def relax(self, logits: Tensor, tau: float) -> Tensor:
        return super().relax(logits / tau, 1.0)


class _DivergenceBackwards(DallE):
    def divergence(self, logits: Tensor, prior: Tensor) -> Tensor:
        return super().divergence(prior, logits)


class _ToldItself(DallE):
    def tell(self, y: Tensor, z: Tensor) -> Tensor:
        return self.stream(torch.cat([self.word(y), self.code(z)], dim=1)) + self.start


class _ForgetsWhatItDrew(DallE):
    def write(self, y: Tensor, places: int) -> tuple[Tensor, Tensor]:
        codes, chances = zip(*[DallE.write(self, y, 1) for _ in range(places)])
        return torch.cat(codes, dim=1), torch.stack(chances).sum(dim=0)


MUTANTS = {"hot_noise": _HotNoise, "divergence_backwards": _DivergenceBackwards, "told_itself": _ToldItself,
           "forgets_what_it_drew": _ForgetsWhatItDrew}

# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """A word, then a digit as 16 codes of 2 by 2 pixels each: yield (steps, share that a judge reads as requested).

    For 200 words: the first of eight samples as ranked by CLIP or by likelihood, or a single sample. The judge is
    trained on other digits.
    """
    from sklearn.svm import SVC

    from reference_impls.harness.data import digits

    (x, y), (x_other, y_other) = ((F.pixel_unshuffle(images.view(-1, 1, 8, 8), 2).flatten(2).mT.flatten(1), kinds)
                                  for images, kinds in digits(device))              # patch by patch
    torch.manual_seed(seed)
    encoder = nn.Sequential(nn.Unflatten(1, (16, 4)), nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32))
    decoder = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4), nn.Flatten(1))
    model = DallE(encoder, decoder, 32, 16, words=10, context=17, width=48, heads=4, depth=1).to(device)
    clip = CLIP(nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16)), nn.Embedding(10, 16)).to(device)
    # Frozen with 100 steps at constant rates, it failed on seed 3 (0.45; 0.18, 0.14); with temperatures of 0.1 to 1.5
    # tuned too, those gave 0.84; 0.69, 0.62 on seeds 0 to 2. Frozen again as it is now, it was judged on seeds 3 to 8.
    # With 0.855, half-way on an AMD EPYC, likelihood failed on seed 5 of an Intel Xeon by 0.01. Set after that: 0.8775,
    # half-way on the Xeon (seeds 0 to 2). It was then judged there on seeds 9 to 14, seen by nobody before, and held.
    for learner, rate, loss in ((model, 0.02, lambda x, y, done: -model.bound(x, 16 ** -done, beta=0.1).mean()),
                                (model, lr, lambda x, y, done: model.loss(y[:, None], model.encoder(x).argmax(dim=-1))),
                                (clip, 0.003, lambda x, y, done: clip(x, y))):
        optimizer = torch.optim.Adam(learner.parameters(), rate)
        for step in range(200):
            optimizer.param_groups[0]["lr"] = rate * (1 - step / 200)
            batch = torch.randint(len(x), (64,), device=device)
            optimizer.zero_grad()
            loss(x[batch], y[batch], step / 200).backward()
            optimizer.step()
    asked, draws = torch.arange(10, device=device).repeat_interleave(20), 1 if arm == "one_draw" else 8
    with torch.no_grad():
        z, chance = model.write(asked.repeat_interleave(draws)[:, None], 16)
        images = model.decoder(model.codebook[z]).sigmoid().view(200, draws, 64)
        agree = (clip.embed_images(images) * clip.embed_texts(asked)[:, None]).sum(dim=-1)
    order = (agree if arm == "clip" else chance.view(200, draws)).argsort(dim=1, descending=True)
    images = images.take_along_dim(order[..., None], dim=1).cpu()
    yield 200, SVC().fit(x_other.cpu().numpy(), y_other.cpu().numpy()).score(images[:, 0].numpy(), asked.cpu().numpy())
    if arm == "clip":
        shown = F.pixel_shuffle(images[::20].reshape(80, 16, 4).mT.reshape(80, 4, 4, 4), 2).view(10, 8, 8, 8)
        yield Picture("eight samples for each word, ranked by CLIP from left to right", shown, "images")

# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """The mixture of codes at each position; logits and codebook are read, mixtures written, noise is not counted."""
    b, p, k, w = (case.sizes[key] for key in "BPKW")
    return Work(flop=2 * b * p * k * w, min_bytes=itemsize * (b * p * (k + w) + k * w))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[Tensor], Tensor]], Outputs]:
    """The relaxed choice and its mixture of codes; the baseline is torch's gumbel_softmax, with its own noise."""
    b, p, k, w = (case.sizes[key] for key in "BPKW")
    model = DallE(nn.Identity(), nn.Identity(), k, w, words=1, context=1, width=4, heads=1, depth=1).to(device, dtype)
    return ({"torch.nn.functional.gumbel_softmax": lambda logits: F.gumbel_softmax(logits, 0.5) @ model.codebook,
             "reference": lambda logits: model.relax(logits, 0.5) @ model.codebook},
            (torch.randn(b, p, k, device=device, dtype=dtype),))
