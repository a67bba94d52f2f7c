"""GPT-2 reads a few pages of English letter by letter and writes some of its own.

The text, `text.txt` next to this file, is a short history of deep learning written for this purpose. Every eighth
paragraph is held out. It is read 64 letters at a time, and only the second half of each window counts, so that every
prediction sees at least 32 letters. Bits per letter: log2 of the alphabet size if nothing is known, about 4.3 from
letter frequencies alone. So small a text is soon memorized: the model is small, a twentieth of the letters that it
reads are replaced by others, weights decay, and training ends while the held-out loss is still falling.

What it shows: a sample, and the attention over the letters of a sentence.
"""
import math
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.attention.vit import PreNormLayer
from reference_impls.harness.card import Training
from reference_impls.harness.parallel import replicated, share
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Trainer
from reference_impls.language.gpt2 import GPT2, look_back

TRAINING = Training(
    id="char-transformer",
    implementation="gpt2",
    metric="held_out_bits_per_character",
    better="lower",
    steps=1000,
    goal="<2.5",
    shows="a sample, and the attention over the letters of a sentence",
    budget_s=35,
)
CONTEXT, HEADS, DEPTH = 64, 4, 2
PARAGRAPHS = Path(__file__).with_name("text.txt").read_text(encoding="utf-8").split("\n\n")
ALPHABET = sorted(set("\n\n".join(PARAGRAPHS)))
SENTENCE = "The network learned to read the letters."


def letters(text: str) -> Tensor:
    """The index of each letter in the alphabet (T,)."""
    return torch.tensor([ALPHABET.index(letter) for letter in text])


def looks(model: GPT2, tokens: Tensor) -> list[Tensor]:
    """Attention weights of every layer (B, H, T, T), read off by using the identity matrix as values."""
    z, weights = F.embedding(tokens, model.embedding) + model.decode.positions[:tokens.shape[1]], []
    for layer in model.decode.layers:
        assert isinstance(layer, PreNormLayer)
        seen = layer.norm1(z)
        query, key, _ = layer.self_attn.project(seen, seen)
        weights.append(look_back(query, key, torch.eye(tokens.shape[1], device=z.device)))
        z = layer(z)
    return weights


def sample(model: GPT2, prompt: str, count: int, device: str) -> str:
    """The prompt and `count` more letters, sampled from the model at temperature 0.7."""
    draw, text = torch.Generator().manual_seed(0), letters(prompt)
    for _ in range(count):
        logits = model(text[None, -CONTEXT:].to(device))[0, -1].cpu()
        text = torch.cat([text, (logits / 0.7).softmax(dim=0).multinomial(1, generator=draw)])
    return "".join(ALPHABET[letter] for letter in text)


def trainer(seed: int, device: str) -> Trainer:
    """Two layers of four heads, 32 passages per step, a learning rate with warm-up and cosine decay."""
    held_out = letters("\n\n".join(PARAGRAPHS[7::8])).to(device)
    known = letters("\n\n".join(each for index, each in enumerate(PARAGRAPHS, 1) if index % 8)).to(device)
    passages = known.unfold(0, CONTEXT + 1, 1)                                          # one starts at every letter
    windows = held_out.unfold(0, CONTEXT + 1, CONTEXT // 2)
    torch.manual_seed(seed)
    model = GPT2(len(ALPHABET), CONTEXT, 64, HEADS, DEPTH).to(device)
    learner = replicated(model)
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.3)

    def step(number: int) -> float:
        falling = (1 + math.cos(math.pi * number / TRAINING.steps)) / 2
        optimizer.param_groups[0]["lr"] = 0.006 * min(1, number / 100) * falling
        passage = passages[torch.randint(len(passages), (32,), device=device)]
        noise = torch.randint(len(ALPHABET), passage.shape, device=device)
        read = torch.where(torch.rand(passage.shape, device=device) < 0.05, noise, passage)
        read, passage = share(read, passage)
        loss = F.cross_entropy(learner(read[:, :-1]).flatten(0, 1), passage[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    @torch.no_grad()
    def measure() -> float:
        logits = model(windows[:, :-1])[:, CONTEXT // 2:]
        return F.cross_entropy(logits.flatten(0, 1), windows[:, CONTEXT // 2 + 1:].flatten()).item() / math.log(2)

    @torch.no_grad()
    def show() -> Iterator[Picture]:
        yield Picture("a sample, at temperature 0.7", kind="text", text=sample(model, "The network ", 700, device))
        weights = looks(model, letters(SENTENCE)[None].to(device))
        names = [letter.replace(" ", "_") for letter in SENTENCE]
        for index, layer in enumerate(weights, 1):
            yield Picture(f"layer {index}: attention of each letter (row), mean of the heads", layer[0].mean(dim=0),
                          labels=(names, names))

    return Trainer({"model": model, "optimizer": optimizer}, step, measure, show, every=50)
