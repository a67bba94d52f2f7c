"""Real-time recurrent learning: carry the derivatives of every output by every weight forward and learn at each step.

    z(t) = [x(t); 1; y(t)],  s_k(t) = sum_l w_kl z_l(t),  y_k(t+1) = f(s_k(t))         Williams & Zipser 1989, section 2
    p_kij(t+1) = f'(s_k(t)) [ sum_l w_kl p_lij(t) + delta_ik z_j(t) ],  p_kij(0) = 0   p_kij = dy_k / dw_ij
    dw_ij(t)   = rate sum_k e_k(t) p_kij(t),  e_k = d_k - y_k                          added to w_ij, at every step

The sum in p runs over units only. f is the logistic function, so f' = y (1 - y) with the output at t+1, and an input
reaches the output of a unit one step later. Memory does not grow with time, and a stream needs no beginning or end.

Shapes: B streams, T steps, I inputs, N units, K <= N units with a target (the first), Z = I + 1 + N; p is (B, N, N, Z).
"""
from collections.abc import Callable, Iterator
from functools import partial, reduce

import torch
from torch import Tensor, nn

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="rnn", papers=["key:rnn"], role="algorithm", symbols=["RecurrentNetwork"],
    patterns=["recurrence", "parameter-sharing"], oracle="torch.nn:RNNCell",     # and autograd through time
    properties=["sensitivities_equal_finite_differences", "small_steps_on_line_follow_the_gradient"],
    mutants=["no_past", "carried_backwards", "slope_of_the_old_output", "learns_after_forgetting"],
    claim=Claim(
        text="On an endless stream, with an update at every step, RTRL learns to respond to b only if an a came since "
             "the last b, however long ago; the same updates without what p carries from the past do not",
        metric="accuracy", better="higher", grade="A", budget_s=2,
        grid={"rate": [1.0, 3.0, 10.0, 30.0], "spread": [0.1, 0.5, 2.0, 8.0]},
        arms={"no_past": Arm(expect="<0.873", settings={"rate": 10.0, "spread": 2.0}),
              "rtrl": Arm(expect=">0.873", settings={"rate": 3.0, "spread": 0.5})},
    ),
    bench=[Case("n32", {"B": 8, "T": 16, "I": 8, "N": 32, "K": 4})],
    deviations=["sixteen streams run side by side, and their updates are averaged; the paper follows one"],
)
State = tuple[Tensor, Tensor]


class RecurrentNetwork(nn.Module):
    """N logistic units, each fed by I inputs, a 1 and all units; initial weights are uniform in [-spread, spread]."""

    def __init__(self, inputs: int, units: int, spread: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(spread * (2 * torch.rand(units, inputs + 1 + units) - 1))

    def start(self, streams: int) -> State:
        """y(0) = 0 and p(0) = 0."""
        n, z = self.weight.shape
        return self.weight.new_zeros(streams, n), self.weight.new_zeros(streams, n, n, z)

    def step(self, x: Tensor, y: Tensor, p: Tensor) -> State:
        """y(t+1) and p(t+1) from x(t) (B, I), y(t) (B, N) and p(t)."""
        z = torch.cat([x, torch.ones_like(x[:, :1]), y], dim=-1)                        # (B, Z)
        y_next = torch.sigmoid(z @ self.weight.T)
        own = y.new_ones(y.shape[1]).diag()[:, :, None] * z[:, None, None]              # delta_ik z_j: (B, N, N, Z)
        return y_next, self.slope(y_next, y)[:, :, None, None] * (self.carried(p) + own)

    def carried(self, p: Tensor) -> Tensor:
        return (self.weight[:, -len(self.weight):] @ p.flatten(2)).view_as(p)           # sum_l w_kl p_lij, units only

    def slope(self, y_next: Tensor, y: Tensor) -> Tensor:
        return y_next * (1 - y_next)

    def descent(self, y: Tensor, p: Tensor, target: Tensor) -> Tensor:
        """-dJ/dw (N, Z) of J = 1/2 sum e², summed over streams; target (B, K)."""
        k = target.shape[1]
        return torch.einsum("bk,bkij->ij", target - y[:, :k], p[:, :k])

    def forward(self, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs (B, T, N) and -dJ/dw (N, Z) over all steps of x (B, T, I), target (B, T, K); weights stay fixed."""
        state, outputs, descent = self.start(len(x)), [], torch.zeros_like(self.weight)
        for x_t, target_t in zip(x.unbind(1), target.unbind(1), strict=True):
            state = self.step(x_t, *state)
            outputs.append(state[0])
            descent = descent + self.descent(*state, target_t)
        return torch.stack(outputs, dim=1), descent

    @torch.no_grad()
    def learn(self, x: Tensor, target: Tensor, state: State, rate: float) -> State:
        """One step of running streams with x(t) (B, I) and the target (B, K) of y(t+1); updates the weights."""
        state = self.step(x, *state)
        self.weight.add_(self.descent(*state, target), alpha=rate / len(x))
        return state


class NoPast(RecurrentNetwork):
    """Credit only the last step: the delta rule on a network that happens to be recurrent."""

    def carried(self, p: Tensor) -> Tensor:
        return torch.zeros_like(p)


# -- how we know that it is right ------------------------------------------------------------------------------------
Make = Callable[..., RecurrentNetwork]
Pass = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def back_through_time(network: RecurrentNetwork, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The same by torch's tanh cell and autograd, with h = 2y - 1 because f(s) = (1 + tanh(s/2)) / 2."""
    differentiable = torch.is_grad_enabled()
    with torch.enable_grad():
        w_x, bias, w_y = network.weight.split([x.shape[2], 1, len(network.weight)], dim=1)
        parameters = {"weight_ih": w_x / 2, "weight_hh": w_y / 4,
                      "bias_ih": bias[:, 0] / 2, "bias_hh": w_y.sum(dim=1) / 4}
        cell = nn.RNNCell(x.shape[2], len(w_y), device="meta")             # parameters come with the call
        hidden = [-x.new_ones(len(x), len(w_y))]
        for x_t in x.unbind(1):
            hidden.append(torch.func.functional_call(cell, parameters, (x_t, hidden[-1])))
        y = (1 + torch.stack(hidden[1:], dim=1)) / 2
        total = (target - y[..., :target.shape[2]]).square().sum() / 2
        return y, torch.autograd.grad(-total, network.weight, create_graph=differentiable)[0]


def oracle(make: Make = RecurrentNetwork) -> tuple[nn.Module, Pass, tuple[Tensor, Tensor]]:
    """Our network, torch's over the same weights, and streams. Gradients of gradients are compared as well."""
    ours = make(3, 5).double()
    x, target = 1 + 2 * torch.randn(4, 7, 3, dtype=torch.float64), torch.rand(4, 7, 2, dtype=torch.float64)
    return ours, partial(back_through_time, ours), (x, target)


@torch.no_grad()
def check_sensitivities_equal_finite_differences(make: Make = RecurrentNetwork) -> None:
    network, x = make(2, 3).double(), torch.randn(6, 1, 2, dtype=torch.float64)
    weight = network.weight.clone()

    def run(nudge: Tensor) -> State:
        network.weight.copy_(weight + nudge)
        return reduce(lambda state, x_t: network.step(x_t, *state), x, network.start(1))

    nudges = 1e-5 * torch.eye(18, dtype=torch.float64).view(18, 3, 6)
    numeric = torch.stack([run(nudge)[0][0] - run(-nudge)[0][0] for nudge in nudges], dim=-1) / 2e-5
    torch.testing.assert_close(run(0 * nudges[0])[1][0], numeric.view(3, 3, 6), rtol=1e-6, atol=1e-8)


@torch.no_grad()
def check_small_steps_on_line_follow_the_gradient(make: Make = RecurrentNetwork) -> None:
    network, rate = make(2, 4).double(), 1e-6
    x, target = torch.randn(3, 9, 2, dtype=torch.float64), torch.rand(3, 9, 1, dtype=torch.float64)
    before, descent = network.weight.clone(), back_through_time(network, x, target)[1]
    reduce(lambda state, t: network.learn(x[:, t], target[:, t], state, rate), range(9), network.start(3))
    torch.testing.assert_close((network.weight - before) / rate, descent / 3, rtol=1e-4, atol=1e-6)


class _CarriedBackwards(RecurrentNetwork):
    def carried(self, p: Tensor) -> Tensor:
        return (self.weight[:, -len(self.weight):].T @ p.flatten(2)).view_as(p)         # transposed: w_lk, not w_kl


class _SlopeOfTheOldOutput(RecurrentNetwork):
    def slope(self, y_next: Tensor, y: Tensor) -> Tensor:
        return y * (1 - y)


class _LearnsAfterForgetting(RecurrentNetwork):
    def learn(self, x: Tensor, target: Tensor, state: State, rate: float) -> State:
        return super().learn(x, target, (state[0], torch.zeros_like(state[1])), rate)   # as if each step were the first


MUTANTS = {"no_past": NoPast, "carried_backwards": _CarriedBackwards, "slope_of_the_old_output": _SlopeOfTheOldOutput,
           "learns_after_forgetting": _LearnsAfterForgetting}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, rate: float, spread: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Four units see one of six events, a to f, per step: yield (step, accuracy at b over the last 1,000 steps)."""
    # Two earlier designs failed on seeds 3 to 5 (squared error, which drove the rate too high; eight events in 2,000
    # steps, too few); this one held there, on 6 to 8, and on 9 to 11, which no design had seen.
    torch.manual_seed(seed)
    network = {"no_past": NoPast, "rtrl": RecurrentNetwork}[arm](6, 4, spread).to(device)
    state, waiting, right, told = network.start(16), torch.zeros(16, device=device), [], []
    for step in range(1, 3001):
        event = torch.randint(6, (16,), device=device)
        target = waiting * (event == 1)                                                 # b after an a
        waiting = (waiting * (event != 1)).masked_fill(event == 0, 1.0)
        state = network.learn(torch.eye(6, device=device)[event], target[:, None], state, rate)
        right.append(((state[0][:, 0] > 0.5) == (target > 0.5))[event == 1])
        told.append(("abcdef"[int(event[0])], state[0][0].cpu()))
        if step % 500 == 0:
            yield step, torch.cat(right[-1000:]).float().mean().item()
    if arm == "rtrl":
        events, outputs = zip(*told[-30:], strict=True)
        yield Picture("outputs after each event of a stream", torch.stack(outputs, dim=1),
                      labels=(["answer", "unit 2", "unit 3", "unit 4"], list(events)))


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Matrix products only, nearly all of it sum_l w_kl p_lij; reads x, targets and w, writes outputs and dw."""
    b, t, i, n, k = (case.sizes[s] for s in "BTINK")
    z = i + 1 + n
    return Work(flop=2 * b * t * n * z * (1 + n * n + k), min_bytes=itemsize * (b * t * (i + k + n) + 2 * n * z))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Pass], tuple[Tensor, Tensor]]:
    """Outputs and gradient of T steps: backward through time, which stores every step, against forward in time."""
    b, t, i, n, k = (case.sizes[s] for s in "BTINK")
    network = RecurrentNetwork(i, n, n ** -0.5).to(device, dtype)
    return ({"torch.nn.RNNCell, autograd": partial(back_through_time, network), "reference": network},
            (torch.rand(b, t, i, device=device, dtype=dtype), torch.rand(b, t, k, device=device, dtype=dtype)))
