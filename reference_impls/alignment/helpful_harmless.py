"""A helpful and harmless assistant: two preferences that conflict where it matters, learned by one preference model.

    L         = E_helpful log(1 + exp(r_bad - r_good)) + lambda E_harmless log(1 + exp(r_bad - r_good))  Bai et al. 2022
    P(a wins) = 1 / (1 + exp(r_b - r_a)) = 1 / (1 + 10^(-elo / 400)),   elo = 400 / ln 10 (r_a - r_b), about 174 a unit

Both kinds of comparisons train the same scores r(x, y). A model that recognizes what a prompt is after can satisfy
both; one that cannot has one margin for both, and lambda decides: sigmoid(margin) = (p + lambda q) / (1 + lambda),
where p and q are the shares of people who prefer a as more helpful and as more harmless. Convention: each mean is over
its own comparisons, so that lambda, not their number, sets the balance. Reinforcement learning from these scores, with
a penalty on the distance from the initial policy, is `rlhf`.

Shapes: B comparisons about help, C about harm; scores of the better and the worse answer are (B,) or (C,).
"""
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="helpful-harmless", papers=["arxiv:2204.05862"], role="objective", symbols=["HelpfulHarmless"],
    patterns=["preference-learning", "policy-gradient"],
    oracle="closed form: binary cross-entropy of win rates by Elo's formula, one comparison at a time",
    properties=["margins_are_log_odds", "one_margin_for_both_is_a_weighted_vote", "size_of_a_data_set_does_not_vote"],
    mutants=["pooled", "weight_on_both", "harm_preferred", "elo_of_e"],
    claim=Claim(
        text="A large preference model learns both preferences, whichever has three times the weight of the other; a "
             "small one does no better than chance on the one with less weight",
        metric="worst_accuracy", better="higher", grade="A", budget_s=5,
        grid={"lr": [0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"small": Arm(expect="<0.579", settings={"lr": 0.00003}),     # the less it learns, the nearer to 0.5
              "large": Arm(expect=">0.579", settings={"lr": 0.01})},
    ),
    bench=[Case("mixture", {"B": 1048576, "C": 524288})],
    deviations=["prompts and answers are vectors, preferences a formula: helping with a harmful prompt is harmful",
                "no reinforcement learning (that is rlhf), no weekly rounds of new comparisons"],
)


@dataclass(frozen=True)
class HelpfulHarmless:
    """The loss of one preference model on two kinds of comparisons, and what its scores mean; weight is lambda."""

    weight: float = 1.0

    def loss(self, helpful: Tensor, unhelpful: Tensor, harmless: Tensor, harmful: Tensor) -> Tensor:
        """L, from scores of the better and worse answers by help (B,), then by harmlessness (C,)."""
        return self.cost(helpful - unhelpful) + self.weight * self.cost(harmless - harmful)

    def cost(self, margin: Tensor) -> Tensor:
        return F.softplus(-margin).mean()

    def elo(self, margin: Tensor) -> Tensor:
        """Score differences on the Elo scale of chess: 400 means ten wins for one loss."""
        return 400 / math.log(10) * margin


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = type[HelpfulHarmless]
Function = Callable[..., tuple[Tensor, ...]]


def oracle(make: Make = HelpfulHarmless) -> tuple[Function, Function, tuple[Tensor, ...]]:
    """Loss and Elo against win rates, cross-entropies and their means, comparison by comparison."""
    def ours(*scores: Tensor) -> tuple[Tensor, ...]:
        model = make(0.3)
        return model.loss(*scores), 1 / (1 + 10 ** (-model.elo(scores[0] - scores[1]) / 400))

    def theirs(*scores: Tensor) -> tuple[Tensor, ...]:
        wins = [[good.exp() / (good.exp() + bad.exp()) for good, bad in zip(*pair, strict=True)]
                for pair in (scores[:2], scores[2:])]
        costs = [sum(F.binary_cross_entropy(win, torch.ones_like(win)) for win in each) / len(each) for each in wins]
        return torch.as_tensor(costs[0] + 0.3 * costs[1]), torch.stack(wins[0])

    return ours, theirs, tuple(1 + 2 * torch.randn(n, dtype=torch.float64) for n in (7, 7, 4, 4))


def check_margins_are_log_odds(make: Make = HelpfulHarmless) -> None:
    """Three of four prefer a: the loss is least where the scores predict that a wins 3 / 4, 191 Elo ahead."""
    margin = torch.tensor(3.0, dtype=torch.float64).log().requires_grad_()
    votes = torch.tensor([1, 1, 1, -1]) * margin
    loss = make().loss(votes, torch.zeros_like(votes), votes, torch.zeros_like(votes))
    torch.testing.assert_close(torch.autograd.grad(loss, margin)[0], torch.zeros_like(margin))
    torch.testing.assert_close(make().elo(margin), 400 * torch.tensor(3.0, dtype=torch.float64).log10())


def check_one_margin_for_both_is_a_weighted_vote(make: Make = HelpfulHarmless) -> None:
    """A model that cannot tell prompts apart, with p = 4 / 5 (helpful), q = 1 / 4 (harmless) and lambda = 3."""
    share = torch.tensor((4 / 5 + 3 * 1 / 4) / 4, dtype=torch.float64)
    margin = share.logit().requires_grad_()
    by_help, by_harm = torch.tensor([1, 1, 1, 1, -1]) * margin, torch.tensor([1, -1, -1, -1]) * margin
    loss = make(3.0).loss(by_help, torch.zeros_like(by_help), by_harm, torch.zeros_like(by_harm))
    torch.testing.assert_close(torch.autograd.grad(loss, margin)[0], torch.zeros_like(margin))


def check_size_of_a_data_set_does_not_vote(make: Make = HelpfulHarmless) -> None:
    scores, model = torch.randn(4, 6, dtype=torch.float64), make(2.0)
    torch.testing.assert_close(model.loss(*scores[:2], *scores[2:].repeat(1, 5)), model.loss(*scores))


class _Pooled(HelpfulHarmless):
    def loss(self, helpful: Tensor, unhelpful: Tensor, harmless: Tensor, harmful: Tensor) -> Tensor:
        share = len(harmless) / (len(helpful) + len(harmless))
        return 2 * ((1 - share) * self.cost(helpful - unhelpful) + share * self.weight * self.cost(harmless - harmful))


class _WeightOnBoth(HelpfulHarmless):
    def loss(self, helpful: Tensor, unhelpful: Tensor, harmless: Tensor, harmful: Tensor) -> Tensor:
        return self.weight * (self.cost(helpful - unhelpful) + self.cost(harmless - harmful))


class _HarmPreferred(HelpfulHarmless):
    def loss(self, helpful: Tensor, unhelpful: Tensor, harmless: Tensor, harmful: Tensor) -> Tensor:
        return super().loss(helpful, unhelpful, harmful, harmless)


class _EloOfE(HelpfulHarmless):
    def elo(self, margin: Tensor) -> Tensor:
        return 400 * margin


MUTANTS = {"pooled": _Pooled, "weight_on_both": _WeightOnBoth, "harm_preferred": _HarmPreferred, "elo_of_e": _EloOfE}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """2,000 comparisons of each kind, lambda 1/3 and 3: yield (step, lowest accuracy on new ones of either kind)."""
    torch.manual_seed(seed)

    def compare(n: int, harmful: bool) -> tuple[Tensor, Tensor]:
        """Better and worse answers with their prompts, (n, 12) each; a prompt is harmful if x_0 and x_1 agree."""
        prompt, answers = torch.randn(n, 6), torch.randn(n, 2, 6)
        prompt[:, 0] = prompt[:, 0].abs() * prompt[:, 1].sign() * (1 if harmful else -1)
        help_ = torch.einsum("npi,ni->np", answers[..., :3], prompt[:, 2:5])
        liked = (help_[:, 0] - help_[:, 1]) * (-1 if harmful else 1) + 0.5 * torch.randn(n) > 0
        both = torch.where(liked[:, None, None], answers, answers.flip(1)).unbind(dim=1)
        return torch.cat([prompt, both[0]], dim=1).to(device), torch.cat([prompt, both[1]], dim=1).to(device)

    train, test = ([compare(2000, harmful) for harmful in (False, True)] for _ in range(2))
    width = {"small": 4, "large": 64}[arm]
    nets = [nn.Sequential(nn.Linear(12, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))
            for _ in range(2)]
    losses = [HelpfulHarmless(1 / 3), HelpfulHarmless(3.0)]
    optimizer = torch.optim.Adam([p for net in nets for p in net.to(device).parameters()], lr)
    for step in range(1, 601):
        drawn = torch.randint(2000, (2, 64), device=device)
        batch = torch.cat([answers[index] for pair, index in zip(train, drawn, strict=True) for answers in pair])
        optimizer.zero_grad()
        for net, objective in zip(nets, losses, strict=True):
            objective.loss(*net(batch).view(4, 64)).backward()
        optimizer.step()
        if step % 100 == 0:
            with torch.no_grad():
                yield step, min((net(good) > net(bad)).float().mean().item() for net in nets for good, bad in test)


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Five operations per comparison; both scores are read once."""
    n = case.sizes["B"] + case.sizes["C"]
    return Work(flop=5 * n, min_bytes=2 * n * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype
                 ) -> tuple[dict[str, Callable[..., Tensor]], tuple[Tensor, ...]]:
    """The loss of both kinds of comparisons, against torch's soft margin."""
    sizes = [case.sizes[kind] for kind in "BBCC"]
    one = torch.ones((), device=device, dtype=dtype)

    def soft_margin(helpful: Tensor, unhelpful: Tensor, harmless: Tensor, harmful: Tensor) -> Tensor:
        return F.soft_margin_loss(helpful - unhelpful, one.expand_as(helpful)) + F.soft_margin_loss(
            harmless - harmful, one.expand_as(harmless))

    return ({"torch.soft_margin_loss": soft_margin, "reference": HelpfulHarmless().loss},
            tuple(torch.randn(n, device=device, dtype=dtype) for n in sizes))
