"""Perceptron: random units look at a retina, and a response unit learns which of them speak for which answer.

    a_k = 1 if (active points connected to excite unit k) - (those connected to inhibit it) >= theta, else 0
    response = sign(sum_k v_k a_k)                                          no response, 0, is a mistake
    v_k <- v_k + t a_k   if the response is not t, the one that is wanted: -1 or 1

The points, the association units with their random, fixed connections and the values v are those of Rosenblatt 1958.
There every stimulus changes the values, whatever the response would have been (forced learning in the alpha system,
with gains and losses: "bivalent"). To change them after mistakes only is a later rule, error correction, and Novikoff
proved in 1962 that it ends: if some values of length 1 give t sum_k v_k a_k >= gamma for every stimulus, and no a is
longer than R, there are at most (R / gamma)² mistakes, however the stimuli are ordered.

Shapes: P stimuli, S points of the retina, K association units. Points and units are 0 or 1.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="perceptron", papers=["key:perceptron"], role="model", symbols=["Perceptron"], patterns=["activation"],
    oracle="closed form: one stimulus, unit and connection at a time",
    properties=["learns_as_scikit_learn", "mistakes_are_bounded", "exclusive_or_needs_association_units"],
    mutants=["reinforces_every_stimulus", "silence_is_no_mistake", "never_inhibited"],
    claim=Claim(
        text="Level and upright bars lie anywhere on a retina, so that no point tells them apart: a response unit that "
             "sees the points fails on new bars; behind random association units both rules get most of them right",
        metric="share_of_new_bars_wrong", better="lower", grade="A", budget_s=1,
        grid={"theta": [1, 2, 3, 4, 5, 6]},
        arms={"points_alone": Arm(expect=">0.33", settings={"theta": 1}),         # has no theta: the first of the grid
              "every_stimulus_reinforced": Arm(expect="<0.33", settings={"theta": 4}),
              "mistakes_corrected": Arm(expect="<0.33", settings={"theta": 3})},
    ),
    bench=[Case("retina", {"P": 64, "S": 1024, "K": 2048})],
    deviations=["one response unit, not several that compete; no feedback, no projection area; a later rule is added"],
)


class Perceptron(nn.Module):
    """Association units with fixed random connections, and the values that lead from them to the response unit.

    Args:
        connections: how many points excite each unit, and how many inhibit it.
        theta: how many more exciting than inhibiting points must be active.
    """

    origins: Tensor         # for each unit the points that excite it, and those that inhibit it: (2, K, connections)

    def __init__(self, points: int, units: int, connections: int, theta: float) -> None:
        super().__init__()
        self.theta = theta
        self.register_buffer("origins", torch.randint(points, (2, units, connections)))

    def associate(self, stimuli: Tensor) -> Tensor:
        """Which units respond to stimuli (P, S): (P, K)."""
        excited, inhibited = stimuli[:, self.origins].sum(dim=3).unbind(dim=1)
        return (excited - inhibited >= self.theta).to(stimuli.dtype)

    def reinforce(self, active: Tensor, wanted: Tensor) -> Tensor:
        """Values (K,) after every stimulus has changed them once, from units (P, K) and wanted responses (P,)."""
        return wanted @ active

    def correct(self, active: Tensor, wanted: Tensor, rounds: int) -> tuple[Tensor, Tensor]:
        """Values (K,) when only mistakes change them, and the number of mistakes in each round over all stimuli."""
        values, mistakes = active.new_zeros(active.shape[1]), active.new_zeros(rounds)
        for i in range(rounds):
            for a, t in zip(active, wanted, strict=True):
                wrong = self.is_wrong(a @ values, t)
                values = values + wrong * t * a
                mistakes[i] += wrong
        return values, mistakes

    def is_wrong(self, total: Tensor, t: Tensor) -> Tensor:
        return total * t <= 0

    def forward(self, stimuli: Tensor, wanted: Tensor, rounds: int = 1) -> tuple[Tensor, Tensor]:
        return self.correct(self.associate(stimuli), wanted, rounds)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., Perceptron]
Inputs = tuple[Tensor, Tensor]
Run = Callable[[Tensor, Tensor], tuple[Tensor, ...]]


def oracle(make: Make = Perceptron) -> tuple[Run, Run, Inputs]:
    """Both rules on random stimuli: ours, and every sum spelled out. Gradients count how often each t was added."""
    net = make(12, 9, connections=3, theta=1)

    def ours(stimuli: Tensor, wanted: Tensor) -> tuple[Tensor, ...]:
        return (net.reinforce(net.associate(stimuli), wanted), *net(stimuli, wanted, rounds=3))

    def theirs(stimuli: Tensor, wanted: Tensor) -> tuple[Tensor, ...]:
        reinforced, values, mistakes = [0 * wanted[0]] * 9, [0 * wanted[0]] * 9, [0, 0, 0]
        for i in range(3):
            for s, t in zip(stimuli, wanted, strict=True):
                excess = [sum(s[j] for j in a) - sum(s[j] for j in b) for a, b in zip(*net.origins, strict=True)]
                total = sum(values[k] for k in range(9) if excess[k] >= 1)
                wrong = not (total > 0 if t > 0 else total < 0)
                mistakes[i] += wrong
                for k in range(9):
                    values[k] = values[k] + t if wrong and excess[k] >= 1 else values[k]
                    reinforced[k] = reinforced[k] + t if i == 0 and excess[k] >= 1 else reinforced[k]
        return torch.stack(reinforced), torch.stack(values), torch.tensor(mistakes, dtype=stimuli.dtype)

    return ours, theirs, (torch.randint(2, (15, 12)).double(), 2 * torch.randint(2, (15,)).double() - 1)


def check_learns_as_scikit_learn(make: Make = Perceptron) -> None:
    """The response unit alone, on inputs that may not be separable."""
    from sklearn.linear_model import Perceptron as Theirs
    inputs, wanted = 0.5 + 2 * torch.randn(40, 6, dtype=torch.float64), 2 * torch.randint(2, (40,)).double() - 1
    values, _ = make(1, 1, 1, 1).correct(inputs, wanted, rounds=5)
    theirs = Theirs(fit_intercept=False, shuffle=False, max_iter=5, tol=None).fit(inputs.tolist(), wanted.tolist())
    torch.testing.assert_close(values, torch.tensor(theirs.coef_[0].tolist(), dtype=torch.float64))


def check_mistakes_are_bounded(make: Make = Perceptron) -> None:
    """Inputs of length R = 1 with margin gamma on both sides of a plane: at most 1 / gamma² mistakes, then none."""
    for gamma in (0.5, 0.2, 0.1):
        across, wanted = torch.randn(30, 20, dtype=torch.float64), 2 * torch.randint(2, (30, 1)).double() - 1
        inputs = torch.cat([gamma * wanted, (1 - gamma ** 2) ** 0.5 * nn.functional.normalize(across)], dim=1)
        _, mistakes = make(1, 1, 1, 1).correct(inputs, wanted[:, 0], rounds=101)
        assert mistakes.sum() <= 1 / gamma ** 2, f"{mistakes.sum()} mistakes at a margin of {gamma}"
        assert mistakes[-1] == 0, "the mistakes do not end"


def check_exclusive_or_needs_association_units(make: Make = Perceptron) -> None:
    """Two points and one that is always active never suffice; 30 units that compare two points drawn at random do."""
    stimuli, wanted = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([-1.0, 1, 1, -1])
    net = make(2, 30, connections=1, theta=0)
    assert net.correct(torch.cat([stimuli, torch.ones(4, 1)], dim=1), wanted, rounds=50)[1].all(), "one unit sufficed"
    assert net(stimuli, wanted, rounds=50)[1][-1] == 0, "association units did not suffice"


class _ReinforcesEveryStimulus(Perceptron):
    def is_wrong(self, total: Tensor, t: Tensor) -> Tensor:
        return t != 0


class _SilenceIsNoMistake(Perceptron):
    def is_wrong(self, total: Tensor, t: Tensor) -> Tensor:
        return total * t < 0


class _NeverInhibited(Perceptron):
    def associate(self, stimuli: Tensor) -> Tensor:
        return (stimuli[:, self.origins[0]].sum(dim=2) >= self.theta).to(stimuli.dtype)


MUTANTS = {"reinforces_every_stimulus": _ReinforcesEveryStimulus, "silence_is_no_mistake": _SilenceIsNoMistake,
           "never_inhibited": _NeverInhibited}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def bars() -> tuple[Tensor, Tensor]:
    """Every bar of 3 by 8 points on a retina of 12 by 12 without borders, level then upright: (288, 144), (288,)."""
    bar = nn.functional.pad(torch.ones(3, 8), (0, 4, 0, 9))
    level = torch.stack([bar.roll((row, column), dims=(0, 1)) for row in range(12) for column in range(12)])
    return torch.cat([level, level.mT]).flatten(1), torch.tensor([-1.0, 1.0]).repeat_interleave(144)


def demo(arm: str, seed: int, theta: int, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Learn from half of the bars: yield (rounds, share of the other half to which the response is wrong)."""
    torch.manual_seed(seed)
    order = torch.randperm(288)
    stimuli, wanted = (each[order].to(device) for each in bars())
    net = Perceptron(144, 2000, connections=8, theta=theta).to(device)
    points = torch.cat([stimuli, torch.ones(288, 1, device=device)], dim=1)     # the last one is always active
    seen = points if arm == "points_alone" else net.associate(stimuli)
    for rounds in (1, 2, 4, 8):
        values = (net.reinforce(seen[:144], wanted[:144]) if arm == "every_stimulus_reinforced"
                  else net.correct(seen[:144], wanted[:144], rounds)[0])
        total = seen[144:] @ values
        yield rounds, net.is_wrong(total, wanted[144:]).float().mean().item()
    surest = stimuli[144:][total.argsort()][[0, 1, 2, 3, 4, -5, -4, -3, -2, -1]].view(2, 5, 12, 12)
    framed = nn.functional.pad(surest, (1, 1, 1, 1), value=0.3)
    yield Picture("the surest answers to new bars", framed.cpu(), "images", (["said to be level", "upright"], []))


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Sums of 16 connections, of active values and of corrections; reads stimuli and connections, writes values."""
    p, s, k = (case.sizes[each] for each in "PSK")
    return Work(flop=p * k * (16 + 4), min_bytes=itemsize * (p * s + p + k + 1) + 8 * 16 * k)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., object]], Inputs]:
    """Not equal functions: reinforcing every stimulus is one product, asking for mistakes takes one after the other."""
    net = Perceptron(case.sizes["S"], case.sizes["K"], connections=8, theta=2).to(device)
    stimuli = torch.randint(2, (case.sizes["P"], case.sizes["S"]), device=device).to(dtype)
    wanted = 2 * torch.randint(2, (case.sizes["P"],), device=device).to(dtype) - 1
    return ({"torch, every stimulus": lambda stimuli, wanted: net.reinforce(net.associate(stimuli), wanted),
             "reference": net}, (stimuli, wanted))
