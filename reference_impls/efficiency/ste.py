"""Gradients for neurons that are either 0 or 1: copied past the choice, or estimated without bias from the loss.

    p_i = sigm(a_i),  h_i = 1 with probability p_i, else 0            a binary neuron; Bengio, Léonard & Courville 2013
    g_i = dL/dh_i                                                     straight-through; section 4, eq. (13)
    g_i = (h_i - p_i) (L - c_i)                                       unbiased for any c_i that does not depend on h_i
    c_i = E[(h_i - p_i)² L] / E[(h_i - p_i)²]                         the c_i of least variance
    h_i = b_i sqrt(p_i), b_i = 1 with probability sqrt(p_i), else 0   stochastic times smooth; its mean is p_i too

g_i stands in for the slope of E[L] at a_i, as the slope of one sampled h_i is zero. Straight-through takes a step, or
a rounding, to be the identity in the backward pass. The unbiased estimator is a case of REINFORCE: it needs no slope
of L, but all neurons learn from the same number, so its noise grows with them. The two expectations in c_i are moving
averages over earlier batches. The third unit needs no estimator, as sqrt(p_i) has a slope; but it does not send bits.
Longer than most: two estimators and a unit are checked and compared.

Shapes: B cases, N neurons of a layer.
"""
from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.data import digits

CARD = Card(
    id="ste", papers=["arxiv:1308.3432"], role="algorithm", symbols=["BinaryNeurons"],
    patterns=["quantization", "policy-gradient", "regularization-by-noise"], equations=["13"],
    oracle="closed form: the expected loss, a sum over all states of the neurons, and its gradient",
    properties=["copies_the_gradient", "rounds_like_fake_quantize", "straight_through_solves_another_problem",
                "no_baseline_has_less_variance", "both_kinds_have_mean_p"],
    mutants=["slope_of_the_sigmoid", "own_loss_in_the_baseline", "plain_mean_of_losses", "ones_for_zeros", "no_root"],
    claim=Claim(
        text="A layer of binary neurons learns digits better with the straight-through estimator than with the "
             "unbiased one of least variance; so does a layer of units that are stochastic times smooth",
        metric="test_accuracy", better="higher", grade="A", budget_s=2,
        grid={"lr": [0.003, 0.01, 0.03, 0.1, 0.3], "memory": [0.0, 0.5, 0.9]},     # of the baseline
        arms={"unbiased": Arm(expect="<0.8697", settings={"lr": 0.1, "memory": 0.5}),
              "straight_through": Arm(expect=">0.8697", settings={"lr": 0.03, "memory": 0.0}),
              "stochastic_times_smooth": Arm(expect=">0.8697", settings={"lr": 0.03, "memory": 0.0})}),
    bench=[Case("layer-of-1024", {"B": 4096, "N": 1024})],
    deviations=["a neuron fires if a uniform number lies below p; the paper writes the opposite inequality",
                "a binary hidden layer; in the paper, binary units open one in ten of the units of a larger layer",
                "the demonstration has no noisy rectifiers, the fourth family of the paper"])


class BinaryNeurons(nn.Module):
    """A layer of N neurons; `memory` is the weight of earlier batches in the moving averages."""

    numerator: Tensor
    denominator: Tensor

    def __init__(self, neurons: int, memory: float = 0.9) -> None:
        super().__init__()
        self.memory = memory
        self.register_buffer("numerator", torch.zeros(neurons))
        self.register_buffer("denominator", torch.zeros(neurons))

    def forward(self, a: Tensor) -> Tensor:
        return self.straight_through(a, self.fire(a))

    def fire(self, a: Tensor) -> Tensor:
        """Zeros and ones (B, N), without a gradient."""
        return a.detach().sigmoid().bernoulli()

    def straight_through(self, a: Tensor, h: Tensor) -> Tensor:
        """The value of h with the gradient of a. Eq. (13)."""
        return h.detach() + (a - a.detach())

    def unbiased(self, a: Tensor, h: Tensor, loss: Tensor) -> Tensor:
        """What to add to the losses (B,): zero in value, its gradient for a is the estimate (B, N)."""
        g = self.error(a, h) * (loss.detach()[:, None] - self.baseline())
        return (g * (a - a.detach())).sum(dim=-1)

    def error(self, a: Tensor, h: Tensor) -> Tensor:
        """The difference h - p (B, N)."""
        return (h - a.sigmoid()).detach()

    def baseline(self) -> Tensor:
        """c_i from earlier batches (N,), so that it does not depend on this one; zero at the start."""
        return self.numerator / self.denominator.clamp(min=1e-12)

    @torch.no_grad()
    def remember(self, a: Tensor, h: Tensor, loss: Tensor) -> None:
        squares = self.error(a, h).square()
        self.numerator.lerp_((squares * loss[:, None]).mean(dim=0), 1 - self.memory)
        self.denominator.lerp_(squares.mean(dim=0), 1 - self.memory)

    def smooth(self, a: Tensor) -> Tensor:
        """Stochastic times smooth (B, N)."""
        root = (F.logsigmoid(a) / 2).exp()                      # sqrt(p), with a finite slope where p is nearly 0
        return root.detach().bernoulli() * root


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., BinaryNeurons]


def loss_of(h: Tensor, w: Tensor) -> Tensor:
    """Some loss (B,) that is neither linear in the neurons nor a sum over them."""
    return (h @ w).exp().sum(dim=1)


def oracle(make: Make = BinaryNeurons) -> tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor, Tensor], Tensor],
                                                tuple[Tensor, Tensor]]:
    """Four cases of three neurons: the mean over all states of the loss with the term that carries the estimate."""
    neurons = make(3)
    neurons.remember(torch.randn(20, 3), torch.ones(20, 3), torch.rand(20))

    def ours(a: Tensor, w: Tensor) -> Tensor:
        total = torch.zeros_like(a[:, 0])
        for state in product((0.0, 1.0), repeat=3):
            h = torch.tensor(state, dtype=a.dtype, device=a.device).expand_as(a)
            probability = torch.where(h > 0, a.sigmoid(), 1 - a.sigmoid()).prod(dim=1).detach()
            loss = loss_of(h, w)
            total = total + probability * (loss + neurons.unbiased(a, h, loss))
        return total

    def theirs(a: Tensor, w: Tensor) -> Tensor:
        total = []
        for x, y, z in a:
            odds = {(r, s, t): (r * x).exp() * (s * y).exp() * (t * z).exp() for r, s, t in product((0, 1), repeat=3)}
            rows = [each * loss_of(torch.tensor([state], dtype=a.dtype, device=a.device), w)[0] / sum(odds.values())
                    for state, each in odds.items()]
            total.append(torch.stack(rows).sum())
        return torch.stack(total)

    return ours, theirs, (0.5 + torch.randn(4, 3, dtype=torch.float64), torch.randn(3, 2, dtype=torch.float64))


def check_copies_the_gradient(make: Make = BinaryNeurons) -> None:
    """The layer puts out zeros and ones, and their gradients arrive at a as they are."""
    a, slope = torch.randn(50, 7, dtype=torch.float64, requires_grad=True), torch.randn(50, 7, dtype=torch.float64)
    h = make(7)(a)
    assert ((h == 0) | (h == 1)).all()
    torch.testing.assert_close(torch.autograd.grad((slope * h).sum(), a)[0], slope)


def check_rounds_like_fake_quantize(make: Make = BinaryNeurons) -> None:
    """Rounding to four levels, as in training for quantization: no gradient arrives from beyond the last level."""
    x = torch.randn(50, 7, requires_grad=True)
    ours = 0.5 * make(7).straight_through((x / 0.5).clamp(-2.5, 1.5), (x / 0.5).round().clamp(-2, 1))
    theirs = torch.fake_quantize_per_tensor_affine(x, 0.5, 0, -2, 1)
    torch.testing.assert_close(ours, theirs)
    for a, b in zip(*(torch.autograd.grad(each.sin().sum(), x) for each in (ours, theirs)), strict=True):
        torch.testing.assert_close(a, b)


def check_straight_through_solves_another_problem(make: Make = BinaryNeurons) -> None:
    """For L = (h - c)² its mean is 2 (p - c), as if h were p; the gradient p (1 - p) (1 - 2 c) never changes its sign.

    Where c lies between p and 1/2, the two point in opposite directions, even for a single neuron.
    """
    a, c = torch.randn(50, 1, dtype=torch.float64, requires_grad=True), torch.rand(50, 1, dtype=torch.float64)
    neurons, p = make(1), a.detach().sigmoid()
    zero, one = (torch.autograd.grad((neurons.straight_through(a, torch.full_like(a, h)) - c).square().sum(), a)[0]
                 for h in (0.0, 1.0))
    mean = p * one + (1 - p) * zero
    torch.testing.assert_close(mean, 2 * (p - c))
    assert (mean * p * (1 - p) * (1 - 2 * c) < 0).any(), "nowhere do the two point in opposite directions"


def check_no_baseline_has_less_variance(make: Make = BinaryNeurons) -> None:
    """Each state of three neurons with p = 1/4 as often as it occurs, then the mean square of the estimate."""
    neurons, w = make(3, memory=0.0).double(), torch.randn(3, 2, dtype=torch.float64)
    h = torch.tensor(list(product((0.0, 0.0, 0.0, 1.0), repeat=3)), dtype=torch.float64)       # (64, 3)
    a, loss = torch.full_like(h, 1 / 3).log(), loss_of(h, w)
    neurons.remember(a, h, loss)
    best = neurons.baseline()
    squares = [((h - 0.25) * (loss[:, None] - best - shift)).square().mean(dim=0) for shift in (0.0, -0.01, 0.01)]
    assert (squares[0] < torch.minimum(squares[1], squares[2])).all(), "another baseline has less variance"


def check_both_kinds_have_mean_p(make: Make = BinaryNeurons) -> None:
    """To within six standard deviations of the mean of 40,000 draws."""
    a = torch.randn(5, dtype=torch.float64)
    neurons, p = make(5), a.sigmoid()
    for drawn in (neurons.fire(a.expand(40000, -1)), neurons.smooth(a.expand(40000, -1))):
        assert ((drawn.mean(dim=0) - p).abs() < 6 * drawn.std(dim=0) / 200).all()


class _SlopeOfTheSigmoid(BinaryNeurons):
    def straight_through(self, a: Tensor, h: Tensor) -> Tensor:
        return super().straight_through(a.sigmoid(), h)


class _OwnLossInTheBaseline(BinaryNeurons):
    def unbiased(self, a: Tensor, h: Tensor, loss: Tensor) -> Tensor:
        self.numerator, self.denominator = loss.detach().mean(), torch.ones_like(loss[0]).detach()
        return super().unbiased(a, h, loss)


class _PlainMeanOfLosses(BinaryNeurons):
    @torch.no_grad()
    def remember(self, a: Tensor, h: Tensor, loss: Tensor) -> None:
        self.numerator.fill_(loss.mean())
        self.denominator.fill_(1.0)


class _OnesForZeros(BinaryNeurons):
    def fire(self, a: Tensor) -> Tensor:
        return 1 - super().fire(a)


class _NoRoot(BinaryNeurons):
    def smooth(self, a: Tensor) -> Tensor:
        return self.fire(a) * a.sigmoid()


MUTANTS = {"slope_of_the_sigmoid": _SlopeOfTheSigmoid, "own_loss_in_the_baseline": _OwnLossInTheBaseline,
           "plain_mean_of_losses": _PlainMeanOfLosses, "ones_for_zeros": _OnesForZeros, "no_root": _NoRoot}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, memory: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """One hidden layer of 256 neurons on digits: yield (step, test accuracy, over four runs of the random network)."""
    torch.manual_seed(seed)
    (x, y), (x_test, y_test) = digits(device)
    neurons = BinaryNeurons(256, memory).to(device)
    first, last = nn.Linear(64, 256).to(device), nn.Linear(256, 10).to(device)
    optimizer = torch.optim.Adam([*first.parameters(), *last.parameters()], lr, fused=True)
    arms: dict[str, Callable[[Tensor], Tensor]] = {
        "unbiased": neurons.fire, "straight_through": neurons, "stochastic_times_smooth": neurons.smooth}
    for step in range(1, 301):
        batch = torch.randint(len(x), (64,), device=device)
        a = first(x[batch])
        h = arms[arm](a)
        loss = F.cross_entropy(last(h), y[batch], reduction="none")                 # (64,)
        estimate = neurons.unbiased(a, h, loss) if arm == "unbiased" else 0
        optimizer.zero_grad()
        (loss + estimate).mean().backward()
        optimizer.step()
        neurons.remember(a, h, loss)
        if step % 100 == 0:
            with torch.no_grad():
                said = last(arms[arm](first(x_test.repeat(4, 1)))).argmax(dim=1)
            yield step, (said == y_test.repeat(4)).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """A sigmoid of four operations, a draw, a difference and a sum for each neuron; a is read and h written."""
    values = case.sizes["B"] * case.sizes["N"]
    return Work(flop=7 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[
        dict[str, Callable[[Tensor], Tensor]], tuple[Tensor]]:
    """In torch it is usually written as a sum, which is off by what the difference was rounded."""
    b, n = case.sizes["B"], case.sizes["N"]
    return ({"torch.bernoulli, in one line": lambda a: a + (a.sigmoid().bernoulli() - a).detach(),
             "reference": BinaryNeurons(n).to(device, dtype)}, (torch.randn(b, n, device=device, dtype=dtype),))
