"""RoBERTa: BERT trained better: no second task, full sentences, and a new mask each time a sequence is seen.

    static masking    the masked copies of a sequence are drawn once, ten of them in BERT, and seen again and again
    dynamic masking   a new mask is drawn whenever the sequence is fed to the model        Liu et al. 2019, section 4.1
    full sentences    sequences of at most T tokens, filled sentence by sentence, across document boundaries with a
                      separator token between documents                                                    section 4.2
    loss              mean of -log p(token) over chosen positions: task 1 of BERT alone                    section 4.2

Shapes: S sequences, B of them in a batch, T tokens, V words (the last is the mask), D width, H heads, F hidden width,
L layers, C copies.
"""
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.selfsupervised._masked import MaskedLanguageModel

CARD = Card(
    id="roberta", papers=["arxiv:1907.11692"], role="algorithm",
    symbols=["DynamicMasking", "StaticMasking", "full_sentences"],
    patterns=["self-supervision", "denoising", "pretrain-finetune", "scaling"],
    oracle="torch.nn.functional:cross_entropy",
    properties=["every_visit_is_masked_anew", "static_masks_return", "full_sentences_keep_order_and_borders"],
    mutants=["draws_once", "tells_every_place", "never_random"],
    claim=Claim(
        text="Even stopped at its best step, training on one mask per sequence learns little of the language; training "
             "with a new mask at every visit learns it, and BERT's ten static masks come close to that",
        metric="held_out_loss", better="lower", grade="A", budget_s=10,
        grid={"lr": [0.0001, 0.0003, 0.001, 0.003, 0.01], "steps": [50, 100, 200, 400, 600, 800]},
        arms={"one_mask": Arm(expect=">1.67", settings={"lr": 0.0003, "steps": 400}),
              "ten_masks": Arm(expect="<1.67", settings={"lr": 0.003, "steps": 600}),
              "dynamic": Arm(expect="<1.67", settings={"lr": 0.003, "steps": 600})},
    ),
    bench=[Case("mini", {"B": 4, "T": 64, "V": 1000, "D": 128, "H": 2, "F": 512, "L": 2})],
    deviations=["larger batches, ten times the text and a byte-level vocabulary are not shown here",
                "a sentence longer than T is cut, and padding carries the separator token"],
)


class DynamicMasking(nn.Module):
    """Task 1 over sequences (S, T), with new masks at every visit."""

    def __init__(self, model: MaskedLanguageModel, sequences: Tensor) -> None:
        super().__init__()
        self.model, self.sequences = model, nn.Buffer(sequences)

    def forward(self, index: Tensor) -> Tensor:
        """Loss of the sequences at `index` (B,), a scalar."""
        spoiled, chosen = self.visit(index)
        return self.model.loss(self.model(spoiled), self.sequences[index], chosen)

    def visit(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Corrupted tokens and chosen positions of these sequences, both (B, T)."""
        return self.model.corrupt(self.sequences[index])


class StaticMasking(DynamicMasking):
    """As in BERT: draw `copies` corrupted versions of every sequence in advance and show one of them at each visit."""

    def __init__(self, model: MaskedLanguageModel, sequences: Tensor, copies: int = 10) -> None:
        super().__init__(model, sequences)
        spoiled, chosen = model.corrupt(sequences.expand(copies, -1, -1))                   # (C, S, T)
        self.spoiled, self.chosen = nn.Buffer(spoiled), nn.Buffer(chosen)

    def visit(self, index: Tensor) -> tuple[Tensor, Tensor]:
        copy = torch.randint(len(self.spoiled), index.shape, device=index.device)
        return self.spoiled[copy, index], self.chosen[copy, index]


def full_sentences(documents: Sequence[Sequence[Sequence[int]]], length: int, separator: int) -> Tensor:
    """Pack documents (lists of sentences of tokens) into (S, T): a sentence that does not fit starts a new sequence."""
    rows: list[list[int]] = [[]]
    for number, document in enumerate(documents):
        for place, sentence in enumerate(document):
            piece = [separator, *sentence] if number and not place and rows[-1] else list(sentence)
            if len(rows[-1]) + len(piece) > length and rows[-1]:
                rows, piece = [*rows, []], list(sentence)
            rows[-1] += piece[:length]
    return torch.tensor([row + [separator] * (length - len(row)) for row in rows])


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., DynamicMasking]


def oracle(make: Make = DynamicMasking) -> tuple[DynamicMasking, Callable[[Tensor], Tensor], Tensor]:
    """Ours with random parameters; masking decided token by token, with torch's loss; indices of sequences."""
    ours = make(MaskedLanguageModel(12, 9, 8, 4, 10, 1), torch.randint(11, (7, 9))).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)

    def theirs(index: Tensor) -> Tensor:
        tokens = ours.sequences[index]
        spoiled, target, draws = tokens.clone(), torch.full_like(tokens, -100), torch.rand(2, *tokens.shape)
        random = torch.randint(11, tokens.shape)
        for row in range(tokens.shape[0]):
            for place in range(9):
                chosen, fate = draws[:, row, place].tolist()
                if chosen < 0.15:
                    target[row, place] = tokens[row, place]
                    if fate < 0.9:
                        spoiled[row, place] = 11 if fate < 0.8 else random[row, place]
        return F.cross_entropy(ours.model(spoiled).flatten(0, 1), target.flatten())        # -100 is ignored

    return ours, theirs, torch.tensor([3, 0, 3, 6, 1, 5])


def check_every_visit_is_masked_anew(make: Make = DynamicMasking) -> None:
    feed = make(MaskedLanguageModel(12, 40, 8, 4, 10, 1), torch.randint(11, (7, 40)))
    seen = {tuple(feed.visit(torch.tensor([4]))[1][0].tolist()) for _ in range(20)}
    assert len(seen) == 20, f"20 visits of one sequence showed {len(seen)} masks"


def check_static_masks_return(make: Make = DynamicMasking) -> None:
    """With three copies, 60 visits of a sequence show exactly three masks."""
    feed = StaticMasking(make(MaskedLanguageModel(12, 40, 8, 4, 10, 1), torch.randint(11, (7, 40))).model,
                         torch.randint(11, (7, 40)), copies=3)
    seen = {tuple(feed.visit(torch.tensor([4]))[1][0].tolist()) for _ in range(60)}
    assert seen == {tuple(mask) for mask in feed.chosen[:, 4].tolist()}, "masks were lost or redrawn"


def check_full_sentences_keep_order_and_borders(make: Make = DynamicMasking) -> None:
    found = full_sentences([[[1, 2], [3, 4, 5]], [[6]], [[7, 8, 9, 1]]], length=6, separator=0)
    assert found.tolist() == [[1, 2, 3, 4, 5, 0], [6, 0, 7, 8, 9, 1]], found.tolist()


class _TellsEveryPlace(DynamicMasking):
    def visit(self, index: Tensor) -> tuple[Tensor, Tensor]:
        spoiled, chosen = super().visit(index)
        return spoiled, torch.ones_like(chosen)


class _NeverRandom(DynamicMasking):
    def visit(self, index: Tensor) -> tuple[Tensor, Tensor]:
        chosen = super().visit(index)[1]
        return self.sequences[index].masked_fill(chosen, self.model.mask_token), chosen


MUTANTS: dict[str, Make] = {"draws_once": lambda model, sequences: StaticMasking(model, sequences, copies=1),
                            "tells_every_place": _TellsEveryPlace, "never_random": _NeverRandom}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, steps: int, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """256 sequences of a Markov chain, batches of 32: yield (step, loss on 512 new ones, same masks for all arms)."""
    torch.manual_seed(0)                                       # the same language and held-out set for all seeds
    chain, sequence = (2 * torch.randn(12, 12)).softmax(dim=1), [torch.randint(12, (768,))]
    for _ in range(15):
        sequence.append(torch.multinomial(chain[sequence[-1]], 1)[:, 0])
    tokens = torch.stack(sequence, dim=1).to(device)                                        # (768, 16)
    model = MaskedLanguageModel(13, 16, 32, 4, 64, 1).to(device)
    hidden, chosen = model.corrupt(tokens[256:])
    torch.manual_seed(seed)
    model = MaskedLanguageModel(13, 16, 32, 4, 64, 1).to(device)
    copies = {"one_mask": 1, "ten_masks": 10, "dynamic": 0}[arm]
    feed = StaticMasking(model, tokens[:256], copies) if copies else DynamicMasking(model, tokens[:256])
    optimizer = torch.optim.Adam(model.parameters(), lr)
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        feed(torch.randint(256, (32,), device=device)).backward()
        optimizer.step()
        if step % 50 == 0:
            with torch.no_grad():
                yield step, model.loss(model(hidden), tokens[256:], chosen).item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Matrix products of the layers and output head; least traffic: the weights are read."""
    b, t, v, d, f, layers = (case.sizes[k] for k in "BTVDFL")
    weights = layers * (4 * d * d + 2 * d * f) + d * d + v * d
    return Work(flop=2 * b * t * weights + layers * 4 * b * t * t * d, min_bytes=(weights + t * d) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor]]:
    """Masking, model and loss for one batch; the baseline uses torch's layers inside the same model."""
    b, t, v, d, h, f, layers = (case.sizes[k] for k in "BTVDHFL")
    theirs, ours = (MaskedLanguageModel(v, t, d, h, f, layers) for _ in range(2))
    theirs.layers = nn.ModuleList(
        nn.TransformerEncoderLayer(d, h, f, dropout=0.0, activation="gelu", batch_first=True) for _ in range(layers))
    sequences = torch.randint(v - 1, (64, t))
    return ({"torch.nn.TransformerEncoderLayer": DynamicMasking(theirs, sequences).to(device, dtype),
             "reference": DynamicMasking(ours, sequences).to(device, dtype)}, (torch.randint(64, (b,), device=device),))
