"""Sequence to sequence: one LSTM reads the source, reversed, into its state; another writes the target from there.

    v = the state of the reading LSTM after x_S, ..., x_2, x_1
    p(y_1, ..., y_T | x) = prod_t p(y_t | v, y_1, ..., y_(t-1))                   Sutskever et al. 2014, eq. (1)
    argmax_y p(y | x), eq. (2), is searched for from left to right with a beam of the likeliest prefixes

v is h and c of every layer. The writer starts from v and does not see it again. With the source reversed, its first
word is the most recent one when the first word of the target is due. EOS, word 0, ends targets and starts the writer.

Shapes: B sentences, S source and T target words, V words in each vocabulary, W width, L layers.
"""
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="seq2seq", papers=["arxiv:1409.3215"], role="model", patterns=["recurrence", "encode-decode", "autoregressive"],
    symbols=["Seq2Seq"], equations=["1", "2"], properties=["wide_beam_is_exhaustive_narrow_one_greedy"],
    oracle="closed form: each sentence alone and unpadded, torch's LSTM cells word by word",
    mutants=["padding_read_first", "cell_state_lost", "sees_the_word_to_write", "reads_forwards"],
    claim=Claim(
        text="Copying eight random words in order reaches a lower loss after 300 steps when they are read backwards",
        metric="cross_entropy", better="lower", grade="B", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"forwards": Arm(expect=">0.565", settings={"lr": 0.01}),
              "backwards": Arm(expect="<0.565", settings={"lr": 0.03})},
    ),
    bench=[Case("sentence", {"B": 32, "S": 20, "T": 20, "V": 1000, "W": 64, "L": 2})],
    deviations=["the claim trains one layer of 32 units with Adam; the paper trains four of 1,000 with SGD",
                "the beam rereads its prefixes for each word, and complete ones stay in it (paper: set aside)"],
)
EOS = 0
State = tuple[Tensor, Tensor]


class Seq2Seq(nn.Module):
    """Two LSTMs of L layers and width W; `backwards`: read the source in reverse."""

    def __init__(self, vocabulary: int, width: int, layers: int = 1, backwards: bool = True) -> None:
        super().__init__()
        self.backwards = backwards
        self.source, self.target = nn.Embedding(vocabulary, width), nn.Embedding(vocabulary, width)
        self.reader = nn.LSTM(width, width, layers, batch_first=True)
        self.writer = nn.LSTM(width, width, layers, batch_first=True)
        self.logits = nn.Linear(width, vocabulary)

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        """Source words (B, S), valid up to `lengths` (B,), and target words (B, T) to logits (B, T, V)."""
        previous = F.pad(target[:, :-1], (1, 0), value=EOS)                             # y_(t-1)
        return self.logits(self.writer(self.target(previous), self.read(source, lengths))[0])

    def read(self, source: Tensor, lengths: Tensor) -> State:
        """The state (h, c), each (L, B, W), after the last word read of each sentence."""
        words = self.turned(source, lengths) if self.backwards else source
        packed = pack_padded_sequence(self.source(words), lengths.cpu(), batch_first=True, enforce_sorted=False)
        return self.reader(packed)[1]

    def turned(self, source: Tensor, lengths: Tensor) -> Tensor:
        """Reverse each sentence and leave its padding at the end."""
        place = torch.arange(source.shape[1], device=source.device)
        return source.gather(1, torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place))

    @torch.no_grad()
    def translate(self, source: Tensor, beam: int, limit: int) -> list[int]:
        """The likeliest target that the beam finds for words (S,): ends with EOS or is cut after `limit` words."""
        lengths, beginnings = torch.tensor([len(source)], device=source.device), [(0.0, list[int]())]
        for _ in range(limit):
            longer = []
            for score, words in beginnings:
                if words[-1:] == [EOS]:
                    longer.append((score, words))                                       # complete: not extended
                else:
                    prefix = torch.tensor([[*words, EOS]], device=source.device)        # forward ignores the last word
                    odds = self(source[None], lengths, prefix)[0, -1].log_softmax(dim=-1).tolist()
                    longer += [(score + log_p, [*words, word]) for word, log_p in enumerate(odds)]
            beginnings = sorted(longer, reverse=True)[:beam]
        return beginnings[0][1]


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., Seq2Seq]
Pass = Callable[[Tensor, Tensor, Tensor], Tensor]


def word_by_word(net: Seq2Seq, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
    """Each sentence on its own, without padding, through torch's LSTM cells with the same weights."""
    def step(lstm: nn.LSTM, x: Tensor, states: list[State]) -> list[State]:
        x, after = x[None], []
        for weights, state in zip(lstm.all_weights, states, strict=True):               # from the bottom layer up
            x, c = torch.lstm_cell(x, state, *weights)
            after.append((x, c))
        return after

    def sentence(words: Tensor, target: Tensor) -> Tensor:
        zero, written = torch.zeros_like(net.source.weight[:1]), []
        states = [(zero, zero)] * net.reader.num_layers
        for word in reversed(words.tolist()):
            states = step(net.reader, net.source.weight[word], states)
        for word in [EOS, *target.tolist()[:-1]]:
            states = step(net.writer, net.target.weight[word], states)
            written.append(net.logits(states[-1][0][0]))
        return torch.stack(written)

    return torch.stack([sentence(s[:n], t) for s, n, t in zip(source, lengths, target, strict=True)])


def oracle(make: Make = Seq2Seq) -> tuple[nn.Module, Pass, tuple[Tensor, ...]]:
    """Our model, the same word by word with our parameters, and a padded batch."""
    ours = make(7, 4, layers=2).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    source, target = torch.randint(7, (3, 6)), torch.randint(7, (3, 5))
    return ours, partial(word_by_word, ours), (source, torch.tensor([4, 6, 1]), target)


def check_wide_beam_is_exhaustive_narrow_one_greedy(make: Make = Seq2Seq) -> None:
    """With room for every prefix the beam finds the best target of up to three words; a beam of one is greedy."""
    net = make(3, 4).double()
    nn.init.normal_(net.logits.weight, std=3.0)                                         # peaked probabilities
    source = torch.randint(3, (1, 4), device=net.logits.weight.device)

    def log_p(words: Iterable[int]) -> float:
        y = torch.tensor([list(words)], device=source.device)
        return -F.cross_entropy(word_by_word(net, source, torch.tensor([4]), y)[0], y[0], reduction="sum").item()

    complete = {(*words[:words.index(EOS)], EOS) if EOS in words else words for words in product(range(3), repeat=3)}
    assert net.translate(source[0], beam=27, limit=3) == list(max(complete, key=log_p)), "the beam missed the best"
    words: list[int] = []
    while len(words) < 3 and words[-1:] != [EOS]:
        words.append(max(range(3), key=lambda word: log_p([*words, word])))
    assert net.translate(source[0], beam=1, limit=3) == words, "a beam of one is not greedy"


class _PaddingReadFirst(Seq2Seq):
    def turned(self, source: Tensor, lengths: Tensor) -> Tensor:
        return source.flip(1)


class _CellStateLost(Seq2Seq):
    def read(self, source: Tensor, lengths: Tensor) -> State:
        h, c = super().read(source, lengths)
        return h, 0 * c


class _SeesTheWordToWrite(Seq2Seq):
    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        return super().forward(source, lengths, F.pad(target, (0, 1))[:, 1:])


MUTANTS: dict[str, Make] = {"padding_read_first": _PaddingReadFirst, "cell_state_lost": _CellStateLost,
                            "sees_the_word_to_write": _SeesTheWordToWrite,
                            "reads_forwards": partial(Seq2Seq, backwards=False)}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Copy eight random words in order, by teacher forcing: yield (step, mean loss over the last 25 steps)."""
    torch.manual_seed(seed)
    net, losses = Seq2Seq(13, 32, backwards=arm == "backwards").to(device), []
    optimizer, lengths = torch.optim.Adam(net.parameters(), lr), torch.full((32,), 8)
    for step in range(1, 301):
        source = torch.randint(1, 13, (32, 8), device=device)
        target = F.pad(source, (0, 1), value=EOS)
        loss = F.cross_entropy(net(source, lengths.to(device), target).flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 0:
            yield step, sum(losses[-25:]) / 25


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products only: the gates of both LSTMs, which torch's counter does not see, and the logits."""
    b, s, t, v, w, layers = (case.sizes[k] for k in "BSTVWL")
    gates = layers * 4 * w * 2 * w
    return Work(flop=2 * b * ((s + t) * gates + t * w * v),
                min_bytes=itemsize * (2 * (gates + layers * 8 * w) + v * (w + 1) + b * ((s + t) * w + t * v)))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Pass], tuple[Tensor, ...]]:
    """Sentences without padding, so that the baseline, torch's own modules in a row, needs no packing."""
    b, s, t, v, w, layers = (case.sizes[k] for k in "BSTVWL")
    net = Seq2Seq(v, w, layers).to(device, dtype)

    def modules(source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
        state = net.reader(net.source(source.flip(1)))[1]
        return net.logits(net.writer(net.target(target.roll(1, 1).index_fill(1, target.new_zeros(1), EOS)), state)[0])

    return ({"torch.nn.LSTM, twice": modules, "reference": net},
            tuple(x.to(device) for x in (torch.randint(v, (b, s)), torch.full((b,), s), torch.randint(v, (b, t)))))
