"""Tuning by human preferences: a reward learned from comparisons, and a penalty on leaving the initial model.

    loss(r) = -E log( exp r(x, y_b) / sum_i exp r(x, y_i) )       y_b chosen among k        Ziegler et al. 2019, eq. (1)
    R(x, y) = r(x, y) - beta log( pi(y|x) / rho(y|x) )            maximized by PPO                              eq. (2)
    e = clip((KL(pi, rho) - target) / target, -0.2, 0.2),   beta <- beta (1 + K e)           section 2.2, K = 0.1

(The paper prints eq. (1) without its minus.) The best policy is known: pi*(y|x) = rho(y|x) exp(r(x, y) / beta) / Z(x),
and E_pi R = beta log Z - beta KL(pi, pi*) for every pi. Convention: log(pi / rho) is a sum over tokens; each token pays
its own part when it is written, and r comes with the last one, so that R is PPO's return, undiscounted.
Longer than most: a policy's reward is compared with the best possible at its distance, found by bisection.

Shapes: B questions with k answers each; T tokens, N texts (any axes); log-probabilities of tokens are (T, N).
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.alignment.ppo import PPO
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="rlhf", papers=["arxiv:1909.08593"], role="objective", symbols=["RLHF"],
    patterns=["preference-learning", "policy-gradient"],
    oracle="torch.nn.functional:cross_entropy",             # and layer_norm; rewards in closed form
    properties=["best_policy_in_closed_form", "price_follows_the_distance"],
    mutants=["penalty_reversed", "reward_at_every_token", "price_unclipped"],
    claim=Claim(
        text="At the same distance from its start, a policy that pays for the distance gets more of the best reward "
             "possible there (closed form) than one that does not pay and is stopped there",
        metric="share_of_best_reward", better="higher", grade="B", budget_s=8,
        grid={"lr": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0]},
        arms={"stopped": Arm(expect="<0.914", settings={"lr": 0.3}),
              "penalized": Arm(expect=">0.914", settings={"lr": 0.01})},
    ),
    bench=[Case("comparisons", {"B": 65536, "K": 4})], equations=["1", "2"],
    deviations=["all texts can be listed: 4 tokens out of 6; a table as policy, a reward linear in pairs of tokens",
                "comparisons of texts from rho are answered by a hidden reward without noise, and only once"],
)


class RLHF:
    """Preferences to a reward, and the reward to what PPO maximizes; beta is the price per nat of distance from rho."""

    def __init__(self, beta: Tensor) -> None:
        self.beta = beta

    def comparison_loss(self, scores: Tensor, best: Tensor) -> Tensor:
        """Mean over B of eq. (1): scores (B, k), index of the chosen answer (B,)."""
        return -scores.log_softmax(dim=-1).gather(-1, best.unsqueeze(-1)).mean()

    def normalized(self, score: Tensor, chance: Tensor) -> Tensor:
        """Scores (..., Y) of all texts, shifted and scaled to mean 0 and variance 1 under their probability in rho."""
        centered = score - (chance * score).sum(-1, keepdim=True)
        return centered / (chance * centered.square()).sum(-1, keepdim=True).sqrt()

    def rewards(self, score: Tensor, log_prob: Tensor, reference: Tensor) -> Tensor:
        """The reward of each token, (T, N), from r (N,) and the tokens' log-probabilities under pi and rho. Eq. (2)."""
        penalty = -self.beta * (log_prob - reference)
        return torch.cat([penalty[:-1], penalty[-1:] + score])

    def adapt(self, distance: Tensor, target: float) -> None:
        """Adjust beta so that the distance KL(pi, rho) moves towards the target, both in nats."""
        self.beta = self.beta * (1 + 0.1 * (distance / target - 1).clamp(-0.2, 0.2))


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = type[RLHF]
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]


def oracle(make: Make = RLHF) -> tuple[Function, Function, Outputs]:
    """Choices by torch's cross-entropy, the reward paid through a mask; four equally likely texts to normalize over."""
    best = torch.randint(0, 4, (6,))
    def ours(scores: Tensor, score: Tensor, log_prob: Tensor, reference: Tensor, beta: Tensor) -> tuple[Tensor, ...]:
        rlhf = make(beta)
        paid = rlhf.rewards(score, log_prob, reference)
        return rlhf.comparison_loss(scores, best), paid, rlhf.normalized(scores, torch.full_like(scores, 1 / 4))

    def theirs(scores: Tensor, score: Tensor, log_prob: Tensor, reference: Tensor, beta: Tensor) -> tuple[Tensor, ...]:
        paid = beta * (reference - log_prob) + torch.tensor([[0], [0], [1]]) * score
        return F.cross_entropy(scores, best), paid, F.layer_norm(scores, (4,), eps=0.0)

    shapes = ((6, 4), (5,), (3, 5), (3, 5), (1,))
    return ours, theirs, tuple(1 + 2 * torch.randn(*shape, dtype=torch.float64) for shape in shapes)


def check_best_policy_in_closed_form(make: Make = RLHF) -> None:
    """Over all 9 texts: pi* earns beta log Z with every one, and any pi on average less by beta KL(pi, pi*)."""
    beta, score = torch.tensor(0.7, dtype=torch.float64), torch.randn(9, dtype=torch.float64)

    def by_token(texts: Tensor) -> Tensor:                      # log p of a whole text (9,), as conditionals (2, 9)
        first = texts.view(3, 3).logsumexp(1).repeat_interleave(3)
        return torch.stack([first, texts - first])

    reference, policy = torch.randn(2, 9, dtype=torch.float64).log_softmax(-1)
    partition = (reference + score / beta).logsumexp(0)
    best = reference + score / beta - partition
    earned, other = (make(beta).rewards(score, by_token(p), by_token(reference)).sum(dim=0) for p in (best, policy))
    torch.testing.assert_close(earned, (beta * partition).expand(9))
    distance = (policy.exp() * (policy - best)).sum()
    torch.testing.assert_close((policy.exp() * other).sum(), beta * (partition - distance))


def check_price_follows_the_distance(make: Make = RLHF) -> None:
    """Unchanged on target, up when too far, down when too near, by 2 % at most."""
    rlhf = make(torch.full((4,), 0.5, dtype=torch.float64))
    rlhf.adapt(torch.tensor([6.0, 6.6, 60.0, 0.0], dtype=torch.float64), target=6.0)
    torch.testing.assert_close(rlhf.beta, torch.tensor([0.5, 0.505, 0.51, 0.49], dtype=torch.float64))


class _PenaltyReversed(RLHF):
    def rewards(self, score: Tensor, log_prob: Tensor, reference: Tensor) -> Tensor:
        return super().rewards(score, reference, log_prob)


class _RewardAtEveryToken(RLHF):
    def rewards(self, score: Tensor, log_prob: Tensor, reference: Tensor) -> Tensor:
        return score - self.beta * (log_prob - reference)


class _PriceUnclipped(RLHF):
    def adapt(self, distance: Tensor, target: float) -> None:
        self.beta = self.beta * (1 + 0.1 * (distance / target - 1))


MUTANTS = {"penalty_reversed": _PenaltyReversed, "reward_at_every_token": _RewardAtEveryToken,
           "price_unclipped": _PriceUnclipped}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def best_reward(reference: Tensor, score: Tensor, distance: Tensor) -> Tensor:
    """The best reward (W,) within a distance (W,) in nats: pi* at the beta that leads there, found by bisection."""
    low, high = torch.full_like(distance, -7.0), torch.full_like(distance, 7.0)           # log beta
    for _ in range(50):
        price = (low + high) / 2
        log_best = (reference + score / price.exp()[:, None]).log_softmax(-1)
        far = (log_best.exp() * (log_best - reference)).sum(-1) > distance
        low, high = torch.where(far, price, low), torch.where(far, high, price)
    return (log_best.exp() * score).sum(-1)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Six rewards at once, each from 200 best-of-four choices: yield (step, mean share of the best at its distance)."""
    torch.manual_seed(seed)
    place, world = torch.arange(4, device=device), torch.arange(6, device=device)[:, None, None]
    texts = torch.cartesian_prod(*[torch.arange(6, device=device)] * 4)                         # (1296, 4)
    before = F.pad(texts[:, :-1], (1, 0), value=6)
    pairs = torch.einsum("nta,nub->ntaub", *[F.one_hot(texts, 6).float()] * 2).flatten(1)       # (1296, 576)
    start = 1.5 * torch.randn(6, 4, 7, 6, device=device)            # (world, position, previous token or none, token)

    def log_probs(table: Tensor, number: Tensor) -> Tensor:         # of the tokens of texts (6, N): (4, 6, N)
        return table.log_softmax(-1)[world, place, before[number], texts[number]].movedim(-1, 0)

    def write(table: Tensor, n: int) -> Tensor:                     # the numbers (6, n) of n new texts of each world
        number, token = torch.zeros(6, n, dtype=torch.long, device=device), torch.full((6, n), 6, device=device)
        for t in range(4):
            token = table[world[..., 0], t, token].softmax(-1).view(-1, 6).multinomial(1).view(6, n)
            number = 6 * number + token
        return number

    beta = torch.full((6, 1), 0.3 if arm == "penalized" else 0.0, device=device)
    rlhf, ppo, everything = RLHF(beta), PPO(discount=1.0, decay=1.0), torch.arange(1296, device=device).expand(6, -1)
    reference, hidden = log_probs(start, everything).sum(0), torch.randn(6, 576, device=device) @ pairs.T
    shown, weights = write(start, 800), torch.zeros(6, 576, device=device, requires_grad=True)
    best, optimizer = hidden.gather(1, shown).view(-1, 4).argmax(-1), torch.optim.Adam([weights], 0.1)
    for _ in range(50):
        optimizer.zero_grad()
        rlhf.comparison_loss((weights @ pairs.T).gather(1, shown).view(-1, 4), best).backward()
        optimizer.step()
    score = rlhf.normalized((weights @ pairs.T).detach(), reference.exp())
    table, share, path = start.clone().requires_grad_(), torch.zeros(6, device=device), []
    optimizer, there = torch.optim.Adam([table], lr), torch.zeros(6, dtype=torch.bool, device=device)
    for step in range(1, 101):
        number = write(table.detach(), 256)
        old, known = log_probs(table.detach(), number), log_probs(start, number)
        advantage = ppo.advantages(rlhf.rewards(score.gather(1, number), old, known), torch.zeros(5, 6, 256).to(device))
        advantage = (advantage - advantage.mean(-1, True)) / (advantage.std((0, 2), keepdim=True) + 1e-8)
        rlhf.adapt((old - known).sum(0).mean(-1, keepdim=True), target=1.5)
        for _ in range(4):
            optimizer.zero_grad()
            (-ppo.surrogate(log_probs(table, number), old, advantage).mean()).backward()
            optimizer.step()
        policy = log_probs(table.detach(), everything).sum(0)
        distance, reward = (policy.exp() * (policy - reference)).sum(-1), (policy.exp() * score).sum(-1)    # exact
        share = torch.where(there, share, reward / best_reward(reference, score, distance))
        there = there | (distance > 1.5) if arm == "stopped" else there
        path.append(torch.stack([distance[0], reward[0]]))
        if step % 10 == 0:
            yield step, share.mean().item()
    if arm == "penalized":
        ends = torch.linspace(0.02, 2, 60, device=device)
        front = best_reward(reference[:1], score[:1], ends)
        shown = torch.cat([torch.stack([ends, front], dim=1), torch.stack(path)]).cpu()
        yield Picture("distance in nats and reward: the best possible and the path of a policy", shown, kind="points")


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Five operations per score; scores and choices are read once."""
    b, k = case.sizes["B"], case.sizes["K"]
    return Work(flop=5 * b * k, min_bytes=b * (k * itemsize + 8))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """The comparison loss; in torch it is cross-entropy."""
    b, k = case.sizes["B"], case.sizes["K"]
    return ({"torch.cross_entropy": F.cross_entropy, "reference": RLHF(torch.tensor(0.0)).comparison_loss},
            (torch.randn(b, k, device=device, dtype=dtype), torch.randint(0, k, (b,), device=device)))
