"""Elastic weight consolidation: hold the weights that a first task needs in place while a second one is learned.

    L(theta) = L_B(theta) + sum_i lambda/2 F_i (theta_i - theta*_A,i)²          Kirkpatrick et al. 2016, eq. (3)
    F_i      = E_x E_(y ~ p(y|x, theta*_A)) (d/dtheta_i log p(y|x, theta))²      at theta*_A: the Fisher diagonal

After task A, the posterior p(theta|D_A) is the prior for task B. It is approximated by a Gaussian with mean theta*_A
and precision F. y follows the model's own predictive distribution, here as an exact sum over all classes; the labels of
the data in its place would give the "empirical" Fisher. E_x is a mean, so by Bayes lambda would be the size of A, and
where L_B is a mean too, as in the demonstration, the size of A over that of B.
Longer than most: two tasks are learned in turn, with two baselines, and the Fisher diagonal needs checks of its own.

Shapes: N examples of task A, I inputs, C classes, P weights of the network in one vector.
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.data import digits

CARD = Card(
    id="ewc", papers=["arxiv:1612.00796"], role="objective", symbols=["EWC", "fisher_diagonal"],
    patterns=["weight-penalty"], equations=["3"],
    oracle="closed form: the Fisher diagonal by autograd, example by example and class by class",
    properties=["fisher_of_softmax_regression", "moving_one_weight_costs_its_divergence"],
    mutants=["without_half", "squares_the_mean_gradient", "trusts_the_likeliest_class", "anchor_is_zero"],
    claim=Claim(
        text="When digits with shuffled pixels are learned after digits, EWC has a better mean accuracy on both tasks "
             "than plain training or an equal pull of all weights to the old ones, each at its best rate and strength",
        metric="mean_accuracy", better="higher", grade="B", budget_s=6,
        grid={"lr": [0.0003, 0.001, 0.003, 0.01], "strength": [3.0, 10.0, 30.0, 100.0, 300.0]},
        arms={"plain": Arm(expect="<0.8811", settings={"lr": 0.001, "strength": 3.0}),      # it ignores the strength
              "l2": Arm(expect="<0.8811", settings={"lr": 0.003, "strength": 10.0}),
              "ewc": Arm(expect=">0.8811", settings={"lr": 0.003, "strength": 100.0})},
    ),
    bench=[Case("mlp", {"N": 64, "I": 64, "H": 100, "C": 10})],
    deviations=["two tasks and one penalty; for a third task the paper adds a second penalty or merges the two",
                "8 by 8 digits, one small hidden layer, Adam; the paper: MNIST, wider and deeper networks, SGD"],
)


def fisher_diagonal(net: nn.Module, examples: Tensor) -> Tensor:
    """F_i for each weight of a classifier (P,), in the order of `parameters()`: the mean over examples (N, I).

    Each example is processed on its own, so dropout and batch normalization must be in evaluation mode.
    """
    weights = {name: parameter.detach() for name, parameter in net.named_parameters()}

    def information(example: Tensor) -> Tensor:                                  # (I,) -> (P,)
        def log_p(weights: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
            return (log_p := F.log_softmax(functional_call(net, weights, (example[None],))[0], dim=-1)), log_p

        scores, log_p_y = jacrev(log_p, has_aux=True)(weights)                   # one (C, *) per parameter name
        return torch.cat([log_p_y.exp() @ score.flatten(1).square() for score in scores.values()])

    return vmap(information, chunk_size=64)(examples).mean(dim=0)


class EWC(nn.Module):
    """Turn the loss of task B into eq. (3). Create it once A is learned: theta*_A is a copy of the net's weights then.

    `net` maps inputs (N, I) to logits (N, C); `examples` (N, I) are inputs of task A, no labels; `strength` is lambda.
    """

    def __init__(self, net: nn.Module, examples: Tensor, strength: float) -> None:
        super().__init__()
        self.net, self.strength = net, strength
        self.anchor = nn.Buffer(parameters_to_vector(net.parameters()).detach().clone())         # theta*_A (P,)
        self.fisher = nn.Buffer(self.importance(net, examples))

    def importance(self, net: nn.Module, examples: Tensor) -> Tensor:
        return fisher_diagonal(net, examples)

    def forward(self, loss_b: Tensor) -> Tensor:
        moved = parameters_to_vector(self.net.parameters()) - self.anchor
        return loss_b + self.strength / 2 * (self.fisher * moved.square()).sum()


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., EWC]


def network(inputs: int, hidden: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes))


def move(net: nn.Module, by: Tensor) -> None:
    """Add `by` (P,) to the weights."""
    vector_to_parameters(parameters_to_vector(net.parameters()).detach() + by, net.parameters())


def by_backward_passes(net: nn.Module, examples: Tensor) -> Tensor:
    """The Fisher diagonal (P,) by autograd, one backward pass for each example and class."""
    log_p = net(examples).log_softmax(dim=-1).flatten()
    scores = (torch.autograd.grad(each, list(net.parameters()), retain_graph=True) for each in log_p)
    return torch.stack([each.exp().detach() * parameters_to_vector(score).square()
                        for each, score in zip(log_p, scores, strict=True)]).sum(dim=0) / len(examples)


def oracle(make: Make = EWC) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """Ours after the weights moved; eq. (3) weight by weight, F from a backward pass for each x and y; a random L_B."""
    net, examples = network(3, 4, 5).double(), 1 + 2 * torch.randn(7, 3, dtype=torch.float64)
    start, fisher = [p.detach().clone() for p in net.parameters()], by_backward_passes(net, examples)
    ours = make(net, examples, strength=30.0)
    move(net, torch.randn_like(ours.anchor))

    def theirs(loss_b: Tensor) -> Tensor:
        moved = torch.cat([(p - p0).flatten() for p, p0 in zip(net.parameters(), start, strict=True)])
        return loss_b + sum(30 * f * by ** 2 / 2 for f, by in zip(fisher, moved, strict=True))

    return ours, theirs, torch.randn((), dtype=torch.float64)


def check_fisher_of_softmax_regression(make: Make = EWC) -> None:
    """The score of W_kj is (1[y=k] - p_k) x_j, hence F = mean over x of p_k (1 - p_k) x_j²."""
    net, x = nn.Linear(4, 3).double(), 1 + 2 * torch.randn(50, 4, dtype=torch.float64)
    variance = (p := net(x).softmax(dim=-1).detach()) * (1 - p)
    expected = torch.cat([(variance.T @ x.square() / 50).flatten(), variance.mean(dim=0)])
    torch.testing.assert_close(make(net, x, strength=1.0).fisher, expected)


def check_moving_one_weight_costs_its_divergence(make: Make = EWC) -> None:
    """With lambda = 1 a small change of one weight costs the mean KL divergence between old and new predictions."""
    net, x = network(3, 4, 5).double(), torch.randn(20, 3, dtype=torch.float64)
    net[1] = nn.Tanh()                                                           # smooth: no kink to step over
    objective, old = make(net, x, strength=1.0), net(x).log_softmax(dim=-1).detach()
    for weight in range(0, len(objective.anchor), 5):
        step = torch.zeros_like(objective.anchor)
        step[weight] = 1e-5
        move(net, step)
        divergence = F.kl_div(net(x).log_softmax(dim=-1), old, reduction="batchmean", log_target=True)
        torch.testing.assert_close(objective(torch.zeros_like(divergence)), divergence, rtol=1e-3, atol=1e-15)
        move(net, -step)


class _WithoutHalf(EWC):
    def forward(self, loss_b: Tensor) -> Tensor:
        return 2 * super().forward(loss_b) - loss_b


class _SquaresTheMeanGradient(EWC):
    def importance(self, net: nn.Module, examples: Tensor) -> Tensor:
        log_p = net(examples).log_softmax(dim=-1)
        loss = log_p.gather(1, log_p.detach().exp().multinomial(1)).mean()
        return parameters_to_vector(torch.autograd.grad(loss, list(net.parameters()))).square()


class _TrustsTheLikeliestClass(EWC):
    def importance(self, net: nn.Module, examples: Tensor) -> Tensor:
        def score(x: Tensor) -> Tensor:
            return parameters_to_vector(torch.autograd.grad(net(x).log_softmax(dim=0).max(), list(net.parameters())))
        return torch.stack([score(x).square() for x in examples]).mean(dim=0)


class _AnchorIsZero(EWC):
    def forward(self, loss_b: Tensor) -> Tensor:
        self.anchor.zero_()
        return super().forward(loss_b)


MUTANTS = {"without_half": _WithoutHalf, "squares_the_mean_gradient": _SquaresTheMeanGradient,
           "trusts_the_likeliest_class": _TrustsTheLikeliestClass, "anchor_is_zero": _AnchorIsZero}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def learn(net: nn.Module, x: Tensor, y: Tensor, steps: int, lr: float,
          objective: Callable[[Tensor], Tensor] = lambda loss: loss) -> Iterator[int]:
    """Train with Adam on random batches of 64; yield the number of each step after it."""
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for step in range(1, steps + 1):
        batch = torch.randint(len(x), (64,), device=x.device)
        optimizer.zero_grad()
        objective(F.cross_entropy(net(x[batch]), y[batch])).backward()
        optimizer.step()
        yield step


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    return (net(x).argmax(dim=-1) == y).float().mean().item()


def demo(arm: str, seed: int, lr: float, strength: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Digits, then digits with shuffled pixels: yield (step, test accuracy averaged over both tasks).

    There are four permutations, each learned from the same weights after task A; the value is the mean over those so
    far. l2 holds all weights equally, with the same mean force; its strength is tuned like that of ewc.
    """
    # with one permutation, seed 4 failed on all arms alike; redesigned to four, judged on 6, 7, 8 too: all held
    torch.manual_seed(seed)
    (x, y), (x_test, y_test) = digits(device)
    net, accuracies = network(64, 100, 10).to(device), []
    list(learn(net, x, y, steps=300, lr=0.003))
    held = EWC(net, x[:400], 0.0 if arm == "plain" else strength)
    if arm == "l2":
        held.fisher.fill_(held.fisher.mean())
    for number in range(1, 5):
        shuffle = torch.randperm(64).to(device)
        vector_to_parameters(held.anchor.clone(), net.parameters())
        list(learn(net, x[:, shuffle], y, 300, lr, held))
        accuracies.append((accuracy(net, x_test, y_test) + accuracy(net, x_test[:, shuffle], y_test)) / 2)
        yield 300 * number, sum(accuracies) / number


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Fisher: per example one forward pass; per class one backward pass and its squared score times p(y|x)."""
    n, i, h, c = (case.sizes[k] for k in "NIHC")
    p = i * h + h + h * c + c
    return Work(flop=n * (2 * (i * h + h * c) + c * (2 * h * c + 4 * p)), min_bytes=itemsize * (n * i + 2 * p))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]],
                                                                       tuple[Tensor, ...]]:
    """The Fisher diagonal over N examples: one backward pass for each example and class, or all of them vectorized."""
    n, i, h, c = (case.sizes[k] for k in "NIHC")
    net = network(i, h, c).to(device, dtype)
    return ({"torch.autograd": partial(by_backward_passes, net), "reference": partial(fisher_diagonal, net)},
            (torch.randn(n, i, device=device, dtype=dtype),))
