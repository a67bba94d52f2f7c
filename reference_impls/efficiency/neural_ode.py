"""Neural ordinary differential equations: depth is time, and gradients come from a second equation solved backwards.

    dz/dt = f(z, t, theta);   z(t1) = ODESolve(z(t0), f, t0, t1, theta)       Chen et al. 2018, eq. (2), (3)
    da/dt = -a df/dz          for the adjoint a(t) = dL/dz(t), from t1 back to t0                  eq. (4)
    dL/dtheta = - integral from t1 to t0 of a df/dtheta dt                                         eq. (5)

Going back, z(t) is solved for once more, from z(t1), together with a and the integral: algorithm 1. So of the forward
pass only z(t1) is kept, whatever the number of evaluations of f. Both passes use the same solver: the classical
Runge-Kutta method with steps of fixed length, or the pair of Dormand and Prince, which chooses its steps such that the
error of each stays below a tolerance. The gradient is that of the equation, not of its solver: it differs from
backpropagation through the solver by about the error of the solver. f must give the same values both times, so it has
no dropout.

Longer than most: it has two solvers, one for each way to choose the steps.
Shapes: z and a have any shape, theta is all parameters of f; N samples, D features, M hidden units, S steps.
"""
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from reference_impls.efficiency.checkpointing import Again, same_precision, trainable
from reference_impls.harness.bench.memory import saved_bytes
from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.live import peak_live_bytes

CARD = Card(
    id="neural-ode", papers=["arxiv:1806.07366"], role="algorithm",
    symbols=["NeuralODE", "dormand_prince", "runge_kutta"], patterns=["recomputation", "residual", "parameter-sharing"],
    oracle="closed form: matrix exponential of a linear equation that depends on time, differentiated by autograd",
    properties=["only_the_result_is_kept", "gradients_are_of_order_four", "tolerance_bounds_the_error"],
    mutants=["adjoint_without_its_sign", "time_runs_forward", "states_not_followed_back", "keeps_everything",
             "steps_do_not_adapt"],
    claim=Claim(
        text="Solving a million times more precisely takes no more memory with the adjoint method, but many times more "
             "with backpropagation through the solver",
        metric="times_the_memory", better="lower", grade="A", budget_s=2,
        arms={"through the solver": Arm(expect=">4.6"), "adjoint": Arm(expect="<4.6")},
    ),
    bench=[Case("s8n256d64", {"S": 8, "N": 256, "D": 64, "M": 256})],
    equations=["2", "3", "4", "5"],
    deviations=["no gradients with respect to t0 and t1 (appendix C)",
                "explicit solvers with steps of our own, not the implicit Adams method of section 3"],
)

Field = Callable[[float, Tensor], Tensor]                           # f(t, z), of the shape of z
Solver = Callable[[Field, Tensor, float, float], Tensor]            # from z(t0) to z(t1), which may be earlier


def runge_kutta(f: Field, z: Tensor, t0: float, t1: float, steps: int) -> Tensor:
    """Order 4: an error proportional to the fourth power of the step, for 4 evaluations in each."""
    h = (t1 - t0) / steps
    for number in range(steps):
        t = t0 + number * h
        k1 = f(t, z)
        k2 = f(t + h / 2, z + h / 2 * k1)
        k3 = f(t + h / 2, z + h / 2 * k2)
        k4 = f(t + h, z + h * k3)
        z = z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return z


STAGES = (      # time and weights of the earlier slopes; the last row is the result, of order 5
    (1 / 5, (1 / 5,)),
    (3 / 10, (3 / 40, 9 / 40)),
    (4 / 5, (44 / 45, -56 / 15, 32 / 9)),
    (8 / 9, (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729)),
    (1, (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656)),
    (1, (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)))
ORDER_4 = (5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40)
ERROR = tuple(a - b for a, b in zip((*STAGES[-1][1], 0), ORDER_4, strict=True))


def dormand_prince(f: Field, z: Tensor, t0: float, t1: float, tolerance: float) -> Tensor:
    """Orders 5 and 4 from the same slopes: their difference estimates the error. A step with too much is taken again.

    Raises:
        ArithmeticError: no step is short enough, as where values are not finite.
    """
    tolerance = max(tolerance, 10 * torch.finfo(z.dtype).eps)               # rounding allows no less
    t, h, slope = t0, (t1 - t0) / 10, f(t0, z)
    while t != t1:
        end = t + h if abs(h) < abs(t1 - t) else t1
        h, slopes = end - t, [slope]
        for time, weights in STAGES:
            y = z + h * _weighted(weights, slopes)
            slopes.append(f(t + time * h, y))
        allowed = tolerance * (1 + torch.maximum(z.abs(), y.abs()))
        excess = (h * _weighted(ERROR, slopes) / allowed).square().mean().sqrt().item()
        if end == t:
            raise ArithmeticError(f"no step from t = {t} keeps the tolerance of {tolerance}")
        if excess <= 1:
            t, z, slope = end, y, slopes[-1]                                # the last slope is the next one's first
        h *= min(5, max(0.2, 0.9 * max(excess, 1e-9) ** -0.2))              # the error grows as h to the fifth
    return z


def _weighted(weights: tuple[float, ...], slopes: list[Tensor]) -> Tensor:
    return torch.stack([weight * slope for weight, slope in zip(weights, slopes, strict=True) if weight]).sum(dim=0)


class NeuralODE(nn.Module):
    """z(t0) to z(t1), where the module f(t, z) gives the derivative of z; autograd keeps z(t1) only."""

    def __init__(self, f: nn.Module, solve: Solver, t0: float = 0, t1: float = 1) -> None:
        super().__init__()
        self.f, self.solve, self.t0, self.t1 = f, solve, t0, t1

    def forward(self, z: Tensor) -> Tensor:
        result: Tensor = _Adjoint.apply(self, z, *trainable(self.f))        # type: ignore[no-untyped-call]
        return result                       # the parameters tell autograd what else the result depends on

    def dynamics(self, t: float, z: Tensor, a: Tensor, again: Again) -> tuple[Tensor, ...]:
        """Derivatives of z, of a and of the integral for each parameter, by one product of a vector and a Jacobian."""
        with torch.enable_grad(), again():
            z = z.detach().requires_grad_()
            dz = self.f(t, z)
        return dz.detach(), *torch.autograd.grad(                           # eq. (4), the integrands of eq. (5)
            dz, [z, *trainable(self.f)], -a, allow_unused=True, materialize_grads=True)


class _Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, ode: NeuralODE, z: Tensor, *parameters: Tensor) -> Tensor:
        z = ode.solve(ode.f, z, ode.t0, ode.t1)                             # eq. (3)
        context.ode, context.again = ode, same_precision(z.device)
        context.save_for_backward(z)
        return z

    @staticmethod
    @once_differentiable
    def backward(context: Any, d_z: Tensor) -> tuple[Tensor | None, ...]:
        ode, (z,) = context.ode, context.saved_tensors
        start = [z, d_z, *map(torch.zeros_like, trainable(ode.f))]          # algorithm 1: all in one vector

        def split(state: Tensor) -> list[Tensor]:
            parts = state.split([part.numel() for part in start])
            return [part.view(like.shape) for part, like in zip(parts, start, strict=True)]

        def join(parts: Any) -> Tensor:
            return torch.cat([part.flatten() for part in parts])

        def dynamics(t: float, state: Tensor) -> Tensor:
            return join(ode.dynamics(t, *split(state)[:2], context.again))

        _, *gradients = split(ode.solve(dynamics, join(start), ode.t1, ode.t0))
        return None, *gradients


class Dynamics(nn.Module):
    """The network f: (N, D) to (N, D), with one hidden layer and a bias that changes over time."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.read, self.write = nn.Linear(features, hidden), nn.Linear(hidden, features)
        self.drift = nn.Parameter(torch.randn(hidden))

    def forward(self, t: float, z: Tensor) -> Tensor:
        derivative: Tensor = self.write(torch.tanh(self.read(z) + t * self.drift))
        return derivative


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., NeuralODE]


class _Linear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(0.4 * torch.randn(3, 3)), nn.Parameter(torch.randn(3))

    def forward(self, t: float, z: Tensor) -> Tensor:
        return z @ self.a.T + t * self.b


def oracle(make: Make = NeuralODE) -> tuple[nn.Module, Callable[[Tensor], Tensor], Tensor]:
    """Half of the way by each solver, and the solution of dz/dt = a z + b t: for (z, t, 1) the weights are constant."""
    f = _Linear().double()
    ours = nn.Sequential(make(f, partial(dormand_prince, tolerance=1e-13), 0.3, 0.9),
                         make(f, partial(runge_kutta, steps=200), 0.9, 1.5))

    def theirs(z: Tensor) -> Tensor:
        weights = torch.cat([torch.cat([f.a, f.b[:, None], torch.zeros_like(f.b)[:, None]], dim=1),
                             f.a.new_tensor([[0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])])
        state = torch.cat([z, z.new_tensor([[0.3, 1]]).expand(len(z), 2)], dim=1)
        return (state @ torch.linalg.matrix_exp(1.2 * weights).T)[:, :3]

    return ours, theirs, 1 + 2 * torch.randn(5, 3, dtype=torch.float64)


def _result_and_gradients(solved: Callable[[Tensor], Tensor], f: nn.Module, z: Tensor) -> Tensor:
    end = solved(z)
    return torch.cat([x.flatten() for x in (end, *torch.autograd.grad(end.square().sum(), [z, *f.parameters()]))])


def _problem() -> tuple[Dynamics, Tensor, Tensor]:
    """f, z(t0), and result and gradients by backpropagation through many small steps."""
    f, z = Dynamics(3, 8).double(), (1 + 2 * torch.randn(5, 3, dtype=torch.float64)).requires_grad_()
    return f, z, _result_and_gradients(lambda z: runge_kutta(f, z, 0, 2, steps=200), f, z)


def check_only_the_result_is_kept(make: Make = NeuralODE) -> None:
    x = torch.randn(5, 3, dtype=torch.float64)
    for steps in (2, 8, 32):
        kept = saved_bytes(make(Dynamics(3, 8).double(), partial(runge_kutta, steps=steps)), (x,))
        assert kept == x.nbytes, f"{steps} steps keep {kept / x.nbytes:.0f} times the result"


def check_gradients_are_of_order_four(make: Make = NeuralODE) -> None:
    """Half the step, a 16th of the error, up to terms of higher order."""
    f, z, exact = _problem()
    errors = [(_result_and_gradients(make(f, partial(runge_kutta, steps=steps), 0, 2), f, z) - exact).norm().item()
              for steps in (16, 32)]
    assert 8 < errors[0] / errors[1] < 32, f"half the step has 1 / {errors[0] / errors[1]:.1f} of the error"


def check_tolerance_bounds_the_error(make: Make = NeuralODE) -> None:
    """Figure 3 (a): the error follows the tolerance. Errors of steps add up, so it may be larger."""
    f, z, exact = _problem()
    for tolerance in (1e-3, 1e-5, 1e-7):
        found = _result_and_gradients(make(f, partial(dormand_prince, tolerance=tolerance), 0, 2), f, z)
        error = ((found - exact).norm() / exact.norm()).item()
        assert error < 30 * tolerance, f"a tolerance of {tolerance} leaves an error of {error:.1e}"


class _NoSign(NeuralODE):
    def dynamics(self, t: float, z: Tensor, a: Tensor, again: Again) -> tuple[Tensor, ...]:
        return super().dynamics(t, z, -a, again)


class _Forward(NeuralODE):
    def dynamics(self, t: float, z: Tensor, a: Tensor, again: Again) -> tuple[Tensor, ...]:
        return super().dynamics(self.t0 + self.t1 - t, z, a, again)


class _Frozen(NeuralODE):
    def dynamics(self, t: float, z: Tensor, a: Tensor, again: Again) -> tuple[Tensor, ...]:
        dz, *others = super().dynamics(t, z, a, again)
        return torch.zeros_like(dz), *others


class _KeepsEverything(NeuralODE):
    def forward(self, z: Tensor) -> Tensor:
        return self.solve(self.f, z, self.t0, self.t1)


class _SameSteps(NeuralODE):
    def __init__(self, f: nn.Module, solve: Solver, t0: float = 0, t1: float = 1) -> None:
        super().__init__(f, partial(runge_kutta, steps=16), t0, t1)


MUTANTS: dict[str, Make] = {
    "adjoint_without_its_sign": _NoSign, "time_runs_forward": _Forward, "states_not_followed_back": _Frozen,
    "keeps_everything": _KeepsEverything, "steps_do_not_adapt": _SameSteps}


# -- what the paper claims, small -------------------------------------------------------------------------------------

def demo(arm: str, seed: int, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Forward and backward with tolerances of 4, 7 and 10 digits: yield (digits, peak of the bytes held at once,
    relative to that for 4).
    """
    torch.manual_seed(seed)
    f, z = Dynamics(8, 32).to(device, torch.float64), torch.randn(64, 8, dtype=torch.float64, device=device)
    for parameter in f.parameters():
        parameter.grad = torch.zeros_like(parameter)
    peaks = []
    for digits in (4, 7, 10):
        solve = partial(dormand_prince, tolerance=10.0 ** -digits)
        ode = (NeuralODE if arm == "adjoint" else _KeepsEverything)(f, solve, 0, 4)
        peaks.append(peak_live_bytes(partial(_forward_and_backward, ode, z)))
        yield digits, peaks[-1] / peaks[0]


def _forward_and_backward(ode: NeuralODE, z: Tensor) -> None:
    ode(z).sum().backward()


# -- what it costs ----------------------------------------------------------------------------------------------------

def work(case: Case, itemsize: int) -> Work:
    """The forward pass: 4 evaluations in each step, of two products; parameters and z(t0) are read, z(t1) written."""
    s, n, d, m = (case.sizes[each] for each in "SNDM")
    return Work(4 * s * 4 * n * d * m, itemsize * (2 * d * m + 2 * m + d + 2 * n * d))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, nn.Module], tuple[Tensor]]:
    """Backpropagation through the solver, and the adjoint method, with equal steps."""
    s, n, d, m = (case.sizes[each] for each in "SNDM")
    return ({name: make(Dynamics(d, m).to(device, dtype), partial(runge_kutta, steps=s))
             for name, make in {"torch.autograd": _KeepsEverything, "reference": NeuralODE}.items()},
            (torch.randn(n, d, device=device, dtype=dtype),))
