"""Negative sampling: tell a word's true neighbor from k words drawn at random, and subsample frequent words.

    loss = -log s(output_o . input_i) - sum over k noise words n ~ P_n of log s(-output_n . input_i)
                                                                              Mikolov et al. 2013b, eq. (4), negated
    P_n(w) ~ count(w)^(3/4);   a place is dropped with 1 - sqrt(t / f(w))     section 2.2;  eq. (5)
    score(a, b) = (count(a b) - delta) / (count(a) count(b))                  eq. (6): above a threshold, a phrase

s is the sigmoid, f(w) the share of w in the text and t a small threshold; words with f < t are always kept. A true
neighbor may also be drawn as noise. With enough width the loss is least where, for all pairs, output_c . input_w =
log(p(w, c) / (p(w) P_n(c))) - log k: pointwise mutual information minus log k, if P_n(c) is the share of c.

Shapes: N pairs of a word and its neighbor, K noise words each, V words in the vocabulary, D width, T words of a text.
"""
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.embeddings._language import WORDS, analogies_solved, different, language
from reference_impls.embeddings.word2vec import windows
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="phrase2vec", papers=["arxiv:1310.4546"], role="objective",
    symbols=["NegativeSampling", "kept", "phrase_scores"],
    patterns=["embedding", "self-supervision", "negative-sampling", "contrastive"],
    oracle="torch.nn.functional:binary_cross_entropy_with_logits", equations=["4", "5", "6"],
    properties=["optimum_is_pmi_less_log_k", "noise_follows_the_power", "fast_equals_reference",
                "subsampling_and_phrases_follow_the_formulas"],
    mutants=["mean_over_noise", "sign_forgotten", "power_forgotten"],
    claim=Claim(
        text="Where seven words in ten mean nothing, skip-gram with negative sampling solves more analogies in equally "
             "many steps if frequent words are subsampled, with the reach of the windows tuned as well",
        metric="analogies_solved", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.005, 0.01, 0.02, 0.04, 0.08], "reach": [1, 2, 4]},
        arms={"every_word": Arm(expect="<0.6", settings={"lr": 0.02, "reach": 2}),
              "subsampled": Arm(expect=">0.6", settings={"lr": 0.01, "reach": 1})},
    ),
    bench=[Case("k5", {"N": 4096, "K": 5, "V": 30_000, "D": 100}),
           Case("k15-gpu", {"N": 16_384, "K": 15, "V": 30_000, "D": 300})],
    deviations=["phrases are scored, not joined: the paper replaces the best pairs by one token and repeats"],
)


class NegativeSampling(nn.Module):
    """Tables `input` and `output` (V, D), and the noise distribution: word counts (V,), raised to a power."""

    def __init__(self, counts: Tensor, width: int, power: float = 0.75) -> None:
        super().__init__()
        self.input = nn.Parameter(0.1 * torch.randn(len(counts), width))
        self.output = nn.Parameter(torch.zeros(len(counts), width))
        self.noise = nn.Buffer(counts ** power / (counts ** power).sum())

    def draw(self, pairs: int, k: int) -> Tensor:
        """Noise words (N, K)."""
        return torch.multinomial(self.noise, pairs * k, replacement=True).view(pairs, k)

    def forward(self, word: Tensor, neighbor: Tensor, noise: Tensor) -> Tensor:
        """Mean loss of words (N,), their true neighbors (N,) and noise words (N, K)."""
        told = torch.cat([neighbor[:, None], noise], dim=1)                                 # (N, 1 + K)
        scores = (self.output[told] @ self.input[word, :, None]).squeeze(-1)
        return self.cost(scores[:, 0], scores[:, 1:]).mean()

    def cost(self, true: Tensor, false: Tensor) -> Tensor:
        """Loss (N,) from the scores of neighbors (N,) and noise (N, K): eq. (4)."""
        return -F.logsigmoid(true) - F.logsigmoid(-false).sum(dim=1)


def kept(text: Tensor, threshold: float) -> Tensor:
    """The text (T,) without the words that subsampling drops: eq. (5)."""
    share = text.bincount().float()[text] / len(text)                                       # f(w) of every word
    return text[torch.rand(len(text), device=text.device) < (threshold / share).sqrt()]


def phrase_scores(text: list[str], discount: float) -> dict[tuple[str, str], float]:
    """For each pair of words, how much more often one follows the other than by chance: eq. (6)."""
    count = Counter(text)
    return {(a, b): (both - discount) / (count[a] * count[b]) for (a, b), both in Counter(pairwise(text)).items()}


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., NegativeSampling]
Loss = Callable[..., Tensor]


def fast_loss(model: NegativeSampling, word: Tensor, neighbor: Tensor, noise: Tensor) -> Tensor:
    """The loss as 1 + K fused logistic classifications."""
    vector = model.input[word]
    true, false = (vector * model.output[neighbor]).sum(1), torch.bmm(model.output[noise], vector[..., None])[..., 0]
    scores = torch.cat([true[:, None], false], dim=1)
    target = F.one_hot(torch.zeros_like(word), scores.shape[1]).to(scores)
    return F.binary_cross_entropy_with_logits(scores, target, reduction="sum") / len(word)


def oracle(make: Make = NegativeSampling) -> tuple[NegativeSampling, Loss, tuple[Tensor, ...]]:
    """Ours with random vectors; pair by pair, torch's logistic loss with target 1 and then 0; words and noise."""
    ours = make(1 + torch.rand(7), 4).double()
    for table in ours.parameters():
        nn.init.normal_(table)

    def theirs(word: Tensor, neighbor: Tensor, noise: Tensor) -> Tensor:
        losses = []
        for w, c, drawn in zip(word.tolist(), neighbor.tolist(), noise.tolist()):
            for other, target in [(c, 1.0)] + [(n, 0.0) for n in drawn]:
                score = torch.dot(ours.input[w], ours.output[other])
                losses.append(F.binary_cross_entropy_with_logits(score, torch.full_like(score, target)))
        return torch.stack(losses).sum() / len(word)

    return ours, theirs, (torch.randint(7, (5,)), torch.randint(7, (5,)), torch.randint(7, (5, 3)))


def check_optimum_is_pmi_less_log_k(make: Make = NegativeSampling) -> None:
    """With every pair as often as it occurs and the whole text as noise, all gradients are zero at PMI - log k."""
    joint = torch.randint(1, 6, (4, 4))                                                     # times a pair occurs
    total, words, neighbors = joint.sum(), joint.sum(dim=1), joint.sum(dim=0)
    word, neighbor = torch.cartesian_prod(torch.arange(4), torch.arange(4)).repeat_interleave(joint.flatten(), 0).T
    noise = neighbor.repeat(int(total), 1)                                                  # P_n = share, k = total
    pmi = (joint * total / (words[:, None] * neighbors)).double().log()
    model = make(neighbors, 4).double()
    model.input.data, model.output.data = pmi - total.double().log(), torch.eye(4).double()
    for slope in torch.autograd.grad(model(word, neighbor, noise), list(model.parameters())):
        torch.testing.assert_close(slope, torch.zeros_like(slope))


def check_noise_follows_the_power(make: Make = NegativeSampling) -> None:
    drawn = make(torch.tensor([1.0, 16.0, 81.0]), 4).draw(40_000, 3)
    share = drawn.flatten().bincount(minlength=3) / drawn.numel()
    torch.testing.assert_close(share, torch.tensor([1.0, 8.0, 27.0]) / 36, rtol=0, atol=0.01)


def check_subsampling_and_phrases_follow_the_formulas(make: Make = NegativeSampling) -> None:
    """Shares 0.9, 0.09, 0.01 at threshold 0.04 keep 0.2108, 0.6667 and all; ab occurs three times in ababcab."""
    left = kept(torch.tensor([0] * 90 + [1] * 9 + [2]).repeat(2000), 0.04).bincount() / 2000
    torch.testing.assert_close(left / torch.tensor([90, 9, 1]), torch.tensor([0.2108, 2 / 3, 1.0]), rtol=0, atol=0.02)
    assert phrase_scores(list("ababcab"), 1.0)["a", "b"] == (3 - 1) / (3 * 3)


def check_fast_equals_reference(make: Make = NegativeSampling) -> None:
    ours, _, given = oracle(make)
    torch.testing.assert_close(fast_loss(ours, *given), ours(*given))


class _MeanOverNoise(NegativeSampling):
    def cost(self, true: Tensor, false: Tensor) -> Tensor:
        return -F.logsigmoid(true) - F.logsigmoid(-false).mean(dim=1)


class _SignForgotten(NegativeSampling):
    def cost(self, true: Tensor, false: Tensor) -> Tensor:
        return super().cost(true, -false)


MUTANTS: dict[str, Make] = {"mean_over_noise": _MeanOverNoise, "sign_forgotten": _SignForgotten,
                            "power_forgotten": lambda counts, width: NegativeSampling(counts, width, power=1.0)}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, reach: int, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """3,000 sentences of ten words, seven of them fillers; 400 batches of 256 pairs: yield (step, analogies solved)."""
    torch.manual_seed(seed)
    text = language(3000, fillers=7)
    if arm == "subsampled":
        text = kept(text, 0.002)
    window = windows(text, reach).to(device)
    others = torch.tensor([place for place in range(2 * reach + 1) if place != reach], device=device)
    model = NegativeSampling(text.bincount(minlength=WORDS).float(), 24).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr)
    for step in range(1, 401):
        batch = window[torch.randint(len(window), (256,), device=device)]
        place = others[torch.randint(2 * reach, (256, 1), device=device)]                   # one neighbor of each word
        optimizer.zero_grad()
        model(batch[:, reach], batch.gather(1, place)[:, 0], model.draw(256, 5)).backward()
        optimizer.step()
        if step % 100 == 0:
            yield step, analogies_solved(model.input)


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """1 + K products of vectors for each pair; the vectors of all words that occur are read."""
    n, k, v, d = (case.sizes[k] for k in "NKVD")
    return Work(2 * n * (1 + k) * d, itemsize * (different(n, v) + different(n * (1 + k), v)) * d)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Loss], tuple[Tensor, ...]]:
    """The loss of N pairs; the baseline is torch's fused logistic loss."""
    n, k, v, d = (case.sizes[k] for k in "NKVD")
    model = NegativeSampling(torch.ones(v), d).to(device, dtype)
    word, neighbor, *noise = torch.randint(v, (2 + k, n), device=device)
    return ({"torch.nn.functional.binary_cross_entropy_with_logits": lambda *given: fast_loss(model, *given),
             "reference": model}, (word, neighbor, torch.stack(noise, dim=1)))
