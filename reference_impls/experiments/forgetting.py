"""A network learns digits, then the same digits with shuffled pixels. How much of the first task does each method keep?

    plain        task B alone, at the learning rate that is best for both tasks together
    early-stop   plain, stopped when the mean of both is best: the number of steps is tuned as well
    l2           a pull of all weights toward those of task A, equally strong for each
    ewc          the same pull, stronger for weights that task A needs                       Kirkpatrick et al. 2016
    rehearsal    half of each batch comes from task A. Only this arm may keep the old data: a bound, not a rival

One network of 7,510 weights with one output layer for both tasks. Task A is learned the same way in every arm.

Shapes: N examples, 64 pixels, 10 classes.
"""
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.data import digits
from reference_impls.harness.trial import Measures, Plot, Series, Trial
from reference_impls.regularization.ewc import EWC, accuracy, learn, network

CARD = Card(
    id="forgetting",
    papers=["arxiv:1612.00796"],
    role="experiment",
    symbols=["hold_all_alike"],
    patterns=[],
    oracle="",
    properties=["l2_is_the_distance_from_old_weights"],
    mutants=["pulls_to_zero", "keeps_the_fisher", "sums_the_fisher"],
    experiment=Experiment(
        question="A network that has learned task A learns task B: how much of A is left, with and without EWC, and "
                 "are there simpler methods?",
        metric="both",
        better="higher",
        measures=["both", "a_before", "a_after", "b"],
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.03],
              "strength": [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0],
              "share": [0.1, 0.2, 0.4, 0.6, 0.8, 1.0]},
        arms={"plain": {"lr": 0.001, "strength": 0.0, "share": 1.0},
              "early-stop": {"lr": 0.001, "strength": 0.0, "share": 1.0},
              "l2": {"lr": 0.003, "strength": 10.0, "share": 1.0},
              "ewc": {"lr": 0.003, "strength": 100.0, "share": 1.0},
              "rehearsal": {"lr": 0.01, "strength": 0.0, "share": 1.0}},
        budget_s=10,
        answer="After A the accuracy on A is {plain.a_before}. After B plain training leaves {plain.a_after:range}, "
               "at the rate that is best for the mean of both tasks, and early stopping is no better: tuning chose "
               "the full length. An equal pull toward the old weights leaves as much of A, {l2.a_after}, and more of "
               "B, {l2.b} against {plain.b}. EWC keeps {ewc.a_after:range} on A with {ewc.b} on B: {ewc} averaged over "
               "both, against {l2} for L2 and {plain} for plain training. It is better than L2 on each seed, though "
               "the ranges overlap, {ewc:least} to {ewc:most} and {l2:least} to {l2:most}: some permutations are "
               "harder than others. Rehearsal, which keeps the old data, forgets nothing, {rehearsal}: EWC closes "
               "about half of the gap, at this size and for two tasks.",
    ),
)


def hold_all_alike(net: nn.Module, examples: Tensor, strength: float) -> EWC:
    """L2 toward the old weights: EWC with every force equal to its mean force, so that strengths are comparable."""
    held = EWC(net, examples, strength)
    held.fisher.fill_(held.fisher.mean())
    return held


def trial(arm: str, seed: int, lr: float, strength: float, share: float, device: str = "cpu",
          steps: int = 300) -> Iterator[tuple[int, Measures] | Series]:
    """Train `steps` on task A, then share * steps on task B; measure accuracies on unseen digits.

    An arm uses only its own settings: strength is for l2 and ewc, share for early-stop.
    """
    torch.manual_seed(seed)
    (x, y), (x_test, y_test) = digits(device)
    shuffle, net = torch.randperm(64).to(device), network(64, 100, 10).to(device)
    list(learn(net, x, y, steps, lr=0.003))
    before = accuracy(net, x_test, y_test)
    hold = hold_all_alike if arm == "l2" else EWC
    held = hold(net, x[:400], strength if arm in ("l2", "ewc") else 0.0)
    x_b, y_b = x[:, shuffle], y
    if arm == "rehearsal":
        x_b, y_b = torch.cat([x_b, x]), torch.cat([y, y])
    total = max(1, round(share * steps)) if arm == "early-stop" else steps
    curve = [(0.0, before)]
    for step in learn(net, x_b, y_b, total, lr, held):
        if step % 15 == 0 or step == total:
            a, b = accuracy(net, x_test, y_test), accuracy(net, x_test[:, shuffle], y_test)
            curve.append((float(step), a))
            yield step, {"both": (a + b) / 2, "a_before": before, "a_after": a, "b": b}
    yield Series("accuracy of A", curve)


def figures(trials: Sequence[Trial]) -> Iterator[Plot]:
    """Accuracy of A over the steps of B: mean over seeds, lowest and highest."""
    lines = {}
    for arm in dict.fromkeys(each.arm for each in trials):
        curves = [each.series["accuracy of A"] for each in trials if each.arm == arm]
        lines[arm] = [(points[0][0], sum(y for _, y in points) / len(points), min(y for _, y in points),
                       max(y for _, y in points)) for points in zip(*curves, strict=True)]
    yield Plot("what is left of task A while task B is learned", "step of task B", "accuracy of task A", lines)


# -- how we know that it is right ------------------------------------------------------------------------------------

Make = Callable[..., EWC]


def check_l2_is_the_distance_from_old_weights(make: Make = hold_all_alike) -> None:
    """The penalty is lambda/2 times the mean Fisher value times the squared distance, and zero at the old weights."""
    net, examples = network(3, 4, 5).double(), torch.randn(7, 3, dtype=torch.float64)
    force, old = EWC(net, examples, 1.0).fisher.mean(), [p.detach().clone() for p in net.parameters()]
    held, loss_b = make(net, examples, 3.0), torch.randn((), dtype=torch.float64)
    torch.testing.assert_close(held(loss_b), loss_b)
    for parameter in net.parameters():
        parameter.data.add_(torch.randn_like(parameter))
    distance = torch.stack([(p - p0).square().sum() for p, p0 in zip(net.parameters(), old, strict=True)]).sum()
    torch.testing.assert_close(held(loss_b), loss_b + 3 / 2 * force * distance)


def _pulls_to_zero(net: nn.Module, examples: Tensor, strength: float) -> EWC:
    held = hold_all_alike(net, examples, strength)
    held.anchor.zero_()
    return held


def _sums_the_fisher(net: nn.Module, examples: Tensor, strength: float) -> EWC:
    held = hold_all_alike(net, examples, strength)
    held.fisher.mul_(held.fisher.numel())
    return held


MUTANTS = {"pulls_to_zero": _pulls_to_zero, "keeps_the_fisher": EWC, "sums_the_fisher": _sums_the_fisher}
