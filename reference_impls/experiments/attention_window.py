"""Windowed and factorized attention against full attention: what is lost, and what is saved at which length?

    full       position t sees 0 .. t                                              T^2 / 2 unmasked scores per head
    window-w   t - w + 1 .. t                                                      T w
    strided-w  in half of the heads a window of w, in the others t, t - w, t - 2w, ...        T w and T^2 / (2w)
               (a factorization of Child et al. 2019)

Window and strides are those of the sparse transformer, which never build a T x T matrix. After two layers a window
reaches 2 (w - 1) back; window and stride together reach everywhere. "fused" is full attention, the same function, by
torch's kernel that stores no scores.

Task: at every position of a text of 32 letters, name the letters 1, 7 and 21 back; every step draws new texts. With two
layers a distance is one hop away, two, or out of reach, depending on w. The task is chosen so that full attention
learns it.

Shapes: B texts, T positions (a multiple of w), H heads, K width of a head, w window.
"""
import math
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.sparse_transformer import Form, attend_by, look_factorized, look_in_window
from reference_impls.attention.transformer import Attend, EncoderLayer, MultiHeadAttention, positions
from reference_impls.harness.bench.clocks import wait
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.trial import Measures, Plot, Series, Trial
from reference_impls.language.gpt2 import look_back

CARD = Card(
    id="attention-window", papers=["arxiv:1706.03762", "arxiv:1904.10509", "arxiv:2005.14165"], role="experiment",
    symbols=["FORMS", "form", "Reader"], patterns=[], oracle="",
    properties=["fused_is_full", "arms_see_as_far_as_they_say"],
    mutants=["fused_sees_the_future", "one_window_for_all"],
    experiment=Experiment(
        question="How do windowed and factorized attention compare with full attention in loss, time and memory, "
                 "depending on the size of the window and the length of the text?",
        metric="loss", better="lower", measures=[
            "loss", "loss_at_1", "loss_at_7", "loss_at_21", "step_ms", "ms_at_1024", "kB_at_1024"],
        grid={"lr": [0.01, 0.02, 0.04]},
        arms={"full": {"lr": 0.02}, "fused": {"lr": 0.02}, "window-4": {"lr": 0.02}, "window-8": {"lr": 0.02},
              "window-16": {"lr": 0.02}, "strided-4": {"lr": 0.02}, "strided-8": {"lr": 0.02}},
        budget_s=50,
        answer="Letters out of reach are not learned, and letters two hops away mostly not. Loss on seeds {seeds}: "
               "full {full}, window-4 {window-4}, window-8 {window-8}, window-16 {window-16:range}, strided-4 "
               "{strided-4}, strided-8 {strided-8} (chance: 2.773). Windows learn the letters one hop away; two hops "
               "of 16 reach 21 back as well, where the loss is {window-16.loss_at_21:range}. With strides every letter "
               "is within two hops, but of 7 and 21 back each size learned one (4: 21; 8: 7). At 1,024 "
               "tokens a layer of full attention takes {full.ms_at_1024} ms and keeps {full.kB_at_1024} kB, window-8 "
               "{window-8.ms_at_1024} ms and {window-8.kB_at_1024} kB, strided-4 {strided-4.ms_at_1024} ms and "
               "{strided-4.kB_at_1024} kB. Fused full attention computes the same as full in {fused.ms_at_1024} ms "
               "and keeps {fused.kB_at_1024} kB, less than any window here: windows save time, a fused kernel saves "
               "memory. One CPU thread, one synthetic task, 32 positions, 400 steps; whether longer training learns "
               "the two hops was not tested.",
    ),
)
LENGTH, LETTERS, WIDTH, HEADS, DISTANCES = 32, 16, 32, 4, (1, 7, 21)
FORMS: dict[str, Form] = {
    "full": lambda query, key, value, window: look_back(query, key, value),
    "fused": lambda query, key, value, window: F.scaled_dot_product_attention(query, key, value, is_causal=True),
    "window": look_in_window, "strided": look_factorized,
}


def form(arm: str) -> Attend:
    """The attention function of an arm, whose name is a form and, after a hyphen, the window."""
    name, _, window = arm.partition("-")
    return attend_by(FORMS[name], int(window or 0))


# -- how we know that it is right: every check takes `form`, so that the mutants can be shown to fail -----------------
Make = Callable[[str], Attend]


def check_fused_is_full(make: Make = form) -> None:
    inputs = torch.randn(3, 1, 2, 20, 4, dtype=torch.float64)
    torch.testing.assert_close(make("fused")(*inputs), make("full")(*inputs))


def check_arms_see_as_far_as_they_say(make: Make = form) -> None:
    """The last of 32 places sees all of them, a window, or in one head a window and in the other 32/w strides."""
    query, key = torch.randn(2, 1, 2, 32, 4)
    for arm in CARD.experiment.arms if CARD.experiment else ():
        window = _window(arm) if "-" in arm else 32
        weights = make(arm)(query, key, torch.eye(32).expand(1, 2, 32, 32))             # V = identity: the weights
        places = [window, 32 // window if arm.startswith("strided") else window]
        assert weights[0, :, -1].count_nonzero(dim=-1).tolist() == places, f"{arm} sees other places"


MUTANTS: dict[str, Make] = {
    "fused_sees_the_future": lambda arm: F.scaled_dot_product_attention if arm == "fused" else form(arm),
    "one_window_for_all": lambda arm: form(arm.partition("-")[0] + ("-8" if "-" in arm else "")),
}


# -- the experiment ---------------------------------------------------------------------------------------------------
class Reader(nn.Module):
    """Letters (B, T) to logits (B, T, distances, LETTERS) of the letter at each distance back."""

    def __init__(self, attend: Attend) -> None:
        super().__init__()
        self.embedding, self.read = nn.Embedding(LETTERS, WIDTH), nn.Linear(WIDTH, len(DISTANCES) * LETTERS)
        nn.init.normal_(self.embedding.weight, std=0.3)        # so that letters do not drown out positions
        self.layers = nn.Sequential(*(EncoderLayer(WIDTH, HEADS, 2 * WIDTH, attend) for _ in range(2)))

    def forward(self, text: Tensor) -> Tensor:
        x = self.embedding(text) + positions(text.shape[1], WIDTH).to(self.read.weight)
        return self.read(self.layers(x)).unflatten(2, (-1, LETTERS))

    def losses(self, text: Tensor) -> Tensor:
        """Cross-entropy (distances,) over the positions that have a letter that far back."""
        logits = self(text)
        return torch.stack([F.cross_entropy(logits[:, back:, index].flatten(0, 1), text[:, :-back].flatten())
                            for index, back in enumerate(DISTANCES)])


def now(device: str) -> float:
    """CPU time in ms, read when the device is done: a call to a GPU returns before its work is finished."""
    wait(device)
    return 1000 * time.process_time()


def cost(arm: str, length: int, device: str) -> tuple[int, float]:
    """Bytes kept, and the least of three CPU times in ms, of one attention layer, forward and backward over a text."""
    layer, x = MultiHeadAttention(WIDTH, HEADS, form(arm)).to(device), torch.randn(1, length, WIDTH, device=device)
    times = []
    for _ in range(3):
        began = now(device)
        layer(x, x).sum().backward()
        times.append(now(device) - began)
    return saved_bytes(layer, (x, x)), min(times)


def trial(arm: str, seed: int, device: str = "cpu", steps: int = 400,
          lr: float = 0.01) -> Iterator[tuple[int, Measures] | Series]:
    """Train one form of attention on the task, then measure what one layer of it costs at several lengths."""
    torch.manual_seed(seed)
    model, draw = Reader(form(arm)).to(device), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    test = torch.randint(LETTERS, (200, LENGTH), generator=torch.Generator().manual_seed(2 ** 31)).to(device)
    began = now(device)
    for step in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = lr * min(1, 10 * step / steps) * (1 - (step - 1) / steps)
        optimizer.zero_grad()
        model.losses(torch.randint(LETTERS, (16, LENGTH), generator=draw).to(device)).mean().backward()
        optimizer.step()
    step_ms = (now(device) - began) / steps
    with torch.no_grad():
        losses = [loss if math.isfinite(loss) else math.inf for loss in model.losses(test).tolist()]
    by_distance = {f"loss_at_{back}": loss for back, loss in zip(DISTANCES, losses, strict=True)}
    costs = [(length, *cost(arm, length, device)) for length in (64, 128, 256, 512, 1024)]
    yield steps, {"loss": sum(losses) / len(losses), "step_ms": step_ms, **by_distance,
                  "ms_at_1024": costs[-1][2], "kB_at_1024": costs[-1][1] / 1000}
    yield Series("bytes", [(length, size) for length, size, _ in costs])
    yield Series("ms", [(length, ms) for length, _, ms in costs])


def figures(trials: Sequence[Trial]) -> Iterator[Plot]:
    """Loss by distance over window size, for windows and windows with strides; cost over length, relative to full."""
    for name, what in (("window", "a window"), ("strided", "a window and strides")):
        lines: dict[str, list[tuple[float, float, float, float]]] = {f"{back} back": [] for back in DISTANCES}
        for arm in sorted({each.arm for each in trials if each.arm.startswith(name)}, key=_window):
            for back in DISTANCES:
                found = [each.measures[f"loss_at_{back}"] for each in trials if each.arm == arm]
                lines[f"{back} back"].append((_window(arm), sum(found) / len(found), min(found), max(found)))
        yield Plot(f"loss with attention in {what}, by distance", "window size", "loss", lines, log_x=True)
    for name, label in (("ms", "time"), ("bytes", "bytes kept")):
        least = {each.arm: dict(each.series[name]) for each in trials[::-1] if name in each.series}     # the first seed
        full = least.get("full", {})
        yield Plot(f"{label} over length, full attention = 1", "tokens", "ratio",
                   {arm: [(length, *3 * (points[length] / full[length],)) for length in full]
                    for arm, points in least.items()}, log_x=True, log_y=True)


def _window(arm: str) -> int:
    return int(arm.partition("-")[2])
