"""Distillation: a small network learns the probabilities of a large one, softened so that the small ones count.

    q_i = exp(z_i / T) / sum_j exp(z_j / T)                                                Hinton et al. 2015, eq. (1)
    C = -sum_i p_i log q_i,   p_i = exp(v_i / T) / sum_j exp(v_j / T)                      soft targets p, section 2
    dC/dz_i = (q_i - p_i) / T                                                              eq. (2)
    dC/dz_i ~ (z_i - v_i) / (N T²) for T far above all logits, each of zero mean           eq. (3), (4)
    loss = (1 - w) T² C + w (cross entropy of the labels at T = 1)                         section 2

z are the student's logits, v the teacher's, T the temperature of both, and w weighs the labels. At T = 1 a trained
teacher's p are nearly its labels; a higher T shows which wrong classes it finds alike. T² makes up for the gradients,
which shrink as 1 / T², so that w means the same at every T. The teacher is not trained: p has no gradient in the loss.
Longer than most: ten students are trained side by side, and the bias of the digit that each never saw is corrected.

Shapes: B cases, N classes.
"""
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.data import digits
from reference_impls.harness.picture import Picture

CARD = Card(
    id="distillation", papers=["arxiv:1503.02531"], role="objective", symbols=["Distillation"],
    patterns=["ensembling"], equations=["1", "2", "3", "4"],
    oracle="closed form: exponentials, logarithms and sums, case by case and class by class",
    properties=["gradient_is_a_difference_of_probabilities", "high_temperature_matches_logits"],
    mutants=["teacher_not_softened", "student_not_softened", "gradients_shrink", "labels_softened", "teacher_learns"],
    claim=Claim(
        text="A student that never saw one of the digits recognizes nearly all of its images if it learns from soft "
             "targets; labels, or soft targets without differences among the wrong digits, teach far less (section 3)",
        metric="unseen_digit_accuracy", better="higher", grade="A", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1], "temperature": [1, 2, 4, 8, 16, 32]},
        arms={"labels": Arm(expect="<0.8271", settings={"lr": 0.003, "temperature": 2}),
              "evened_targets": Arm(expect="<0.8271", settings={"lr": 0.03, "temperature": 4}),
              "soft_targets": Arm(expect=">0.8271", settings={"lr": 0.03, "temperature": 16})},
    ),
    bench=[Case("thousand-classes", {"B": 4096, "N": 1000})],
    deviations=["scikit-learn's digits and ten students, one without each digit; the paper leaves out the 3 of MNIST",
                "the last bias is corrected on the training images; the paper corrects it on the test images"],
)


@dataclass(frozen=True)
class Distillation:
    """The loss of a student: soft targets at a temperature, and labels with weight `label_weight`, w above."""

    temperature: float
    label_weight: float = 0.0

    def soften(self, logits: Tensor) -> Tensor:
        """Probabilities (B, N) at the temperature. Eq. (1)."""
        return (logits / self.temperature).softmax(dim=-1)

    def soft_cost(self, z: Tensor, p: Tensor) -> Tensor:
        """C for student logits and soft targets (B, N), mean over the cases."""
        return -(p * (z / self.temperature).log_softmax(dim=-1)).sum(dim=-1).mean()

    def label_cost(self, z: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(z, labels)

    def targets(self, v: Tensor) -> Tensor:
        return self.soften(v).detach()

    def balance(self) -> float:
        return self.temperature ** 2

    def loss(self, z: Tensor, v: Tensor, labels: Tensor) -> Tensor:
        """From logits of student and teacher (B, N) and labels (B,)."""
        soft = self.balance() * self.soft_cost(z, self.targets(v))
        return (1 - self.label_weight) * soft + self.label_weight * self.label_cost(z, labels)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = type[Distillation]
Outputs = tuple[Tensor, ...]


def oracle(make: Make = Distillation) -> tuple[Callable[..., Outputs], Callable[..., Outputs], Outputs]:
    """Loss and softened teacher against exponentials summed one by one; logits far from zero mean, and labels."""
    def ours(z: Tensor, v: Tensor, labels: Tensor) -> Outputs:
        objective = make(2.5, 0.3)
        return objective.loss(z, v, labels), objective.soften(v)

    def theirs(z: Tensor, v: Tensor, labels: Tensor) -> Outputs:
        total = torch.zeros(())
        for case, label in enumerate(labels.tolist()):
            for i in range(5):
                p, q = ((x[case, i] / 2.5).exp() / sum((x[case, j] / 2.5).exp() for j in range(5)) for x in (v, z))
                total = total - 0.7 * 2.5 ** 2 * p.detach() * q.log()
            total = total - 0.3 * (z[case, label].exp() / sum(z[case, j].exp() for j in range(5))).log()
        return total / 7, torch.stack([(row / 2.5).exp() / (row / 2.5).exp().sum() for row in v])

    z, v = 3 + 2 * torch.randn(2, 7, 5, dtype=torch.float64)
    return ours, theirs, (z, v, torch.randint(5, (7,)))


def _gradient(objective: Distillation, z: Tensor, v: Tensor) -> Tensor:
    """dC/dz_i of each case (B, N)."""
    z = z.clone().requires_grad_()
    return torch.autograd.grad(len(z) * objective.soft_cost(z, objective.targets(v)), z)[0]


def check_gradient_is_a_difference_of_probabilities(make: Make = Distillation) -> None:
    """Eq. (2)."""
    z, v = 3 + 2 * torch.randn(2, 6, 10, dtype=torch.float64)
    q, p = ((x / 2.5).exp() / (x / 2.5).exp().sum(dim=1, keepdim=True) for x in (z, v))
    torch.testing.assert_close(_gradient(make(2.5), z, v), (q - p) / 2.5)


def check_high_temperature_matches_logits(make: Make = Distillation) -> None:
    """Eq. (4), weighted by T²: the gradient goes to (z - v) / N, and what is missing falls as 1 / T."""
    z, v = torch.randn(2, 6, 10, dtype=torch.float64)
    z, v = (x - x.mean(dim=1, keepdim=True) for x in (z, v))
    missing = []
    for temperature in (1e2, 1e3):
        objective = make(temperature)
        missing.append((objective.balance() * _gradient(objective, z, v) - (z - v) / 10).norm())
    assert missing[1] < 1e-2, f"at T = 1000 the gradient is {missing[1]:.3g} away from the limit"
    assert 9 < missing[0] / missing[1] < 11, f"ten times the temperature brings it {missing[0] / missing[1]:.3g} closer"


class _TeacherNotSoftened(Distillation):
    def targets(self, v: Tensor) -> Tensor:
        return v.softmax(dim=-1).detach()


class _StudentNotSoftened(Distillation):
    def soft_cost(self, z: Tensor, p: Tensor) -> Tensor:
        return -(p * z.log_softmax(dim=-1)).sum(dim=-1).mean()


class _GradientsShrink(Distillation):
    def balance(self) -> float:
        return 1.0


class _LabelsSoftened(Distillation):
    def label_cost(self, z: Tensor, labels: Tensor) -> Tensor:
        return super().label_cost(z / self.temperature, labels)


class _TeacherLearns(Distillation):
    def targets(self, v: Tensor) -> Tensor:
        return self.soften(v)


MUTANTS = {"teacher_not_softened": _TeacherNotSoftened, "student_not_softened": _StudentNotSoftened,
           "gradients_shrink": _GradientsShrink, "labels_softened": _LabelsSoftened, "teacher_learns": _TeacherLearns}


# -- what the paper claims, small -------------------------------------------------------------------------------------
@cache
def _teacher(seed: int, device: str) -> Tensor:
    """Logits (1400, 10) of a net with two hidden layers for the images that it was trained on, all digits."""
    torch.manual_seed(seed)
    (x, y), _ = digits(device)
    net = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), 0.001)
    for _ in range(400):
        batch = torch.randint(len(x), (64,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
    return net(x).detach()


def corrected(z: Tensor, y: Tensor, z_test: Tensor) -> Tensor:
    """Logits (10, M, 10) for new images: student d's bias for digit d is moved to get most of the known images right.

    Args:
        z: of each student, for the known images, whose digits are y (N,) (10, N, 10).
    """
    missing, column = torch.eye(10, dtype=torch.bool, device=y.device)[:, None], torch.arange(10, device=y.device)
    others = z.masked_fill(missing, -torch.inf)
    needed = others.amax(dim=-1) - z[column, :, column]         # a bias above this says d (10, N)
    gain = (y == column[:, None]).int() - (others.argmax(dim=-1) == y).int()
    needed, order = needed.sort(dim=1)
    gained = F.pad(gain.gather(1, order).cumsum(dim=1), (1, 0))                             # by the first 0 .. N
    best = gained.argmax(dim=1, keepdim=True)
    edges = F.pad(F.pad(needed, (1, 0), value=-torch.inf), (0, 1), value=torch.inf)
    bias = (edges.gather(1, best) + edges[:, 1:].gather(1, best)) / 2                       # between two images
    return torch.where(missing, z_test + bias[..., None], z_test)


def demo(arm: str, seed: int, lr: float, temperature: float, device: str = "cpu"
         ) -> Iterator[tuple[int, float] | Picture]:
    """Ten students, one hidden layer, student d without the images of d: yield (step, accuracy on d, mean over d).

    Labels go through the same loss. Evened targets keep what the teacher gives to the right digit, and divide the rest
    evenly. All students have their bias for d corrected.
    """
    (x, y), (x_test, y_test) = digits(device)
    objective, label = Distillation(temperature), F.one_hot(y, 10).float()
    p = objective.soften(_teacher(seed, device))
    right = (p * label).sum(dim=1, keepdim=True)
    targets = {"labels": label, "soft_targets": p,
               "evened_targets": torch.where(label > 0, right, (1 - right) / 9)}[arm]
    torch.manual_seed(seed)
    weights = [((2 * torch.rand(10, *size, device=device) - 1) / size[0] ** 0.5).requires_grad_()
               for size in ((64, 32), (32, 10))]
    biases = [torch.zeros(10, 1, size, device=device, requires_grad=True) for size in (32, 10)]

    def students(images: Tensor) -> Tensor:                     # (10, M, 64) to logits (10, M, 10)
        return torch.baddbmm(biases[1], torch.baddbmm(biases[0], images, weights[0]).relu(), weights[1])

    seen = (y != torch.arange(10, device=device)[:, None]).float()                          # (10, 1400)
    optimizer = torch.optim.Adam([*weights, *biases], lr)
    for step in range(1, 601):
        batch = seen.multinomial(64, replacement=True)          # (10, 64)
        optimizer.zero_grad()
        cost = objective.balance() * objective.soft_cost(students(x[batch]), targets[batch])
        (10 * cost).backward()                                  # the sum over students, who share nothing
        optimizer.step()
        if step % 150 == 0:
            with torch.no_grad():
                z = corrected(students(x.expand(10, -1, -1)), y, students(x_test.expand(10, -1, -1)))
            yield step, torch.stack([(z[d, y_test == d].argmax(dim=-1) == d).float().mean() for d in range(10)]
                                    ).mean().item()
    yield Picture("mean target of the images of each digit", torch.stack([targets[y == d].mean(0) for d in range(10)]),
                  labels=([f"image of {d}" for d in range(10)], [str(d) for d in range(10)]))


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Three softmaxes of four operations per logit, two divisions, a product and a sum; logits and labels are read."""
    logits = case.sizes["B"] * case.sizes["N"]
    return Work(flop=16 * logits, min_bytes=2 * logits * itemsize + 8 * case.sizes["B"])


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """The loss of one batch; in torch it is a cross entropy with probabilities as targets, and one with labels."""
    def cross_entropy(z: Tensor, v: Tensor, labels: Tensor) -> Tensor:
        return 0.9 * 16 * F.cross_entropy(z / 4, (v.detach() / 4).softmax(dim=-1)) + 0.1 * F.cross_entropy(z, labels)

    b, n = case.sizes["B"], case.sizes["N"]
    return ({"torch.cross_entropy": cross_entropy, "reference": Distillation(4, 0.1).loss},
            (*torch.randn(2, b, n, device=device, dtype=dtype), torch.randint(n, (b,), device=device)))
