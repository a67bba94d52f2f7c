"""Transformer ablation: which of its parts can be removed, one or two at a time, before or after training?

    x <- LayerNorm(x + Attention(x)),   x <- LayerNorm(x + MLP(x)),   L times           Vaswani et al. 2017, section 3.1

Seven parts: residual (x +), norm, heads (one of full width instead of four), position (the sinusoids), mlp, scale
(1 / sqrt(K) of the scores), warmup (the learning rate rises linearly over a tenth of the steps; without it, it starts
at its peak; in every arm it falls linearly to 0). An MLP removed before training is replaced by a second attention with
as many parameters; the other parts have almost none. Removed after training, it adds nothing.

Task: a word says what to do with six letters: copy them, reverse them, shift each by one, or, as three pairs, recall
each pair's second letter after its first, in another order. The model is causal, and the loss counts answers only (in
recall: the three second letters). Every step draws new texts, so training loss is held-out loss. The task was chosen
with nothing removed, before any ablation was run: two of its four kinds depend on position, the third on a map of
letters, the fourth on content, and all on the word; in 300 steps the whole model learns three almost without error and
starts on recall.
Longer than most: seven removals, before and after training, each checked against plain formulas, in 29 arms.

Shapes: B texts, T tokens, D = 32 width, H = 4 heads, K = D/H, F = 2D hidden width, L = 3 layers; 12 letters, 4 words.
"""
import math
from collections.abc import Callable, Iterator, Sequence, Set
from copy import deepcopy
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import EncoderLayer, MultiHeadAttention, positions
from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.picture import Picture
from reference_impls.harness.trial import Measures, Plot, Series, Trial
from reference_impls.language.gpt2 import look_back

CARD = Card(
    id="transformer-ablation", papers=["arxiv:1706.03762"], role="experiment",
    symbols=["Block", "Reader", "texts"], patterns=[], oracle="",
    properties=["with_nothing_removed_it_is_the_reference", "each_removal_is_what_it_says", "parameters_stay_equal",
                "positions_are_there_unless_removed", "texts_hold_their_answers"],
    mutants=["norm_comes_first", "mlp_keeps_its_residual", "scale_by_full_width", "mlp_gives_nothing"],
    experiment=Experiment(
        question="Can you remove any of the specific architectural tricks used in Transformers and expect them to work "
                 "about equally well?",
        metric="loss", better="lower", measures=["loss", "accuracy", "gradient", "diverged"],
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        # single removals are tuned; to save time, pairs use the rate of their singles: 0.01, or 0.003 with residual
        arms={"nothing": {"lr": 0.01}, "residual": {"lr": 0.003}, "norm": {"lr": 0.01}, "heads": {"lr": 0.01},
              "position": {"lr": 0.01}, "mlp": {"lr": 0.01}, "scale": {"lr": 0.01}, "warmup": {"lr": 0.01},
              "residual+norm": {"lr": 0.003}, "residual+heads": {"lr": 0.003}, "residual+position": {"lr": 0.003},
              "residual+mlp": {"lr": 0.003}, "residual+scale": {"lr": 0.003}, "residual+warmup": {"lr": 0.003},
              "norm+heads": {"lr": 0.01}, "norm+position": {"lr": 0.01}, "norm+mlp": {"lr": 0.01},
              "norm+scale": {"lr": 0.01}, "norm+warmup": {"lr": 0.01}, "heads+position": {"lr": 0.01},
              "heads+mlp": {"lr": 0.01}, "heads+scale": {"lr": 0.01}, "heads+warmup": {"lr": 0.01},
              "position+mlp": {"lr": 0.01}, "position+scale": {"lr": 0.01}, "position+warmup": {"lr": 0.01},
              "mlp+scale": {"lr": 0.01}, "mlp+warmup": {"lr": 0.01}, "scale+warmup": {"lr": 0.01}},
        budget_s=260,
        answer="Some, but not the ones that matter most: held-out loss is {nothing:range} with nothing removed, "
               "over seeds {seeds}. Norm can be removed, {norm:range}, heads nearly, {heads:range}, and removing "
               "warm-up costs little, {warmup:range}; the MLP (replaced by attention), {mlp:range}, and scale, "
               "{scale:range}, cost more and vary. Position, {position:range}, and residual, {residual:range}, where "
               "chance is 2.485, are needed, alone and in every pair. Effects do not add up: without norm and heads "
               "the loss is lowest of all, {norm+heads:range}; without heads and scale, each tolerable alone, it is "
               "{heads+scale:range}, much of that due to the rate, which is not tuned for pairs: at 0.003 it was less "
               "than half of that on the tuning seeds. After training every part is needed: the whole model has a loss "
               "of about 0.3 without its scale, about 2 without heads or MLP, and far above chance without position, "
               "residual or norm. A quarter more steps recover most of the loss for scale, heads, MLP and norm, but "
               "not for position and residual. The largest gradient norm at the chosen rates was {*.gradient:most}. "
               "Not tested: more than 3 layers of width 32, more than 300 steps, other tasks; norm and warm-up are "
               "said to matter at depths and sizes beyond these.",
    ),
    deviations=["F = 2D, not 4D, so that attention and MLP have equal size", "no dropout, no tied embedding"],
)
PARTS = ("residual", "norm", "heads", "position", "mlp", "scale", "warmup")
LETTERS, TASKS, ASKED, WIDTH, HEADS = 12, 4, 6, 32, 4


def unscaled(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """Causal attention with unscaled scores; shapes as in `attention`."""
    return look_back(query * math.sqrt(query.shape[-1]), key, value, mask)


class Block(EncoderLayer):
    """A causal encoder layer, (B, T, D) to (B, T, D), without the parts in `removed`.

    An MLP removed at construction is replaced by attention; `remove` takes a part out of a trained layer.
    """

    def __init__(self, width: int, heads: int, hidden: int, removed: Set[str] = frozenset()) -> None:
        super().__init__(width, heads, hidden, look_back)
        self.removed: set[str] = set()
        self.second = self.replace_mlp(width, heads) if "mlp" in removed else None
        for part in removed:
            self.remove(part)

    def replace_mlp(self, width: int, heads: int) -> MultiHeadAttention | None:
        del self.linear1, self.linear2
        return MultiHeadAttention(width, heads, look_back)

    def remove(self, part: str) -> None:
        self.removed.add(part)
        for attention in (module for module in self.modules() if isinstance(module, MultiHeadAttention)):
            attention.heads = 1 if part == "heads" else attention.heads
            attention.attend = unscaled if part == "scale" else attention.attend

    def forward(self, x: Tensor) -> Tensor:
        x = self.join(x, self.self_attn(x, x), self.norm1)
        return self.join(x, self.think(x), self.norm2)

    def think(self, x: Tensor) -> Tensor:
        """The MLP, the attention that replaces it, or zero."""
        if self.second is not None:
            return self.second(x, x)
        return torch.zeros_like(x) if "mlp" in self.removed else self.linear2(self.linear1(x).relu())

    def join(self, x: Tensor, found: Tensor, norm: nn.Module) -> Tensor:
        """Residual connection and norm, unless removed."""
        total = found if "residual" in self.removed else x + found
        return total if "norm" in self.removed else norm(total)


class Reader(nn.Module):
    """Texts (B, T) to logits (B, ASKED, LETTERS) of the letters after each of the last ASKED positions."""

    def __init__(self, removed: Set[str]) -> None:
        super().__init__()
        self.embedding, self.read = nn.Embedding(LETTERS + TASKS, WIDTH), nn.Linear(WIDTH, LETTERS)
        self.blocks = nn.Sequential(*(Block(WIDTH, HEADS, 2 * WIDTH, removed) for _ in range(3)))
        self.placed = "position" not in removed

    def forward(self, text: Tensor) -> Tensor:
        x = self.embedding(text)
        x = x + positions(text.shape[1], WIDTH).to(x) if self.placed else x
        return self.read(self.blocks(x)[:, -ASKED:])


def without(model: Reader, part: str) -> Reader:
    """A copy of a trained model with a part removed and its weights unchanged."""
    model = deepcopy(model)
    model.placed &= part != "position"
    for block in (module for module in model.modules() if isinstance(module, Block)):
        block.remove(part)
    return model


def texts(count: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Texts (count, 1 + 2 ASKED) of task, letters, answer; and which answer letters (count, ASKED) are determined."""
    task, letters = (torch.randint(high, (count, n), generator=draw) for high, n in ((TASKS, 1), (LETTERS, ASKED)))
    keys = torch.rand(count, LETTERS, generator=draw).argsort(dim=1)[:, :ASKED // 2]         # no two alike
    pairs, order = torch.stack([keys, letters[:, ::2]], dim=2), torch.rand(keys.shape, generator=draw).argsort(dim=1)
    letters = torch.where(task == TASKS - 1, pairs.flatten(1), letters)
    recalled = pairs.gather(1, order[..., None].expand_as(pairs)).flatten(1)
    answers = torch.stack([letters, letters.flip(1), (letters + 1) % LETTERS, recalled], dim=1)
    known = (task < TASKS - 1) | (torch.arange(ASKED) % 2 == 1)
    return torch.cat([LETTERS + task, letters, answers[torch.arange(count), task[:, 0]]], dim=1), known


# -- how we know that it is right: every check takes the block, so that the mutants can be shown to fail ---------------
Make = Callable[..., Block]


def _random(make: Make, removed: Set[str] = frozenset()) -> tuple[Block, Tensor]:
    block = make(8, 4, 16, removed).double()
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.5)
    return block, 1 + torch.randn(3, 5, 8, dtype=torch.float64)


def check_with_nothing_removed_it_is_the_reference(make: Make = Block) -> None:
    block, x = _random(make)
    reference = EncoderLayer(8, 4, 16, look_back).double()
    reference.load_state_dict(block.state_dict())
    torch.testing.assert_close(block(x), reference(x))


def check_each_removal_is_what_it_says(make: Make = Block) -> None:
    """Removed before or after training, against torch's fused attention and plain formulas."""
    def norm(x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, (8,), p[f"{name}.weight"], p[f"{name}.bias"]) if part != "norm" else x

    def attend(x: Tensor, name: str) -> Tensor:
        q, k, v = (z.unflatten(2, (1 if part == "heads" else 4, -1)).transpose(1, 2) for z in
                   F.linear(x, p[f"{name}.in_proj.weight"], p[f"{name}.in_proj.bias"]).chunk(3, dim=2))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0 if part == "scale" else None)
        return F.linear(mixed.transpose(1, 2).flatten(2), p[f"{name}.out_proj.weight"], p[f"{name}.out_proj.bias"])

    for part in PARTS:
        trained, x = _random(make)
        trained.remove(part)
        for block in (trained, _random(make, {part})[0]):
            p, keep = dict(block.named_parameters()), part != "residual"
            y = norm(keep * x + attend(x, "self_attn"), "norm1")
            if part != "mlp":
                found = F.linear((y @ p["linear1.weight"].T + p["linear1.bias"]).relu(), p["linear2.weight"],
                                 p["linear2.bias"])
            else:
                found = torch.zeros_like(y) if block is trained else attend(y, "second")
            torch.testing.assert_close(block(x), norm(keep * y + found, "norm2"))


def check_parameters_stay_equal(make: Make = Block) -> None:
    whole, *others = (sum(parameter.numel() for parameter in make(WIDTH, HEADS, 2 * WIDTH, removed).parameters())
                      for removed in [set[str](), *({part} for part in PARTS)])
    assert all(abs(other / whole - 1) < 0.01 for other in others), f"{others} parameters instead of {whole}"


def check_positions_are_there_unless_removed(make: Make = Block) -> None:
    whole, text = Reader(frozenset()), torch.randint(LETTERS, (3, 12))
    cut = without(whole, "position")
    for model, place in ((whole, positions(12, WIDTH).to(text.device)), (cut, 0.0), (Reader({"position"}), 0.0)):
        found = model.read(model.blocks(model.embedding(text).double().add(place).float())[:, 6:])
        torch.testing.assert_close(model(text), found)


def check_texts_hold_their_answers(make: Make = Block) -> None:
    """Letter by letter: copied, reversed, each shifted by one; or the first letter of each pair, then its second."""
    with torch.device("cpu"):
        rows, known = (tensor.tolist() for tensor in texts(200, torch.Generator().manual_seed(1)))
    for row, told in zip(rows, known, strict=True):
        task, letters, answer = row[0] - LETTERS, row[1:1 + ASKED], row[1 + ASKED:]
        second = dict(zip(letters[::2], letters[1::2], strict=True))
        recalled = [letter for first in answer[::2] for letter in (first, second.get(first))]
        assert answer == [letters, letters[::-1], [(letter + 1) % LETTERS for letter in letters], recalled][task]
        assert told == ([True] * ASKED if task < 3 else [False, True] * (ASKED // 2))
        assert task < 3 or sorted(answer[::2]) == sorted(second), "a queried pair is missing or repeated"


class _NormComesFirst(Block):
    def forward(self, x: Tensor) -> Tensor:
        seen = self.norm1(x)
        x = x + self.self_attn(seen, seen)
        return x + self.think(self.norm2(x))


class _MLPKeepsItsResidual(Block):
    def forward(self, x: Tensor) -> Tensor:
        x = self.join(x, self.self_attn(x, x), self.norm1)
        return self.join(x, self.think(x) + x * ("residual" in self.removed), self.norm2)


class _ScaleByFullWidth(Block):
    def __init__(self, width: int, heads: int, hidden: int, removed: Set[str] = frozenset()) -> None:
        super().__init__(width, heads, hidden, removed)
        self.self_attn.attend = partial(F.scaled_dot_product_attention, is_causal=True, scale=width ** -0.5)


class _MLPGivesNothing(Block):
    def replace_mlp(self, width: int, heads: int) -> None:
        del self.linear1, self.linear2


MUTANTS = {"norm_comes_first": _NormComesFirst, "mlp_keeps_its_residual": _MLPKeepsItsResidual,
           "scale_by_full_width": _ScaleByFullWidth, "mlp_gives_nothing": _MLPGivesNothing}


# -- the experiment ---------------------------------------------------------------------------------------------------
def train(model: Reader, steps: int, lr: float, warm: bool, draw: torch.Generator) -> Iterator[tuple[int, float]]:
    """Adam on 48 new texts per step: yield (step, norm of the gradient); stop when the loss is not finite."""
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    device = model.read.weight.device
    for step in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = lr * (min(1.0, step * 10 / steps) if warm else 1) * (1 - (step - 1) / steps)
        text, known = (tensor.to(device) for tensor in texts(48, draw))
        loss = F.cross_entropy(model(text[:, :-1])[known], text[:, -ASKED:][known])
        if not loss.isfinite():
            return
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield step, torch.nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None]).item()


@torch.no_grad()
def measure(model: Reader) -> Measures:
    """Loss and accuracy on 500 texts, the same for every arm. Diverged: worse than chance, ln 12."""
    device = model.read.weight.device
    text, known = (tensor.to(device) for tensor in texts(500, torch.Generator().manual_seed(2 ** 31)))
    logits, answer = model(text[:, :-1])[known], text[:, -ASKED:][known]
    loss = F.cross_entropy(logits, answer).item()
    return {"loss": loss if math.isfinite(loss) else math.inf, "diverged": float(not loss <= math.log(LETTERS)),
            "accuracy": (logits.argmax(dim=1) == answer).float().mean().item()}


def trial(arm: str, seed: int, device: str = "cpu", steps: int = 300,
          lr: float = 0.01) -> Iterator[tuple[int, Measures] | Series]:
    """Train without the parts that the arm names; from the whole model, also remove each part after training."""
    removed, largest = set(arm.split("+")) & set(PARTS), 0.0
    torch.manual_seed(seed)
    model, draw = Reader(removed).to(device), torch.Generator().manual_seed(seed)
    for step, norm in train(model, steps, lr, "warmup" not in removed, draw):
        largest = max(largest, norm)
        if step % 50 == 0 and step < steps:
            yield step, measure(model)
    yield steps, {**measure(model), "gradient": largest}
    if not removed:
        cut = [without(model, part) for part in ("warmup", *PARTS[:-1])]       # warmup is no part of a model: control
        yield Series("after", [(index, measure(each)["loss"]) for index, each in enumerate(cut)])
        for each in cut:
            for _ in train(each, max(1, steps // 4), lr, warm=True, draw=draw):
                pass
        yield Series("after and tuned", [(index, measure(each)["loss"]) for index, each in enumerate(cut)])


def figures(trials: Sequence[Trial]) -> Iterator[Plot | Picture]:
    """Loss without each pair of parts, single ones on the diagonal; single removals before and after training."""
    losses: dict[frozenset[str], list[float]] = {}
    for each in trials:
        losses.setdefault(frozenset(each.arm.split("+")) & frozenset(PARTS), []).append(each.measures["loss"])
    grid = [[_mean(losses.get(frozenset({one, other}), [])) for other in PARTS] for one in PARTS]
    yield Picture("loss without two parts (diagonal: without one)", torch.tensor(grid),
                  labels=(list(PARTS), list(PARTS)))
    order = sorted(PARTS[:-1], key=lambda part: _mean(losses.get(frozenset({part}), [])))
    lines = {"removed before training": [losses.get(frozenset({part}), []) for part in order]}
    for name, line in (("after", "removed after training"), ("after and tuned", "after, then a quarter more steps")):
        whole = [dict(each.series[name]) for each in trials if name in each.series]
        lines[line] = [[points[1 + PARTS.index(part)] for points in whole] for part in order]
    yield Plot("loss without one part", ", ".join(f"{rank} {part}" for rank, part in enumerate(order, 1)), "loss",
               {name: [(rank, _mean(values), min(values), max(values)) for rank, values in enumerate(line, 1) if values]
                for name, line in lines.items()}, log_y=True)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
