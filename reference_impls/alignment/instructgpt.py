"""InstructGPT: rewards from whole rankings, and pretraining text mixed into PPO to keep old abilities.

    loss(r)   = -1 / (K choose 2) E sum_{w before l} log sigmoid( r(x, y_w) - r(x, y_l) )    Ouyang et al. 2022, eq. (1)
    objective = E_pi [ r(x, y) - beta log( pi(y|x) / pi_SFT(y|x) ) ] + gamma E_pretrain log pi(x)               eq. (2)

The first part of the objective, which is maximized, is PPO on the penalized reward of `rlhf`; gamma > 0 makes it
"PPO-ptx". Conventions: the K answers of a prompt are sorted by rank, best first, and all their pairs are in one batch
element; `loss` is minus the objective, and text enters it by the mean log-probability of its tokens.

Shapes: B prompts with K ranked answers each; T tokens of N answers; M tokens of pretraining text.
"""
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.alignment.ppo import PPO
from reference_impls.alignment.rlhf import RLHF
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="instructgpt", papers=["arxiv:2203.02155"], role="objective", symbols=["InstructGPT"],
    patterns=["preference-learning", "policy-gradient", "pretrain-finetune"],
    oracle="closed form: one pair at a time by torch's binary cross-entropy, one token at a time",
    properties=["only_differences_count", "two_answers_as_in_rlhf", "pretraining_gradient_is_added"],
    mutants=["neighbors_only", "more_answers_weigh_more", "text_unlearned"],
    claim=Claim(
        text="On the way to the same reward, mixing in pretraining text forgets less of it than a higher penalty on "
             "leaving the initial policy, which only counts on prompts",
        metric="forgotten_nats", better="lower", grade="B", budget_s=6,
        grid={"lr": [0.0001, 0.0003, 0.001, 0.003, 0.01], "strength": [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]},
        arms={"kl": Arm(expect=">0.094", settings={"lr": 0.0003, "strength": 0.1}),
              "ptx": Arm(expect="<0.094", settings={"lr": 0.001, "strength": 1.0})},
    ),
    bench=[Case("rankings", {"B": 8192, "K": 9})], equations=["1", "2"],
    deviations=["the reward is given, not learned; step 1, tuning on written answers, is part of the pretraining",
                "a token depends on the one before and a topic; the net is small, all answers can be listed",
                "the value function is left out: the advantage is the penalized return, standardized"],
)


class InstructGPT(RLHF):
    """The penalized reward of RLHF, a loss for rankings, and pretraining text next to the policy's own answers."""

    def __init__(self, beta: Tensor, gamma: float) -> None:
        super().__init__(beta)
        self.gamma = gamma      # 27.8 in the paper, with beta = 0.02, at its own scale of rewards; 0 is plain PPO

    def ranking_loss(self, scores: Tensor) -> Tensor:
        """Mean over B of eq. (1): scores (B, K) in the order of the ranking, best first."""
        better, worse = torch.triu_indices(scores.shape[1], scores.shape[1], offset=1, device=scores.device)
        return -F.logsigmoid(scores[:, better] - scores[:, worse]).mean()

    def loss(self, surrogate: Tensor, text: Tensor) -> Tensor:
        """Minus eq. (2), from PPO's surrogate (T, N) of the answers and log-probabilities (M,) of pretraining text."""
        return -(surrogate.mean() + self.gamma * text.mean())


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = type[InstructGPT]
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]


def oracle(make: Make = InstructGPT) -> tuple[Function, Function, Outputs]:
    """Rankings of two and of five, penalized rewards and the mixed objective, by loops."""
    def ours(two: Tensor, five: Tensor, score: Tensor, answer: Tensor, first: Tensor, text: Tensor) -> Outputs:
        model = make(torch.tensor(0.3), 0.7)
        paid = model.rewards(score, answer, first)
        return model.ranking_loss(two), model.ranking_loss(five), model.loss(paid * answer, text)

    def theirs(two: Tensor, five: Tensor, score: Tensor, answer: Tensor, first: Tensor, text: Tensor) -> Outputs:
        def ranking(scores: Tensor) -> Tensor:
            margins = torch.stack([row[i] - row[j] for row in scores for i in range(len(row)) for j in range(i)])
            return F.binary_cross_entropy_with_logits(margins, torch.zeros_like(margins))    # the later one loses

        total = torch.stack([answer[t, n] * (torch.tensor(0.3) * (first[t, n] - answer[t, n])
                                             + (score[n] if t == 2 else 0)) for t in range(3) for n in range(4)]).sum()
        return ranking(two), ranking(five), -total / 12 - 0.7 * text.sum() / 7

    shapes = ((6, 2), (3, 5), (4,), (3, 4), (3, 4), (7,))
    return ours, theirs, tuple(1 + 2 * torch.randn(*shape, dtype=torch.float64) for shape in shapes)


def check_only_differences_count(make: Make = InstructGPT) -> None:
    """A constant added to all scores of a prompt changes nothing, so the paper can shift the reward afterwards."""
    model, scores = make(torch.tensor(0.0), 0.0), torch.randn(4, 6, dtype=torch.float64)
    torch.testing.assert_close(model.ranking_loss(scores + 5 * torch.randn(4, 1)), model.ranking_loss(scores))


def check_two_answers_as_in_rlhf(make: Make = InstructGPT) -> None:
    """K = 2 is a choice between two; a ranking of five costs the mean of its ten pairs."""
    model, scores = make(torch.tensor(0.0), 0.0), torch.randn(1, 5, dtype=torch.float64)
    chosen = scores[0, torch.combinations(torch.arange(5))]                                 # (10, 2)
    expected = RLHF(torch.tensor(0.0)).comparison_loss(chosen, torch.zeros(10, dtype=torch.long))
    torch.testing.assert_close((model.ranking_loss(scores), model.ranking_loss(chosen)), (expected, expected))


def check_pretraining_gradient_is_added(make: Make = InstructGPT) -> None:
    logits, gain = torch.randn(5, dtype=torch.float64, requires_grad=True), torch.randn(5, dtype=torch.float64)

    def gradient(gamma: float) -> Tensor:
        log_policy = logits.log_softmax(-1)
        loss = make(torch.tensor(0.0), gamma).loss(log_policy.exp() * gain, log_policy[[1, 1, 2]])
        return torch.autograd.grad(loss, logits)[0]

    count = torch.tensor([0, 2, 1, 0, 0], dtype=torch.float64) / 3
    torch.testing.assert_close(gradient(3.0) - gradient(0.0), 3 * (logits.softmax(-1).detach() - count))


class _NeighborsOnly(InstructGPT):
    def ranking_loss(self, scores: Tensor) -> Tensor:
        return -F.logsigmoid(scores[:, :-1] - scores[:, 1:]).mean()


class _MoreAnswersWeighMore(InstructGPT):
    def ranking_loss(self, scores: Tensor) -> Tensor:
        return super().ranking_loss(scores) * (scores.shape[-1] - 1)


class _TextUnlearned(InstructGPT):
    def loss(self, surrogate: Tensor, text: Tensor) -> Tensor:
        return super().loss(surrogate, -text)


MUTANTS = {"neighbors_only": _NeighborsOnly, "more_answers_weigh_more": _MoreAnswersWeighMore,
           "text_unlearned": _TextUnlearned}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, strength: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Twelve topics of text, four of prompts: yield (step, nats lost per text token) until the mean reward is 1.5."""
    torch.manual_seed(seed)
    chain = (1.5 * torch.randn(16, 9, 8, device=device)).softmax(-1)        # (topic, previous token or none, token)
    one_hot = [F.one_hot(torch.arange(n, device=device), n).float() for n in (16, 9)]
    seen = torch.cat([one_hot[0][:, None].expand(-1, 9, -1), one_hot[1].expand(16, -1, -1)], dim=-1)   # (16, 9, 25)
    net = nn.Sequential(nn.Linear(25, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 8)).to(device)

    def forgotten() -> float:                                               # KL(chain, net) on text, exact
        with torch.no_grad():
            return (chain * (chain.log() - net(seen).log_softmax(-1)))[:12].sum(-1).mean().item()

    def log_probs(table: Tensor, topic: Tensor, x: Tensor) -> Tensor:       # of tokens x (N, 3): (3, N)
        before = torch.cat([torch.full_like(x[:, :1], 8), x[:, :-1]], dim=1)
        return table[topic[:, None], before, x].T

    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(500):                                                    # on everything, text and prompts
        optimizer.zero_grad()
        (-(chain * net(seen).log_softmax(-1)).sum(-1).mean()).backward()
        optimizer.step()
    first, start = net(seen).log_softmax(-1).detach(), forgotten()
    prompts = torch.arange(12, 16, device=device).repeat_interleave(512)    # every answer to every prompt: (2048,)
    answers = torch.cartesian_prod(*[torch.arange(8, device=device)] * 3).repeat(4, 1)
    chance = log_probs(first, prompts, answers).sum(0).exp().view(4, 512)
    model = InstructGPT(torch.tensor(strength if arm == "kl" else 0.02), strength if arm == "ptx" else 0.0)
    score = model.normalized(torch.randn(4, 512, device=device), chance)
    ppo, optimizer = PPO(discount=1.0, decay=1.0), torch.optim.Adam(net.parameters(), lr)
    for step in range(1, 201):
        table = net(seen).log_softmax(-1).detach()
        topic, x = torch.randint(12, 16, (64,), device=device), torch.full((64, 1), 8, device=device)
        for _ in range(3):
            x = torch.cat([x, table[topic, x[:, -1]].exp().multinomial(1)], dim=1)
        x, number = x[:, 1:], (x[:, 1:] * torch.tensor([64, 8, 1], device=device)).sum(-1)
        old, known = (log_probs(each, topic, x) for each in (table, first))
        advantage = ppo.advantages(model.rewards(score[topic - 12, number], old, known), torch.zeros(4, 64).to(device))
        advantage = (advantage - advantage.mean(1, keepdim=True)) / (advantage.std() + 1e-8)
        for _ in range(4):
            table = net(seen).log_softmax(-1)
            about, before = torch.randint(12, (64,), device=device), torch.randint(9, (64,), device=device)
            text = table[about, before, chain[about, before].multinomial(1)[:, 0]]
            optimizer.zero_grad()
            model.loss(ppo.surrogate(log_probs(table, topic, x), old, advantage), text).backward()
            optimizer.step()
        chance = log_probs(net(seen).log_softmax(-1).detach(), prompts, answers).sum(0).exp().view(4, 512)
        reached = (chance * score).sum(-1).mean().item() > 1.5              # standard deviations
        if reached or step % 10 == 0:
            yield step, forgotten() - start
        if reached:
            return
    yield 200, math.inf


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Five operations per pair; scores are read once."""
    b, k = case.sizes["B"], case.sizes["K"]
    return Work(flop=5 * b * k * (k - 1) // 2, min_bytes=b * k * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """The ranking loss; in torch it is a soft margin loss on the difference of each pair."""
    b, k = case.sizes["B"], case.sizes["K"]
    better, worse = torch.triu_indices(k, k, offset=1, device=device)
    wins = torch.ones(b, len(better), device=device, dtype=dtype)
    return ({"torch.soft_margin_loss": lambda scores: F.soft_margin_loss(scores[:, better] - scores[:, worse], wins),
             "reference": InstructGPT(torch.tensor(0.0), 0.0).ranking_loss},
            (torch.randn(b, k, device=device, dtype=dtype),))
