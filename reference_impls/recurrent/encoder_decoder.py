"""RNN encoder-decoder: gated units encode a sequence into one vector, and gated units decode it into another sequence.

    r = sigma(W_r x + U_r h)                    reset gate                         Cho et al. 2014, eq. (5)
    z = sigma(W_z x + U_z h)                    update gate                        eq. (6)
    h' = z h + (1 - z) h~                       z = 1 keeps the old state          eq. (7)
    h~ = tanh(W x + U (r h))                    r = 0 ignores the old state        eq. (8)
    c = tanh(V h_S),  the decoder starts at tanh(V' c) and sees c and y_(t-1) at every step

The reset gate acts on h before the product with U. torch.nn.GRU applies it after, r (U h): the two agree where U is
diagonal or r = 1, and nowhere else. Logits are a maxout of the state, y_(t-1) and c, as in the paper's appendix.

Shapes: B sequences, S source and T target words, V words, I inputs, N units (also the width of the embeddings).
"""
from collections.abc import Callable, Iterator
from functools import partial, reduce
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="encoder-decoder", papers=["arxiv:1406.1078"], role="model", symbols=["GatedUnits", "EncoderDecoder"],
    patterns=["recurrence", "gating", "encode-decode", "higher-order"], properties=["diagonal_u_is_torch_gru"],
    oracle="closed form: each sequence alone, unit by unit", equations=["5", "6", "7", "8"],
    mutants=["reset_after_product", "update_gate_swapped", "summary_only_at_start"],
    claim=Claim(
        text="Of sixteen words twelve are blanks: gated units carry the other four, in order, through one vector; tanh "
             "units with as many parameters lose many of them, however their recurrent weights are initialized",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.0003, 0.001, 0.003, 0.01, 0.03], "start": ["uniform", "orthogonal", "identity"]},
        arms={"tanh": Arm(expect="<0.778", settings={"lr": 0.001, "start": "identity"}),
              "gated": Arm(expect=">0.778", settings={"lr": 0.003, "start": "orthogonal"})},
    ),
    bench=[Case("n64", {"B": 32, "T": 32, "I": 64, "N": 64})],
    deviations=["the decoder uses the encoder's units on [y_(t-1); c]; the appendix: tanh(W y_(t-1) + r (U h + C c))",
                "biases in the gates, which the paper's notation leaves out", "one vocabulary, one embedding"],
)


class GatedUnits(nn.Module):
    """A layer of N units with reset and update gates: inputs (B, T, I) and state h (B, N) to states (B, T, N)."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.w = nn.Linear(inputs, 3 * units)                                   # W_r, W_z, W stacked
        self.u_gates = nn.Linear(units, 2 * units, bias=False)                  # U_r, U_z
        self.u = nn.Linear(units, units, bias=False)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        nets = self.w(x).unbind(dim=1)                                          # T times (B, 3N): no recurrence yet
        return torch.stack(list(accumulate(nets, lambda h, net: self.step(net, h), initial=h))[1:], dim=1)

    def step(self, net_x: Tensor, h: Tensor) -> Tensor:
        net_gates, net = net_x.split([2 * h.shape[1], h.shape[1]], dim=1)
        r, z = torch.sigmoid(net_gates + self.u_gates(h)).chunk(2, dim=1)       # eq. (5), (6)
        return self.update(z, h, torch.tanh(net + self.recall(r, h)))

    def recall(self, r: Tensor, h: Tensor) -> Tensor:
        return self.u(r * h)                                                    # eq. (8)

    def update(self, z: Tensor, h: Tensor, candidate: Tensor) -> Tensor:
        return z * h + (1 - z) * candidate                                      # eq. (7)


class EncoderDecoder(nn.Module):
    """Both halves have N units; `make_units` builds a layer of them, given the widths of its input and its state."""

    def __init__(self, vocabulary: int, units: int, make_units: Callable[[int, int], nn.Module] = GatedUnits) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, units)
        self.encoder, self.decoder = make_units(units, units), make_units(2 * units, units)
        self.summary, self.start = nn.Linear(units, units), nn.Linear(units, units)             # V and V'
        self.deep, self.logits = nn.Linear(3 * units, 2 * units), nn.Linear(units, vocabulary)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Words (B, S) and (B, T): logits (B, T, V) of every next word."""
        x, previous = self.embedding(source), F.pad(self.embedding(target)[:, :-1], (0, 0, 1, 0))   # x_t, y_(t-1)
        c = self.summary(self.encoder(x, torch.zeros_like(x[:, 0]))[:, -1]).tanh()      # (B, N), all that is passed on
        seen = torch.cat([previous, self.repeat(c, target.shape[1])], dim=-1)
        pairs = self.deep(torch.cat([self.decoder(seen, self.start(c).tanh()), seen], dim=-1)).unflatten(-1, (-1, 2))
        return self.logits(pairs.amax(dim=-1))                                  # maxout

    def repeat(self, c: Tensor, steps: int) -> Tensor:
        return c[:, None].expand(-1, steps, -1)


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., EncoderDecoder]
Pass = Callable[[Tensor, Tensor], Tensor]


def unit_by_unit(net: EncoderDecoder, source: Tensor, target: Tensor) -> Tensor:
    """The logits of each sequence on its own, with every sum over the units written out."""
    def step(layer: nn.Module, x: Tensor, h: list[Tensor]) -> list[Tensor]:
        w, b, u_gates, u = (layer.get_parameter(name) for name in ("w.weight", "w.bias", "u_gates.weight", "u.weight"))
        n, net = len(h), [w[row] @ x + b[row] for row in range(len(w))]
        gates = [torch.sigmoid(net[j] + sum(u_gates[j, k] * h[k] for k in range(n))) for j in range(2 * n)]
        new = [torch.tanh(net[2 * n + j] + sum(u[j, k] * gates[k] * h[k] for k in range(n))) for j in range(n)]
        return [gates[n + j] * h[j] + (1 - gates[n + j]) * new[j] for j in range(n)]

    def sequence(words: Tensor, target: Tensor) -> Tensor:
        previous, logits = torch.zeros_like(net.start.bias), []
        read = reduce(lambda h, x: step(net.encoder, x, h), net.embedding(words), list(previous))
        c = net.summary(torch.stack(read)).tanh()
        h = list(net.start(c).tanh())
        for y in net.embedding(target):
            seen = torch.cat([previous, c])
            h, previous = step(net.decoder, seen, h), y
            deep = net.deep(torch.cat([torch.stack(h), seen]))
            logits.append(net.logits(torch.maximum(deep[::2], deep[1::2])))
        return torch.stack(logits)

    return torch.stack([sequence(s, t) for s, t in zip(source, target, strict=True)])


def oracle(make: Make = EncoderDecoder) -> tuple[nn.Module, Pass, tuple[Tensor, Tensor]]:
    """Our model, the same unit by unit with our parameters, and random words."""
    ours = make(7, 4).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    return ours, partial(unit_by_unit, ours), (torch.randint(7, (3, 6)), torch.randint(7, (3, 5)))


def check_diagonal_u_is_torch_gru(make: Make = EncoderDecoder) -> None:
    """With U diagonal, U (r h) = r (U h), so torch's GRU must agree whatever the gates do."""
    ours, theirs = make(7, 4).double().encoder, nn.GRU(4, 4, batch_first=True).double()
    assert isinstance(ours, GatedUnits)
    ours.u.weight.data = torch.randn(4, dtype=torch.float64).diag()
    theirs.load_state_dict({"weight_ih_l0": ours.w.weight, "bias_ih_l0": ours.w.bias, "bias_hh_l0": 0 * ours.w.bias,
                            "weight_hh_l0": torch.cat([ours.u_gates.weight, ours.u.weight])})
    x, h = 3 * torch.randn(5, 9, 4, dtype=torch.float64), torch.randn(5, 4, dtype=torch.float64)
    torch.testing.assert_close(ours(x, h), theirs(x, h[None])[0])


class _ResetAfterProduct(GatedUnits):
    def recall(self, r: Tensor, h: Tensor) -> Tensor:
        return r * self.u(h)


class _UpdateGateSwapped(GatedUnits):
    def update(self, z: Tensor, h: Tensor, candidate: Tensor) -> Tensor:
        return (1 - z) * h + z * candidate


class _SummaryOnlyAtStart(EncoderDecoder):
    def repeat(self, c: Tensor, steps: int) -> Tensor:
        return 0 * super().repeat(c, steps)


MUTANTS: dict[str, Make] = {"reset_after_product": partial(EncoderDecoder, make_units=_ResetAfterProduct),
                            "update_gate_swapped": partial(EncoderDecoder, make_units=_UpdateGateSwapped),
                            "summary_only_at_start": _SummaryOnlyAtStart}


# -- what the paper claims, small ------------------------------------------------------------------------------------
class TanhUnits(nn.RNN):
    """A layer with the same interface and no gates, on torch's kernels."""

    def forward(self, x: Tensor, h: Tensor) -> Tensor:                          # type: ignore[override]
        return super().forward(x, h[None].contiguous())[0]


def demo(arm: str, seed: int, lr: float, start: str, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Copy four words of eight, in order, from among twelve blanks: yield (step, accuracy over the last 25 steps)."""
    torch.manual_seed(seed)
    net = EncoderDecoder(9, 32) if arm == "gated" else EncoderDecoder(9, 43, partial(TanhUnits, batch_first=True))
    for name, parameter in net.named_parameters():
        if start != "uniform" and any(recurrent in name for recurrent in ("weight_hh", "u.weight", "u_gates")):
            for block in parameter.data.split(parameter.shape[1]):
                {"orthogonal": nn.init.orthogonal_, "identity": nn.init.eye_}[start](block)
    optimizer, right = torch.optim.Adam(net.to(device).parameters(), lr), []
    for step in range(1, 251):
        words, places = torch.randint(8, (32, 4)), torch.rand(32, 16).topk(4).indices.sort(dim=1).values
        source, target = torch.full((32, 16), 8).scatter(1, places, words).to(device), words.to(device)
        logits = net(source, target)
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), target.flatten()).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        right.append((logits.argmax(dim=-1) == target).float().mean().item())
        if step % 50 == 0:
            yield step, sum(right[-25:]) / 25


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Forward pass, matrix products only; reads x, h and the weights, writes the states."""
    b, t, i, n = (case.sizes[k] for k in "BTIN")
    return Work(flop=2 * b * t * 3 * n * (i + n), min_bytes=itemsize * (b * (t + 1) * (i + n) + 3 * n * (i + n + 1)))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Pass], tuple[Tensor, Tensor]]:
    """The units alone. torch's GRU does equal work but is another function: its reset gate acts after the product."""
    b, t, i, n = (case.sizes[k] for k in "BTIN")
    gru, reference = nn.GRU(i, n, batch_first=True).to(device, dtype), GatedUnits(i, n).to(device, dtype)
    return ({"torch.nn.GRU": lambda x, h: gru(x, h[None])[0], "reference": reference},
            (torch.randn(b, t, i, device=device, dtype=dtype), torch.randn(b, n, device=device, dtype=dtype)))
