"""Highway networks: in every layer, a learned gate mixes what the layer computes with its unchanged input.

    y = H(x) T(x) + x (1 - T(x))                                     Srivastava, Greff & Schmidhuber 2015, eq. (3)
    H(x) = f(W_H x + b_H),   T(x) = sigmoid(W_T x + b_T)                      products are by element
    y = x, dy/dx = I  where T = 0;     y = H(x), dy/dx = H'(x)  where T = 1                 eq. (4), (5)

b_T starts negative, so that a new layer carries most of its input. Of what enters L new layers, (1 - sigmoid(b_T))^L
comes through unchanged: for 80 layers 0.004 % at -2, but 23 % at -4. A highway layer is as wide as its input; a plain
first layer sets that width. Weights start as they do in plain layers: He's way for relu, Glorot's for the others.

Shapes: N samples, D width.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="highway",
    papers=["arxiv:1505.00387"],
    role="layer",
    symbols=["Highway", "Plain", "deep"],
    patterns=["residual", "gating", "higher-order"],
    oracle="closed form: every unit on its own, one product at a time",
    properties=["shut_gates_carry", "open_gates_transform", "new_layers_carry_the_gradient"],
    mutants=["gates_swapped", "carries_everything", "gate_sees_the_output", "half_open_at_first"],
    claim=Claim(
        text="In 80 steps, 80 plain layers fit the training data far worse than 10; 80 highway layers do not",
        metric="training_accuracy",
        better="higher",
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0], "activation": ["tanh", "relu"]},
        arms={"plain10": Arm(expect=">0.56", settings={"lr": 0.03, "activation": "tanh"}),
              "plain80": Arm(expect="<0.56", settings={"lr": 0.001, "activation": "tanh"}),
              "highway80": Arm(expect=">0.56", settings={"lr": 1.0, "activation": "tanh"})},
        grade="A",
        budget_s=2,
    ),
    bench=[Case("layer", {"N": 1024, "D": 512})],
    equations=["3", "4", "5"],
    deviations=["fully connected layers only, no convolutional ones",
                "the demonstration starts b_T at -4 and does not tune it; the paper does"],
)

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}


class Plain(nn.Module):
    """f(W x + b), (N, inputs) to (N, outputs)."""

    def __init__(self, inputs: int, outputs: int, activation: str) -> None:
        super().__init__()
        self.linear, self.activation = nn.Linear(inputs, outputs), ACTIVATIONS[activation]
        initialize = nn.init.kaiming_normal_ if activation == "relu" else nn.init.xavier_normal_
        initialize(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.linear(x))


class Highway(nn.Module):
    """A plain layer H and its transform gate T, (N, D) to (N, D); b_T starts at `bias`."""

    def __init__(self, width: int, activation: str, bias: float = -4.0) -> None:
        super().__init__()
        self.transform, self.gate = Plain(width, width, activation), Plain(width, width, "sigmoid")
        nn.init.constant_(self.gate.linear.bias, bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(x, self.transform(x), self.gate(x))

    def mix(self, x: Tensor, h: Tensor, t: Tensor) -> Tensor:
        return h * t + x * (1 - t)                                              # eq. (3)


def deep(inputs: int, width: int, depth: int, classes: int, activation: str, highway: bool) -> nn.Sequential:
    """A plain layer, depth - 1 plain or highway layers, and a linear one: (N, inputs) to scores (N, classes)."""
    layers = [Highway(width, activation) if highway else Plain(width, width, activation) for _ in range(depth - 1)]
    return nn.Sequential(Plain(inputs, width, activation), *layers, nn.Linear(width, classes))


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., Highway]


def oracle(make: Make = Highway) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """A layer, and the same one unit after the other, with our parameters: T_i (H_i - x_i) + x_i, sums written out."""
    ours = make(5, "tanh").double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    w_h, b_h, w_t, b_t = ours.parameters()

    def theirs(x: Tensor) -> Tensor:
        units = []
        for i in range(5):
            net_h, net_t = (sum((w[i, j] * x[:, j] for j in range(5)), b[i]) for w, b in ((w_h, b_h), (w_t, b_t)))
            h, t = 1 - 2 / ((2 * net_h).exp() + 1), 1 / (1 + (-net_t).exp())
            units.append(t * (h - x[:, i]) + x[:, i])
        return torch.stack(units, dim=1)

    return ours, theirs, 1 + 2 * torch.randn(7, 5, dtype=torch.float64)


def check_shut_gates_carry(make: Make = Highway) -> None:
    """T = 0 to the last bit, as sigmoid(-1000) is: the identity, with the identity as Jacobian. Eq. (4), (5)."""
    layer, x = make(6, "relu", bias=-1000.0), torch.randn(6)
    torch.testing.assert_close(layer(x), x, rtol=0, atol=0)
    torch.testing.assert_close(torch.func.jacrev(layer)(x), torch.eye(6), rtol=0, atol=0)


def check_open_gates_transform(make: Make = Highway) -> None:
    """T = 1: the plain layer, with its Jacobian, diag(1 - H²) W_H for tanh. Eq. (4), (5)."""
    layer, x = make(6, "tanh", bias=1000.0), torch.randn(6)
    h = layer.transform(x)
    torch.testing.assert_close(layer(x), h)
    torch.testing.assert_close(torch.func.jacrev(layer)(x), (1 - h ** 2)[:, None] * layer.transform.linear.weight)


def check_new_layers_carry_the_gradient(make: Make = Highway) -> None:
    """Nearly 23 % of it comes through 80 new layers as it is; what else comes, by way of H and T, has no direction."""
    layers, x = nn.Sequential(*(make(50, "tanh") for _ in range(80))), torch.randn(100, 50, requires_grad=True)
    sent = torch.randn(100, 50)
    received, = torch.autograd.grad(layers(x), x, sent)
    share = (received * sent).sum() / sent.square().sum()
    assert 0.15 < share < 0.3, f"{share:.0%} of the gradient comes through"


class _GatesSwapped(Highway):
    def mix(self, x: Tensor, h: Tensor, t: Tensor) -> Tensor:
        return h * (1 - t) + x * t


class _CarriesEverything(Highway):
    def mix(self, x: Tensor, h: Tensor, t: Tensor) -> Tensor:
        return h * t + x


class _GateSeesTheOutput(Highway):
    def mix(self, x: Tensor, h: Tensor, t: Tensor) -> Tensor:
        return super().mix(x, h, self.gate(h))


class _HalfOpenAtFirst(Highway):
    def __init__(self, width: int, activation: str, bias: float = 0.0) -> None:
        super().__init__(width, activation, bias)


MUTANTS = {"gates_swapped": _GatesSwapped, "carries_everything": _CarriesEverything,
           "gate_sees_the_output": _GateSeesTheOutput, "half_open_at_first": _HalfOpenAtFirst}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, activation: str, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits, SGD with momentum: yield (step, accuracy on all training data). Widths give layers of 2,100 weights."""
    from reference_impls.harness.data import digits

    x, y = digits(device)[0]
    torch.manual_seed(seed)
    highway, depth = arm.startswith("highway"), int(arm[-2:])
    net = deep(64, 32 if highway else 45, depth, 10, activation, highway).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
    for step in range(1, 81):
        batch = torch.randint(len(x), (128,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
        if step % 20 == 0:
            with torch.no_grad():
                yield step, (net(x).argmax(dim=-1) == y).float().mean().item()
    gates = []
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, Highway):
                gates.append(layer.gate(x).mean(dim=0))
            x = layer(x)
    if gates:
        yield Picture("mean of every transform gate (column) in each layer (row)", torch.stack(gates).cpu())


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """The products with W_H and W_T; input and both weights read once, output written once."""
    n, d = (case.sizes[k] for k in "ND")
    return Work(flop=2 * 2 * n * d * d, min_bytes=(2 * n * d + 2 * d * d) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """Against torch's own layer without a gate: the difference is what the gate costs."""
    n, d = (case.sizes[k] for k in "ND")
    row = nn.Sequential(nn.Linear(d, d), nn.ReLU())
    return ({"torch.nn without gate": row.to(device, dtype), "reference": Highway(d, "relu").to(device, dtype)},
            (torch.randn(n, d, device=device, dtype=dtype),))
