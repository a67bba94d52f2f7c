"""DINO: a student learns the outputs of a teacher that is its own slow average, with two remedies against collapse.

    P_s(x) = softmax( g_s(x) / tau_s )                       student, over K outputs       Caron et al. 2021, eq. (1)
    P_t(x) = softmax( (g_t(x) - c) / tau_t )                 teacher: centered by c, sharpened by tau_t < tau_s
    H(P_t, P_s) = -sum over k of P_t[k] log P_s[k]           gradients in the student only                   eq. (2)
    loss = sum over x in G, over x' in V without x, of H(P_t(x), P_s(x'))     G: two global views, V: all    eq. (3)
    c <- m c + (1 - m) mean of g_t(x)                        over the batch and both global views            eq. (4)
    theta_t <- lambda theta_t + (1 - lambda) theta_s         lambda rises to 1 along a cosine            section 3.1
    H(P_t, P_s) = h(P_t) + KL(P_t, P_s)                      h: entropy                                      eq. (5)

A KL of 0 means the same output for every view of every image. Without c one output wins everywhere: h = 0. With c and
without sharpening all K become equal: h = log K.
Conventions: the center is subtracted, as in the paper's algorithm 1 (its text adds a bias c); the loss is a mean over
pairs of views and over the batch; the teacher starts as a copy of the student; running statistics are not averaged.
Longer than most: the projection head is part of the method.

Shapes: N images, two global and L local views of each; D width of the backbone, H inside the head, E before the
last layer, K outputs.
"""
from collections.abc import Callable, Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.selfsupervised.byol import rising
from reference_impls.selfsupervised.simclr import random_view, small_encoder

CARD = Card(
    id="dino", papers=["arxiv:2104.14294"], role="objective", symbols=["DINO", "Head"],
    patterns=["self-supervision", "moving-average", "multi-x", "data-augmentation"],
    oracle="closed form: cross entropy of every pair of views, image by image, output by output",
    properties=["center_is_the_average_of_all_steps", "teacher_is_the_average_of_all_steps",
                "no_gradient_reaches_the_teacher"],
    mutants=["no_centering", "no_sharpening", "own_view_too", "center_added", "center_exchanged", "teacher_learns"],
    claim=Claim(
        text="The teacher's output tells more nats about the image with centering and sharpening than without either: "
             "without centering it is nearly the same single output, without sharpening nearly uniform",
        metric="nats_about_the_image", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.0001, 0.0003, 0.001, 0.003]},
        arms={"no_centering": Arm(expect="<0.387", settings={"lr": 0.0001}),
              "no_sharpening": Arm(expect="<0.387", settings={"lr": 0.0001}),
              "dino": Arm(expect=">0.387", settings={"lr": 0.0001})},
    ),
    bench=[Case("n64", {"N": 64, "L": 8, "D": 384, "H": 512, "E": 128, "K": 4096}),
           Case("n64-gpu", {"N": 64, "L": 8, "D": 384, "H": 2048, "E": 256, "K": 65536})],
    deviations=["the last layer is normalized with a length of 1 that is not learned",
                "the demo has three convolutions in place of a Vision Transformer, 32 outputs, digits, Adam at a "
                "constant rate, a teacher that follows faster (lambda from 0.9) and a constant tau_t of 0.025"],
    equations=["1", "2", "3", "4", "5"],
)


class Head(nn.Module):
    """From the backbone (N, D) to cosines (N, K) with K learned directions: three layers, then two normalizations."""

    def __init__(self, width: int, hidden: int, bottleneck: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(),
                                    nn.Linear(hidden, bottleneck))
        self.directions = nn.Parameter(torch.randn(outputs, bottleneck))

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.layers(x), dim=-1) @ F.normalize(self.directions, dim=-1).T


class DINO(nn.Module):
    """A student network from images (N, *) to outputs (N, K), with its teacher, the teacher's center and the loss."""

    center: Tensor

    def __init__(self, network: nn.Module, outputs: int, tau_s: float = 0.1, tau_t: float = 0.04,
                 center_rate: float = 0.9, momentum: float = 0.996) -> None:
        super().__init__()
        self.tau_s, self.tau_t, self.center_rate, self.momentum = tau_s, tau_t, center_rate, momentum
        self.student, self.teacher = network, deepcopy(network).requires_grad_(False)
        self.register_buffer("center", torch.zeros(outputs))

    def forward(self, whole: Tensor, parts: Tensor) -> Tensor:
        """The loss of global views (2, N, *) and local ones (L, N, *), which may be smaller."""
        return self.loss(self.teach(whole), self.learn(whole, parts))

    def teach(self, whole: Tensor) -> Tensor:
        return torch.stack([self.teacher(view) for view in whole]).detach()               # g_t: (2, N, K)

    def learn(self, whole: Tensor, parts: Tensor) -> Tensor:
        return torch.stack([self.student(view) for views in (whole, parts) for view in views])      # g_s: (2 + L, N, K)

    def loss(self, taught: Tensor, learned: Tensor) -> Tensor:
        """Mean over pairs of views in eq. (3), from g_t (2, N, K) and g_s (2 + L, N, K)."""
        p, log_q = self.targets(taught), (learned / self.tau_s).log_softmax(dim=-1)       # eq. (1)
        crossed = -torch.einsum("gnk,vnk->gvn", p, log_q).mean(dim=-1)                    # eq. (2) of all pairs
        return crossed[self.pairs(crossed)].mean()

    def targets(self, taught: Tensor) -> Tensor:
        return ((taught - self.center) / self.tau_t).softmax(dim=-1)

    def pairs(self, crossed: Tensor) -> Tensor:
        return ~torch.eye(*crossed.shape, dtype=torch.bool, device=crossed.device)        # x' is not x

    @torch.no_grad()
    def update(self, taught: Tensor, progress: float) -> None:
        """Move center and teacher after a step of the optimizer, when a share `progress` of all steps is done."""
        self.center.lerp_(taught.mean(dim=(0, 1)), 1 - self.center_rate)                  # eq. (4)
        for theirs, ours in zip(self.teacher.parameters(), self.student.parameters(), strict=True):
            theirs.lerp_(ours, 1 - rising(self.momentum, progress))


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., DINO]


def oracle(make: Make = DINO) -> tuple[DINO, Callable[[Tensor, Tensor], Tensor], tuple[Tensor, Tensor]]:
    """Ours over a layer and a head, teacher and center moved away; five images, two global views and three local."""
    ours = make(nn.Sequential(nn.Linear(3, 6), nn.Tanh(), Head(6, 7, 4, 8)), 8, tau_s=0.3, tau_t=0.2).double()
    for parameter in ours.teacher.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    ours.center.data += torch.randn_like(ours.center)

    def output(network: nn.Module, x: Tensor) -> list[Tensor]:
        outer, outer_bias, directions, *layers = network.parameters()
        x = torch.tanh(outer @ x + outer_bias)
        for weight, bias in zip(layers[:4:2], layers[1:4:2], strict=True):
            x = F.gelu(weight @ x + bias)
        x = layers[4] @ x + layers[5]
        return [sum(x * d) / (sum(x * x) * sum(d * d)).sqrt() for d in directions]

    def theirs(whole: Tensor, parts: Tensor) -> Tensor:
        total, views = torch.zeros(()), [*whole, *parts]
        for i, j in ((i, j) for i in range(2) for j in range(5) if i != j):
            for x, other in zip(views[i].detach(), views[j], strict=True):
                target = [((a - c) / 0.2).exp() for a, c in zip(output(ours.teacher, x), ours.center, strict=True)]
                guess = [(a / 0.3).exp() for a in output(ours.student, other)]
                for k in range(8):
                    total = total - target[k] / sum(target) * (guess[k] / sum(guess)).log()
        return total / (8 * 5)

    return ours, theirs, (0.5 + 2 * torch.randn(2, 5, 3, dtype=torch.float64),
                          0.5 + 2 * torch.randn(3, 5, 3, dtype=torch.float64))


def check_center_is_the_average_of_all_steps(make: Make = DINO) -> None:
    """From zero, after k steps: (1 - m) sum of m^(k - j) mean_j."""
    ours, steps = make(nn.Linear(3, 4), 4, center_rate=0.7).double(), torch.randn(5, 2, 6, 4, dtype=torch.float64)
    for taught in steps:
        ours.update(taught, progress=0)
    expected = sum(0.3 * 0.7 ** (4 - j) * sum(step.flatten(0, 1)) / 12 for j, step in enumerate(steps))
    torch.testing.assert_close(ours.center, expected)


def check_teacher_is_the_average_of_all_steps(make: Make = DINO) -> None:
    """After k steps lambda^k theta_0 + (1 - lambda) sum of lambda^(k - j) theta_j; at the end it stands still."""
    ours, steps = make(nn.Linear(3, 4), 4, momentum=0.8).double(), torch.randn(5, 4, 3, dtype=torch.float64)
    theirs, own = next(ours.teacher.parameters()), next(ours.student.parameters())
    expected = 0.8 ** 5 * theirs + sum(0.2 * 0.8 ** (4 - j) * step for j, step in enumerate(steps))
    for progress, step in ((0, step) for step in steps):
        own.data.copy_(step)
        ours.update(torch.zeros(2, 6, 4, dtype=torch.float64), progress)
    torch.testing.assert_close(theirs, expected)
    own.data.add_(1)
    ours.update(torch.zeros(2, 6, 4, dtype=torch.float64), progress=1)
    torch.testing.assert_close(theirs, expected)


def check_no_gradient_reaches_the_teacher(make: Make = DINO) -> None:
    """Its weights get none even where they could."""
    ours = make(nn.Linear(3, 4), 4).double()
    ours.teacher.requires_grad_()
    found = torch.autograd.grad(ours(*torch.randn(2, 2, 6, 3, dtype=torch.float64)), list(ours.teacher.parameters()),
                                allow_unused=True)
    assert all(gradient is None or not gradient.any() for gradient in found), "a gradient reaches the teacher"


class _NoCentering(DINO):
    def targets(self, taught: Tensor) -> Tensor:
        return (taught / self.tau_t).softmax(dim=-1)


class _NoSharpening(DINO):
    def targets(self, taught: Tensor) -> Tensor:
        return ((taught - self.center) / self.tau_s).softmax(dim=-1)


class _OwnViewToo(DINO):
    def pairs(self, crossed: Tensor) -> Tensor:
        return torch.ones_like(crossed, dtype=torch.bool)


class _CenterAdded(DINO):
    def targets(self, taught: Tensor) -> Tensor:
        return ((taught + self.center) / self.tau_t).softmax(dim=-1)


class _CenterExchanged(DINO):
    def update(self, taught: Tensor, progress: float) -> None:
        self.center_rate = 1 - self.center_rate
        super().update(taught, progress)


class _TeacherLearns(DINO):
    def teach(self, whole: Tensor) -> Tensor:
        return torch.stack([self.teacher(view) for view in whole])


MUTANTS = {"no_centering": _NoCentering, "no_sharpening": _NoSharpening, "own_view_too": _OwnViewToo,
           "center_added": _CenterAdded, "center_exchanged": _CenterExchanged, "teacher_learns": _TeacherLearns}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def entropy(p: Tensor) -> Tensor:
    return torch.special.entr(p).sum(dim=-1)


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """1,400 digits, two views of 8 x 8 and two of 5 x 5 pixels: yield (step, h(mean of P_t) - mean of h(P_t))."""
    from reference_impls.harness.data import digits

    (x, _), (x_test, _) = digits(device)
    x, x_test = x.view(-1, 1, 8, 8), x_test.view(-1, 1, 8, 8)
    torch.manual_seed(seed)
    make = {"dino": DINO, "no_centering": _NoCentering, "no_sharpening": _NoSharpening}[arm]
    ours = make(nn.Sequential(small_encoder(), Head(48, 96, 32, 32)), 32, tau_t=0.025, momentum=0.9).to(device)
    optimizer = torch.optim.Adam(ours.student.parameters(), lr)
    for step in range(1, 51):
        ours.train()
        batch = x[torch.randint(len(x), (64,), device=device)]
        whole = torch.stack([random_view(batch), random_view(batch)])
        row, column = torch.randint(4, (2,)).tolist()                                     # the same cut for all images
        parts = torch.stack([random_view(batch), random_view(batch)])[..., row:row + 5, column:column + 5]
        taught = ours.teach(whole)
        optimizer.zero_grad()
        ours.loss(taught, ours.learn(whole, parts)).backward()
        optimizer.step()
        ours.update(taught, step / 50)
        if step % 10 == 0:
            ours.eval()
            with torch.no_grad():
                p = ours.targets(ours.teacher(x_test))                                    # (397, 32)
            told = entropy(p.mean(dim=0)) - entropy(p).mean()
            yield step, told.item()
    yield Picture("the teacher's outputs", kind="text", text=(
        f"entropy {entropy(p).mean():.3f} of at most {entropy(torch.full_like(p[0], 1 / 32)):.3f} nats\n"
        f"largest share of one output, mean over all test images: {p.mean(dim=0).max():.3f}"))


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products of the student's head on 2 + L views and the teacher's on 2, and of all pairs in eq. (2)."""
    n, local, d, h, e, k = (case.sizes[name] for name in "NLDHEK")
    weights = d * h + h * h + h * e + e * k
    return Work(flop=2 * (4 + local) * n * weights + 2 * 2 * (2 + local) * n * k,
                min_bytes=((2 + local) * n * d + 2 * weights) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, Tensor]]:
    """Heads and loss, from the backbone's outputs; the baseline takes torch's cross entropy, pair by pair."""
    class Torchs(DINO):
        def loss(self, taught: Tensor, learned: Tensor) -> Tensor:
            p, logits = self.targets(taught), learned / self.tau_s
            return torch.stack([F.cross_entropy(logits[j], p[i])
                                for i in range(2) for j in range(len(logits)) if i != j]).mean()

    n, local, d, h, e, k = (case.sizes[name] for name in "NLDHEK")
    head = Head(d, h, e, k)
    return ({name: make(deepcopy(head), k).to(device, dtype)
             for name, make in (("torch.cross_entropy", Torchs), ("reference", DINO))},
            (torch.randn(2, n, d, device=device, dtype=dtype), torch.randn(local, n, d, device=device, dtype=dtype)))
