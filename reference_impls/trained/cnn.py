"""LeNet-5 reads digits that are shifted a little differently at every step.

What it shows: the kernels of the first convolution; its feature maps after subsampling, one digit per row (edges in
different directions, much the same wherever the digit is); and misclassified test digits.
"""
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from reference_impls.convnets.lenet import LeNet5, digits_at_32
from reference_impls.harness.card import Training
from reference_impls.harness.parallel import replicated, share
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Trainer

TRAINING = Training(
    id="cnn",
    implementation="lenet",
    metric="test_accuracy",
    better="higher",
    steps=2500,
    goal=">0.9",
    shows="first kernels, feature maps of some digits, and misclassified digits",
    budget_s=20,
)


def moved(images: Tensor) -> Tensor:
    """Shift each image (N, 1, H, W) at random by up to three pixels (subpixel shifts included) in each direction."""
    theta = torch.eye(2, 3, device=images.device).repeat(len(images), 1, 1)
    theta[:, :, 2] = (2 * torch.rand(len(images), 2, device=images.device) - 1) * 3 / 16    # the side is 2 long
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def own_range(images: Tensor) -> Tensor:
    """Rescale each image (..., H, W) to [0, 1], so that faint ones are visible, too."""
    low, high = images.amin(dim=(-2, -1), keepdim=True), images.amax(dim=(-2, -1), keepdim=True)
    return (images - low) / (high - low).clamp(min=1e-9)


def trainer(seed: int, device: str) -> Trainer:
    """LeNet-5's penalties divided by twenty, as in its claim; 32 digits per step, a rate that falls to zero."""
    (x, y), (x_test, y_test) = digits_at_32(device)
    torch.manual_seed(seed)
    net = LeNet5().to(device)
    learner = replicated(net)
    optimizer = torch.optim.Adam(net.parameters())

    def step(number: int) -> float:
        optimizer.param_groups[0]["lr"] = 0.004 * (1 - (number - 1) / TRAINING.steps)
        batch = torch.randint(len(x), (32,), device=device)
        images, labels = share(moved(x[batch]), y[batch])
        loss = F.cross_entropy(-learner(images)[:, 0, 0] / 20, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    @torch.no_grad()
    def answers() -> Tensor:
        return net(x_test)[:, 0, 0].argmin(dim=1)

    def measure() -> float:
        return (answers() == y_test).float().mean().item()

    @torch.no_grad()
    def show() -> Iterator[Picture]:
        names = [f"map {index}" for index in range(1, 7)]
        yield Picture("kernels of the first convolution", net.c1.weight.transpose(0, 1), "images", labels=([], names))
        few = x_test[[(y_test == digit).nonzero()[0].item() for digit in (0, 2, 4, 7, 8)]]
        seen = F.avg_pool2d(few[..., 2:-2, 2:-2], 2)                                # as large as the maps: 14 by 14
        maps = net.s2(net.squash(net.c1(few)))
        yield Picture("digits and their feature maps in S2", own_range(torch.cat([seen, maps], dim=1)), "images",
                      labels=([], ["image", *names]))
        given = answers()
        wrong = (given != y_test).nonzero().flatten()[:8]
        said = [f"{y_test[i].item()} as {given[i].item()}" for i in wrong]
        yield Picture("misclassified test digits", F.avg_pool2d(x_test[wrong], 2).transpose(0, 1), "images",
                      labels=([], said))

    return Trainer({"net": net, "optimizer": optimizer}, step, measure, show, every=100)
