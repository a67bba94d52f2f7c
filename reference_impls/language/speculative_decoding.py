"""Speculative decoding: a small model guesses several tokens, a large one judges all of them in a single pass.

    x_1 .. x_G ~ q_1 .. q_G           guesses of the draft, one after the other     Leviathan et al. 2022, algorithm 1
    p_1 .. p_(G+1)                    one pass of the target over the text and all guesses
    keep x_i with probability min(1, p_i(x_i) / q_i(x_i)), up to the first that is not kept              section 2.3
    in its place: x ~ norm(max(0, p_i - q_i));   if all G are kept: one more token x ~ p_(G+1)
    tokens of a pass on average: (1 - a^(G+1)) / (1 - a),    a = E sum_x min(p(x), q(x))         eq. (1), corollary 3.6
    time of a token: (1 - a) (G c + 1) / (1 - a^(G+1)), c that of a draft pass; a target pass is 1          theorem 3.8

The text has exactly the distribution that the target gives it alone, whatever the draft (appendix A.1): a bad draft
costs time, not quality. Eq. (1) takes the guesses to be kept independently of one another, with one probability a.
p and q are the distributions that tokens are drawn from, after temperature and the like (section 2.2): in greedy
decoding all probability lies on the likeliest token.
Longer than most: the text on which both models are trained is generated, and all random choices can be enumerated.

Shapes: T tokens of one text, V words in the vocabulary, G guesses (gamma in the paper), D width, L layers.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.language.gpt2 import GPT2

CARD = Card(
    id="speculative-decoding", papers=["arxiv:2211.17192"], role="sampler", symbols=["SpeculativeDecoder"],
    patterns=["autoregressive"], equations=["1"],
    oracle="closed form: the chain rule over the target's own probabilities, for every text",
    properties=["tokens_of_a_pass_follow_equation_1", "perfect_guesses_are_all_kept",
                "greedy_text_is_that_of_the_target"],
    mutants=["keeps_everything", "ratio_forgotten", "resamples_from_target", "extra_token_a_place_early"],
    claim=Claim(
        text="With a trained draft a text costs less than half as much as one token at a time, as theorem 3.8 predicts "
             "from how far the models agree; with an untrained draft it costs nearly as much",
        metric="cost_in_target_passes", better="lower", grade="A", budget_s=3,
        grid={"guesses": [0, 1, 2, 3, 4, 6, 8, 12]},
        arms={"one_at_a_time": Arm(expect=">0.6221", settings={"guesses": 0}),
              "untrained_draft": Arm(expect=">0.6221", settings={"guesses": 1}),    # 0.6221 is half-way; the claim
              "trained_draft": Arm(expect="<0.5", settings={"guesses": 8}),         # says less than a half
              "predicted": Arm(expect="<0.5", settings={"guesses": 8})},
    ),
    bench=[Case("four-guesses", {"T": 64, "G": 4, "V": 1000, "D": 256, "L": 2})],
    deviations=["no cache of keys and values, and passes are counted, not timed",
                "texts end after a fixed number of tokens, and the last steps guess no further"],
)

Distributions = Callable[[Tensor], Tensor]      # tokens (T,) to the distribution of the next one after each (T, V)
Choose = Callable[[Tensor], Tensor]             # probabilities (V,) to one token (1,)


def standardized(model: Callable[[Tensor], Tensor], temperature: float = 1.0) -> Distributions:
    """Distributions of a model that gives logits (1, T, V); temperature 0 is greedy. Section 2.2."""
    @torch.no_grad()
    def distributions(tokens: Tensor) -> Tensor:
        logits = model(tokens[None])[0]
        if temperature == 0:
            return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)
        return (logits / temperature).softmax(dim=-1)

    return distributions


def draw(p: Tensor) -> Tensor:
    return torch.multinomial(p, 1)


@dataclass(frozen=True)
class SpeculativeDecoder:
    """Write texts of `target` with at most `guesses` of `draft` for each pass; `choose` draws a token."""

    target: Distributions
    draft: Distributions
    guesses: int
    choose: Choose = draw

    def write(self, text: Tensor, count: int) -> Tensor:
        """The tokens (T,) and `count` more."""
        end = len(text) + count
        while len(text) < end:
            text = self.step(text, min(self.guesses, end - len(text) - 1))
        return text

    def step(self, text: Tensor, guesses: int) -> Tensor:
        """Algorithm 1: tokens (T,) and 1 to `guesses` + 1 more, all but the last of them guesses of the draft."""
        start, q = len(text), []
        for _ in range(guesses):
            q.append(self.draft(text)[-1])                                  # (V,)
            text = torch.cat([text, self.choose(q[-1])])
        p = self.target(text)[start - 1:]                                   # (G + 1, V), in one pass
        for i in range(guesses):
            keep = self.acceptance(p[i], q[i])[text[start + i]]
            if not self.choose(torch.stack([1 - keep, keep])):
                return torch.cat([text[:start + i], self.choose(self.residual(p[i], q[i]))])
        return torch.cat([text, self.choose(self.extra(p))])

    def acceptance(self, p: Tensor, q: Tensor) -> Tensor:
        """How probably each guess is kept (V,); no token with q = 0 is guessed."""
        return (p / q).clamp(max=1)

    def residual(self, p: Tensor, q: Tensor) -> Tensor:
        """What the target has beyond the draft: the distribution (V,) in place of a guess that was not kept."""
        beyond = (p - q).clamp(min=0)
        return beyond / beyond.sum() if beyond.any() else p                 # rounding may leave nothing of it

    def extra(self, p: Tensor) -> Tensor:
        return p[-1]


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = type[SpeculativeDecoder]
Law = Callable[[Tensor, Tensor], Tensor]


def every_outcome(run: Callable[[Choose], Tensor], plan: Sequence[int] = ()) -> Iterator[tuple[Tensor, Tensor]]:
    """All results of a random procedure with their probabilities, by taking every way at every choice.

    Args:
        plan: the first choices; what follows on them is listed.
    """
    taken, weights, branches = list[int](), list[Tensor](), list[list[int]]()

    def choose(p: Tensor) -> Tensor:
        turn = len(taken)
        way, *others = [plan[turn]] if turn < len(plan) else p.nonzero()[:, 0].tolist()     # ways of probability > 0
        branches.extend([*taken, other] for other in others)
        taken.append(way)
        weights.append(p[way])
        return torch.tensor([way], device=p.device)

    yield run(choose), torch.stack(weights).prod()
    for branch in branches:
        yield from every_outcome(run, branch)


def _table(logits: Tensor) -> Distributions:
    """A model that knows the place and the last token, from logits (places, V, V)."""
    return lambda tokens: logits.softmax(dim=-1)[torch.arange(len(tokens), device=tokens.device), tokens]


def oracle(make: Make = SpeculativeDecoder) -> tuple[Law, Law, tuple[Tensor, Tensor]]:
    """The probabilities of all 27 texts of three tokens after a first one.

    The draft must have no influence on them, so the gradient with respect to its logits is zero.
    """
    def ours(target: Tensor, draft: Tensor) -> Tensor:
        def write(choose: Choose) -> Tensor:
            return make(_table(target), _table(draft), 2, choose).write(torch.tensor([0]), 3)

        law = [torch.zeros((), dtype=target.dtype)] * 27
        for text, probability in every_outcome(write):
            number = int((text[1:] * torch.tensor([9, 3, 1])).sum())
            law[number] = law[number] + probability
        return torch.stack(law)

    def theirs(target: Tensor, draft: Tensor) -> Tensor:
        p = target.exp() / target.exp().sum(dim=-1, keepdim=True)
        return torch.stack([p[0, 0, a] * p[1, a, b] * p[2, b, c] for a in range(3) for b in range(3) for c in range(3)])

    target, draft = 1 + 1.5 * torch.randn(2, 3, 3, 3, dtype=torch.float64)
    return ours, theirs, (target, draft)


def check_tokens_of_a_pass_follow_equation_1(make: Make = SpeculativeDecoder) -> None:
    """For models that are the same at every place; a is their overlap, as in theorem 3.5."""
    logits = torch.randn(2, 3, dtype=torch.float64)
    target, draft = (_table(each.expand(9, 3, 3)) for each in logits)
    a = logits.softmax(dim=-1).amin(dim=0).sum()
    for guesses in (1, 2, 3):
        def step(choose: Choose, guesses: int = guesses) -> Tensor:
            return make(target, draft, guesses, choose).step(torch.tensor([0]), guesses)

        mean = torch.stack([weight * (len(text) - 1) for text, weight in every_outcome(step)]).sum()
        torch.testing.assert_close(mean, (1 - a ** (guesses + 1)) / (1 - a))


def check_perfect_guesses_are_all_kept(make: Make = SpeculativeDecoder) -> None:
    """With the target as its own draft, eleven tokens take three passes: five, five and one."""
    model, passes = _table(torch.randn(12, 3, 3, dtype=torch.float64)), []

    def target(tokens: Tensor) -> Tensor:
        passes.append(len(tokens))
        return model(tokens)

    make(target, model, 4).write(torch.tensor([0]), 11)
    assert passes == [5, 10, 11], f"the target read {passes} tokens"


def check_greedy_text_is_that_of_the_target(make: Make = SpeculativeDecoder) -> None:
    target, draft = (GPT2(7, 16, 8, 2, 1) for _ in range(2))
    for parameter in [*target.parameters(), *draft.parameters()]:
        torch.nn.init.normal_(parameter, std=0.5)
    text = torch.randint(7, (3,))
    written = make(standardized(target, 0), standardized(draft, 0), 3).write(text, 12)
    torch.testing.assert_close(written[3:], target.complete(text[None], 12)[0])


class _KeepsEverything(SpeculativeDecoder):
    def acceptance(self, p: Tensor, q: Tensor) -> Tensor:
        return torch.ones_like(p)


class _RatioForgotten(SpeculativeDecoder):
    def acceptance(self, p: Tensor, q: Tensor) -> Tensor:
        return p


class _ResamplesFromTarget(SpeculativeDecoder):
    def residual(self, p: Tensor, q: Tensor) -> Tensor:
        return p


class _ExtraTokenAPlaceEarly(SpeculativeDecoder):
    def extra(self, p: Tensor) -> Tensor:
        return p[-2:][0]


MUTANTS = {"keeps_everything": _KeepsEverything, "ratio_forgotten": _RatioForgotten,
           "resamples_from_target": _ResamplesFromTarget, "extra_token_a_place_early": _ExtraTokenAPlaceEarly}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def language(count: int) -> Tensor:
    """Letters (count,): 16 words of two to five of twelve letters and a 0; three words can follow each one."""
    words = [[*torch.randint(1, 13, (int(torch.randint(2, 6, (1,))),)).tolist(), 0] for _ in range(16)]
    following, turns = torch.rand(16, 16).argsort(dim=1)[:, :3], torch.tensor([0.6, 0.3, 0.1])
    letters, word = list[int](), 0
    for turn in turns.multinomial(count, replacement=True).tolist():
        word = int(following[word, turn])
        letters += words[word]
    return torch.tensor(letters[:count])


@cache
def _trained(seed: int, device: str) -> tuple[GPT2, GPT2, GPT2]:
    """A target, a draft with a thirteenth of its weights, both trained on the same letters, and an untrained draft."""
    torch.manual_seed(seed)
    letters = language(20000).to(device)
    target, draft, untrained = (GPT2(13, 48, width, heads, depth).to(device)
                                for width, heads, depth in ((48, 4, 2), (16, 2, 1), (16, 2, 1)))
    for model, lr in ((target, 0.007), (draft, 0.03)):
        optimizer = torch.optim.Adam(model.parameters(), lr)
        for _ in range(250):
            window = letters[torch.randint(len(letters) - 48, (8, 1), device=device) + torch.arange(49, device=device)]
            optimizer.zero_grad()
            F.cross_entropy(model(window[:, :-1]).flatten(0, 1), window[:, 1:].flatten()).backward()
            optimizer.step()
    return target, draft, untrained


def demo(arm: str, seed: int, guesses: int, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Eight texts of 47 letters: yield (letters, cost of one). A pass of the target costs 1, one of the draft as much
    as its share of the weights. Theorem 3.8 predicts from the mean of a over texts that the target writes alone.
    """
    target, draft, untrained = _trained(seed, device)
    draft = untrained if arm == "untrained_draft" else draft
    c = sum(w.numel() for w in draft.parameters()) / sum(w.numel() for w in target.parameters())
    p, q = standardized(target), standardized(draft)
    decoder, spent, overlaps, lines = SpeculativeDecoder(p, q, guesses), 0.0, list[Tensor](), list[str]()
    torch.manual_seed(seed)
    for number in range(1, 9):
        text, own = torch.zeros(1, dtype=torch.long, device=device), list[int]()
        while len(text) < 48:
            ahead = min(guesses, 47 - len(text)) if arm in ("untrained_draft", "trained_draft") else 0
            text = decoder.step(text, ahead)
            spent += 1 + ahead * c
            own.append(len(text) - 1)                           # the last letter of each step is the target's
        lines.append("".join((" abcdefghijkl", "_ABCDEFGHIJKL")[place in own][letter]
                             for place, letter in enumerate(text.tolist()) if place))
        overlaps.append(torch.min(p(text), q(text)).sum(dim=-1))
        a = torch.cat(overlaps).mean().item()
        predicted = (1 - a) * (guesses * c + 1) / (1 - a ** (guesses + 1))
        yield 47 * number, predicted if arm == "predicted" else spent / (47 * number)
    yield Picture("texts; capitals and _ are the target's own, the rest was guessed", kind="text",
                  text="\n".join(lines))


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Passes of the draft, a fourth as wide and of one layer, over T .. T + G - 1 tokens, and one of the target."""
    t, g, v, d, layers = (case.sizes[k] for k in "TGVDL")
    flop = weights = 0
    for width, depth, lengths in ((d // 4, 1, range(t, t + g)), (d, layers, [t + g])):
        size = depth * 12 * width * width + v * width
        weights += size
        flop += sum(2 * n * size + 4 * depth * n * n * width for n in lengths)
    return Work(flop=flop, min_bytes=weights * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Distributions], tuple[Tensor]]:
    """G + 1 tokens, one at a time and in one step; both models always write word 0, so that every guess is kept."""
    t, g, v, d, layers = (case.sizes[k] for k in "TGVDL")
    target, draft = (GPT2(v, t + g, width, 4, depth).to(device, dtype) for width, depth in ((d, layers), (d // 4, 1)))
    for model in (target, draft):
        model.embedding.data[0], model.decode.norm.bias.data[:] = 1, 1
    p, q = standardized(target, 0), standardized(draft, 0)
    return ({name: partial(SpeculativeDecoder(p, q, guesses).write, count=g + 1)
             for name, guesses in (("one at a time", 0), ("reference", g))},
            (torch.randint(v, (t,), device=device),))
