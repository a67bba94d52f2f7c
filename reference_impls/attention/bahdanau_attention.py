"""Additive attention: the decoder aligns each output word with the source instead of reading one fixed vector.

    e_ij     = v_a^T tanh(W_a s_(i-1) + U_a h_j)                          Bahdanau et al. 2014, appendix A.1.2
    alpha_ij = exp(e_ij) / sum_k exp(e_ik),  c_i = sum_j alpha_ij h_j     eq. (6), (5)
    s_i      = GRU(s_(i-1), [E y_(i-1); c_i]),  s_0 = tanh(W_s <-h_1)     section 3.1, appendix A.2.2
    p(y_i)   ~ exp(W_o maxout(U_o s_i + V_o E y_(i-1) + C_o c_i))         eq. (4), appendix A.2.2

h_j = [->h_j; <-h_j] comes from a GRU in each direction, eq. (7). The GRUs are torch's: their reset gate acts
after the product with U, in the paper before it.
Shapes: B sentences, S source and T target words, N hidden width of each GRU, M = 2N annotation width, A tanh units.
"""
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="bahdanau-attention", papers=["arxiv:1409.0473"], role="model",
    symbols=["AdditiveAttention", "RNNSearch"], patterns=["attention", "encode-decode", "recurrence", "higher-order"],
    oracle="closed form: each sentence alone and unpadded, word by word", equations=["4", "5", "6", "7"],
    properties=["alignment_is_a_distribution"],
    mutants=["no_tanh", "padding_gets_weight", "mask_after_softmax"],
    claim=Claim(
        text="After equal training to reverse 16 words, attention gets far more of them right than one fixed vector",
        metric="accuracy", better="higher", grade="A", budget_s=8,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"one_vector": Arm(expect="<0.77", settings={"lr": 0.01}),
              "aligned": Arm(expect=">0.77", settings={"lr": 0.01})},
    ),
    bench=[Case("sentence", {"B": 32, "T": 20, "S": 20, "N": 64, "A": 64}),
           Case("paper-gpu", {"B": 8, "T": 30, "S": 30, "N": 500, "A": 250})],
    deviations=["torch's GRU instead of the paper's gated unit", "the output layer uses s_i as in eq. (4), not s_(i-1)",
                "one vocabulary and one embedding for both languages"],
)
Look = Callable[[Tensor], tuple[Tensor, Tensor]]
Attend = Callable[[Tensor, Tensor], Tensor]


class AdditiveAttention(nn.Module):
    """Score each annotation against the state with a small net; average the annotations by the softmaxed scores."""

    def __init__(self, state: int, memory: int, hidden: int) -> None:
        super().__init__()
        self.w, self.u = nn.Linear(state, hidden, bias=False), nn.Linear(memory, hidden, bias=False)
        self.v = nn.Linear(hidden, 1, bias=False)

    def forward(self, memory: Tensor, mask: Tensor) -> Look:
        """Bind annotations (B, S, M), where mask (B, S) is True at words and False at padding.

        The result maps states (B, T, N) to contexts (B, T, M) and alignments (B, T, S). U_a h_j is computed once, here.
        """
        keys = self.u(memory)[:, None]                                        # (B, 1, S, A)

        def look(state: Tensor) -> tuple[Tensor, Tensor]:
            alignment = self.normalize(self.score(self.w(state)[:, :, None] + keys), mask[:, None])
            return alignment @ memory, alignment                              # eq. (5)

        return look

    def score(self, both: Tensor) -> Tensor:
        return self.v(both.tanh()).squeeze(-1)                                # (B, T, S, A) -> (B, T, S)

    def normalize(self, scores: Tensor, mask: Tensor) -> Tensor:
        return scores.masked_fill(~mask, -math.inf).softmax(dim=-1)           # eq. (6)


class RNNSearch(nn.Module):
    """Encoder, attention and decoder of width N; `attention` builds the module that connects the other two."""

    def __init__(self, vocabulary: int, width: int, attention: Callable[..., Any] = AdditiveAttention) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.encoder = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.attention, self.start = attention(width, 2 * width, width), nn.Linear(width, width)
        self.decoder = nn.GRUCell(3 * width, width)
        self.deep, self.read = nn.Linear(4 * width, 2 * width), nn.Linear(width, vocabulary)

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Source (B, S), valid up to `lengths` (B,), and target (B, T) to logits (B, T, V) and alignment (B, T, S)."""
        packed = pack_padded_sequence(self.embedding(source), lengths.cpu(), batch_first=True, enforce_sorted=False)
        memory, _ = pad_packed_sequence(self.encoder(packed)[0], batch_first=True, total_length=source.shape[1])
        look = self.attention(memory, torch.arange(source.shape[1], device=source.device) < lengths[:, None])
        state = self.start(memory[:, 0].chunk(2, dim=-1)[1]).tanh()           # the backward GRU has read everything
        previous = F.pad(self.embedding(target)[:, :-1], (0, 0, 1, 0))        # y_(i-1); a zero vector before the first
        steps = []
        for word in previous.unbind(dim=1):
            context, alignment = look(state[:, None])
            state = self.decoder(torch.cat([word, context[:, 0]], dim=-1), state)
            steps.append((state, context[:, 0], alignment[:, 0]))
        states, contexts, alignments = (torch.stack(parts, dim=1) for parts in zip(*steps, strict=True))
        pairs = self.deep(torch.cat([states, previous, contexts], dim=-1)).unflatten(-1, (-1, 2))
        return self.read(pairs.amax(dim=-1)), alignments                      # maxout, then the logits of eq. (4)


def one_vector(*_: int) -> Callable[[Tensor, Tensor], Look]:
    """The earlier encoder-decoder, in place of AdditiveAttention: each step reads the final states [->h_S; <-h_1]."""
    def bind(memory: Tensor, mask: Tensor) -> Look:
        forth, back = memory.chunk(2, dim=-1)
        return lambda state: (torch.cat([forth[:, -1:], back[:, :1]], dim=-1), torch.zeros_like(memory[:, None, :, 0]))
    return bind


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------

def oracle(make: Callable[..., RNNSearch] = RNNSearch) -> tuple[RNNSearch, Callable[..., object], tuple[Tensor, ...]]:
    """Ours on a padded batch; theirs unpadded, one sentence, word and annotation at a time; the words."""
    ours = make(7, 4).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    w, u, v = (ours.get_parameter(f"attention.{name}.weight") for name in "wuv")

    def translate(source: Tensor, target: Tensor) -> list[Tensor]:
        annotations = ours.encoder(ours.embedding(source))[0]
        state, previous, written = ours.start(annotations[0, 4:]).tanh(), torch.zeros(4, dtype=torch.float64), []
        for word in ours.embedding(target):
            odds = torch.stack([(v[0] @ torch.tanh(w @ state + u @ h)).exp() for h in annotations])
            context = sum(a / odds.sum() * h for a, h in zip(odds, annotations, strict=True))
            state = ours.decoder(torch.cat([previous, context]), state)
            deep = ours.deep(torch.cat([state, previous, context]))
            logits, alignment = ours.read(torch.maximum(deep[::2], deep[1::2])), odds / odds.sum()
            written.append((logits, F.pad(alignment, (0, 6 - len(alignment)))))
            previous = word
        return [torch.stack(part) for part in zip(*written, strict=True)]

    def theirs(source: Tensor, lengths: Tensor, target: Tensor) -> tuple[Tensor, ...]:
        alone = [translate(s[:n], t) for s, n, t in zip(source, lengths, target, strict=True)]
        return tuple(torch.stack(part) for part in zip(*alone, strict=True))

    return ours, theirs, (torch.randint(7, (3, 6)), torch.tensor([4, 6, 1]), torch.randint(7, (3, 5)))


def check_alignment_is_a_distribution(make: Callable[..., RNNSearch] = RNNSearch) -> None:
    _, alignment = make(7, 4)(torch.randint(7, (2, 5)), torch.tensor([5, 3]), torch.randint(7, (2, 4)))
    assert (alignment[1, :, 3:] == 0).all(), "padding gets weight"
    torch.testing.assert_close(alignment.sum(dim=-1), torch.ones(2, 4))


def _with(**method: Callable[..., Tensor]) -> Callable[..., RNNSearch]:
    return partial(RNNSearch, attention=type("Wrong", (AdditiveAttention,), method))


MUTANTS = {
    "no_tanh": _with(score=lambda self, both: self.v(both).squeeze(-1)),
    "padding_gets_weight": _with(normalize=lambda self, scores, mask: scores.softmax(dim=-1)),
    "mask_after_softmax": _with(normalize=lambda self, scores, mask: scores.softmax(dim=-1) * mask),
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Reverse 16 random words, trained with teacher forcing: yield (step, accuracy on a fresh batch)."""
    torch.manual_seed(seed)
    net = RNNSearch(12, 32, AdditiveAttention if arm == "aligned" else one_vector).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for step in range(1, 301):
        source = torch.randint(12, (32, 16), device=device)
        target = source.flip(1)
        logits, alignment = net(source, torch.full((32,), 16, device=device), target)
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), target.flatten()).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            yield step, (logits.argmax(dim=-1) == target).float().mean().item()
    if arm == "aligned":
        written, read = ([str(word) for word in words[0].tolist()] for words in (target, source))
        yield Picture("where each output word (row) looks", alignment[0].detach().cpu(), labels=(written, read))


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """W_a s, U_a h, v_a^T, eq. (5); least traffic: states, annotations and weights in, contexts out."""
    b, t, s, n, a = (case.sizes[k] for k in "BTSNA")
    return Work(flop=2 * b * (t * n * a + 2 * s * n * a + t * s * a + 2 * t * s * n),
                min_bytes=(3 * b * t * n + 2 * b * s * n + 3 * n * a + a) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Attend], tuple[Tensor, ...]]:
    """Contexts of T states at once. Torch has no additive attention: the baseline runs a net on every joined pair."""
    b, t, s, n, a = (case.sizes[k] for k in "BTSNA")
    attention, words = AdditiveAttention(n, 2 * n, a).to(device, dtype), torch.ones(b, s, device=device).bool()
    net = nn.Sequential(nn.Linear(3 * n, a, bias=False), nn.Tanh(), nn.Linear(a, 1, bias=False)).to(device, dtype)

    def joined(states: Tensor, memory: Tensor) -> Tensor:
        pairs = torch.cat([states[:, :, None].expand(-1, -1, s, -1), memory[:, None].expand(-1, t, -1, -1)], dim=-1)
        return net(pairs).squeeze(-1).softmax(dim=-1) @ memory

    return ({"torch.nn, every pair joined": joined,
             "reference": lambda states, memory: attention(memory, words)(states)[0]},
            (torch.randn(b, t, n, device=device, dtype=dtype), torch.randn(b, s, 2 * n, device=device, dtype=dtype)))
