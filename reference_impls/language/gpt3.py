"""GPT-3: language models of growing size; the larger they are, the more they learn from examples in their context.

    context = x_1 y_1 x_2 y_2 .. x_k   ->   y_k, without any change of weights    Brown et al. 2020, section 2, fig. 2.1

The network is GPT-2, but every second layer attends in a local band (section 2.1): position t sees t - W + 1 .. t.
Here an example is a pair x in R^d, y = w x + noise, and every context has its own w, which only earlier examples
reveal. The best estimate that any method can make from k of them is the closed form (X^T X + s^2 I)^-1 X^T y, for
w from N(0, I) and noise from N(0, s^2).

Shapes: B contexts, T tokens (2 per pair), W band, D width, H heads, V words, L layers, d inputs, k pairs ("shots").
"""
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import Attend, attention
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.language.gpt2 import GPT2, Decoder, look_back

CARD = Card(
    id="gpt3", papers=["arxiv:2005.14165"], role="model",
    symbols=["look_nearby", "GPT3", "InContextRegression", "least_squares"],
    patterns=["autoregressive", "scaling", "in-context-learning", "sparsity"],
    oracle="torch.nn:TransformerEncoderLayer",
    properties=["guesses_precede_their_answers", "closed_form_solves_the_stacked_equations", "fast_equals_reference"],
    mutants=["all_layers_dense", "band_one_wider", "band_comes_first", "band_sees_the_future"],
    claim=Claim(
        text="With the weights fixed, five pairs in the context more than halve the error on the next y of an unseen "
             "task, from the best possible without pairs towards that of least squares on five",
        metric="squared_error", better="lower", grade="A", budget_s=12,
        grid={"lr": [0.0003, 0.001, 0.003, 0.01]},
        arms={"zero_shot": Arm(expect=">1.34", settings={"lr": 0.001}),
              "five_shots": Arm(expect="<1.34", settings={"lr": 0.001})},
    ),
    bench=[Case("mini", {"B": 4, "T": 64, "W": 16, "V": 1000, "D": 128, "H": 2, "L": 2})],
    deviations=["one small network and one task instead of 175 billion weights, web text and many tasks",
                "the paper does not give the width of the band", "numbers in and out, so no embedding of tokens"],
)


def look_nearby(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, band: int = 8) -> Tensor:
    """Attention in which position t sees t - band + 1 .. t; shapes as in `attention`."""
    near = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).triu(1 - band)
    return look_back(query, key, value, near if mask is None else near & mask)


def alternating(band: int) -> Sequence[Attend]:
    """The attention of successive layers: dense, then in a band."""
    return look_back, partial(look_nearby, band=band)


class GPT3(GPT2):
    """Tokens (B, T) to logits of the next token (B, T, V), with a band of W in every second layer."""

    def __init__(self, words: int, context: int, width: int, heads: int, depth: int, band: int,
                 alternate: Callable[[int], Sequence[Attend]] = alternating) -> None:
        super().__init__(words, context, width, heads, depth, alternate(band))


class InContextRegression(nn.Module):
    """The decoder of GPT-3 on numbers: x (B, k, d) and y (B, k) to guesses of y (B, k), each before y is seen."""

    def __init__(self, inputs: int, pairs: int, width: int, heads: int, depth: int, band: int) -> None:
        super().__init__()
        self.embed, self.read = nn.Linear(inputs + 1, width), nn.Linear(width, 1)
        self.decode = Decoder(2 * pairs, width, heads, depth, alternating(band))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        questions, answers = F.pad(x, (0, 1)), F.pad(y[..., None], (x.shape[-1], 0))         # [x; 0] and [0; y]
        text = torch.stack([questions, answers], dim=2).flatten(1, 2)                         # x_1 y_1 x_2 y_2 ..
        return self.read(self.decode(self.embed(text)))[:, 0::2, 0]


def least_squares(x: Tensor, y: Tensor, noise: float) -> Tensor:
    """The best guess of each y (B, k) from the pairs before it; x is (B, k, d), noise the deviation of y."""
    past = torch.ones(y.shape[1], y.shape[1], dtype=x.dtype, device=x.device).tril(-1)
    moments = torch.einsum("kj,bji,bjl->bkil", past, x, x) + noise ** 2 * torch.eye(x.shape[-1]).to(x)
    return (torch.linalg.solve(moments, torch.einsum("kj,bji,bj->bki", past, x, y)) * x).sum(dim=-1)


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------
Make = Callable[..., GPT3]


def oracle(make: Make = GPT3) -> tuple[GPT3, Callable[[Tensor], Tensor], Tensor]:
    """Ours with random parameters; torch's layers with the same, each with its own mask; tokens."""
    ours = make(11, 9, 8, 4, 4, 3).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    torchs = nn.TransformerEncoderLayer(8, 4, 32, 0.0, F.gelu, batch_first=True, norm_first=True).double()

    def theirs(tokens: Tensor) -> Tensor:
        p: dict[str, Tensor] = {name.removeprefix("decode.").replace("in_proj.", "in_proj_"): tensor
                                for name, tensor in ours.named_parameters()}
        z = p["embedding"][tokens] + p["positions"][:7]
        for index in range(4):
            hidden = torch.tensor([[not 0 <= i - j < (7, 3)[index % 2] for j in range(7)] for i in range(7)])
            layer = {name.removeprefix(f"layers.{index}."): tensor for name, tensor in p.items()
                     if name.startswith(f"layers.{index}.")}
            z = torch.func.functional_call(torchs, layer, (z,), {"src_mask": hidden})
        return F.layer_norm(z, (8,), p["norm.weight"], p["norm.bias"]) @ p["embedding"].T

    return ours, theirs, torch.randint(11, (3, 7))


def check_guesses_precede_their_answers(make: Make = GPT3) -> None:
    """A guess changes with its own question and with earlier answers, not with its own answer or anything later."""
    model, x, y = InContextRegression(2, 5, 8, 4, 3, band=4), torch.randn(3, 5, 2), torch.randn(3, 5)
    later_x, later_y = torch.cat([x[:, :3], x[:, 3:] + 1], dim=1), torch.cat([y[:, :2], y[:, 2:] + 1], dim=1)
    guess, changed = model(x, y), model(later_x, later_y)
    torch.testing.assert_close(changed[:, :3], guess[:, :3])
    assert (changed[:, 3] != guess[:, 3]).all(), "the fourth guess must depend on its own question"


def check_closed_form_solves_the_stacked_equations(make: Make = GPT3) -> None:
    """Ridge regression is least squares with d more rows, s times the identity, whose targets are 0."""
    x, y = torch.randn(3, 5, 2, dtype=torch.float64), torch.randn(3, 5, dtype=torch.float64)
    best = least_squares(x, y, noise=0.4)
    for context in range(3):
        for shots in range(5):
            rows = torch.cat([x[context, :shots], 0.4 * torch.eye(2, dtype=torch.float64)])
            w = torch.linalg.lstsq(rows, F.pad(y[context, :shots], (0, 2))[:, None]).solution[:, 0]
            torch.testing.assert_close(best[context, shots], w @ x[context, shots])


def check_fast_equals_reference(make: Make = GPT3) -> None:
    ours, _, tokens = oracle(make)
    fast = oracle(fused)[0]
    fast.load_state_dict(ours.state_dict())
    torch.testing.assert_close(fast(tokens), ours(tokens))


def _alternate_fused(band: int) -> Sequence[Attend]:
    def nearby(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        near = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril().triu(1 - band)
        return F.scaled_dot_product_attention(query, key, value, near)
    return partial(F.scaled_dot_product_attention, is_causal=True), nearby


fused = partial(GPT3, alternate=_alternate_fused)


def _see_the_future(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    return attention(query, key, value, torch.ones(7, 7, dtype=torch.bool, device=query.device).triu(-2))   # band 3


MUTANTS = {"all_layers_dense": partial(GPT3, alternate=lambda band: (look_back,)),
           "band_one_wider": partial(GPT3, alternate=lambda band: alternating(band + 1)),
           "band_comes_first": partial(GPT3, alternate=lambda band: alternating(band)[::-1]),
           "band_sees_the_future": partial(GPT3, alternate=lambda band: (look_back, _see_the_future))}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Linear regression in the context, d = 2: yield (step, mean squared error after 0 or 5 shots)."""
    # size matters (figure 1.2): tuned alike, after 600 steps, one layer reaches 0.99 to 1.19, three layers 0.51 to 0.57
    torch.manual_seed(seed)
    model = InContextRegression(2, 6, 32, 4, 3, band=8)
    for parameter in model.decode.parameters():
        if parameter.dim() == 2:
            parameter.data *= 10                       # 0.02 suits widths of a thousand; here it becomes 0.2
    optimizer = torch.optim.Adam(model.to(device).parameters(), lr)

    def sample(count: int) -> tuple[Tensor, Tensor]:
        x, w = torch.randn(count, 6, 2), torch.randn(count, 2)
        return x.to(device), (torch.einsum("bki,bi->bk", x, w) + 0.2 * torch.randn(count, 6)).to(device)

    shots, (x_test, y_test) = {"zero_shot": 0, "five_shots": 5}[arm], sample(2000)
    for step in range(1, 501):
        x, y = sample(64)
        optimizer.zero_grad()
        F.mse_loss(model(x, y), y).backward()
        optimizer.step()
        if step % 100 == 0:
            error = (model(x_test, y_test) - y_test).square().mean(dim=0).detach()
            yield step, error[shots].item()
    best = (least_squares(x_test, y_test, noise=0.2) - y_test).square().mean(dim=0)
    labels = ["GPT-3", "least squares"], [f"{count} shots" for count in range(6)]
    yield Picture("squared error by shots", torch.stack([error, best]).cpu(), labels=labels)


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products, scores in every second layer only inside the band; least traffic: weights in, logits out."""
    b, t, w, v, d, layers = (case.sizes[k] for k in "BTWVDL")
    weights = layers * 12 * d * d + v * d
    places = (layers + 1) // 2 * t + layers // 2 * min(w, t)
    return Work(flop=2 * b * t * weights + 4 * b * t * places * d, min_bytes=(weights + b * t * v) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """The whole model on tokens (B, T); the baseline uses torch's fused attention, with the band as its mask."""
    b, t, w, v, d, h, layers = (case.sizes[k] for k in "BTWVDHL")
    torchs, ours = fused(v, t, d, h, layers, w).to(device, dtype), GPT3(v, t, d, h, layers, w).to(device, dtype)
    return ({"torch.nn.functional.scaled_dot_product_attention": torchs, "reference": ours},
            (torch.randint(v, (b, t), device=device),))
