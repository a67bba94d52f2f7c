"""Direct preference optimization: comparisons train the policy itself, whose log-probabilities stand for the reward.

    pi*(y|x) = pi_ref(y|x) exp(r(x, y) / beta) / Z(x)       best reward for its price      Rafailov et al. 2023, eq. (4)
    r(x, y)  = beta log( pi*(y|x) / pi_ref(y|x) ) + beta log Z(x)                                               eq. (5)
    loss     = -E log sigmoid( r(x, y_w) - r(x, y_l) ),     r by eq. (5) from pi; Z(x) cancels                  eq. (7)
    gradient = -beta E sigmoid( r(x, y_l) - r(x, y_w) ) ( grad log pi(y_w|x) - grad log pi(y_l|x) )           section 4

y_w was preferred to y_l as an answer to x, and beta is the price of a nat of distance from pi_ref, as in `rlhf`.
Conventions: the log-probability of a text is the sum over its tokens; the implicit reward leaves out beta log Z(x),
which is the same for all answers to x. The sigmoid in the gradient is its weight: high where the order is still wrong.
Longer than most: PPO on a learned reward, as in `rlhf`, is tuned on the same comparisons.

Shapes: B comparisons (any axes), four log-probabilities of whole texts each.
"""
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.alignment.ppo import PPO
from reference_impls.alignment.rlhf import RLHF, best_reward
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="dpo", papers=["arxiv:2305.18290"], role="objective", symbols=["DPO"],
    patterns=["preference-learning", "loss-shaping"],
    oracle="closed form: the odds of each comparison as a power of probability ratios, one by one",
    properties=["optimum_is_the_best_policy", "gradient_is_weighted", "same_loss_as_a_reward_model"],
    mutants=["unweighted", "reference_forgotten", "beta_divides", "worse_preferred"],
    claim=Claim(
        text="In as many updates and within the same distance from its start, DPO gets more of the best possible true "
             "reward than PPO on a learned reward, and than its own gradient without the weights",
        metric="share_of_best_reward", better="higher", grade="B", budget_s=3,
        grid={"lr": [0.005, 0.01, 0.02, 0.04, 0.08], "reward_lr": [0.01, 0.03, 0.1]},
        arms={"ppo": Arm(expect="<0.9461", settings={"lr": 0.01, "reward_lr": 0.03}),
              "unweighted": Arm(expect="<0.9461", settings={"lr": 0.02, "reward_lr": 0.01}),    # it learns no reward
              "dpo": Arm(expect=">0.9461", settings={"lr": 0.04, "reward_lr": 0.01})},          # nor does this
    ),
    bench=[Case("comparisons", {"B": 1048576})], equations=["4", "5", "7"],
    deviations=["all texts can be listed: 4 tokens out of 6; tables as policy and as reward model, no prompts",
                "Adam at a constant rate, where the paper warms up RMSprop"],
)


@dataclass(frozen=True)
class DPO:
    """The loss of a policy on comparisons, and the reward that the policy stands for."""

    beta: float | Tensor = 0.1

    def reward(self, log_prob: Tensor, reference: Tensor) -> Tensor:
        """The implicit reward of texts, from their log-probabilities under pi and pi_ref. Eq. (5) without Z."""
        return self.beta * (log_prob - reference)

    def loss(self, better: Tensor, worse: Tensor, better_reference: Tensor, worse_reference: Tensor) -> Tensor:
        """Mean over B of eq. (7), from log-probabilities of y_w and y_l under pi and then under pi_ref, each (B,)."""
        return self.cost(self.reward(better, better_reference) - self.reward(worse, worse_reference)).mean()

    def cost(self, margin: Tensor) -> Tensor:
        return -F.logsigmoid(margin)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = type[DPO]
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]


def oracle(make: Make = DPO) -> tuple[Function, Function, Outputs]:
    """Loss and implicit rewards against odds: y_w wins with odds (pi / pi_ref)(y_w)^beta to (pi / pi_ref)(y_l)^beta."""
    def ours(*texts: Tensor) -> Outputs:
        return make(0.3).loss(*texts), make(0.3).reward(texts[0], texts[2])

    def theirs(*texts: Tensor) -> Outputs:
        total, rewards = torch.zeros(()), []
        for better, worse, better_reference, worse_reference in zip(*texts, strict=True):
            odds = [(p.exp() / q.exp()) ** 0.3 for p, q in ((better, better_reference), (worse, worse_reference))]
            total = total - (odds[0] / (odds[0] + odds[1])).log()
            rewards.append(odds[0].log())
        return total / 7, torch.stack(rewards)

    return ours, theirs, tuple(-6 + 2 * torch.randn(4, 7, dtype=torch.float64))


def preferences(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Better and worse of all comparisons of texts whose rewards are the logarithms of whole numbers (Y,).

    Of counts[i] + counts[j] comparisons, i wins counts[i]: the proportions of Bradley and Terry.
    """
    wins = torch.cartesian_prod(*[torch.arange(len(counts), device=counts.device)] * 2)     # (Y², 2): winner, loser
    wins = wins[wins[:, 0] != wins[:, 1]]
    better, worse = wins.repeat_interleave(counts[wins[:, 0]], dim=0).unbind(dim=1)
    return better, worse


def check_optimum_is_the_best_policy(make: Make = DPO) -> None:
    """Trained from pi_ref to the end on all comparisons: pi_ref exp(r / beta) / Z, by a divergence below 1e-3."""
    counts, reference = torch.tensor([3, 1, 4, 2, 5, 6]), torch.randn(6, dtype=torch.float64).log_softmax(0)
    better, worse = preferences(counts)
    logits = reference.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([logits], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        policy = logits.log_softmax(0)
        loss = make(0.7).loss(policy[better], policy[worse], reference[better], reference[worse])
        loss.backward()
        return loss

    optimizer.step(closure)
    best = (reference + counts.double().log() / 0.7).log_softmax(0)
    divergence = (best.exp() * (best - logits.detach().log_softmax(0))).sum()
    assert divergence < 1e-3, f"a divergence of {divergence:.3g} from the best policy"


def check_gradient_is_weighted(make: Make = DPO) -> None:
    """In the logits of six texts, grad log pi(y_w) - grad log pi(y_l) is 1 at y_w and -1 at y_l. Section 4."""
    logits, reference = torch.randn(2, 6, dtype=torch.float64)
    better, worse = preferences(torch.tensor([3, 1, 4, 2, 5, 6]))
    policy = logits.requires_grad_().log_softmax(0)
    loss = make(0.7).loss(policy[better], policy[worse], reference[better], reference[worse])
    reward = 0.7 * (policy.detach() - reference)
    weight = torch.sigmoid(reward[worse] - reward[better])[:, None]                         # (B, 1): high where wrong
    push = F.one_hot(better, 6) - F.one_hot(worse, 6)                                       # (B, 6)
    torch.testing.assert_close(torch.autograd.grad(loss, logits)[0], -0.7 * (weight * push).mean(dim=0))


def check_same_loss_as_a_reward_model(make: Make = DPO) -> None:
    """A policy built from any reward by eq. (4) costs what that reward costs as a reward model, whatever Z(x) is."""
    reward, reference = torch.randn(2, 8, 2, dtype=torch.float64)           # of two answers to each of eight prompts
    policy = reference + reward / 0.7 - torch.randn(8, 1, dtype=torch.float64)
    expected = RLHF(torch.tensor(0.7)).comparison_loss(reward, torch.zeros(8, dtype=torch.long))
    torch.testing.assert_close(make(0.7).loss(*policy.unbind(1), *reference.unbind(1)), expected)


class _Unweighted(DPO):
    def cost(self, margin: Tensor) -> Tensor:
        return -margin


class _ReferenceForgotten(DPO):
    def reward(self, log_prob: Tensor, reference: Tensor) -> Tensor:
        return self.beta * log_prob


class _BetaDivides(DPO):
    def reward(self, log_prob: Tensor, reference: Tensor) -> Tensor:
        return (log_prob - reference) / self.beta


class _WorsePreferred(DPO):
    def cost(self, margin: Tensor) -> Tensor:
        return super().cost(-margin)


MUTANTS = {"unweighted": _Unweighted, "reference_forgotten": _ReferenceForgotten, "beta_divides": _BetaDivides,
           "worse_preferred": _WorsePreferred}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, reward_lr: float, device: str = "cpu"
         ) -> Iterator[tuple[int, float] | Picture]:
    """Four prices in each of eight worlds: yield (step, best true reward within 0.5, 1, 2 nats / best possible).

    PPO gets 300 updates for its reward as well; with 600 it comes closer.
    """
    torch.manual_seed(seed)
    line, place = torch.arange(32, device=device)[:, None], torch.arange(4, device=device)  # 32 policies in parallel
    texts = torch.cartesian_prod(*[torch.arange(6, device=device)] * 4)                     # (1296, 4)
    before = F.pad(texts[:, :-1], (1, 0), value=6)                                          # 6: no token before it

    def entries(table: Tensor, number: Tensor) -> Tensor:       # of tables (32, 4, 7, 6) for texts (32, N): (4, 32, N)
        return table[line[..., None], place, before[number], texts[number]].movedim(-1, 0)

    def write(policy: Tensor, n: int) -> Tensor:                # the numbers (32, n) of n new texts of each policy
        number = torch.zeros(32, n, dtype=torch.long, device=device)
        for t in range(4):
            token = torch.full_like(number, 6) if t == 0 else number % 6
            number = 6 * number + policy[line, t, token].exp().view(-1, 6).multinomial(1).view(32, n)
        return number

    start, taste = torch.randn(2, 8, 4, 7, 6, device=device).repeat(1, 4, 1, 1, 1)          # by pairs of neighbors
    start, everything = (1.5 * start).log_softmax(-1), torch.arange(1296, device=device).expand(32, -1)
    reference, beta = entries(start, everything).sum(0), torch.tensor([0.25, 0.5, 1, 2], device=device)
    rlhf = RLHF(beta.repeat_interleave(8)[:, None])
    true = 2 * rlhf.normalized(entries(taste, everything).sum(0), reference.exp())          # (32, 1296)
    one, other = write(start, 8000)[:8].repeat(4, 1).chunk(2, dim=1)
    liked = torch.rand(8, 4000, device=device).repeat(4, 1) < (true.gather(1, one) - true.gather(1, other)).sigmoid()
    better, worse = torch.where(liked, one, other), torch.where(liked, other, one)          # as Bradley and Terry say

    def compare() -> tuple[Tensor, Tensor]:                     # 64 drawn for each policy, (32, 64) each
        drawn = torch.randint(4000, (32, 64), device=device)
        return better.gather(1, drawn), worse.gather(1, drawn)

    learned = torch.zeros_like(taste, requires_grad=True)
    optimizer = torch.optim.Adam([learned], reward_lr)
    for _ in range(300 if arm == "ppo" else 0):
        optimizer.zero_grad()
        scores = torch.stack([entries(learned, number).sum(0) for number in compare()], dim=-1)
        rlhf.comparison_loss(scores, torch.zeros_like(better[:, :64])).backward()
        optimizer.step()
    score, table = entries(learned.detach(), everything).sum(0), start.clone().requires_grad_()
    dpo, ppo = (_Unweighted if arm == "unweighted" else DPO)(rlhf.beta), PPO(discount=1.0, decay=1.0)
    optimizer, path = torch.optim.Adam([table], lr), [torch.zeros(2, 32, device=device)]    # distances, true rewards
    for step in range(1, 301):
        optimizer.zero_grad()
        policy = table.log_softmax(-1)
        if arm != "ppo":
            pair = compare()
            dpo.loss(*[entries(each, number).sum(0) for each in (policy, start) for number in pair]).backward()
        else:
            if step % 4 == 1:                                   # 256 new texts for four updates
                number = write(policy.detach(), 256)
                old, known = entries(policy.detach(), number), entries(start, number)
                paid = rlhf.rewards(score.gather(1, number), old, known)
                gain = ppo.advantages(paid, torch.zeros(5, 32, 256, device=device))
                gain = (gain - gain.mean(-1, True)) / (gain.std((0, 2), keepdim=True) + 1e-8)
            (-ppo.surrogate(entries(policy, number), old, gain).mean()).backward()
        optimizer.step()
        if step % 5 == 0:
            log_policy = entries(table.detach().log_softmax(-1), everything).sum(0)         # of every text: exact
            path.append(torch.stack([(log_policy.exp() * each).sum(-1) for each in (log_policy - reference, true)]))
        if step % 50 == 0:
            distance, reward = torch.stack(path, dim=1).view(2, -1, 8)
            shares = [torch.where(distance <= nats, reward, 0).amax(0)
                      / best_reward(reference[:8], true[:8], torch.full_like(reward[0], nats)) for nats in (0.5, 1, 2)]
            yield step, torch.stack(shares).mean().item()
    ends = torch.linspace(0.02, 4, 60, device=device)
    shown = [torch.stack([ends, best_reward(reference[:1], true[:1], ends)]), *[points[:, ::8] for points in path]]
    yield Picture("distance in nats and true reward: the best possible, and the paths of policies at four prices",
                  torch.cat(shown, dim=1).T.cpu(), kind="points",
                  labels=(["best possible"] * 60 + [arm] * 4 * len(path), []))


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Nine operations per comparison; four log-probabilities are read once."""
    return Work(flop=9 * case.sizes["B"], min_bytes=4 * case.sizes["B"] * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """The loss of one batch; in torch it is a soft margin loss."""
    def soft_margin(better: Tensor, worse: Tensor, better_reference: Tensor, worse_reference: Tensor) -> Tensor:
        margin = 0.1 * ((better - worse) - (better_reference - worse_reference))
        return F.soft_margin_loss(margin, torch.ones_like(margin))

    return ({"torch.soft_margin_loss": soft_margin, "reference": DPO().loss},
            tuple(torch.randn(4, case.sizes["B"], device=device, dtype=dtype)))
