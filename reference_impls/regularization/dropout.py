"""Dropout: switch units off at random in training, so that none can rely on any other; use all of them afterwards.

    r ~ Bernoulli(1 - p),   y = r * x / (1 - p)     training            Srivastava et al. 2014, section 4; scaled: 10
    y = x                                           evaluation

p is the probability of dropping a unit, as in torch; the paper's p is the probability of keeping it. The scaling is
done in training (inverted dropout, end of section 10), so evaluation needs none. The paper's main text leaves training
unscaled and multiplies the outgoing weights by the probability of keeping at test time; both agree up to one factor.
Each unit of each sample is drawn independently: one step trains as many thinned networks as there are samples.

Shapes: any; in the benchmark N samples of D units.
"""
from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="dropout", papers=["key:dropout"], role="layer", symbols=["Dropout"],
    patterns=["regularization-by-noise", "ensembling"],
    oracle="torch.nn.functional:dropout",
    properties=["mean_is_kept", "units_drop_on_their_own", "evaluation_is_identity",
                "evaluation_is_the_geometric_mean_of_all_thinned"],
    mutants=["unscaled", "keeps_with_p", "scaled_by_what_is_dropped", "one_mask_for_the_batch", "draws_once",
             "never_evaluates"],
    claim=Claim(
        text="With few examples, some of them wrongly labeled, dropout generalizes better",
        metric="test_accuracy",
        better="higher",
        grid={"lr": [0.0035, 0.005, 0.007, 0.01, 0.014, 0.02]},
        arms={"plain": Arm(expect="tie", settings={"lr": 0.005}),
              "dropout": Arm(expect="tie", settings={"lr": 0.01})},
        grade="C",
        budget_s=3,
        outcome="The arms touch: with both tuned, dropout is better on every seed, but not by more than the spread. "
                "Without dropout a lower learning rate, which amounts to early stopping, does much of the work; at the "
                "rate that suits dropout it gains less.",
    ),
    bench=[Case("mlp", {"N": 2048, "D": 1024})],
    deviations=["scaled in training (inverted), not at test time", "no max-norm constraint on weights (section 5.1)"],
)


class Dropout(nn.Module):
    """Zero each element with probability p in training and scale up the rest; the identity in evaluation.

    Raises:
        ValueError: p is outside [0, 1); with p = 1 nothing would be left to scale.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p ({p}) must be at least 0 and less than 1: it is the probability of dropping a unit")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        return self.thin(x, self.draw(x)) if self.training else x

    def draw(self, x: Tensor) -> Tensor:
        """A mask shaped like x: 1 where a unit is kept."""
        return torch.empty_like(x).bernoulli_(1 - self.p)

    def thin(self, x: Tensor, keep: Tensor) -> Tensor:
        """The thinned layer: x where the mask is 1, scaled so that the mean over masks is x."""
        return x * keep / (1 - self.p)


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[..., Dropout]


def oracle(make: Make = Dropout) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor], Tensor]:
    """Ours under the mask that torch draws, and torch's own, from the same generator state."""
    layer = make(0.3).double()

    def theirs(x: Tensor) -> Tensor:
        return F.dropout(x.cpu(), 0.3).to(x.device)           # always the CPU's stream: a GPU draws differently

    def ours(x: Tensor) -> Tensor:
        return layer.thin(x, (theirs(torch.ones_like(x)) != 0).to(x.dtype))

    return ours, theirs, 3 + 2 * torch.randn(5, 7, 3, dtype=torch.float64)


def check_mean_is_kept(make: Make = Dropout) -> None:
    """E[y] = x and a share p is zero, within five standard deviations over 400,000 draws."""
    p, n = 0.3, 400_000
    y = make(p).double()(torch.full((n,), 2.0, dtype=torch.float64))
    assert abs(y.mean() - 2) < 5 * 2 * (p / (1 - p) / n) ** 0.5, f"2 becomes {y.mean():.3f} on average"
    dropped = (y == 0).double().mean()
    assert abs(dropped - p) < 5 * (p * (1 - p) / n) ** 0.5, f"{dropped:.3f} are dropped, not {p}"


def check_units_drop_on_their_own(make: Make = Dropout) -> None:
    """Whether a unit is dropped is independent of its neighbors, in this sample or the next, and of the next draw."""
    p, n, layer = 0.3, 500, make(0.3).double()
    dropped, later = ((layer(torch.ones(n, n, dtype=torch.float64)) == 0).double() for _ in range(2))
    for both in (dropped[1:] * dropped[:-1], dropped[:, 1:] * dropped[:, :-1], dropped * later):
        assert abs(both.mean() - p ** 2) < 10 * p / n, f"two drop together {both.mean():.3f} of the time"


def check_evaluation_is_identity(make: Make = Dropout) -> None:
    layer, x = make(0.3).eval(), torch.randn(4, 5)
    torch.testing.assert_close(layer(x), x, rtol=0, atol=0)


def check_evaluation_is_the_geometric_mean_of_all_thinned(make: Make = Dropout) -> None:
    """Exact for one softmax layer: all 2^5 thinned networks, weighted by probability, against the full network."""
    p, layer = 0.3, make(0.3).double()
    x, weight = torch.randn(5, dtype=torch.float64), torch.randn(3, 5, dtype=torch.float64)
    mean_log = torch.zeros(3, dtype=torch.float64)
    for mask in product((0.0, 1.0), repeat=5):
        keep = torch.tensor(mask, dtype=torch.float64)
        probability = (1 - p) ** keep.sum() * p ** (5 - keep.sum())
        mean_log += probability * F.log_softmax(weight @ layer.thin(x, keep), dim=0)
    torch.testing.assert_close(mean_log.softmax(dim=0), (weight @ layer.eval()(x)).softmax(dim=0))


class _Unscaled(Dropout):
    def thin(self, x: Tensor, keep: Tensor) -> Tensor:
        return x * keep


class _KeepsWithP(Dropout):
    def draw(self, x: Tensor) -> Tensor:
        return torch.empty_like(x).bernoulli_(self.p)        # the paper's p


class _ScaledByWhatIsDropped(Dropout):
    def thin(self, x: Tensor, keep: Tensor) -> Tensor:
        return x * keep / self.p


class _OneMaskForTheBatch(Dropout):
    def draw(self, x: Tensor) -> Tensor:
        return super().draw(x[:1]).expand_as(x)


class _DrawsOnce(Dropout):
    def draw(self, x: Tensor) -> Tensor:
        self.mask: Tensor = vars(self).get("mask", super().draw(x))
        return self.mask


class _NeverEvaluates(Dropout):
    def train(self, mode: bool = True) -> "_NeverEvaluates":
        return super().train()


MUTANTS: dict[str, Make] = {
    "unscaled": _Unscaled, "keeps_with_p": _KeepsWithP, "scaled_by_what_is_dropped": _ScaledByWhatIsDropped,
    "one_mask_for_the_batch": _OneMaskForTheBatch, "draws_once": _DrawsOnce, "never_evaluates": _NeverEvaluates,
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """400 digits, 30 % of the labels redrawn, two hidden layers of 256: yield (step, accuracy on 1,397 others)."""
    from reference_impls.harness.data import digits

    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    shuffled = torch.randperm(len(x)).to(device)
    (x, x_rest), (y, y_rest) = (each[shuffled].split([400, 1000]) for each in (x, y))
    x_test, y_test = torch.cat([x_test, x_rest]), torch.cat([y_test, y_rest])
    y = torch.where(torch.rand(400).to(device) < 0.3, torch.randint(10, (400,)).to(device), y)
    off: Callable[[], nn.Module] = {"plain": nn.Identity, "dropout": Dropout}[arm]
    net = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), off(), nn.Linear(256, 256), nn.ReLU(), off(),
                        nn.Linear(256, 10)).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
    for step in range(1, 601):
        batch = torch.randint(400, (64,)).to(device)
        optimizer.zero_grad()
        F.cross_entropy(net.train()(x[batch]), y[batch]).backward()
        optimizer.step()
        if step % 100 == 0:
            with torch.no_grad():
                yield step, (net.eval()(x_test).argmax(-1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Two operations per element, random draws not counted; one read, one write."""
    values = case.sizes["N"] * case.sizes["D"]
    return Work(flop=2 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """A layer in training over (N, D)."""
    variants = {"torch.nn.Dropout": nn.Dropout(0.5), "reference": Dropout(0.5)}
    return ({name: layer.to(device) for name, layer in variants.items()},
            (torch.randn(case.sizes["N"], case.sizes["D"], device=device, dtype=dtype),))
