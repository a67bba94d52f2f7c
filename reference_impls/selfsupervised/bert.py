"""BERT: mask some tokens and predict them with layers that look both left and right.

    x = LN(token + segment + position)                                       Devlin et al. 2018, section 3, figure 2
    of the tokens, 15 % are chosen; a chosen one becomes [MASK] (80 %), a random token (10 %) or stays (10 %)
    words = LN(gelu(h W + b)) E^T + c            E: token embeddings; loss at chosen positions only         (task 1)
    next  = tanh(h_[CLS] W' + b') W'' + c''      does segment B follow A?                                   (task 2)

Post-norm layers as in the Transformer's encoder, with the exact GELU in place of the ReLU; positions are learned. A
mask is True where a query may look; BERT itself uses none: every position sees every other.

Shapes: B sequences, T tokens, V words in the vocabulary, D width, H heads, F hidden width, L layers.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import Attend, MultiHeadAttention, attention
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture
from reference_impls.selfsupervised._masked import BertLayer, Encoder, MaskedLanguageModel

CARD = Card(
    id="bert", papers=["arxiv:1810.04805"], role="model", symbols=["BertLayer", "Bert"],
    patterns=["self-supervision", "denoising", "pretrain-finetune", "attention"],
    oracle="torch.nn:TransformerEncoderLayer",
    properties=["corruption_is_80_10_10", "loss_is_over_chosen_places", "fast_equals_reference"],
    mutants=["relu", "without_segments", "all_chosen_are_masked", "loss_everywhere"],
    claim=Claim(
        text="A masked word that its right neighbor determines is predicted by looking both ways, not by looking left "
             "only",
        metric="accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.001, 0.003, 0.01, 0.03]},
        arms={"left_to_right": Arm(expect="<0.58", settings={"lr": 0.01}),
              "bidirectional": Arm(expect=">0.58", settings={"lr": 0.003})},
    ),
    bench=[Case("mini", {"B": 4, "T": 64, "V": 1000, "D": 128, "H": 2, "F": 512, "L": 2}),
           Case("base-layer-gpu", {"B": 2, "T": 128, "V": 4000, "D": 768, "H": 12, "F": 3072, "L": 1})],
    deviations=["no dropout; each position is chosen independently, so 15 % holds on average only", "no fine-tuning"],
)


class Bert(Encoder):
    """Add to task 1 the segments A and B, and task 2: the first token, [CLS], predicts whether B follows A."""

    def __init__(self, words: int, length: int, width: int, heads: int, hidden: int, depth: int,
                 attend: Attend = attention) -> None:
        super().__init__(words, length, width, heads, hidden, depth, attend)
        self.segments, self.pool, self.next = nn.Embedding(2, width), nn.Linear(width, width), nn.Linear(width, 2)
        nn.init.normal_(self.segments.weight, std=0.02)

    def forward(self, tokens: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens and segments (B, T) to logits of words (B, T, V) and of "is next" (B, 2)."""
        h = self.encode(self.embed_pair(tokens, segments))
        return self.read(h), self.next(torch.tanh(self.pool(h[:, 0])))

    def embed_pair(self, tokens: Tensor, segments: Tensor) -> Tensor:
        return self.embed(tokens) + self.segments(segments)


# -- how we know that it is right: every check takes the model, so that the mutants can be shown to fail --------------

Make = Callable[..., Bert]
Outputs = tuple[Tensor, ...]


def oracle(make: Make = Bert) -> tuple[Bert, Callable[..., Outputs], Outputs]:
    """Ours with random parameters; one-hot products for embeddings, then torch's layers; tokens and segments."""
    ours = make(9, 7, 8, 4, 10, 2).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.5)
    torchs = nn.TransformerEncoderLayer(8, 4, 10, dropout=0.0, activation="gelu", batch_first=True).double()

    def theirs(tokens: Tensor, segments: Tensor) -> Outputs:
        p: dict[str, Tensor] = {name.replace("in_proj.", "in_proj_"): part for name, part in ours.named_parameters()}

        def normalize(x: Tensor, name: str) -> Tensor:
            return F.layer_norm(x, (8,), p[f"{name}.weight"], p[f"{name}.bias"])

        x = F.one_hot(tokens, 9).double() @ p["tokens.weight"] + F.one_hot(segments, 2).double() @ p["segments.weight"]
        h = normalize(x + p["positions.weight"][:5], "norm")
        for layer in ("layers.0.", "layers.1."):
            own = {name.removeprefix(layer): tensor for name, tensor in p.items() if name.startswith(layer)}
            h = torch.func.functional_call(torchs, own, (h,))
        read = normalize(F.gelu(F.linear(h, p["read_linear.weight"], p["read_linear.bias"])), "read_norm")
        pooled = F.linear(h[:, 0], p["pool.weight"], p["pool.bias"]).tanh()
        return F.linear(read, p["tokens.weight"], p["read_bias"]), F.linear(pooled, p["next.weight"], p["next.bias"])

    return ours, theirs, (torch.randint(9, (3, 5)), torch.randint(2, (3, 5)))


def check_corruption_is_80_10_10(make: Make = Bert) -> None:
    """Of 300,000 equal tokens: the share chosen, and what the chosen ones become."""
    tokens = torch.full((1000, 300), 3)
    spoiled, chosen = make(52, 7, 8, 4, 10, 2).corrupt(tokens)
    fates = [(spoiled[chosen] == kind).double().mean() for kind in (51, 3, 4)]          # masked, kept, one of 51 words
    torch.testing.assert_close(torch.stack([chosen.double().mean(), *fates]),
                               torch.tensor([0.15, 0.8, 0.1 + 0.1 / 51, 0.1 / 51]).double(), rtol=0, atol=0.006)
    assert torch.equal(spoiled[~chosen], tokens[~chosen]), "a token that was not chosen has changed"


def check_loss_is_over_chosen_places(make: Make = Bert) -> None:
    logits, tokens, chosen = torch.randn(3, 5, 9).double(), torch.randint(9, (3, 5)), torch.rand(3, 5) < 0.5
    chosen[0, 0] = True
    told = [logits[b, t].exp()[tokens[b, t]] / logits[b, t].exp().sum() for b, t in chosen.nonzero().tolist()]
    loss = make(9, 7, 8, 4, 10, 2).loss(logits, tokens, chosen)
    torch.testing.assert_close(loss, -torch.stack(told).log().mean())


def check_fast_equals_reference(make: Make = Bert) -> None:
    ours, _, given = oracle(make)
    fast = make(9, 7, 8, 4, 10, 2, F.scaled_dot_product_attention).double()
    fast.load_state_dict(ours.state_dict())
    torch.testing.assert_close(fast(*given), ours(*given))


class _Relu(Bert):
    class layer(BertLayer):
        def activation(self, x: Tensor) -> Tensor:
            return x.relu()


class _WithoutSegments(Bert):
    def embed_pair(self, tokens: Tensor, segments: Tensor) -> Tensor:
        return self.embed(tokens)


class _AllChosenAreMasked(Bert):
    def corrupt(self, tokens: Tensor, rate: float = 0.15) -> tuple[Tensor, Tensor]:
        chosen = super().corrupt(tokens, rate)[1]
        return tokens.masked_fill(chosen, self.mask_token), chosen


class _LossEverywhere(Bert):
    def loss(self, logits: Tensor, tokens: Tensor, chosen: Tensor) -> Tensor:
        return super().loss(logits, tokens, torch.ones_like(chosen))


MUTANTS = {"relu": _Relu, "without_segments": _WithoutSegments, "all_chosen_are_masked": _AllChosenAreMasked,
           "loss_everywhere": _LossEverywhere}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Pairs f(c), c over eight words: yield (step, accuracy on a masked f(c), which its right neighbor determines)."""
    torch.manual_seed(seed)
    model = MaskedLanguageModel(9, 8, 32, 2, 64, 1).to(device)
    everywhere = torch.ones(8, 8, dtype=torch.bool, device=device)
    mask = {"left_to_right": everywhere.tril(), "bidirectional": everywhere}[arm]     # each sees itself: [MASK]
    optimizer = torch.optim.Adam(model.parameters(), lr)

    def sample(n: int) -> Tensor:
        right = torch.randint(8, (n, 4), device=device)
        return torch.stack([(5 * right + 3) % 8, right], dim=-1).flatten(1)

    for step in range(1, 201):
        tokens = sample(64)
        spoiled, chosen = model.corrupt(tokens)
        optimizer.zero_grad()
        model.loss(model(spoiled, mask), tokens, chosen).backward()
        optimizer.step()
        if step % 25 == 0:
            tokens = sample(500)
            hidden = tokens.clone()
            hidden[:, 4] = model.mask_token
            with torch.no_grad():
                yield step, (model(hidden, mask)[:, 4].argmax(dim=-1) == tokens[:, 4]).float().mean().item()
    look, z = model.get_submodule("layers.0.self_attn"), model.norm(model.embed(hidden[:1]))
    assert isinstance(look, MultiHeadAttention)
    query, key, _ = look.project(z, z)
    weights = attention(query, key, torch.eye(8, device=device), mask)[0]               # values = I give the weights
    yield Picture("attention weights of each head with position 5 masked", weights.detach().cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Matrix products of the layers and output heads; least traffic: weights in, logits of words out."""
    b, t, v, d, f, layers = (case.sizes[k] for k in "BTVDFL")
    weights, ends = layers * (4 * d * d + 2 * d * f), d * d + v * d
    return Work(flop=2 * b * t * (weights + ends) + layers * 4 * b * t * t * d + 2 * b * (d * d + 2 * d),
                min_bytes=(weights + ends + t * d + b * t * v) * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], Outputs]:
    """The whole model; the baseline has torch's layers between our embeddings and heads, "fast" torch's attention."""
    b, t, v, d, h, f, layers = (case.sizes[k] for k in "BTVDHFL")
    theirs, ours = (Bert(v, t, d, h, f, layers) for _ in range(2))
    fast = Bert(v, t, d, h, f, layers, F.scaled_dot_product_attention)
    theirs.layers = nn.ModuleList(
        nn.TransformerEncoderLayer(d, h, f, dropout=0.0, activation="gelu", batch_first=True) for _ in range(layers))
    variants = {"torch.nn.TransformerEncoderLayer": theirs, "reference": ours, "fast": fast}
    return ({name: model.to(device, dtype) for name, model in variants.items()},
            (torch.randint(v, (b, t), device=device), torch.randint(2, (b, t), device=device)))
