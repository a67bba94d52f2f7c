"""word2vec: a word is known by its neighbors, and predicting them needs no hidden layer, only two tables of vectors.

    p(w | h) = softmax over w of  output_w . h                  the log-linear classifier of Mikolov et al. 2013
    CBOW:       log p(w_t | mean of input_w over the C words on either side of place t)               section 3.1
    Skip-gram:  log p(w_(t+j) | input_(w_t)), summed over 0 < |j| <= R, with R drawn from 1 ... C     section 3.2

Losses are the negative mean over places t. Neither depends on the order of the words around a place: a bag of words
predicts, or is predicted. The input vectors are the ones that are kept.

Shapes: T places of a text, N = T - 2C of them with full windows, W = 2C + 1, V words in the vocabulary, D width.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.embeddings._language import FORMS, ROOTS, WORDS, analogies_solved, different, language
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="word2vec", papers=["arxiv:1301.3781"], role="model", symbols=["windows", "Word2Vec"],
    patterns=["embedding", "self-supervision"],
    oracle="closed form: log p by sums of exponentials, place by place and neighbor by neighbor",
    properties=["counting_is_the_optimum", "order_does_not_count", "fast_equals_reference"],
    mutants=["sum_for_mean", "center_predicts_itself", "reach_ignored"],
    claim=Claim(
        text="Trained on 4,000 words, CBOW and skip-gram vectors solve most analogies by addition; those of a net with "
             "a hidden layer, trained on the same windows, solve fewer",
        metric="analogies_solved", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.001, 0.002, 0.004, 0.008, 0.016, 0.032]},
        arms={"hidden_layer": Arm(expect="<0.56", settings={"lr": 0.008}),
              "cbow": Arm(expect=">0.56", settings={"lr": 0.008}),
              "skip_gram": Arm(expect=">0.56", settings={"lr": 0.004})},
    ),
    bench=[Case("v2000", {"N": 512, "C": 4, "V": 2000, "D": 100}),
           Case("v30k-gpu", {"N": 256, "C": 4, "V": 30_000, "D": 300})],
    deviations=["a full softmax in place of the hierarchical one, which only saves time on large vocabularies",
                "places without C words on both sides are left out"],
)


def windows(text: Tensor, most: int) -> Tensor:
    """Every run (N, W) of W = 2 * most + 1 words in text (T,): the center in the middle, its neighbors around it."""
    return text.unfold(0, 2 * most + 1, 1)


class Word2Vec(nn.Module):
    """Both objectives over one pair of tables, `input` and `output` (V, D)."""

    def __init__(self, words: int, width: int) -> None:
        super().__init__()
        self.input = nn.Parameter(0.1 * torch.randn(words, width))
        self.output = nn.Parameter(torch.zeros(words, width))

    def forward(self, window: Tensor, reach: Tensor) -> tuple[Tensor, Tensor]:
        """Losses of CBOW and of skip-gram over windows (N, W) with reaches (N,) between 1 and C."""
        return self.cbow(window), self.skip_gram(window, reach)

    def cbow(self, window: Tensor) -> Tensor:
        center, neighbors = self.split(window)
        return -self.log_probability(self.project(self.input[neighbors])).gather(1, center).mean()

    def skip_gram(self, window: Tensor, reach: Tensor) -> Tensor:
        center, neighbors = self.split(window)
        told = self.log_probability(self.input[center[:, 0]]).gather(1, neighbors)           # (N, 2C)
        return -(told * self.within(window, reach)).sum(dim=1).mean()

    def log_probability(self, hidden: Tensor) -> Tensor:
        return (hidden @ self.output.T).log_softmax(dim=-1)                                  # (N, V)

    def project(self, vectors: Tensor) -> Tensor:
        return vectors.mean(dim=1)                                                           # (N, 2C, D) -> (N, D)

    def split(self, window: Tensor) -> tuple[Tensor, Tensor]:
        """Centers (N, 1) and neighbors (N, 2C)."""
        most = window.shape[1] // 2
        return window[:, most, None], torch.cat([window[:, :most], window[:, most + 1:]], dim=1)

    def within(self, window: Tensor, reach: Tensor) -> Tensor:
        """True for neighbors at most `reach` places away: (N, 2C)."""
        away = torch.arange(window.shape[1], device=window.device) - window.shape[1] // 2
        return away[away != 0].abs() <= reach[:, None]


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., Word2Vec]


def oracle(make: Make = Word2Vec) -> tuple[Word2Vec, Callable[..., tuple[Tensor, Tensor]], tuple[Tensor, Tensor]]:
    """Ours with random vectors; both losses written out as loops; windows and reaches."""
    ours, window, reach = make(7, 4).double(), windows(torch.randint(7, (15,)), 3), torch.randint(1, 4, (9,))
    for table in ours.parameters():
        nn.init.normal_(table)

    def theirs(window: Tensor, reach: Tensor) -> tuple[Tensor, Tensor]:
        def surprise(word: int, hidden: Tensor) -> Tensor:
            scores = [(row * hidden).sum() for row in ours.output]
            return torch.stack(scores).exp().sum().log() - scores[word]

        cbow, skip_gram = [], []
        for words, most in zip(window.tolist(), reach.tolist()):
            around = [ours.input[word] for place, word in enumerate(words) if place != 3]
            cbow.append(surprise(words[3], torch.stack(around).sum(0) / 6))
            skip_gram += [surprise(words[3 + j], ours.input[words[3]]) for j in range(-most, most + 1) if j]
        return torch.stack(cbow).sum() / 9, torch.stack(skip_gram).sum() / 9

    return ours, theirs, (window, reach)


def check_counting_is_the_optimum(make: Make = Word2Vec) -> None:
    """Where p(neighbor | center) is the share counted in the text, the gradient is zero: training ends up there."""
    window, model = torch.cartesian_prod(*[torch.arange(4)] * 3), make(4, 4).double()
    window = torch.cat([window, window[torch.randint(64, (40,))]])                           # every pair occurs
    reach, counts = torch.ones(len(window)), torch.zeros(4, 4, dtype=torch.float64)
    for left, center, right in window.tolist():
        counts[center, left] += 1
        counts[center, right] += 1
    model.input.data, model.output.data = torch.eye(4, dtype=torch.float64), counts.log().T.contiguous()
    for slope in torch.autograd.grad(model.skip_gram(window, reach), list(model.parameters())):
        torch.testing.assert_close(slope, torch.zeros_like(slope))


def check_order_does_not_count(make: Make = Word2Vec) -> None:
    ours, _, (window, reach) = oracle(make)
    torch.testing.assert_close(ours(window.flip(1), reach), ours(window, reach))


def fast_cbow(model: Word2Vec, window: Tensor) -> Tensor:
    """The loss of CBOW by torch's fused sums of rows and cross-entropy."""
    center, neighbors = model.split(window)
    hidden = F.embedding_bag(neighbors, model.input, mode="mean")
    return F.cross_entropy(F.linear(hidden, model.output), center[:, 0])


def check_fast_equals_reference(make: Make = Word2Vec) -> None:
    ours, _, (window, _) = oracle(make)
    torch.testing.assert_close(fast_cbow(ours, window), ours.cbow(window))


class _SumForMean(Word2Vec):
    def project(self, vectors: Tensor) -> Tensor:
        return vectors.sum(dim=1)


class _CenterPredictsItself(Word2Vec):
    def split(self, window: Tensor) -> tuple[Tensor, Tensor]:
        return super().split(window)[0], window[:, :-1]


class _ReachIgnored(Word2Vec):
    def within(self, window: Tensor, reach: Tensor) -> Tensor:
        return super().within(window, torch.full_like(reach, window.shape[1]))


MUTANTS = {"sum_for_mean": _SumForMean, "center_predicts_itself": _CenterPredictsItself, "reach_ignored": _ReachIgnored}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """1,000 sentences of four words, 400 batches of 256 windows of five: yield (step, analogies solved)."""
    torch.manual_seed(seed)
    window, model = windows(language(1000), 2).to(device), Word2Vec(WORDS, 24).to(device)
    net = nn.Sequential(nn.Flatten(), nn.Linear(4 * 24, 24), nn.Tanh(), nn.Linear(24, WORDS)).to(device)
    optimizer = torch.optim.Adam([*model.parameters(), *net.parameters()], lr)

    def hidden_layer(batch: Tensor) -> Tensor:
        return F.cross_entropy(net(model.input[model.split(batch)[1]]), batch[:, 2])

    def skip_gram(batch: Tensor) -> Tensor:
        return model.skip_gram(batch, torch.randint(1, 3, (len(batch),), device=device))

    loss = {"hidden_layer": hidden_layer, "cbow": model.cbow, "skip_gram": skip_gram}[arm]
    for step in range(1, 401):
        optimizer.zero_grad()
        loss(window[torch.randint(len(window), (256,), device=device)]).backward()
        optimizer.step()
        if step % 100 == 0:
            yield step, analogies_solved(model.input)
    unit = F.normalize(model.input.detach()[:ROOTS * FORMS].cpu(), dim=1)
    yield Picture("similarity of the words: 12 roots in 4 forms", unit @ unit.T)


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """CBOW: the product with the output table; reads the input vectors of the windows' words and the output table."""
    n, c, v, d = (case.sizes[k] for k in "NCVD")
    return Work(flop=2 * n * v * d, min_bytes=itemsize * (different(2 * c * n, v) + v) * d)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], tuple[Tensor]]:
    """The loss of CBOW over N windows; the baseline is torch's fused sum of rows and cross-entropy."""
    n, c, v, d = (case.sizes[k] for k in "NCVD")
    model = Word2Vec(v, d).to(device, dtype)
    return ({"torch.nn.functional.embedding_bag": lambda window: fast_cbow(model, window), "reference": model.cbow},
            (torch.randint(v, (n, 2 * c + 1), device=device),))
