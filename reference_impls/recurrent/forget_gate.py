"""The forget gate: an LSTM cell learns when to discard its memory, and so copes with a stream that is never reset.

    s(t) = y_phi(t) s(t-1) + y_in(t) g(net_c(t)),   y_phi = f(net_phi)            Gers et al. 2000, section 3

The rest is the LSTM of 1997, y(t) = y_out(t) h(s(t)) with f, g and h as in `lstm.py`. At y_phi = 1 this is that cell,
whose state can only be added to; below 1 an old state fades, and y_phi = 0 erases it at once. The bias of the gate
starts positive, so the cell remembers until it learns to forget.
With c = s / 2 and net_c halved it is torch's LSTM, because g(x) = 2 tanh(x/2) and h(s) = tanh(s/2).

Shapes: B streams, T steps, I inputs, M memory cells; stacked rows are input gate, cell, output gate, forget gate.
"""
from collections.abc import Callable, Iterator
from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.recurrent.lstm import LSTM, Pass

CARD = Card(
    id="forget-gate", papers=["key:forget-gate"], role="layer", symbols=["ForgetGateLSTM"], oracle="torch.nn:LSTM",
    patterns=["recurrence", "gating", "higher-order"],
    properties=["gate_held_open_is_the_cell_of_1997", "half_open_gate_halves", "remembers_before_it_has_learned"],
    mutants=["one_minus_gate", "ignores_the_gate", "forgets_new_content_too", "starts_half_open"],
    claim=Claim(
        text="On streams that are never reset, cells with a forget gate learn to repeat a symbol after up to 24 steps; "
             "cells without one do not in as many updates, at any learning rate and initial input bias of the grid",
        metric="accuracy", better="higher", grade="B", budget_s=2,
        grid={"lr": [0.01, 0.03, 0.1, 0.3], "input_bias": [-14.0, -10.0, -8.0, -6.0, -4.0, -2.0, 0.0]},
        arms={"lstm_1997": Arm(expect="<0.778", settings={"lr": 0.03, "input_bias": -6.0}),
              "forget_gate": Arm(expect=">0.778", settings={"lr": 0.1, "input_bias": -10.0})},
    ),
    bench=[Case("m128", {"B": 32, "T": 64, "I": 64, "M": 128})],
    deviations=["the gradient is full within 40 steps, cut between chunks; the paper cuts it where it leaves a cell",
                "one cell in each memory block", "a stream of symbols to repeat, with Adam; the paper: Reber grammars"],
)


class ForgetGateLSTM(LSTM):
    """Cells that can forget: inputs (B, T, I) to outputs (B, T, M) and the last state (B, M). Both start at 0."""

    def __init__(self, inputs: int, cells: int) -> None:
        super().__init__(inputs, cells)
        gate = LSTM(inputs, cells)
        self.weight_x = nn.Parameter(torch.cat([self.weight_x, gate.weight_x[:cells]]))        # (4M, I)
        self.weight_y = nn.Parameter(torch.cat([self.weight_y, gate.weight_y[:cells]]))        # (4M, M)
        self.bias = nn.Parameter(torch.cat([self.bias, torch.ones(cells)]))                    # remember at first

    def step(self, net_x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        """y(t) and s(t) from y(t-1) and s(t-1), all (B, M)."""
        net_in, net_c, net_out, net_phi = (net_x + y @ self.weight_y.T).chunk(4, dim=-1)
        s = self.remember(s, net_phi) + torch.sigmoid(net_in) * self.g(net_c)
        return torch.sigmoid(net_out) * self.h(s), s

    def remember(self, s: Tensor, net_phi: Tensor) -> Tensor:
        return torch.sigmoid(net_phi) * s


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., ForgetGateLSTM]


def by_torch(ours: ForgetGateLSTM, x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
    """nn.LSTM from y(0) and s(0), both (B, M), with our parameters: net_c halved and c = s / 2."""
    def rows(stacked: Tensor) -> Tensor:                                        # torch's order: i, f, g, o
        gate_in, cell, gate_out, forget = stacked.chunk(4)
        return torch.cat([gate_in, forget, cell / 2, gate_out])
    parameters = {"weight_ih_l0": rows(ours.weight_x), "weight_hh_l0": rows(ours.weight_y),
                  "bias_ih_l0": rows(ours.bias), "bias_hh_l0": torch.zeros_like(ours.bias)}
    theirs = nn.LSTM(x.shape[2], y.shape[1], batch_first=True, device="meta")   # parameters come with the call
    outputs, (_, c) = torch.func.functional_call(theirs, parameters, (x, (y[None], s[None] / 2)))
    return outputs, 2 * c[0]


def from_zero(ours: ForgetGateLSTM) -> Pass:
    def call(x: Tensor) -> tuple[Tensor, Tensor]:
        zero = x.new_zeros(len(x), ours.weight_y.shape[1])
        return by_torch(ours, x, zero, zero)
    return call


def oracle(make: Make = ForgetGateLSTM) -> tuple[nn.Module, Pass, Tensor]:
    """Our layer, torch's with the same parameters, and inputs far from zero mean and unit variance."""
    ours = make(3, 5).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    return ours, from_zero(ours), 1 + 2 * torch.randn(4, 9, 3, dtype=torch.float64)


def hold_gate(layer: ForgetGateLSTM, net_phi: float) -> ForgetGateLSTM:
    """Fix the forget gates at f(net_phi), whatever the cells see; at 1000 no gradient moves them."""
    cells = layer.weight_y.shape[1]
    for parameter in layer.parameters():
        nn.init.constant_(parameter.data[3 * cells:], net_phi if parameter.dim() == 1 else 0.0)
    return layer


def check_gate_held_open_is_the_cell_of_1997(make: Make = ForgetGateLSTM) -> None:
    layer, old = hold_gate(make(3, 5).double(), 1000.0), LSTM(3, 5).double()
    old.load_state_dict({name: stacked[:15] for name, stacked in layer.state_dict().items()})
    x = torch.randn(4, 9, 3, dtype=torch.float64)
    torch.testing.assert_close(layer(x), old(x))


def check_half_open_gate_halves(make: Make = ForgetGateLSTM) -> None:
    """Written once and then left alone, a state is halved at each step."""
    layer, written = hold_gate(make(1, 3).double(), 0.0), torch.randn(2, 3, dtype=torch.float64)
    closed, s = torch.tensor([-1000.0] * 3 + [0.0] * 9, dtype=torch.float64), written       # the input gates
    for _ in range(6):
        s = layer.step(closed, torch.zeros_like(s), s)[1]
    torch.testing.assert_close(s, written / 2 ** 6)


def check_remembers_before_it_has_learned(make: Make = ForgetGateLSTM) -> None:
    """Without input, a new cell keeps more than two thirds of its state after a step; with a bias of 0, only half."""
    layer, s = make(3, 5).double(), torch.ones(1, 5, dtype=torch.float64)
    kept = layer.step(layer.bias[None], torch.zeros_like(s), s)[1]
    assert (kept > 2 / 3).all(), f"{kept.min():.2f} of a state is left"


class _OneMinusGate(ForgetGateLSTM):
    def remember(self, s: Tensor, net_phi: Tensor) -> Tensor:
        return (1 - torch.sigmoid(net_phi)) * s


class _IgnoresTheGate(ForgetGateLSTM):
    def remember(self, s: Tensor, net_phi: Tensor) -> Tensor:
        return s


class _ForgetsNewContentToo(ForgetGateLSTM):
    def step(self, net_x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        net_in, net_c, net_out, net_phi = (net_x + y @ self.weight_y.T).chunk(4, dim=-1)
        s = self.remember(s + torch.sigmoid(net_in) * self.g(net_c), net_phi)
        return torch.sigmoid(net_out) * self.h(s), s


class _StartsHalfOpen(ForgetGateLSTM):
    def __init__(self, inputs: int, cells: int) -> None:
        super().__init__(inputs, cells)
        nn.init.zeros_(self.bias)


MUTANTS = {"one_minus_gate": _OneMinusGate, "ignores_the_gate": _IgnoresTheGate,
           "forgets_new_content_too": _ForgetsNewContentToo, "starts_half_open": _StartsHalfOpen}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def stream(streams: int, symbols: int = 8) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Forever: a symbol, 2 to 23 blanks, a query for it. Yield the input, the symbol, and whether it is queried."""
    left, symbol = torch.zeros(streams).long(), torch.zeros(streams).long()
    while True:
        begins = left == 0
        symbol = torch.where(begins, torch.randint(symbols, (streams,)), symbol)
        left = torch.where(begins, torch.randint(3, 25, (streams,)), left - 1)
        asked = left == 0
        event = torch.where(begins, symbol, symbols + asked.long())
        yield F.one_hot(event, symbols + 2).float(), symbol, asked


def demo(arm: str, seed: int, lr: float, input_bias: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Sixteen streams, never reset, an update every 40 steps: yield (update, accuracy over the last 25 updates).

    The cell of 1997 is ours with the forget gate held open, so that both run on torch's kernels.
    """
    torch.manual_seed(seed)
    layer, readout, events, right = ForgetGateLSTM(10, 4), nn.Linear(4, 8).to(device), stream(16), []
    nn.init.constant_(layer.bias.data[:4], input_bias)                          # both arms may start nearly shut
    layer = (hold_gate(layer, 1000.0) if arm == "lstm_1997" else layer).to(device)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr)
    y = s = torch.zeros(16, 4, device=device)
    for step in range(1, 151):
        x, symbol, asked = (torch.stack(part, dim=1).to(device) for part in zip(*islice(events, 40), strict=True))
        outputs, s = by_torch(layer, x, y, s.detach())                          # carry the state, not its gradient
        y, answer = outputs[:, -1].detach(), readout(outputs[asked])
        optimizer.zero_grad()
        F.cross_entropy(answer, symbol[asked]).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        right.append((answer.argmax(dim=-1) == symbol[asked]).float().mean().item())
        if step % 25 == 0:
            yield step, sum(right[-25:]) / 25


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Forward pass, matrix products only; reads x and the weights, writes y and the last state."""
    b, t, i, m = (case.sizes[k] for k in "BTIM")
    return Work(flop=2 * b * t * 4 * m * (i + m), min_bytes=itemsize * (b * t * (i + m) + 4 * m * (i + m + 1) + b * m))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Pass], tuple[Tensor, ...]]:
    """Equal functions over the same weights; torch's variant also reorders the rows at each call."""
    b, t, i, m = (case.sizes[k] for k in "BTIM")
    reference = ForgetGateLSTM(i, m).to(device, dtype)
    return ({"torch.nn.LSTM": from_zero(reference), "reference": reference},
            (torch.randn(b, t, i, device=device, dtype=dtype),))
