"""SwiGLU: the feed-forward layer of a transformer with units that multiply a gate and a value.

    FFN_ReLU(x)   = max(x W1, 0) W2                                             Shazeer 2020, eq. (2): what it replaces
    GLU(x)        = sigmoid(x W) * x V            Bilinear(x) = x W * x V       units of earlier papers
    ReGLU(x)      = max(x W, 0) * x V             GEGLU(x)    = GELU(x W) * x V
    SwiGLU(x)     = Swish(x W) * x V,             Swish(z)    = z sigmoid(z)    units of this one
    FFN_SwiGLU(x) = (Swish(x W) * x V) W2                                       the layer; likewise for the other units

Three matrices stand where there were two: for equal parameters and multiplications, the hidden width becomes two thirds
of what it was. The paper has no explanation of the gain and says so.
Conventions: the function is applied to the gate x W, not to the value x V (torch's F.glu wants the value first); the
factor beta of Swish is 1; there are no biases, as in the layers of the paper.

Shapes: x (*, D) to (*, D), F hidden width; in the demonstration B texts of T letters.
"""
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import MultiHeadAttention
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.language.gpt2 import look_back

CARD = Card(
    id="swiglu", papers=["arxiv:2002.05202"], role="layer", symbols=["swish", "SwiGLU", "ffn", "two_thirds"],
    patterns=["gating", "higher-order", "activation"],
    oracle="torch.nn.functional:silu", properties=["glu_is_that_of_torch", "bilinear_is_quadratic",
                                                   "between_bilinear_and_reglu", "two_thirds_cost_the_same"],
    mutants=["value_through_the_function", "adds_the_value", "sigmoid_for_swish", "both_through_the_function"],
    claim=Claim(
        text="With equally many parameters and steps, a small transformer learns a language, in which two letters "
             "decide on the next, better with SwiGLU than with ReLU or GELU layers",
        metric="excess_log_perplexity", better="lower", grade="B", budget_s=3,
        grid={"lr": [0.01, 0.02, 0.03, 0.04, 0.06]},
        arms={"relu": Arm(expect=">0.0965", settings={"lr": 0.03}),
              "gelu": Arm(expect=">0.0965", settings={"lr": 0.03}),
              "swiglu": Arm(expect="<0.0965", settings={"lr": 0.03})},
    ),
    bench=[Case("base", {"N": 512, "D": 768, "F": 3072})], equations=["2"],
    deviations=["the demonstration predicts the next letter; the paper fills gaps, with an encoder and a decoder"],
)
Function = Callable[[Tensor], Tensor]


def swish(z: Tensor) -> Tensor:
    return z * torch.sigmoid(z)


class SwiGLU(nn.Module):
    """The gated layer, (*, D) to (*, D); another `function` makes it another member of the family."""

    def __init__(self, width: int, hidden: int, function: Function = swish) -> None:
        super().__init__()
        self.function = function
        self.w, self.v = nn.Linear(width, hidden, bias=False), nn.Linear(width, hidden, bias=False)
        self.w2 = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.w2(self.units(self.w(x), self.v(x)))

    def units(self, gate: Tensor, value: Tensor) -> Tensor:
        return self.function(gate) * value                                  # (*, F)


def ffn(width: int, hidden: int, function: nn.Module) -> nn.Sequential:
    """The layer before: eq. (2) if the function is a rectifier, (*, D) to (*, D)."""
    return nn.Sequential(nn.Linear(width, hidden, bias=False), function, nn.Linear(hidden, width, bias=False))


def two_thirds(hidden: int) -> int:
    """The hidden width at which three matrices hold as many numbers as two did at `hidden`."""
    return round(2 * hidden / 3)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Make = Callable[..., SwiGLU]


def oracle(make: Make = SwiGLU) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """Ours with random weights; the same units one by one, with torch's Swish."""
    ours = make(5, 7).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)

    def theirs(x: Tensor) -> Tensor:
        units = [F.silu(x @ w) * (x @ v) for w, v in zip(ours.w.weight, ours.v.weight, strict=True)]
        return torch.stack(units, dim=-1) @ ours.w2.weight.T

    return ours, theirs, 0.5 + 2 * torch.randn(3, 4, 5, dtype=torch.float64)


def check_glu_is_that_of_torch(make: Make = SwiGLU) -> None:
    layer, x = make(5, 7, torch.sigmoid).double(), torch.randn(6, 5, dtype=torch.float64)
    torch.testing.assert_close(layer(x), layer.w2(F.glu(torch.cat([layer.v(x), layer.w(x)], dim=-1))))


def check_bilinear_is_quadratic(make: Make = SwiGLU) -> None:
    """Without a function a layer is a polynomial of degree 2, a quadratic form: it obeys the parallelogram law."""
    layer, (x, y) = make(5, 7, nn.Identity()).double(), torch.randn(2, 6, 5, dtype=torch.float64)
    torch.testing.assert_close(layer(x + y) + layer(x - y), 2 * layer(x) + 2 * layer(y))


def check_between_bilinear_and_reglu(make: Make = SwiGLU) -> None:
    """Swish is z / 2 near zero and a rectifier far from it; the size of the gate's weights chooses."""
    for scale, function, share in ((1e-9, nn.Identity(), 0.5), (1e9, F.relu, 1.0)):
        ours, limit, x = make(5, 7).double(), make(5, 7, function).double(), torch.randn(6, 5, dtype=torch.float64)
        limit.load_state_dict(ours.state_dict())
        ours.w.weight.data *= scale
        torch.testing.assert_close(ours(x) / scale, share * limit(x))


def check_two_thirds_cost_the_same(make: Make = SwiGLU) -> None:
    for width, hidden in ((8, 30), (768, 3072)):
        gated, plain = (sum(p.numel() for p in layer.parameters())
                        for layer in (make(width, two_thirds(hidden)), ffn(width, hidden, nn.ReLU())))
        assert gated == plain, f"{gated} parameters against {plain}"


class _ValueThroughTheFunction(SwiGLU):
    def units(self, gate: Tensor, value: Tensor) -> Tensor:
        return gate * self.function(value)


class _AddsTheValue(SwiGLU):
    def units(self, gate: Tensor, value: Tensor) -> Tensor:
        return self.function(gate) + value


class _SigmoidForSwish(SwiGLU):
    def __init__(self, width: int, hidden: int, function: Function = torch.sigmoid) -> None:
        super().__init__(width, hidden, function)


class _BothThroughTheFunction(SwiGLU):
    def units(self, gate: Tensor, value: Tensor) -> Tensor:
        return self.function(gate) * self.function(value)


MUTANTS = {"value_through_the_function": _ValueThroughTheFunction, "adds_the_value": _AddsTheValue,
           "sigmoid_for_swish": _SigmoidForSwish, "both_through_the_function": _BothThroughTheFunction}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """A random table gives the odds of a letter after each pair of letters: yield (step, excess over the best loss).

    One layer of attention, then the layer in question, with new texts in every step. The excess is the mean divergence
    of the true odds from the predicted ones, in nats, on 500 texts that are not trained on.
    """
    torch.manual_seed(seed)
    table = (2 * torch.randn(12, 12, 12)).softmax(dim=-1).to(device)
    layer = SwiGLU(32, two_thirds(96)) if arm == "swiglu" else ffn(32, 96, {"relu": nn.ReLU(), "gelu": nn.GELU()}[arm])
    letters, places, attention = nn.Embedding(12, 32), nn.Embedding(20, 32), MultiHeadAttention(32, 4, look_back)
    net = nn.ModuleList([letters, places, attention, layer, read := nn.Linear(32, 12)]).to(device)
    norm = partial(F.layer_norm, normalized_shape=(32,))
    optimizer = torch.optim.Adam(net.parameters(), lr)

    def write(count: int) -> Tensor:
        text = list(torch.randint(12, (2, count)).to(device))
        while len(text) < 21:
            text.append(table[text[-2], text[-1]].multinomial(1)[:, 0])
        return torch.stack(text, dim=1)                                     # (B, T + 1)

    def predict(text: Tensor) -> Tensor:
        x = letters(text[:, :-1]) + places.weight                           # (B, T, D)
        x = x + attention(norm(x), norm(x))
        return read(norm(x + layer(norm(x))))[:, 1:].log_softmax(dim=-1)    # from the second letter on

    for step in range(1, 301):
        optimizer.param_groups[0]["lr"] = lr * min(1, step / 30) * (1 - (step - 1) / 300)      # up, then down to zero
        text = write(24)
        loss = F.nll_loss(predict(text).flatten(0, 1), text[:, 2:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            text = write(500)
            with torch.no_grad():
                excess = F.kl_div(predict(text), table[text[:, :-2], text[:, 1:-1]], reduction="none").sum(dim=-1)
            yield step, excess.mean().item()


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Three matrix products of two thirds of the width; weights and x read and y written once."""
    n, d, f = case.sizes["N"], case.sizes["D"], two_thirds(case.sizes["F"])
    return Work(flop=6 * n * d * f, min_bytes=itemsize * (3 * d * f + 2 * n * d))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """The same layer with torch's Swish, which is one operation, against ours."""
    n, d, f = case.sizes["N"], case.sizes["D"], two_thirds(case.sizes["F"])
    return ({"torch.nn.functional.silu": SwiGLU(d, f, F.silu).to(device, dtype),
             "reference": SwiGLU(d, f).to(device, dtype)}, (torch.randn(n, d, device=device, dtype=dtype),))
