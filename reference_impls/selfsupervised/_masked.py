"""Task 1 of BERT, shared by its descendants: an encoder that predicts masked tokens from all the others.

Shapes: B sequences, T tokens, V words in the vocabulary (the last is [MASK]), D width.
"""
from collections.abc import Callable
from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.transformer import Attend, EncoderLayer, attention


class BertLayer(EncoderLayer):
    """The Transformer's encoder layer with GELU and an optional attention mask."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.norm1(x + self.self_attn(x, x, mask))
        return self.norm2(x + self.linear2(self.activation(self.linear1(x))))

    def activation(self, x: Tensor) -> Tensor:
        return F.gelu(x)


class Encoder(nn.Module):
    """Embeddings, layers and output head over a vocabulary whose last word is [MASK]; masking and its loss."""

    layer: Callable[..., nn.Module] = BertLayer

    def __init__(self, words: int, length: int, width: int, heads: int, hidden: int, depth: int,
                 attend: Attend = attention) -> None:
        super().__init__()
        self.mask_token = words - 1
        self.tokens, self.positions = nn.Embedding(words, width), nn.Embedding(length, width)
        self.norm, self.read_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.layers = nn.ModuleList(self.layer(width, heads, hidden, attend) for _ in range(depth))
        self.read_linear, self.read_bias = nn.Linear(width, width), nn.Parameter(torch.zeros(words))
        for embedding in (self.tokens, self.positions):
            nn.init.normal_(embedding.weight, std=0.02)

    def embed(self, tokens: Tensor) -> Tensor:
        return self.tokens(tokens) + self.positions.weight[:tokens.shape[1]]            # (B, T, D)

    def encode(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return reduce(lambda h, layer: layer(h, mask), self.layers, self.norm(x))

    def read(self, h: Tensor) -> Tensor:
        return self.read_norm(F.gelu(self.read_linear(h))) @ self.tokens.weight.T + self.read_bias

    def corrupt(self, tokens: Tensor, rate: float = 0.15) -> tuple[Tensor, Tensor]:
        """Corrupted tokens (B, T), and which positions are chosen for prediction (B, T)."""
        chosen, fate = torch.rand(2, *tokens.shape, device=tokens.device)
        spoiled = torch.randint_like(tokens, self.mask_token).masked_fill(fate < 0.8, self.mask_token)
        return spoiled.where((chosen < rate) & (fate < 0.9), tokens), chosen < rate

    def loss(self, logits: Tensor, tokens: Tensor, chosen: Tensor) -> Tensor:
        """Mean of -log p(token) over the chosen positions."""
        return F.cross_entropy(logits[chosen], tokens[chosen])


class MaskedLanguageModel(Encoder):
    """Task 1 alone: tokens (B, T) to logits (B, T, V); an optional mask (T, T) is True where a query may look."""

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.read(self.encode(self.embed(tokens), mask))
