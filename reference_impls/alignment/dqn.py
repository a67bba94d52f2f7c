"""Deep Q-learning: a network learns the worth of every action from its own next estimates, on remembered experience.

    Q*(s, a) = E[r + gamma max_a' Q*(s', a')]                             Mnih et al. 2013, eq. (1)
    L        = E[(y - Q(s, a))²]                                          eq. (2)
    y        = r + gamma max_a' Q(s', a'), or r where s' is an end        Algorithm 1
    -grad L ~ E[(y - Q(s, a)) grad Q(s, a)]                               eq. (3): y is held fixed, a factor 2 dropped

Each step is stored in a memory of the latest ones, and each update is made on a minibatch drawn from it at random.
Actions are greedy but for a share epsilon of random ones, which falls linearly from 1 to 0.1.
Conventions: a random action may be the greedy one. In 2013 y comes from the network itself, before the update; the
paper of 2015 in Nature uses a copy for y that is renewed now and then: here `held=True` and `renew`.
Longer than most: a game whose exact values are known is here too.

Shapes: N steps of R runs side by side, A actions; states (N, R, *), values (N, R, A), all else (N, R).
"""
import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="dqn", papers=["arxiv:1312.5602"], role="algorithm", symbols=["DQN"],
    patterns=["memory-augmented", "schedule"],
    oracle="closed form: targets and errors one by one, and the exact values of a game of catch",
    properties=["sweeps_reach_the_best_values", "minibatches_are_even_over_the_latest_steps",
                "exploration_falls_linearly", "held_targets_wait"],
    mutants=["gradient_into_the_target", "end_forgotten", "consecutive_steps", "never_greedy"],
    claim=Claim(
        text="A network learns to catch a ball from remembered steps in random order; from its latest steps, taken "
             "as they come, it learns far less",
        metric="return_of_greedy_actions", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.001, 0.002, 0.005, 0.01, 0.02]},
        arms={"replay": Arm(expect=">0.459", settings={"lr": 0.01}),
              "consecutive_steps": Arm(expect="<0.459", settings={"lr": 0.005})}),
    bench=[Case("minibatch", {"N": 1024, "D": 256, "H": 512, "A": 18})], equations=["1", "2", "3"],
    deviations=["Adam instead of RMSProp; an update every fourth step in the claim",
                "a small network that sees one frame, where the paper's sees the last four of an Atari game"],
)


class DQN(nn.Module):
    """Action values of a network, the memory that they learn from, and the actions that they lead to."""

    def __init__(self, network: nn.Module, discount: float = 0.99, capacity: int = 1_000_000,
                 anneal: int = 1_000_000, held: bool = False) -> None:
        """The memory holds `capacity` steps; exploration falls during the first `anneal` steps."""
        super().__init__()
        self.network, self.discount, self.capacity, self.anneal = network, discount, capacity, anneal
        self.judge = copy.deepcopy(network).requires_grad_(False) if held else network          # values s'
        self.memory: list[Tensor] = []                  # for each part of a step, a ring (capacity, R, *)
        self.stored = 0

    def forward(self, state: Tensor, action: Tensor, reward: Tensor, after: Tensor, end: Tensor) -> Tensor:
        """The mean squared error of a minibatch of steps. Eq. (2)."""
        value = self.network(state).gather(-1, action.unsqueeze(-1)).squeeze(-1)        # Q(s, a)
        return (self.target(reward, after, end) - value).square().mean()

    @torch.no_grad()
    def target(self, reward: Tensor, after: Tensor, end: Tensor) -> Tensor:
        """The constants y."""
        return reward + self.discount * self.judge(after).amax(dim=-1) * ~end

    def renew(self) -> None:
        """From now on the targets are those of the present network."""
        self.judge.load_state_dict(self.network.state_dict())

    def remember(self, *step: Tensor) -> None:
        """Store the parts (R, *) of one step of all runs in place of the oldest."""
        self.memory = self.memory or [part.new_zeros(self.capacity, *part.shape) for part in step]
        for ring, part in zip(self.memory, step, strict=True):
            ring[self.stored % self.capacity] = part
        self.stored += 1

    def draw(self, size: int) -> list[Tensor]:
        """A minibatch (size, R, *) of remembered steps, each run's from its own."""
        runs = torch.arange(self.memory[0].shape[1], device=self.memory[0].device)
        which = self.choose(torch.empty(size, len(runs), dtype=torch.long, device=runs.device))
        return [ring[which, runs] for ring in self.memory]

    def choose(self, places: Tensor) -> Tensor:
        """Places in the ring (size, R), at random."""
        return places.random_(min(self.stored, self.capacity))

    @torch.no_grad()
    def act(self, state: Tensor, epsilon: float) -> Tensor:
        """Greedy actions, a share epsilon of them replaced by random ones."""
        values = self.network(state)
        greedy, drawn = values.argmax(dim=-1), torch.rand(values.shape[:-1], device=values.device)
        return torch.where(drawn < epsilon, torch.randint_like(greedy, values.shape[-1]), greedy)

    def epsilon(self, step: int) -> float:
        return max(0.1, 1 - 0.9 * step / self.anneal)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., DQN]


def one_by_one(model: DQN, state: Tensor, action: Tensor, reward: Tensor, after: Tensor, end: Tensor) -> Tensor:
    """The loss by Algorithm 1, step after step; the targets are plain numbers."""
    errors = []
    for s, a, r, ahead, over in zip(state, action.tolist(), reward.tolist(), after, end.tolist(), strict=True):
        y = r if over else r + model.discount * max(model.network(ahead).tolist())
        errors.append((y - model.network(s)[a]) ** 2)
    return torch.stack(errors).mean()


def oracle(make: Make = DQN) -> tuple[DQN, Callable[..., Tensor], tuple[Tensor, ...]]:
    """The loss of a minibatch, some of whose steps are the last of an episode."""
    model = make(nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3)), discount=0.9).double()
    state, after = 1 + 2 * torch.randn(2, 9, 5, dtype=torch.float64)
    given = (state, torch.randint(3, (9,)), 1 + 2 * torch.randn(9, dtype=torch.float64), after, torch.arange(9) % 3 < 1)
    return model, lambda *step: one_by_one(model, *step), given


def check_sweeps_reach_the_best_values(make: Make = DQN) -> None:
    """Steps of size one half on all squared errors turn a table into its targets; seven in a row, into Q* of catch."""
    (after, reward, end), table = catch(8), nn.Embedding(512, 3).double()
    model, state, action = make(table, discount=0.9), torch.arange(512)[:, None].expand(-1, 3), torch.arange(3)
    for _ in range(7):
        loss = model(state, action.expand(512, -1), reward.double(), after, end)
        table.weight.data -= loss.numel() * 512 * 3 / 2 * torch.autograd.grad(loss, table.weight)[0]
    left, gap = 6 - state // 64, (state // 8 % 8 - after % 8).abs()        # moves after this one, columns to go
    exact = torch.where(gap <= left, 1.0, -1.0).double() * 0.9 ** left.double()
    torch.testing.assert_close(table.weight.data[:448], exact[:448])       # the ball has not arrived


def check_minibatches_are_even_over_the_latest_steps(make: Make = DQN) -> None:
    model = make(nn.Identity(), capacity=5)
    for step in torch.arange(12):
        model.remember(step.expand(2), -step.expand(2, 3))
    first, second = model.draw(4000)
    torch.testing.assert_close(second, -first.unsqueeze(-1).expand(-1, -1, 3))          # parts stay together
    share = F.one_hot(first, 12).float().mean(dim=0)                                    # (runs, 12)
    torch.testing.assert_close(share, torch.tensor([[0.0] * 7 + [0.2] * 5] * 2), rtol=0, atol=0.04)
    assert not torch.equal(first[:, 0], first[:, 1]), "both runs draw the same steps"


def check_exploration_falls_linearly(make: Make = DQN) -> None:
    model = make(nn.Identity(), anneal=100)
    values = torch.tensor([0.0, 2.0, 1.0, -1.0]).expand(20000, -1)
    for step, epsilon in ((0, 1.0), (50, 0.55), (100, 0.1), (900, 0.1)):
        share = F.one_hot(model.act(values, model.epsilon(step)), 4).float().mean(dim=0)
        exact = epsilon / 4 + (1 - epsilon) * torch.tensor([0.0, 1.0, 0.0, 0.0])
        torch.testing.assert_close(share, exact, rtol=0, atol=0.02)


def check_held_targets_wait(make: Make = DQN) -> None:
    for held in (False, True):
        model = make(network := nn.Linear(4, 3), held=held)
        given = (torch.zeros(6), torch.randn(6, 4), torch.zeros(6, dtype=torch.bool))
        before = model.target(*given)
        nn.init.normal_(network.weight)
        assert torch.equal(model.target(*given), before) == held
        model.renew()
        assert not torch.equal(model.target(*given), before)


class _GradientIntoTheTarget(DQN):
    def target(self, reward: Tensor, after: Tensor, end: Tensor) -> Tensor:
        return reward + self.discount * self.judge(after).amax(dim=-1) * ~end


class _EndForgotten(DQN):
    def target(self, reward: Tensor, after: Tensor, end: Tensor) -> Tensor:
        return super().target(reward, after, torch.zeros_like(end))


class _ConsecutiveSteps(DQN):
    def choose(self, places: Tensor) -> Tensor:
        ago = torch.arange(1, len(places) + 1, device=places.device)[:, None]           # also the rival of the claim
        return ((self.stored - ago) % self.capacity).expand_as(places)


class _NeverGreedy(DQN):
    def epsilon(self, step: int) -> float:
        return 1.0


MUTANTS = {"gradient_into_the_target": _GradientIntoTheTarget, "end_forgotten": _EndForgotten,
           "consecutive_steps": _ConsecutiveSteps, "never_greedy": _NeverGreedy}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def catch(side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Next states, rewards (1 if caught, else -1) and ends (S, 3): a ball falls, a paddle goes left, stays or right."""
    s = torch.arange(side ** 3)[:, None]                                                # places of ball and paddle
    row, column = s // side ** 2, s // side % side
    paddle = (s % side + torch.arange(-1, 2)).clamp(0, side - 1)
    end = (row >= side - 2).expand(-1, 3)
    reward = torch.where(end, 2.0 * (paddle == column) - 1, 0.0)
    return ((row + 1).clamp(max=side - 1) * side + column) * side + paddle, reward, end


class Players(nn.Module):
    """R small networks side by side, which see the states (N, R) of catch as pictures of two dots."""

    def __init__(self, runs: int, side: int) -> None:
        super().__init__()
        s = torch.arange(side ** 3)
        dots = F.one_hot(s // side, side ** 2) + F.one_hot(side ** 2 - side + s % side, side ** 2)
        self.register_buffer("pictures", dots.float())                                  # (S, side²)
        self.first = nn.Parameter(torch.randn(runs, side ** 2, 64) / 4)
        self.last = nn.Parameter(torch.randn(runs, 64, 3) / 32)

    def forward(self, state: Tensor) -> Tensor:
        seen = self.get_buffer("pictures")[state].transpose(0, 1)                       # (R, N, side²)
        return (torch.relu(seen @ self.first) @ self.last).transpose(0, 1)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Eight runs of 4,000 steps, 1,000 updates: yield (step, mean return of greedy play from all first states)."""
    torch.manual_seed(seed)
    after, reward, end = (table.to(device) for table in catch(8))
    kind = DQN if arm == "replay" else _ConsecutiveSteps
    model = kind(Players(8, 8).to(device), discount=0.9, capacity=1000, anneal=2000)
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    state, every = torch.randint(64, (8,), device=device), torch.arange(512, device=device)[:, None].expand(-1, 8)
    for step in range(1, 4001):
        action = model.act(state[None], model.epsilon(step))[0]
        ahead, over = after[state, action], end[state, action]
        model.remember(state, action, reward[state, action], ahead, over)
        state = torch.where(over, torch.randint(64, (8,), device=device), ahead)
        if step % 4 == 0 and step >= 32:
            optimizer.zero_grad()
            model(*model.draw(32)).backward()
            optimizer.step()
        if step % 800 == 0:
            greedy, place, gained = model.act(every, 0.0).T, every[:64].T, torch.zeros(8, 64, device=device)
            for _ in range(7):
                action = greedy.gather(1, place)
                place, gained = after[place, action], gained + reward[place, action]
            yield step, gained.mean().item()
    if arm == "replay":
        worth = model.network(every)[:, 0].amax(dim=1).detach().view(8, 8, 8)[:7, :, 3]
        yield Picture("worth of the ball's place when the paddle is in the middle", worth.cpu())


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products: the network sees the states before and after; both, the weights and the rest are read once."""
    n, d, h, a = (case.sizes[k] for k in "NDHA")
    return Work(4 * n * (d * h + h * a), itemsize * (n * (2 * d + 1) + d * h + h * a) + 9 * n)


def bench_inputs(case: Case, device: str, dtype: torch.dtype
                 ) -> tuple[dict[str, Callable[..., Tensor]], tuple[Tensor, ...]]:
    """The loss of one minibatch with a network of one hidden layer; the baseline uses torch's mean squared error."""
    n, d, h, a = (case.sizes[k] for k in "NDHA")
    model = DQN(nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, a))).to(device, dtype)

    def by_torch(state: Tensor, action: Tensor, reward: Tensor, after: Tensor, end: Tensor) -> Tensor:
        with torch.no_grad():
            y = torch.where(end, reward, reward + 0.99 * model.network(after).max(dim=-1).values)
        return F.mse_loss(model.network(state)[torch.arange(n, device=device), action], y)

    states = torch.randn(2, n, d, device=device, dtype=dtype)
    return ({"torch.nn.functional.mse_loss": by_torch, "reference": model},
            (states[0], torch.randint(a, (n,), device=device), torch.randn(n, device=device, dtype=dtype), states[1],
             torch.rand(n, device=device) < 0.1))
