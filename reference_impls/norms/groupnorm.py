"""Group normalization: standardize each sample by itself, a few channels at a time, so that the batch may be small.

    x_hat_i = (x_i - mu_i) / sigma_i                                                Wu & He 2018, eq. (1)
    mu_i = mean of x_k,  sigma_i = sqrt(mean of (x_k - mu_i)² + eps)                eq. (2), over k in S_i
    S_i = {k: k_N = i_N, floor(k_C / (C/G)) = floor(i_C / (C/G))}                   eq. (7)
    y_i = gamma x_hat_i + beta, one gamma and beta for each channel                 eq. (6)

i and k are places (sample, channel, position). S_i holds all positions of the C/G neighboring channels of one group, in
one sample; what else is in the batch does not matter, and training and evaluation compute the same thing.
G = 1 is layer normalization over channels and positions, G = C instance normalization.
Convention: G is the number of groups, as in torch (the paper's default is 32), not of channels in a group.

Shapes: N samples, C channels, * any positions (H, W in the benchmark), G groups, m values in each set S_i.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="groupnorm", papers=["arxiv:1803.08494"], role="layer", symbols=["GroupNorm"],
    patterns=["normalization", "multi-x"], equations=["1", "2", "6", "7"], oracle="torch.nn:GroupNorm",
    properties=["a_value_depends_on_its_set_only", "limits_are_layer_and_instance_norm", "large_mean_keeps_precision"],
    mutants=["unbiased_variance", "statistics_over_batch", "channels_in_a_group_for_groups", "one_scale_for_a_group",
             "constant_statistics", "difference_of_moments", "statistics_in_half_precision"],
    claim=Claim(
        text="With two images in a batch, batch normalization fails at every learning rate of the grid and group "
             "normalization learns; with 32 images, both learn",
        metric="test_accuracy", better="higher", grade="A", budget_s=3,
        grid={"lr": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0]},
        arms={"batchnorm_32_images": Arm(expect=">0.6146", settings={"lr": 0.3}),
              "groupnorm_32_images": Arm(expect=">0.6146", settings={"lr": 0.03}),
              "batchnorm_2_images": Arm(expect="<0.6146", settings={"lr": 0.01}),
              "groupnorm_2_images": Arm(expect=">0.6146", settings={"lr": 0.1})},
    ),
    bench=[Case("resnet50-conv4", {"N": 8, "C": 1024, "H": 14, "W": 14, "G": 32}),
           Case("resnet50-conv4-gpu", {"N": 64, "C": 1024, "H": 14, "W": 14, "G": 32})],
)


class GroupNorm(nn.Module):
    """Normalize (N, C) or (N, C, *) over groups of C/G neighboring channels.

    Args:
        groups: G.
        channels: C.
        eps: added to the variance, under the root.

    Raises:
        ValueError: the groups would not be equal.
    """

    def __init__(self, groups: int, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        if channels % groups:
            raise ValueError(f"{channels} channels cannot be divided into {groups} equal groups")
        self.groups, self.eps = groups, eps
        self.weight = nn.Parameter(torch.ones(channels))    # gamma
        self.bias = nn.Parameter(torch.zeros(channels))     # beta

    def forward(self, x: Tensor) -> Tensor:
        sets = x.unflatten(1, (self.groups, -1)).flatten(2)                             # (N, G, m): eq. (7)
        precise = sets.to(torch.promote_types(x.dtype, torch.float32))                  # at least float32
        normalized = self.standardize(precise).to(x.dtype).reshape(x.shape)             # (N, C, *)
        gamma, beta = (each.view(-1, *[1] * (x.dim() - 2)) for each in (self.weight, self.bias))
        return gamma * normalized + beta                                                # eq. (6)

    def standardize(self, sets: Tensor) -> Tensor:
        """Zero mean and unit variance along the last axis of (N, G, m): eq. (1), (2)."""
        centered = sets - sets.mean(dim=2, keepdim=True)                     # subtract first: E[x²] - E[x]² cancels
        return centered * torch.rsqrt(centered.square().mean(dim=2, keepdim=True) + self.eps)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., GroupNorm]


def oracle(make: Make = GroupNorm) -> tuple[nn.Module, nn.Module, Tensor]:
    """Ours and torch's with the same random weights; an input far from standard, one group of it very far."""
    ours, theirs = make(3, 6).double(), nn.GroupNorm(3, 6).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict())
    x = 3 + 2 * torch.randn(5, 6, 7, 3, dtype=torch.float64)
    x[:, 4:] += 1e4
    return ours, theirs, x


def check_a_value_depends_on_its_set_only(make: Make = GroupNorm) -> None:
    """The derivative of value i by value k is not zero exactly where eq. (7) puts k into S_i."""
    layer, x = make(3, 6).double(), torch.randn(2, 6, 5, dtype=torch.float64)
    derivative = torch.autograd.functional.jacobian(layer, x)                           # (N, C, L, N, C, L)
    sample, channel, _ = torch.meshgrid(*map(torch.arange, x.shape), indexing="ij")     # i_N and i_C of each value
    group = channel // (6 // 3)
    in_set = torch.stack([(sample == n) & (group == c // 2) for n in range(2) for c in range(6) for _ in range(5)])
    assert torch.equal(derivative.flatten(0, 2).flatten(1) != 0, in_set.flatten(1))


def check_limits_are_layer_and_instance_norm(make: Make = GroupNorm) -> None:
    x = 3 + 2 * torch.randn(2, 6, 5, 4, dtype=torch.float64)
    torch.testing.assert_close(make(1, 6).double()(x), F.layer_norm(x, (6, 5, 4)))      # S_i of eq. (4)
    torch.testing.assert_close(make(6, 6).double()(x), F.instance_norm(x))              # S_i of eq. (5)


def check_large_mean_keeps_precision(make: Make = GroupNorm) -> None:
    """With a mean of 10,000 deviations in float32, or of 100 in bfloat16, about two digits of the result remain."""
    for dtype, mean in ((torch.float32, 1e4), (torch.bfloat16, 1e2)):
        x = (mean + torch.randn(8, 6, 50)).to(dtype)
        torch.testing.assert_close(make(3, 6).to(dtype)(x), F.group_norm(x.double(), 3).to(dtype), rtol=0.01, atol=0.01)


def _with(dim: int | tuple[int, ...], correction: int = 0, constant: bool = False) -> Make:
    """A group normalization with other statistics of the sets (N, G, m)."""
    def standardize(layer: GroupNorm, sets: Tensor) -> Tensor:
        given = sets.detach() if constant else sets
        var, mean = torch.var_mean(given, dim=dim, correction=correction, keepdim=True)
        return (sets - mean) * torch.rsqrt(var + layer.eps)

    return type("_Mutant", (GroupNorm,), {"standardize": standardize})


class _OneScaleForAGroup(GroupNorm):
    def forward(self, x: Tensor) -> Tensor:
        size = len(self.weight) // self.groups
        gamma, beta = (each[::size].repeat_interleave(size) for each in (self.weight, self.bias))
        return F.group_norm(x, self.groups, gamma, beta, self.eps)


class _DifferenceOfMoments(GroupNorm):
    def standardize(self, sets: Tensor) -> Tensor:
        mean, power = sets.mean(dim=2, keepdim=True), sets.square().mean(dim=2, keepdim=True)
        return (sets - mean) * torch.rsqrt(power - mean.square() + self.eps)


class _StatisticsInHalfPrecision(GroupNorm):
    def standardize(self, sets: Tensor) -> Tensor:
        return super().standardize(sets.to(self.weight.dtype))


MUTANTS: dict[str, Make] = {
    "unbiased_variance": _with(dim=2, correction=1), "statistics_over_batch": _with(dim=(0, 2)),
    "constant_statistics": _with(dim=2, constant=True), "one_scale_for_a_group": _OneScaleForAGroup,
    "channels_in_a_group_for_groups": lambda groups, channels: GroupNorm(channels // groups, channels),
    "difference_of_moments": _DifferenceOfMoments, "statistics_in_half_precision": _StatisticsInHalfPrecision,
}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Digits, four convolutions, 2,816 images in batches of 32 or 2: yield (images seen, test accuracy).

    The maps shrink from 8 by 8 to one value per image, so that two images give the last two layers two values per
    channel. As in section 4.1, the rate is lr for 32 images and proportional to the size of the batch. To be evaluated,
    batch normalization gets exact statistics of the training images: no poor moving average is held against it.
    """
    from reference_impls.harness.data import digits

    name, size = arm.split("_")[0], int(arm.split("_")[1])
    norms: dict[str, Callable[[], nn.Module]] = {"batchnorm": lambda: nn.BatchNorm2d(32, momentum=None),
                                                 "groupnorm": lambda: GroupNorm(8, 32)}
    (x, y), (x_test, y_test) = digits(device)
    x, x_test = (images.view(-1, 1, 8, 8) for images in (x, x_test))
    torch.manual_seed(seed)
    layers = [part for inputs, stride in ((1, 2), (32, 2), (32, 2), (32, 1))
              for part in (nn.Conv2d(inputs, 32, 3, stride, padding=1, bias=False), norms[name](), nn.ReLU())]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(32, 10)).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr * size / 32)
    for seen in range(size, 2817, size):
        batch = torch.randint(len(x), (size,), device=device)
        optimizer.zero_grad()
        F.cross_entropy(net.train()(x[batch]), y[batch]).backward()
        optimizer.step()
        if seen % 704 == 0:
            with torch.no_grad():
                for layer in net:
                    if isinstance(layer, nn.BatchNorm2d):
                        layer.reset_running_stats()
                net(x)                          # with momentum=None the running statistics are now those of all x
                yield seen, (net.eval()(x_test).argmax(dim=-1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """Seven operations per value (two sums, subtract, square; normalize, scale, shift); one read, one write."""
    values = case.sizes["N"] * case.sizes["C"] * case.sizes["H"] * case.sizes["W"]
    return Work(flop=7 * values, min_bytes=2 * values * itemsize)


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor, ...]]:
    """One layer over (N, C, H, W)."""
    n, c, h, w, g = (case.sizes[size] for size in "NCHWG")
    variants = {"torch.nn.GroupNorm": nn.GroupNorm(g, c), "reference": GroupNorm(g, c)}
    return ({name: layer.to(device, dtype) for name, layer in variants.items()},
            (torch.randn(n, c, h, w, device=device, dtype=dtype),))
