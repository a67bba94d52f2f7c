"""Long short-term memory: a state that is only ever added to, so that the error flowing back through it stays constant.

    y_in = f(net_in),  y_out = f(net_out)          gates: when to write to the cell, when to read from it
    s(t) = s(t-1) + y_in(t) g(net_c(t))            the constant error carousel: ds(t) / ds(t-1) = 1
    y(t) = y_out(t) h(s(t))                        Hochreiter & Schmidhuber 1997, section 4 and appendix

f(x) = 1 / (1 + exp(-x)), g(x) = 4 f(x) - 2 in (-2, 2), h(x) = 2 f(x) - 1 in (-1, 1).
Each net is an affine function of x(t) and y(t-1).

This is the cell of 1997, which cannot forget: the forget gate came in 2000. It is torch's LSTM with the forget gate
held open, net_c halved and c = s / 2, because g(x) = 2 tanh(x/2) and h(s) = tanh(s/2).

Shapes: B sequences, T steps, I inputs, M memory cells; stacked rows are input gate, cell, output gate.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="lstm",
    papers=["key:lstm"],
    role="layer",
    symbols=["LSTM"],
    patterns=["recurrence", "gating", "memory-augmented", "higher-order", "residual"],
    oracle="torch.nn:LSTM",
    properties=["error_carousel_is_constant", "open_gates_count"],
    mutants=["leaky_state", "cell_input_unscaled", "reads_old_state"],
    claim=Claim(
        text="LSTM learns to add two numbers seen at least 25 steps ago in 200 updates; a tanh network of as many "
             "parameters stays near the error of guessing the mean (0.042), whatever its initial recurrent weights",
        metric="mean_squared_error",
        better="lower",
        grid={"lr": [0.00001, 0.00003, 0.0001, 0.001, 0.01, 0.03, 0.1, 0.3],
              "start": ["uniform", "orthogonal", "identity"]},
        arms={"rnn": Arm(expect=">0.0193", settings={"lr": 0.00003, "start": "identity"}),
              "lstm": Arm(expect="<0.0193", settings={"lr": 0.1, "start": "identity"})},
        grade="A", budget_s=4,
    ),
    bench=[Case("m128", {"B": 32, "T": 64, "I": 64, "M": 128})],
    deviations=["the full gradient through time; the paper cuts it where it leaves a memory cell",
                "one cell in each memory block, and no conventional hidden units",
                "initial weights uniform within ±1/sqrt(M) (paper: ±0.1)",
                "the adding problem has T = 50, markers 0 or 1, and batches with Adam (paper: T >= 100, one by one)"],
)


class LSTM(nn.Module):
    """The cells of 1997: inputs (B, T, I) to outputs (B, T, M) and the last state (B, M). Both start at 0."""

    def __init__(self, inputs: int, cells: int) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(3 * cells, inputs).uniform_(-1, 1) * cells ** -0.5)
        self.weight_y = nn.Parameter(torch.empty(3 * cells, cells).uniform_(-1, 1) * cells ** -0.5)
        self.bias = nn.Parameter(torch.zeros(3 * cells))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = s = x.new_zeros(len(x), self.weight_y.shape[1])                    # (B, M)
        outputs = []
        for net_x in (x @ self.weight_x.T + self.bias).unbind(dim=1):           # (B, 3M): no recurrence yet
            y, s = self.step(net_x, y, s)
            outputs.append(y)
        return torch.stack(outputs, dim=1), s

    def step(self, net_x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        """y(t) and s(t) from y(t-1) and s(t-1), all (B, M)."""
        net_in, net_c, net_out = (net_x + y @ self.weight_y.T).chunk(3, dim=-1)
        s = s + torch.sigmoid(net_in) * self.g(net_c)
        return torch.sigmoid(net_out) * self.h(s), s

    def g(self, x: Tensor) -> Tensor:
        return 4 * torch.sigmoid(x) - 2

    def h(self, x: Tensor) -> Tensor:
        return 2 * torch.sigmoid(x) - 1


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., LSTM]
Pass = Callable[[Tensor], tuple[Tensor, Tensor]]


def as_torch_lstm(ours: LSTM) -> Pass:
    """nn.LSTM with our parameters: the forget gate held open by its bias, net_c halved, c = s / 2."""
    theirs = nn.LSTM(ours.weight_x.shape[1], ours.weight_y.shape[1], batch_first=True).to(ours.bias)

    def rows(stacked: Tensor, forget: float) -> Tensor:                         # torch's order: i, f, g, o
        gate_in, cell, gate_out = stacked.chunk(3)
        return torch.cat([gate_in, torch.full_like(cell, forget), cell / 2, gate_out])

    def call(x: Tensor) -> tuple[Tensor, Tensor]:
        bias = rows(ours.bias, forget=1000.0)                                   # its sigmoid is 1 in any precision
        parameters = {"weight_ih_l0": rows(ours.weight_x, forget=0.0), "weight_hh_l0": rows(ours.weight_y, forget=0.0),
                      "bias_ih_l0": bias, "bias_hh_l0": torch.zeros_like(bias)}
        y, (_, c) = torch.func.functional_call(theirs, parameters, x)
        return y, 2 * c[0]
    return call


def oracle(make: Make = LSTM) -> tuple[nn.Module, Pass, Tensor]:
    """Our layer, torch's with the same parameters, and inputs far from zero mean and unit variance."""
    ours = make(3, 5).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    return ours, as_torch_lstm(ours), 1 + 2 * torch.randn(4, 9, 3, dtype=torch.float64)


def check_error_carousel_is_constant(make: Make = LSTM) -> None:
    """Whatever the gates do, the gradient of a state 500 steps later reaches the first state unchanged."""
    layer = make(2, 3).double()
    nn.init.zeros_(layer.weight_y)                                              # only the path through s is left
    start = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    y, s = torch.zeros_like(start), start
    for net_x in torch.randn(500, 4, 9, dtype=torch.float64):
        y, s = layer.step(net_x, y, s)
    (error,) = torch.autograd.grad(s.sum(), start)
    torch.testing.assert_close(error, torch.ones_like(error), rtol=0, atol=0)


def check_open_gates_count(make: Make = LSTM) -> None:
    """Both gates open and g(net_c) = 1: after t steps the state is t and the output tanh(t/2)."""
    layer = make(1, 1).double()
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    nn.init.constant_(layer.weight_x, 1000.0)
    layer.weight_x.data[1] = torch.tensor(3.0).log()                            # g(log 3) = 4 * 3/4 - 2 = 1
    t = torch.arange(1, 8, dtype=torch.float64)
    y, s = layer(torch.ones(1, 7, 1, dtype=torch.float64))
    torch.testing.assert_close((y.flatten(), s.flatten()), (torch.tanh(t / 2), t[-1:]))


class _LeakyState(LSTM):
    def step(self, net_x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        return super().step(net_x, y, 0.99 * s)


class _CellInputUnscaled(LSTM):
    def g(self, x: Tensor) -> Tensor:
        return torch.tanh(x)


class _ReadsOldState(LSTM):
    def step(self, net_x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        net_out = (net_x + y @ self.weight_y.T).chunk(3, dim=-1)[2]
        return torch.sigmoid(net_out) * self.h(s), super().step(net_x, y, s)[1]


MUTANTS = {"leaky_state": _LeakyState, "cell_input_unscaled": _CellInputUnscaled, "reads_old_state": _ReadsOldState}


# -- what the paper claims, small ------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, start: str, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Add the two marked values of 50 (experiment 4): yield (step, mean squared error on 1,000 unseen sequences)."""
    torch.manual_seed(seed)

    def sample(n: int, length: int = 50) -> tuple[Tensor, Tensor]:
        values, marks = 2 * torch.rand(n, length) - 1, torch.zeros(n, length)
        marks.scatter_(1, torch.randint(0, 10, (n, 1)), 1.0).scatter_(1, torch.randint(10, length // 2, (n, 1)), 1.0)
        return torch.stack([values, marks], dim=-1).to(device), (0.5 + (values * marks).sum(dim=1) / 4).to(device)

    layer = nn.RNN(2, 56, batch_first=True) if arm == "rnn" else LSTM(2, 32)   # 3,360 parameters each
    if isinstance(layer, LSTM):
        layer.bias.data[:32] = -3.0                                             # input gates nearly shut (as the paper)
    recurrent = layer.get_parameter("weight_hh_l0" if arm == "rnn" else "weight_y").data
    for block in recurrent.chunk(1 if arm == "rnn" else 3):
        if start != "uniform":
            {"orthogonal": nn.init.orthogonal_, "identity": nn.init.eye_}[start](block)
    layer, readout = layer.to(device), nn.Linear(recurrent.shape[1], 1).to(device)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr)
    x_test, y_test = sample(1000)
    for step in range(1, 201):
        x, y = sample(32)
        optimizer.zero_grad()
        F.mse_loss(readout(layer(x)[0][:, -1]).squeeze(-1), y).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if step % 25 == 0:
            with torch.no_grad():
                yield step, F.mse_loss(readout(layer(x_test)[0][:, -1]).squeeze(-1), y_test).item()


# -- what it costs ---------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Forward pass, matrix products only; reads x and the weights, writes y and the last state."""
    b, t, i, m = (case.sizes[k] for k in "BTIM")
    return Work(flop=2 * b * t * 3 * m * (i + m), min_bytes=itemsize * (b * t * (i + m) + 3 * m * (i + m + 1) + b * m))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Pass], tuple[Tensor, ...]]:
    """Equal functions: torch's LSTM also pays for a fourth gate that stays open and for stacking the weights."""
    b, t, i, m = (case.sizes[k] for k in "BTIM")
    reference = LSTM(i, m).to(device, dtype)
    return ({"torch.nn.LSTM": as_torch_lstm(reference), "reference": reference},
            (torch.randn(b, t, i, device=device, dtype=dtype),))
