"""Generating token by token, with and without a cache of the keys and values of earlier tokens.

The cost of the next token is measured, after `size` - 1 others. Without a cache the whole text runs through the model
again; with one, only the new token does and attends to the cache, in order d² + n d operations, where the number of
tokens n is at most the width d. So the curve is flat until n comes near d. GPT-2 of two layers, width 256, forward.
"""
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.attention.transformer import attention
from reference_impls.attention.vit import PreNormLayer
from reference_impls.harness.card import Curve, Scaling
from reference_impls.language.gpt2 import GPT2

SCALING = Scaling(
    id="kv-cache",
    question="What does the next token cost after twice as many?",
    axis="tokens including the next one",
    sizes=[16, 32, 64, 128, 256],
    checks=["next_token_is_that_of_the_whole_text"],
    curves=[
        Curve("without cache", "flop", 1, "arxiv:1706.03762", "table 1: n² d, beside n d² of the projections, n <= d"),
        Curve("with cache", "flop", 0, "arxiv:1911.02150", "section 2.4.1: n d² for n tokens in turn, n <= d"),
        Curve("cache", "held_bytes", 1, "arxiv:1911.02150", "section 2.4.1: n d keys and as many values"),
        Curve("without cache", "ms", 1, "arxiv:1706.03762", "table 1: n² d, beside n d² of the projections, n <= d"),
        Curve("with cache", "ms", 0, "arxiv:1911.02150", "section 2.4.1: n d² for n tokens in turn, n <= d"),
    ],
    outcome="With a cache the operations for the next token stay constant, except for its scores over the cached "
            "keys; without one they grow with the text, at 256 tokens to 256 times as many. The time without a "
            "cache grows somewhat more slowly than its operations, because short texts use the processor less well; "
            "with one it hardly grows at all.",
)
WORDS, WIDTH, HEADS, DEPTH = 64, 256, 4, 2


class KVCache:
    """Keys and values (layers, B, H, T, K) of the tokens that a model has read so far, at most `length`."""

    def __init__(self, model: GPT2, batch: int, length: int) -> None:
        layer = model.decode.layers[0]
        assert isinstance(layer, PreNormLayer)
        heads, width = layer.self_attn.heads, model.embedding.shape[1]
        shape = len(model.decode.layers), batch, heads, length, width // heads
        self.model, self.read = model, 0
        self.keys, self.values = (model.embedding.new_zeros(shape) for _ in range(2))

    def append(self, tokens: Tensor) -> Tensor:
        """Read the next token (B,) of each text; return the logits (B, V) of the one after it."""
        decode, place = self.model.decode, slice(self.read, self.read + 1)
        z = F.embedding(tokens[:, None], self.model.embedding) + decode.positions[place]        # (B, 1, D)
        for index, layer in enumerate(decode.layers):
            assert isinstance(layer, PreNormLayer)
            seen = layer.norm1(z)
            query, self.keys[index, :, :, place], self.values[index, :, :, place] = layer.self_attn.project(seen, seen)
            mixed = attention(query, self.keys[index, :, :, :place.stop], self.values[index, :, :, :place.stop])
            z = z + layer.self_attn.out_proj(mixed.transpose(1, 2).flatten(2))
            z = z + layer.linear2(F.gelu(layer.linear1(layer.norm2(z))))
        self.read = place.stop
        return (decode.norm(z) @ self.model.embedding.T)[:, 0]


@torch.no_grad()
def case(name: str, size: int) -> Callable[[], object]:
    """The next token after `size` - 1 others, or the cache that holds them all."""
    model, tokens = GPT2(WORDS, size, WIDTH, HEADS, DEPTH), torch.randint(WORDS, (1, size))
    if name == "without cache":
        return torch.no_grad()(lambda: model(tokens)[:, -1])
    cache = KVCache(model, 1, size)
    if name == "cache":
        return lambda: [cache.keys, cache.values]

    @torch.no_grad()
    def call() -> Tensor:
        cache.read = size - 1           # zeros in place of earlier keys and values: they cost the same
        return cache.append(tokens[:, -1])

    return call


@torch.no_grad()
def check_next_token_is_that_of_the_whole_text() -> None:
    model, tokens = GPT2(11, 9, 12, 3, 2).double(), torch.randint(11, (2, 9))
    cache = KVCache(model, 2, 9)
    one_by_one = torch.stack([cache.append(token) for token in tokens.T], dim=1)
    torch.testing.assert_close(one_by_one, model(tokens))
