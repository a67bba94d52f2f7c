"""Vector quantization: replace every vector by the nearest entry of a learned codebook, and copy gradients across.

    z_q = e_k,  k = argmin_j |z_e - e_j|                                        van den Oord et al. 2017, eq. (1), (2)
    L = -log p(x | z_q) + |sg[z_e] - e|² + beta |z_e - sg[e]|²                  eq. (3)
    N_i <- gamma N_i + (1 - gamma) n_i,  m_i <- gamma m_i + (1 - gamma) sum z,  e_i <- m_i / N_i         appendix A.1

sg[] passes values but no gradient. The decoder's gradient at z_q goes to z_e unchanged (straight through). Codes follow
the encoder by the second term or by moving averages, where n_i vectors of a batch chose code i and `sum z` adds them.
Convention: the squares are averaged over all elements.

Shapes: K codes of D numbers; z is (*, D) for any positions *, k is (*).
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="vqvae", papers=["arxiv:1711.00937"], role="layer", symbols=["VectorQuantizer"], equations=["1", "2", "3"],
    patterns=["latent-variable", "discrete-latent", "quantization", "moving-average", "encode-decode"],
    oracle="closed form: every vector against every code in a loop", deviations=["gamma is 0.95 (paper: 0.99)"],
    claim=Claim(
        text="Good reconstructions need gradients copied past the choice of a code, and codes that follow the encoder",
        metric="test_squared_error", better="lower", grade="B", budget_s=3,
        grid={"lr": [0.003, 0.01, 0.03, 0.1], "spread": [0.01, 0.03, 0.1, 0.3, 1.0]},
        arms={"vqvae": Arm(expect="<0.013", settings={"lr": 0.01, "spread": 0.03}),
              "fixed_codes": Arm(expect=">0.013", settings={"lr": 0.01, "spread": 0.3}),
              "gradient_not_copied": Arm(expect=">0.013", settings={"lr": 0.03, "spread": 0.03})}),
    properties=["no_memory_is_one_lloyd_step", "averages_forget_geometrically"],
    mutants=["not_straight_through", "commitment_moves_the_codes", "largest_product", "mean_of_means"],
    bench=[Case("latents-32x32", {"N": 4096, "K": 512, "D": 64})],
)


class VectorQuantizer(nn.Module):
    """A codebook (K, D), trained by the gradient of its loss or, in its place, by `follow`.

    Args: K, D, the weight beta of the commitment, the deviation of the normal initial codes, and the decay gamma.
    """

    counts: Tensor
    sums: Tensor

    def __init__(self, codes: int, width: int, beta: float = 0.25, spread: float = 1.0, decay: float = 0.95) -> None:
        super().__init__()
        self.beta, self.decay, self.codebook = beta, decay, nn.Parameter(spread * torch.randn(codes, width))
        self.register_buffer("counts", torch.ones(codes))                             # N: as if each was chosen once
        self.register_buffer("sums", self.codebook.detach().clone())                  # m

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Vectors z (*, D) to codes z_q (*, D), their numbers (*), and the last two terms of eq. (3), a scalar."""
        k = self.nearest(z)
        code = self.codebook[k]                                                       # (*, D)
        return self.straight_through(z, code), k, self.loss(z, code)

    def nearest(self, z: Tensor) -> Tensor:
        distance = self.codebook.square().sum(dim=-1) - 2 * z @ self.codebook.T       # (*, K); |z|² is left out
        return distance.argmin(dim=-1)

    def straight_through(self, z: Tensor, code: Tensor) -> Tensor:
        return z + (code - z).detach()                                                # value of code, gradient of z

    def loss(self, z: Tensor, code: Tensor) -> Tensor:
        return F.mse_loss(code, z.detach()) + self.beta * F.mse_loss(z, code.detach())

    @torch.no_grad()
    def follow(self, z: Tensor, k: Tensor) -> None:
        """Set the codes to the moving averages of the vectors z (*, D) that chose k (*), once per training step."""
        chosen = F.one_hot(k.flatten(), len(self.codebook)).to(z)                     # (positions, K)
        self.counts.mul_(self.decay).add_(chosen.sum(dim=0), alpha=1 - self.decay)
        self.sums.mul_(self.decay).add_(chosen.T @ z.flatten(0, -2), alpha=1 - self.decay)
        used = chosen.any(dim=0)                        # the rest stay: both of their averages decay towards zero
        self.codebook[used] = self.sums[used] / self.counts[used, None]


# -- how we know that it is right: every check takes the layer, so that the mutants can be shown to fail --------------
Make = Callable[..., VectorQuantizer]
Outputs = tuple[Tensor, ...]


def oracle(make: Make = VectorQuantizer) -> tuple[VectorQuantizer, Callable[[Tensor], Outputs], Tensor]:
    """Ours; each vector against every code in a loop, both terms of the loss summed by hand; vectors."""
    ours = make(6, 3, beta=0.4).double()

    def theirs(z: Tensor) -> Outputs:
        numbers, copies, loss = [], [], z.new_zeros(())
        for vector in z.reshape(-1, 3):
            distances = [(vector - code).norm().item() for code in ours.codebook]
            numbers.append(distances.index(min(distances)))
            code = ours.codebook[numbers[-1]]
            copies.append(code.detach() + (vector - vector.detach()))           # value of code, gradient of vector
            loss = loss + (vector.detach() - code).pow(2).sum() + 0.4 * (vector - code.detach()).pow(2).sum()
        return torch.stack(copies).view(z.shape), torch.tensor(numbers).view(z.shape[:-1]), loss / z.numel()

    return ours, theirs, 0.3 + torch.randn(5, 4, 3, dtype=torch.float64)


def check_no_memory_is_one_lloyd_step(make: Make = VectorQuantizer) -> None:
    """Appendix A.1 with decay 0 is k-means: scikit-learn's, stopped after one iteration."""
    from sklearn.cluster import KMeans

    z, layer = 1 + 2 * torch.randn(200, 3, dtype=torch.float64), make(4, 3, decay=0.0).double()
    layer.codebook.data = z[:4].clone()                                         # so that no cluster is empty
    lloyd = KMeans(4, init=z[:4].cpu().numpy(), n_init=1, max_iter=1, algorithm="lloyd").fit(z.cpu().numpy())
    layer.follow(z, layer(z)[1])
    torch.testing.assert_close(layer.codebook.detach(), torch.as_tensor(lloyd.cluster_centers_).to(z))


def check_averages_forget_geometrically(make: Make = VectorQuantizer) -> None:
    """After three batches, a vector weighs gamma to the power of its age, the first code gamma³ / (1 - gamma)."""
    layer = make(2, 3, decay=0.8).double()
    first, batches = layer.codebook.detach().clone(), torch.randn(3, 5, 3, dtype=torch.float64)
    choices = torch.tensor([[0, 0, 0, 0, 1], [0, 1, 0, 1, 0], [1, 0, 0, 0, 0]])
    for z, k in zip(batches, choices):
        layer.follow(z, k)
    weight = torch.tensor([0.8 ** 2, 0.8, 1.0], dtype=torch.float64)[:, None].expand(3, 5)
    for code in (0, 1):
        vectors = torch.cat([first[code][None], batches[choices == code]])
        weights = torch.cat([weight.new_tensor([0.8 ** 3 / 0.2]), weight[choices == code]])
        torch.testing.assert_close(layer.codebook[code].detach(), weights @ vectors / weights.sum())


class _NotStraightThrough(VectorQuantizer):
    def straight_through(self, z: Tensor, code: Tensor) -> Tensor:
        return code


class _CommitmentMovesTheCodes(VectorQuantizer):
    def loss(self, z: Tensor, code: Tensor) -> Tensor:
        return F.mse_loss(code, z.detach()) + self.beta * F.mse_loss(z, code)


class _LargestProduct(VectorQuantizer):
    def nearest(self, z: Tensor) -> Tensor:
        return (z @ self.codebook.T).argmax(dim=-1)                             # right only for codes of equal norm


class _MeanOfMeans(VectorQuantizer):
    def follow(self, z: Tensor, k: Tensor) -> None:
        for code in k.unique():
            self.codebook.data[code].lerp_(z[k == code].mean(dim=0), 1 - self.decay)


MUTANTS = {"not_straight_through": _NotStraightThrough, "commitment_moves_the_codes": _CommitmentMovesTheCodes,
           "largest_product": _LargestProduct, "mean_of_means": _MeanOfMeans}


# -- what the paper claims, small -------------------------------------------------------------------------------------
class _GradientNotCopied(VectorQuantizer):
    def straight_through(self, z: Tensor, code: Tensor) -> Tensor:
        return code.detach()                                                    # the encoder learns by commitment only


def demo(arm: str, seed: int, lr: float, spread: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Digits as 4 by 4 choices among 32 codes, 80 bits each: yield (step, squared error per test pixel)."""
    from reference_impls.harness.data import digits

    (x, _), (x_test, _) = ((images.view(-1, 1, 8, 8), labels) for images, labels in digits(device))
    torch.manual_seed(seed)
    encoder = nn.Sequential(nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 8, 1)).to(device)
    decoder = nn.Sequential(nn.ConvTranspose2d(8, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1)).to(device)
    layer = (_GradientNotCopied if arm == "gradient_not_copied" else VectorQuantizer)(32, 8, spread=spread).to(device)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr)
    for step in range(1, 401):
        batch = x[torch.randint(len(x), (32,), device=device)]
        z = encoder(batch).movedim(1, -1)                                       # (N, 4, 4, 8)
        z_q, k, loss = layer(z)
        optimizer.zero_grad()
        (F.mse_loss(decoder(z_q.movedim(-1, 1)), batch) + loss).backward()
        optimizer.step()
        if arm != "fixed_codes":
            layer.follow(z, k)
        if step % 100 == 0:
            seen = decoder(layer(encoder(x_test).movedim(1, -1))[0].movedim(-1, 1)).detach()
            yield step, F.mse_loss(seen, x_test).item()
    if arm == "vqvae":
        yield Picture("test digits above their reconstructions", torch.stack([x_test, seen])[:, :10, 0].cpu(), "images")


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Products of N vectors with K codes; vectors and codes are read, the chosen codes written."""
    n, k, d = (case.sizes[key] for key in "NKD")
    return Work(flop=2 * n * k * d, min_bytes=itemsize * (2 * n * d + k * d))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Outputs]], Outputs]:
    """Codes, their numbers and the loss of N vectors; the baseline takes all distances from torch."""
    n, k, d = (case.sizes[key] for key in "NKD")
    layer = VectorQuantizer(k, d).to(device, dtype)

    def by_cdist(z: Tensor) -> Outputs:
        code = F.embedding(numbers := torch.cdist(z, layer.codebook).argmin(dim=-1), layer.codebook)
        return layer.straight_through(z, code), numbers, layer.loss(z, code)

    return {"torch.cdist": by_cdist, "reference": layer}, (torch.randn(n, d, device=device, dtype=dtype),)
