"""Classifier guidance: in each reverse step, push the sample towards what a classifier assigns to the wanted class.

    p(x_{t-1} | x_t, y) = Z p(x_{t-1} | x_t) p(y | x_{t-1})                         Dhariwal & Nichol 2021, section 4.1
    x_{t-1} = mu + s Sigma grad log p(y|x_t) + sqrt(Sigma) z                                                Algorithm 1
    eps^ = eps_theta(x_t, t) - s sqrt(1 - abar_t) grad log p(y|x_t)                            section 4.2, Algorithm 2
    x_{t-1} = sqrt(abar_{t-1}) (x_t - sqrt(1 - abar_t) eps^) / sqrt(abar_t) + sqrt(1 - abar_{t-1}) eps^

The gradient is taken with respect to x_t, so the classifier must be trained on noisy samples. At s = 1 samples follow
the class's own distribution; a larger s uses the sharper classifier p(y|x)^s (section 4.3). Conventions: mu and Sigma
are those of `ddpm`, with Sigma = beta_t also at t = 1, where no noise is added; the paper prints Algorithm 2 without s.

Shapes: N samples of any shape *; T steps; t is (N,), one step number for each sample; y is (N,) out of C classes.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, optim
from torch.nn import functional as F

from reference_impls.generative._mixture import Mixture
from reference_impls.generative._net import TimedNet
from reference_impls.generative.ddpm import GaussianDiffusion, Predictor
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="adm", papers=["arxiv:2105.05233"], role="sampler", symbols=["GuidedDiffusion", "of_class"],
    patterns=["denoising", "latent-variable", "scaling", "attention"],
    oracle="closed form: in a mixture of Gaussians the distribution of each class is known without a classifier",
    properties=["scale_one_is_the_class"], mutants=["deviation_for_variance", "logarithm_forgotten", "root_forgotten"],
    claim=Claim(
        text="Scaling up a classifier's gradient gives more fidelity and less diversity than the class itself has",
        metric="fidelity_for_diversity", better="higher", grade="A", budget_s=4,
        grid={"lr": [3e-4, 0.001, 0.003, 0.01, 0.03]},
        arms={"scaled": Arm(expect=">0.1195", settings={"lr": 0.001}),
              "plain": Arm(expect="<0.1195", settings={"lr": 0.001})}),
    bench=[Case("guided-step", {"N": 128, "D": 12288, "C": 100})],
    deviations=["variances fixed, not learned as in `iddpm`", "no improved U-Net, neither its attention nor its size"],
)

Classifier = Callable[[Tensor, Tensor], Tensor]     # x_t (N, *) and t (N,) -> logits (N, C)
LogProb = Callable[[Tensor, Tensor], Tensor]        # x_t (N, *) and t (N,) -> log p(y|x_t), (N,)


def of_class(classify: Classifier, y: Tensor) -> LogProb:
    """The logarithm of the probability that each noisy sample belongs to its class y (N,)."""
    return lambda xt, t: classify(xt, t).log_softmax(dim=1).gather(1, y[:, None]).squeeze(1)


class GuidedDiffusion(GaussianDiffusion):
    """The process fixed by betas (T,), whose reverse steps climb `log_prob` as well. `sample` is Algorithm 1."""

    def __init__(self, betas: Tensor, log_prob: LogProb, scale: float = 1.0) -> None:
        super().__init__(betas)
        self.log_prob, self.scale = log_prob, scale

    def pull(self, xt: Tensor, t: Tensor) -> Tensor:
        """Scaled gradient of log p(y|x_t) with respect to x_t, (N, *), independent for each sample."""
        gradient: Tensor = torch.func.grad(lambda x: self.log_prob(x, t).sum())(xt)
        return self.scale * gradient

    def step(self, xt: Tensor, t: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        """x_{t-1} from x_t, the predicted noise and fresh noise z. Algorithm 1."""
        return super().step(xt, t, noise, z) + self.each(self.beta[t], xt) * self.pull(xt, t)

    def ddim_step(self, xt: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """x_{t-1} from x_t and the predicted noise, without randomness. Algorithm 2."""
        abar, before = (self.each(self.alpha_bar[s], xt) for s in (t, t - 1))
        noise = noise - (1 - abar).sqrt() * self.pull(xt, t)            # as if all data were of the class
        return before.sqrt() * (xt - (1 - abar).sqrt() * noise) / abar.sqrt() + (1 - before).sqrt() * noise

    def ddim(self, predict: Predictor, x: Tensor) -> Iterator[Tensor]:
        """From x_T (N, *), standard normal: yield x_{T-1} ... x_0. Algorithm 2."""
        for number in range(len(self.beta) - 1, 0, -1):
            t = torch.full((len(x),), number, device=x.device)
            x = self.ddim_step(x, t, predict(x, t))
            yield x


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------
Outputs = tuple[Tensor, ...]
Function = Callable[..., Outputs]
Make = type[GuidedDiffusion]


def oracle(make: Make = GuidedDiffusion) -> tuple[Function, Function, Outputs]:
    """A step of each algorithm, and at scale 1 a whole DDIM run, against the closed form of each class alone."""
    betas, t, y = 0.05 + 0.3 * torch.rand(5, dtype=torch.float64), torch.tensor([1, 3, 5]), torch.tensor([0, 1, 1])

    def ours(x: Tensor, z: Tensor, centers: Tensor) -> Outputs:
        mixture = Mixture(betas, centers, 0.7)
        noise, (once, more) = mixture.noise(x, t), (make(betas, of_class(mixture.classify, y), s) for s in (1, 2.5))
        *_, sample = once.ddim(mixture.noise, x)
        return more.step(x, t, noise, z), more.ddim_step(x, t, noise), sample

    def theirs(x: Tensor, z: Tensor, centers: Tensor) -> Outputs:
        abar, rows = [1.0, *[torch.prod(1 - betas[:s]).item() for s in (1, 2, 3, 4, 5)]], []
        var = [0.49 * a + 1 - a for a in abar]
        for at, xt, fresh, center in zip(t.tolist(), x, z, centers[y]):
            beta, slopes = betas[at - 1], (abar[at] ** 0.5 * centers - xt) / var[at]        # of each log density
            overall = (-var[at] / 2 * slopes.square().sum(dim=1)).softmax(dim=0) @ slopes   # of all classes together
            tilted = 2.5 * (abar[at] ** 0.5 * center - xt) / var[at] - 1.5 * overall        # of p(x) p(y|x)^2.5
            ddpm = (xt + beta * overall) / (1 - beta).sqrt() + beta * (tilted - overall)
            clean = (xt + (1 - abar[at]) * tilted) / abar[at] ** 0.5
            ddim = abar[at - 1] ** 0.5 * clean - ((1 - abar[at]) * (1 - abar[at - 1])) ** 0.5 * tilted
            away = xt - abar[5] ** 0.5 * center                                             # DDIM shrinks it
            for a, b, v in zip(abar[1:], abar, var[1:]):
                away = away * ((a * b) ** 0.5 * 0.49 + ((1 - a) * (1 - b)) ** 0.5) / v
            rows.append((ddpm + (beta.sqrt() * fresh if at > 1 else 0), ddim, center + away))
        return tuple(torch.stack(each) for each in zip(*rows))

    return ours, theirs, tuple(1 + torch.randn(n, 4, dtype=torch.float64) for n in (3, 3, 2))


def check_scale_one_is_the_class(make: Make = GuidedDiffusion) -> None:
    """Exact noise and classifier, three overlapping classes on a line: both algorithms sample from N(0.5, 0.4²)."""
    betas = torch.linspace(0.001, 0.12, 100)
    mixture = Mixture(betas, torch.tensor([[-1.0], [0.5], [1.0]]), 0.4)
    process = make(betas, of_class(mixture.classify, torch.ones(4000, dtype=torch.long)))
    for sampler in (process.sample, process.ddim):
        *_, sample = sampler(mixture.noise, torch.randn(4000, 1))
        torch.testing.assert_close(torch.stack(torch.std_mean(sample)), torch.tensor([0.4, 0.5]), rtol=0, atol=0.03)


class _DeviationForVariance(GuidedDiffusion):
    def step(self, xt: Tensor, t: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        return GaussianDiffusion.step(self, xt, t, noise, z) + self.each(self.beta[t], xt).sqrt() * self.pull(xt, t)


class _LogarithmForgotten(GuidedDiffusion):
    def __init__(self, betas: Tensor, log_prob: LogProb, scale: float = 1.0) -> None:
        super().__init__(betas, lambda xt, t: log_prob(xt, t).exp(), scale)


class _RootForgotten(GuidedDiffusion):
    def pull(self, xt: Tensor, t: Tensor) -> Tensor:
        return super().pull(xt, t) * (1 - self.each(self.alpha_bar[t], xt)).sqrt()


MUTANTS = {"deviation_for_variance": _DeviationForVariance, "logarithm_forgotten": _LogarithmForgotten,
           "root_forgotten": _RootForgotten}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Eight Gaussians on a ring, exact noise, s = 4 or 1: yield (step, smaller of accuracy gain and spread loss)."""
    torch.manual_seed(seed)
    betas, turn = torch.linspace(0.001, 0.12, 100, device=device), torch.arange(8, device=device) * torch.pi / 4
    mixture = Mixture(betas, 2 * torch.stack([turn.cos(), turn.sin()], dim=1), 0.7)
    y = torch.arange(4000, device=device) % 8
    data = mixture.centers[y] + 0.7 * torch.randn(4000, 2, device=device)
    net = TimedNet(2, 8, 64, 100).to(device)
    optimizer = optim.Adam(net.parameters(), lr)

    @torch.no_grad()
    def draw(scale: float, number: int) -> Tensor:
        process = GuidedDiffusion(betas, of_class(net, y[:number]), scale)
        return list(process.sample(mixture.noise, torch.randn(number, 2, device=device)))[-1]

    def judge(points: Tensor) -> tuple[float, float]:           # accuracy under the exact rule, spread within a class
        hit = torch.cdist(points, mixture.centers).argmin(dim=1) == y[:len(points)]
        return hit.float().mean().item(), points.view(-1, 8, 2).std(dim=0).mean().item()

    for step in range(1, 601):
        rows, t = torch.randint(4000, (256,), device=device), torch.randint(1, 101, (256,), device=device)
        xt = mixture.process.diffuse(data[rows], t, torch.randn(256, 2, device=device))
        optimizer.zero_grad()
        F.cross_entropy(net(xt, t), y[rows]).backward()
        optimizer.step()
        if step % 300 == 0:
            (own, whole), (hit, left) = judge(data), judge(draw(4 if arm == "scaled" else 1, 2000))
            yield step, min(hit - own, 1 - left / whole)
    if arm == "scaled":
        shown = torch.cat([draw(s, 600).cpu() + torch.tensor([9.0 * i, 0]) for i, s in enumerate((0, 1, 4))])
        yield Picture("samples guided with scale 0, 1 and 4, with the requested class", shown, kind="points",
                      labels=([str(each) for each in y[:600].tolist()] * 3, []))


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """A linear classifier forward and backward; seven operations per number; x_t, noise, z, weights in, x_{t-1} out."""
    n, d, c = (case.sizes[k] for k in "NDC")
    return Work((4 * c + 7) * n * d, itemsize * (4 * n * d + c * d))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[..., Tensor]], Outputs]:
    """Algorithm 1 once, without the denoiser, guided by a linear classifier whose gradient the baseline writes out."""
    n, d, c = (case.sizes[k] for k in "NDC")
    x, noise, z = torch.randn(3, n, d, device=device, dtype=dtype)
    weight, y = torch.randn(c, d, device=device, dtype=dtype) / d ** 0.5, torch.arange(n, device=device) % c
    betas = torch.linspace(1e-4, 0.02, 1000, device=device)
    process = GuidedDiffusion(betas, of_class(lambda x, t: F.linear(x, weight), y), 4.0)
    b, abar = process.beta[500].item(), process.alpha_bar[500].item()
    scale, slope = (1 - b) ** -0.5, -b / ((1 - abar) * (1 - b)) ** 0.5

    def torchs(x: Tensor, t: Tensor, noise: Tensor, z: Tensor) -> Tensor:
        errors = F.one_hot(y, c) - F.linear(x, weight).softmax(dim=1)
        return x.mul(scale).add(noise, alpha=slope).add(z, alpha=b ** 0.5).addmm(errors, weight, alpha=4 * b)

    return {"torch.addmm": torchs, "reference": process.step}, (x, torch.full((n,), 500, device=device), noise, z)
