"""How far back does the gradient reach? Its norms by layer and by time lag, at the start and through training.

    dL/dW_l = (prod_{k>l} J_k)^T dL/dh_D  h_{l-1}^T,   J_k = dh_k / dh_{k-1}        back-propagation, layer by layer
    dL/ds_t = (prod_{k>t} J_k)^T dL/ds_T,              J_k = ds_k / ds_{k-1}        and through time

If the Jacobians shrink vectors, the product vanishes with depth; if they stretch them, it explodes. The remedies are
compared here: scaled initial weights, rectifiers, normalization, residual connections, and gates (highway, LSTM).
Layers are initialized as in torch, uniform in +-1/sqrt(inputs), unless the arm names Glorot or He. LSTM is the cell of
1997 without a forget gate; forget-gate-4 starts with that gate open wider, by a bias of 4 instead of 1.

Feedforward nets classify digits; recurrent ones name the first of 20 random symbols after the last.
Longer than most: the question spans feedforward and recurrent networks, and the remedies for each.

Shapes: B examples, D = 20 hidden layers of 32 units; sequences of T = 20 symbols out of 4, M = 16 cells.
"""
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.activations.relu import relu
from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.data import digits
from reference_impls.harness.trial import Measures, Plot, Series, Trial
from reference_impls.norms.batchnorm import BatchNorm
from reference_impls.norms.layernorm import LayerNorm
from reference_impls.recurrent.forget_gate import ForgetGateLSTM
from reference_impls.recurrent.lstm import LSTM

CARD = Card(
    id="gradient-flow",
    papers=["key:backprop", "key:relu", "arxiv:1502.03167", "arxiv:1607.06450", "arxiv:1512.03385", "key:lstm",
            "key:forget-gate"],
    role="experiment",
    symbols=["Stack", "Plain", "Residual", "Highway", "Reader", "TanhCell", "gradient_norms"],
    patterns=[],
    oracle="",
    properties=["norms_of_a_linear_chain", "norms_of_a_linear_recurrence", "open_paths_pass_all_of_it",
                "layers_equal_their_formulas"],
    mutants=["squared", "largest_entry", "per_entry", "from_the_other_end"],
    experiment=Experiment(
        question="In which networks does the gradient reach the first of twenty layers or steps, and does it matter?",
        metric="accuracy",
        better="higher",
        measures=["accuracy", "loss", "start_decades", "end_decades"],
        grid={"lr": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={
            "sigmoid": {"lr": 0.0001}, "tanh": {"lr": 0.0003}, "relu": {"lr": 0.01}, "tanh-glorot": {"lr": 0.003},
            "relu-he": {"lr": 0.003}, "sigmoid-batchnorm": {"lr": 0.003}, "relu-batchnorm": {"lr": 0.003},
            "relu-layernorm": {"lr": 0.001}, "residual": {"lr": 0.003}, "highway": {"lr": 0.03}, "rnn": {"lr": 0.03},
            "rnn-orthogonal": {"lr": 0.003}, "lstm": {"lr": 0.01}, "forget-gate": {"lr": 0.01},
            "forget-gate-4": {"lr": 0.01},
        },
        budget_s=45,
        answer="The ratio of the first to the last gradient norm at the start, in decades (powers of ten), shows which "
               "deep networks cannot learn, but not how well the others will; over time it does not show even that. "
               "Held-out accuracy, mean (range) over seeds {seeds}. "
               "Stacks of twenty layers that lose four decades or more fail at every rate: sigmoid, "
               "{sigmoid.start_decades:range} decades, is at chance, {sigmoid}; so is relu with torch's initial "
               "weights, {relu.start_decades} decades, {relu}, on one seed with gradients of exactly zero at the end; "
               "tanh, {tanh.start_decades} decades, gets {tanh:range} although training levels its norms. Each remedy "
               "keeps the ratio within two decades, and all of them learn: highway {highway:range}, with twice the "
               "parameters, residual {residual:range}, sigmoid-batchnorm {sigmoid-batchnorm:range}, relu-he "
               "{relu-he:range}, relu-batchnorm {relu-batchnorm:range}, whose gradient grows on the way back, by "
               "{relu-batchnorm.start_decades} decades, tanh-glorot {tanh-glorot:range}, relu-layernorm "
               "{relu-layernorm:range}. A level gradient is not enough: tanh-glorot's first and last norms are "
               "{tanh-glorot.start_decades:range} decades apart. Over 20 steps the plain rnn starts at "
               "{rnn.start_decades:range} decades and still learns to recall, on some seeds better than on others, "
               "{rnn:range}; rnn-orthogonal starts at {rnn-orthogonal.start_decades} and gets {rnn-orthogonal}; lstm "
               "and forget-gate-4 lose nothing and get {lstm} and {forget-gate-4}. The forget gate with a bias of 1 "
               "loses less than the plain rnn, {forget-gate.start_decades} decades, and does worst, "
               "{forget-gate:range}, where chance is 0.25: here the initial bias makes the difference. Adam normalizes "
               "the size of gradients down to its eps of 1e-8: those of the first layers of sigmoid and relu are "
               "smaller, so these layers hardly move; those of tanh are not, and it fails all the same. The default "
               "weights also shrink the forward signal; the two effects are not separated here. Small networks, 300 "
               "steps, three seeds; sigmoid is at chance at every rate, so its best rate, at the edge of the grid, "
               "means nothing.",
    ),
)
Watched = tuple[Tensor, list[Tensor]]       # scores (B, classes), and the tensors whose gradients are measured


class Plain(nn.Module):
    """bend(norm(W h + b)) for h (B, width); a `gain` sets weights of deviation gain / sqrt(width) and b = 0."""

    def __init__(self, width: int, bend: Callable[[Tensor], Tensor], gain: float | None = None,
                 norm: Callable[[int], nn.Module] = nn.Identity) -> None:
        super().__init__()
        self.linear, self.norm, self.bend = nn.Linear(width, width), norm(width), bend
        if gain is not None:
            nn.init.normal_(self.linear.weight, std=gain / width ** 0.5)
            nn.init.zeros_(self.linear.bias)

    def forward(self, h: Tensor) -> Tensor:
        return self.bend(self.norm(self.linear(h)))


class Residual(Plain):
    """h + W bend(h) + b: one matrix per block, as in the others, and an identity shortcut."""

    def forward(self, h: Tensor) -> Tensor:
        return h + self.linear(self.bend(h))


class Highway(Plain):
    """t bend(W h + b) + (1 - t) h with a gate t, nearly shut at the start; twice the parameters of the others."""

    def __init__(self, width: int, bend: Callable[[Tensor], Tensor]) -> None:
        super().__init__(width, bend)
        self.gate = nn.Linear(width, width)
        nn.init.constant_(self.gate.bias, -2.0)

    def forward(self, h: Tensor) -> Tensor:
        t = torch.sigmoid(self.gate(h))
        return t * super().forward(h) + (1 - t) * h


class Stack(nn.Module):
    """Layers of one width between a first and a last linear layer; returns scores and the layers' matrices."""

    def __init__(self, layer: Callable[[int], Plain], depth: int = 20, width: int = 32) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(64, width), nn.Linear(width, 10)
        self.layers = nn.ModuleList(layer(width) for _ in range(depth))

    def forward(self, x: Tensor) -> Watched:
        h = self.first(x)
        for layer in self.layers:
            h = layer(h)
        return self.last(h), [layer.get_parameter("linear.weight") for layer in self.layers]


class TanhCell(nn.Module):
    """s(t) = tanh(W_x x(t) + W_s s(t-1) + b), with the interface of our LSTM."""

    def __init__(self, inputs: int, cells: int, orthogonal: bool = False) -> None:
        super().__init__()
        self.weight_x = nn.Parameter(torch.empty(cells, inputs).uniform_(-1, 1) * cells ** -0.5)
        self.weight_y = nn.Parameter(torch.empty(cells, cells).uniform_(-1, 1) * cells ** -0.5)
        self.bias = nn.Parameter(torch.zeros(cells))
        if orthogonal:
            nn.init.orthogonal_(self.weight_y)

    def step(self, net_x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        s = torch.tanh(net_x + y @ self.weight_y.T)
        return s, s


def forget_gate(inputs: int, cells: int, bias: float) -> ForgetGateLSTM:
    """Our LSTM with forget gates at about sigmoid(bias) before training."""
    cell = ForgetGateLSTM(inputs, cells)
    nn.init.constant_(cell.bias.data[3 * cells:], bias)
    return cell


class Reader(nn.Module):
    """A recurrent cell over sequences (B, T) of symbols; returns scores from its last output, and its states."""

    def __init__(self, cell: Callable[[int, int], TanhCell | LSTM], symbols: int = 4, cells: int = 16) -> None:
        super().__init__()
        self.symbols, self.cell, self.classify = symbols, cell(symbols, cells), nn.Linear(cells, symbols)

    def forward(self, x: Tensor) -> Watched:
        inputs = F.one_hot(x, self.symbols).to(self.cell.bias)                          # (B, T, symbols)
        y = s = inputs.new_zeros(len(x), self.cell.weight_y.shape[1])                   # (B, M)
        states = []
        for net_x in (inputs @ self.cell.weight_x.T + self.cell.bias).unbind(dim=1):
            y, s = self.cell.step(net_x, y, s)
            states.append(s)
        return self.classify(y), states


NETS: dict[str, Callable[[], Stack | Reader]] = {
    "sigmoid": lambda: Stack(partial(Plain, bend=torch.sigmoid)),
    "tanh": lambda: Stack(partial(Plain, bend=torch.tanh)),
    "relu": lambda: Stack(partial(Plain, bend=relu)),
    "tanh-glorot": lambda: Stack(partial(Plain, bend=torch.tanh, gain=1.0)),
    "relu-he": lambda: Stack(partial(Plain, bend=relu, gain=2 ** 0.5)),
    "sigmoid-batchnorm": lambda: Stack(partial(Plain, bend=torch.sigmoid, norm=BatchNorm)),
    "relu-batchnorm": lambda: Stack(partial(Plain, bend=relu, norm=BatchNorm)),
    "relu-layernorm": lambda: Stack(partial(Plain, bend=relu, norm=LayerNorm)),
    "residual": lambda: Stack(partial(Residual, bend=relu)),
    "highway": lambda: Stack(partial(Highway, bend=torch.tanh)),
    "rnn": lambda: Reader(TanhCell),
    "rnn-orthogonal": lambda: Reader(partial(TanhCell, orthogonal=True)),
    "lstm": lambda: Reader(LSTM),
    "forget-gate": lambda: Reader(partial(forget_gate, bias=1.0)),
    "forget-gate-4": lambda: Reader(partial(forget_gate, bias=4.0)),
}


def gradient_norms(loss: Tensor, tensors: Sequence[Tensor]) -> list[float]:
    """Euclidean norm of the loss's gradient with respect to each tensor; in float64, so squares do not underflow."""
    return [gradient.double().norm().item() for gradient in torch.autograd.grad(loss, tensors)]


def trial(arm: str, seed: int, device: str = "cpu", steps: int = 300,
          lr: float = 0.003) -> Iterator[tuple[int, Measures] | Series]:
    """Adam, batches of 64, a rate that falls linearly to zero: yield (step, measures), then the norms as curves.

    `start_decades` and `end_decades` are `decades` of the norms before and after training.
    """
    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    net = NETS[arm]().to(device)
    place = "layer" if isinstance(net, Stack) else "step"
    if isinstance(net, Reader):
        x, x_test = torch.randint(4, (4096, 20)).to(device), torch.randint(4, (512, 20)).to(device)
        y, y_test = x[:, 0], x_test[:, 0]
    optimizer = torch.optim.Adam(net.parameters(), lr, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)

    def norms() -> list[float]:
        """Norms from the last layer or step back to the first, always on the same 256 examples."""
        scores, watched = net.train()(x[:256])
        return gradient_norms(F.cross_entropy(scores, y[:256]), watched)[::-1]

    start = end = norms()
    through = [(0.0, 10 ** decades(start))]
    for step in range(1, steps + 1):
        batch = torch.randint(len(x), (64,)).to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(net.train()(x[batch])[0], y[batch])
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % max(1, steps // 10) == 0 or step == steps:
            end = norms()
            through.append((float(step), 10 ** decades(end)))
            yield step, {"accuracy": accuracy(net, x_test, y_test), "loss": loss.item(),
                         "start_decades": decades(start), "end_decades": decades(end)}
    yield Series(f"gradient by {place}, at the start", [(float(back), norm) for back, norm in enumerate(start)])
    yield Series(f"gradient by {place}, after training", [(float(back), norm) for back, norm in enumerate(end)])
    yield Series(f"gradient in the first {place} over that in the last", through)


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the examples whose highest score is for the right class."""
    return (net.eval()(x)[0].argmax(-1) == y).float().mean().item()


def decades(norms: Sequence[float]) -> float:
    """log10 of the first norm over the last one: -6 when a millionth arrives, at least -20; NaN stays NaN."""
    last, *_, first = norms
    if not (math.isfinite(first) and math.isfinite(last)):
        return math.nan
    return max(-20.0, math.log10(first / last)) if first > 0 and last > 0 else -20.0


def figures(trials: Sequence[Trial]) -> Iterator[Plot]:
    """Norms by distance from the loss, and first over last by training step: geometric mean and range over seeds.

    A seed whose norms do not stay finite is left out; norms below 1e-20 are drawn at 1e-20.
    """
    for name in dict.fromkeys(name for trial in trials for name in trial.series):
        found: dict[str, list[list[tuple[float, float]]]] = {}
        for trial in trials:
            if name in trial.series and all(math.isfinite(norm) for _, norm in trial.series[name]):
                found.setdefault(trial.arm, []).append(trial.series[name])
        lines = {arm: [_band(points) for points in zip(*curves, strict=True)] for arm, curves in found.items()}
        place = "layer" if "layer" in name else "step"
        if name.startswith("gradient by"):
            yield Plot(name, f"{place}s back from the last", "norm of the gradient", lines, log_y=True)
        else:
            yield Plot(name, "training step", "ratio of norms", lines, log_y=True)


def _band(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    norms = [max(norm, 1e-20) for _, norm in points]         # a dead network's are 0, which has no logarithm
    return points[0][0], math.exp(sum(map(math.log, norms)) / len(norms)), min(norms), max(norms)


# -- how we know that it is right -------------------------------------------------------------------------------------

Make = Callable[[Tensor, Sequence[Tensor]], list[float]]


def check_norms_of_a_linear_chain(make: Make = gradient_norms) -> None:
    """Without activations the Jacobians are the matrices: a layer's norm is ||W^T g|| ||h||, W the product after it."""
    net = Stack(partial(Plain, bend=lambda h: h), depth=6, width=5).double()
    x, direction = torch.randn(1, 64, dtype=torch.float64), torch.randn(10, dtype=torch.float64)
    scores, watched = net(x)
    norms = make((scores * direction).sum(), watched)
    inputs = [net.first(x)]
    for layer in net.layers:
        inputs.append(layer(inputs[-1]))
    expected = []
    for l in range(6):
        jacobian = torch.eye(5, dtype=torch.float64)
        for weight in watched[l + 1:]:
            jacobian = weight @ jacobian                                # dh_D / dh_l
        expected.append(((net.last.weight @ jacobian).T @ direction).norm() * inputs[l].norm())
    torch.testing.assert_close(torch.tensor(norms, dtype=torch.float64), torch.stack(expected))


def check_norms_of_a_linear_recurrence(make: Make = gradient_norms) -> None:
    """Without tanh, the gradient with respect to s_t is (W^T)^(T-t) C^T g, whatever the sequence."""
    class Linear(TanhCell):
        def step(self, net_x: Tensor, y: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
            s = net_x + y @ self.weight_y.T
            return s, s

    net, direction = Reader(Linear, cells=5).double(), torch.randn(4, dtype=torch.float64)
    scores, watched = net(torch.randint(4, (1, 9)))
    norms = make((scores * direction).sum(), watched)
    at_end = net.classify.weight.T @ direction
    expected = [(torch.linalg.matrix_power(net.cell.weight_y.T, 8 - t) @ at_end).norm() for t in range(9)]
    torch.testing.assert_close(torch.tensor(norms, dtype=torch.float64), torch.stack(expected))


def check_open_paths_pass_all_of_it(make: Make = gradient_norms) -> None:
    """A residual block of zeros and a highway layer with its gate shut pass the gradient unchanged."""
    h, direction = torch.randn(2, 7, 5, dtype=torch.float64)
    residual, highway = Residual(5, relu).double(), Highway(5, torch.tanh).double()
    nn.init.zeros_(residual.linear.weight)
    nn.init.constant_(highway.gate.bias, -1000.0)
    for layer in (residual, highway):
        h.requires_grad_()
        norms = make((layer(h) * direction).sum(), [h])
        torch.testing.assert_close(torch.tensor(norms, dtype=torch.float64), direction.norm()[None])


def check_layers_equal_their_formulas(make: Make = gradient_norms) -> None:
    """Against torch's linear layers and cell; highway gates start at sigmoid(-2), fitted layers at their deviation."""
    h, x = torch.randn(7, 5, dtype=torch.float64), torch.randn(7, 4, dtype=torch.float64)
    plain, residual, highway = Plain(5, relu).double(), Residual(5, relu).double(), Highway(5, torch.tanh).double()
    torch.testing.assert_close(plain(h), plain.linear(h).clamp(min=0))
    torch.testing.assert_close(residual(h), h + residual.linear(h.clamp(min=0)))
    torch.testing.assert_close(highway(h), h.lerp(highway.linear(h).tanh(), highway.gate(h).sigmoid()))
    assert (highway.gate.bias == -2).all(), "a highway gate does not start at -2"
    fitted = Plain(64, relu, gain=1.5)
    assert abs(fitted.linear.weight.std() / (1.5 / 8) - 1) < 0.06, "the weights have another deviation"
    assert not fitted.linear.bias.any(), "an initial bias is not zero"
    ours, theirs = TanhCell(4, 5).double(), nn.RNNCell(4, 5).double()
    theirs.load_state_dict({"weight_ih": ours.weight_x, "weight_hh": ours.weight_y, "bias_ih": 0 * ours.bias,
                            "bias_hh": ours.bias})
    torch.testing.assert_close(ours.step(x @ ours.weight_x.T + ours.bias, h, h)[0], theirs(x, h))


def _of_each(measure: Callable[[Tensor], Tensor]) -> Make:
    return lambda loss, tensors: [measure(gradient).item() for gradient in torch.autograd.grad(loss, tensors)]


MUTANTS: dict[str, Make] = {
    "squared": _of_each(lambda gradient: gradient.square().sum()),
    "largest_entry": _of_each(lambda gradient: gradient.abs().max()),
    "per_entry": _of_each(lambda gradient: gradient.square().mean().sqrt()),
    "from_the_other_end": lambda loss, tensors: gradient_norms(loss, tensors)[::-1],
}
