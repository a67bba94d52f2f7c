"""A Vision Transformer reads digits that are in a new place in every batch.

What it shows: the attention of the class token (each head of the last layer, and the rollout of both layers) over the
digit itself; and which position embeddings become similar: those of nearby patches, though the model is never told
which patches are near.
"""
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.attention.transformer import attention
from reference_impls.attention.vit import PreNormLayer, VisionTransformer
from reference_impls.harness.card import Training
from reference_impls.harness.data import digits, shifted_digits
from reference_impls.harness.parallel import replicated, share
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Trainer

TRAINING = Training(
    id="vit",
    implementation="vit",
    metric="test_accuracy",
    better="higher",
    steps=1500,
    goal=">0.86",
    shows="attention of the class token, and similarity of position embeddings",
    budget_s=25,
)
SIDE, PATCH = 12, 2


def placed(images: Tensor) -> Tensor:
    """Digits (N, 64), each at a random place in an empty field (N, 1, SIDE, SIDE)."""
    field = images.new_zeros(len(images), 1, SIDE, SIDE)
    corners = torch.randint(SIDE - 7, (len(images), 2)).tolist()
    for empty, digit, (top, left) in zip(field, images.view(-1, 8, 8), corners, strict=True):
        empty[0, top:top + 8, left:left + 8] = digit
    return field


def looks(model: VisionTransformer, images: Tensor) -> list[Tensor]:
    """Attention weights of every layer (B, H, N + 1, N + 1), read off by using the identity matrix as values."""
    z, weights = model.place(model.embed(images)), []
    for layer in model.layers:
        assert isinstance(layer, PreNormLayer)
        seen = layer.norm1(z)
        query, key, _ = layer.self_attn.project(seen, seen)
        weights.append(attention(query, key, torch.eye(z.shape[1], device=z.device)))
        z = layer(z)
    return weights


def rollout(weights: list[Tensor]) -> Tensor:
    """Attention rollout (Abnar & Zuidema 2020): how much of each token reaches each, half by the residual path."""
    reached = torch.eye(weights[0].shape[-1], device=weights[0].device)
    for each in weights:
        reached = (each.mean(dim=1) + torch.eye(each.shape[-1], device=each.device)) / 2 @ reached
    return reached


def over(patches: Tensor, images: Tensor) -> Tensor:
    """Attention to patches (B, M, N), each map scaled to a maximum of 1, over its faint image (B, 1, SIDE, SIDE)."""
    share = patches / patches.amax(dim=-1, keepdim=True)
    large = F.interpolate(share.unflatten(-1, (SIDE // PATCH, -1)), scale_factor=PATCH)
    return 0.7 * large + 0.3 * images


def trainer(seed: int, device: str) -> Trainer:
    """Patches of 2 by 2, two layers of four heads, 64 digits per step, a rate with warm-up that falls to zero."""
    (x, y), _ = digits(device)
    _, (x_test, y_test) = shifted_digits(SIDE, device)                  # the same 397 digits, at fixed places
    torch.manual_seed(seed)
    model = VisionTransformer(SIDE, PATCH, 1, width=32, heads=4, hidden=64, depth=2, classes=10).to(device)
    learner = replicated(model)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)

    def step(number: int) -> float:
        optimizer.param_groups[0]["lr"] = 0.003 * min(number / 100, (TRAINING.steps - number) / (TRAINING.steps - 100))
        batch = torch.randint(len(x), (64,), device=device)
        images, labels = share(placed(x[batch]), y[batch])
        loss = F.cross_entropy(learner(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    @torch.no_grad()
    def measure() -> float:
        return (model(x_test[:, None]).argmax(dim=-1) == y_test).float().mean().item()

    @torch.no_grad()
    def show() -> Iterator[Picture]:
        few = x_test[[(y_test == digit).nonzero()[0].item() for digit in (0, 1, 3, 5, 7, 9)], None]
        weights = looks(model, few)
        patches = torch.cat([weights[-1][:, :, 0, 1:], rollout(weights)[:, None, 0, 1:]], dim=1)    # (6, 5, N)
        heads = [f"head {index}" for index in range(1, 5)]
        yield Picture("attention of the class token over the digit", torch.cat([few, over(patches, few)], dim=1),
                      "images", labels=([], ["image", *heads, "rollout"]))
        places, side = F.normalize(model.positions[0, 1:], dim=-1), SIDE // PATCH
        yield Picture("cosine of each position embedding with all", (places @ places.mT).view(side, side, side, side),
                      "images")

    return Trainer({"model": model, "optimizer": optimizer}, step, measure, show, every=100)
