"""Proximal policy optimization: several epochs per batch, with a clipped objective that does not reward going far.

    L_CLIP  = E min(ratio A, clip(ratio, 1 - epsilon, 1 + epsilon) A)               Schulman et al. 2017, eq. (7)
    L       = E [L_CLIP - c1 (V(s) - target)² + c2 entropy]                          eq. (9), maximized
    A_t     = delta_t + (gamma lambda) delta_{t+1} + ... + (gamma lambda)^{T-1-t} delta_{T-1}              eq. (11)
    delta_t = r_t + gamma V(s_{t+1}) - V(s_t)                                                              eq. (12)

ratio = pi(a|s) / pi_old(a|s), with pi_old the policy that acted. Conventions: t runs from 0 to T - 1, V(s_T) stands for
everything after the segment, target = A + V(s), and `loss` is -L. Advantages and pi_old are constants in it.

Shapes: T steps of N actors, A actions; rewards (T, N), values (T + 1, N), logits (T, N, A), the rest (T, N).
"""
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="ppo", papers=["arxiv:1707.06347"], role="objective", symbols=["PPO"],
    patterns=["policy-gradient", "loss-shaping"],
    oracle="closed form: sums over all later steps; torch.distributions, and a bound by the sign of the advantage",
    properties=["first_gradient_is_the_policy_gradient", "no_reason_to_go_beyond"],
    mutants=["clipped_only", "end_value_forgotten", "decay_without_discount"],
    claim=Claim(
        text="With a clipped ratio, one learning rate suits 1, 4 and 16 epochs per batch; without clipping, none does",
        metric="worst_return", better="higher", grade="B", budget_s=6, grid={"lr": [0.05, 0.1, 0.13, 0.2, 0.3, 0.5]},
        arms={"policy_gradient": Arm(expect="<0.757", settings={"lr": 0.1}),
              "unclipped": Arm(expect="<0.757", settings={"lr": 0.13}),
              "clipped": Arm(expect=">0.757", settings={"lr": 0.3})}),
    bench=[Case("loss", {"T": 512, "N": 256, "A": 16})], equations=["7", "9", "11", "12"],
    deviations=["no ends of episodes; no KL penalty, eq. (8); last exponent of eq. (11) printed as T - t + 1"],
)


@dataclass(frozen=True)
class PPO:
    """The clipped objective and the advantages that it uses."""

    epsilon: float = 0.2            # how far the ratio may move from 1 and still gain; infinity: no clipping
    discount: float = 0.99          # gamma
    decay: float = 0.95             # lambda; 1 gives the return minus the value, eq. (10), and 0 only the next delta
    value_weight: float = 1.0       # c1
    entropy_weight: float = 0.01    # c2

    def advantages(self, rewards: Tensor, values: Tensor) -> Tensor:
        """Advantages (T, N) from rewards (T, N) and values (T + 1, N), from the last step back. Eq. (11), (12)."""
        deltas = rewards + self.discount * values[1:] - values[:-1]
        found = accumulate(deltas.flip(0), lambda after, delta: delta + self.discount * self.decay * after)
        return torch.stack(list(found)).flip(0)

    def surrogate(self, log_prob: Tensor, old: Tensor, advantage: Tensor) -> Tensor:
        """The objective to maximize, elementwise: the lower of the plain and the clipped term. Eq. (7)."""
        ratio = (log_prob - old).exp()
        return torch.minimum(ratio * advantage, ratio.clamp(1 - self.epsilon, 1 + self.epsilon) * advantage)

    def loss(self, logits: Tensor, actions: Tensor, old: Tensor, advantage: Tensor, value: Tensor, target: Tensor
             ) -> Tensor:
        """-L of eq. (9), the mean over all leading axes; `old` is the log-probability under the policy that acted."""
        log_policy = logits.log_softmax(dim=-1)
        log_prob = log_policy.gather(-1, actions.unsqueeze(-1)).squeeze(-1)
        gain = self.surrogate(log_prob, old, advantage) - self.entropy_weight * (log_policy.exp() * log_policy).sum(-1)
        return (self.value_weight * (value - target).square() - gain).mean()


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = type[PPO]
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]


def by_distribution(logits: Tensor, actions: Tensor, old: Tensor, a: Tensor, value: Tensor, target: Tensor,
                    c1: float = 1.0) -> Tensor:
    """The loss by torch.distributions, with a bound by the sign of the advantage a; epsilon 0.2, c2 0.01."""
    policy = torch.distributions.Categorical(logits=logits)
    gain = torch.min(policy.log_prob(actions).exp() / old.exp() * a, (1 + 0.2 * a.sign()) * a)
    return (c1 * (value - target) ** 2 - gain - 0.01 * policy.entropy()).mean()


def oracle(make: Make = PPO) -> tuple[Function, Function, Outputs]:
    """Advantages against sums over all later steps, the loss with ratios on both sides of both bounds."""
    actions = torch.randint(0, 3, (6, 5))
    def ours(rewards: Tensor, values: Tensor, logits: Tensor, old: Tensor) -> tuple[Tensor, ...]:
        advantage = make(discount=0.9, decay=0.8).advantages(rewards, values)
        return advantage, make(value_weight=0.7).loss(logits, actions, old, advantage, values[:-1], advantage + 1)

    def theirs(rewards: Tensor, values: Tensor, logits: Tensor, old: Tensor) -> tuple[Tensor, ...]:
        deltas, zero = [rewards[s] + 0.9 * values[s + 1] - values[s] for s in range(6)], torch.zeros(5)
        advantage = torch.stack([sum((0.72 ** (s - t) * deltas[s] for s in range(t, 6)), zero) for t in range(6)])
        return advantage, by_distribution(logits, actions, old, advantage, values[:-1], advantage + 1, c1=0.7)

    drawn = (1 + 2 * torch.randn(*shape, dtype=torch.float64) for shape in ((6, 5), (7, 5), (6, 5, 3)))
    return ours, theirs, (*drawn, torch.rand(6, 5, dtype=torch.float64).log())


def check_first_gradient_is_the_policy_gradient(make: Make = PPO) -> None:
    """On a batch with actions in the policy's proportions, the first gradient is that of the mean reward."""
    often, reward = torch.tensor([1, 2, 3, 4]), torch.randn(4, dtype=torch.float64)
    actions, logits = torch.arange(4).repeat_interleave(often), often.double().log().requires_grad_()
    log_prob = logits.log_softmax(-1)[actions]
    loss = -make().surrogate(log_prob, log_prob.detach(), reward[actions]).mean()
    exact = -(logits.softmax(-1) * reward).sum()
    torch.testing.assert_close(torch.autograd.grad(loss, logits), torch.autograd.grad(exact, logits))


def check_no_reason_to_go_beyond(make: Make = PPO) -> None:
    """No gradient where the ratio passed a bound in the direction that pays; the full one otherwise."""
    ratio = torch.tensor([1.5, 1.1, 0.5, 0.9, 0.5, 1.5], dtype=torch.float64)
    advantage = torch.tensor([2.0, 2.0, 2.0, -2.0, -2.0, -2.0], dtype=torch.float64)
    log_prob = ratio.log().requires_grad_()
    (gradient,) = torch.autograd.grad(make().surrogate(log_prob, torch.zeros_like(ratio), advantage).sum(), log_prob)
    torch.testing.assert_close(gradient, ratio * advantage * torch.tensor([0, 1, 1, 1, 0, 1]))


class _ClippedOnly(PPO):
    def surrogate(self, log_prob: Tensor, old: Tensor, advantage: Tensor) -> Tensor:
        return (log_prob - old).exp().clamp(1 - self.epsilon, 1 + self.epsilon) * advantage


class _EndValueForgotten(PPO):
    def advantages(self, rewards: Tensor, values: Tensor) -> Tensor:
        return super().advantages(rewards, torch.cat([values[:-1], torch.zeros_like(values[:1])]))


class _DecayWithoutDiscount(PPO):
    def advantages(self, rewards: Tensor, values: Tensor) -> Tensor:
        return PPO(discount=1.0, decay=self.decay).advantages(rewards - (1 - self.discount) * values[1:], values)


MUTANTS = {"clipped_only": _ClippedOnly, "end_value_forgotten": _EndValueForgotten,
           "decay_without_discount": _DecayWithoutDiscount}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def slippery_grid(side: int) -> tuple[Tensor, Tensor]:
    """Transitions (S, 4, S) and rewards (S,): from one corner to the opposite one; a fifth of the moves are random."""
    s, ways = torch.arange(side * side), ((1, 0), (-1, 0), (0, 1), (0, -1))
    ends = [(s // side + y).clamp(0, side - 1) * side + (s % side + x).clamp(0, side - 1) for y, x in ways]
    meant, place = F.one_hot(torch.stack(ends, dim=1), side * side).double(), torch.eye(side * side).double()
    moves = 0.8 * meant + 0.2 * meant.mean(dim=1, keepdim=True)
    moves[-1] = place[0]                                                                # from the goal: start again
    return moves, place[-1]


class _PolicyGradient(PPO):
    def surrogate(self, log_prob: Tensor, old: Tensor, advantage: Tensor) -> Tensor:
        return log_prob * advantage                                                     # L_PG, eq. (2)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """20 batches of 256 steps, eight runs: yield (epochs per batch, worst mean return with that many or fewer)."""
    torch.manual_seed(seed)
    ppo = (_PolicyGradient if arm == "policy_gradient" else PPO)(
        epsilon=0.2 if arm == "clipped" else math.inf, discount=0.95, entropy_weight=0.0)
    moves, reward = (table.to(device) for table in slippery_grid(6))
    run, worst = torch.arange(8, device=device)[:, None], math.inf
    for epochs in (1, 4, 16):
        tables = [torch.zeros(8, 36, width, device=device, requires_grad=True) for width in (4, 1)]    # policy, values
        optimizer = torch.optim.Adam(tables, lr)
        seen = [torch.zeros(8, 8, dtype=torch.long, device=device)]                     # (run, actor)
        for _ in range(20):
            policy, seen, acted = tables[0].detach().log_softmax(-1), seen[-1:], []
            for _ in range(32):
                acted.append(policy[run, seen[-1]].exp().view(-1, 4).multinomial(1).view(8, 8))
                seen.append(moves[seen[-1], acted[-1]].view(-1, 36).multinomial(1).view(8, 8))
            at, actions = torch.stack(seen[:-1]), torch.stack(acted)                    # (32, 8, 8)
            values, old = tables[1].detach()[run, torch.stack(seen), 0], policy[run, at, actions]
            raw = ppo.advantages(reward[at].float(), values)
            scaled = (raw - raw.mean((0, 2), True)) / (raw.std((0, 2), keepdim=True) + 1e-8)
            for _ in range(epochs):
                optimizer.zero_grad()
                ppo.loss(tables[0][run, at], actions, old, scaled, tables[1][run, at, 0], raw + values[:-1]).backward()
                optimizer.step()
        walk = torch.einsum("rsa,sat->rst", tables[0].detach().double().softmax(-1), moves)
        returns = torch.linalg.solve(torch.eye(36, device=device) - 0.95 * walk, reward[None, :, None])    # exact
        worst = min(worst, returns[:, 0].mean().item())
        yield epochs, worst
    if arm == "clipped":
        yield Picture("expected return by position, goal at the lower right", returns[0].view(6, 6).cpu())


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Softmax and entropy take about seven operations per action, the rest sixteen per sample; all is read once."""
    samples, actions = case.sizes["T"] * case.sizes["N"], case.sizes["A"]
    return Work(flop=samples * (7 * actions + 16), min_bytes=samples * (itemsize * (actions + 4) + 8))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """The loss of one batch."""
    shape, actions = (case.sizes["T"], case.sizes["N"]), case.sizes["A"]
    given = (torch.randn(*shape, actions, device=device, dtype=dtype), torch.randint(0, actions, shape, device=device))
    return ({"torch.distributions": by_distribution, "reference": PPO().loss},
            (*given, *torch.randn(4, *shape, device=device, dtype=dtype)))
