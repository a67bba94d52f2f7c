"""Hopfield network: memories are the states in which a network of simple neurons comes to rest.

    T_ij = sum_s (2 V_i^s - 1) (2 V_j^s - 1),  T_ii = 0             storage: Hopfield 1982, eq. (2)
    V_i -> 1 if sum_j T_ij V_j > U_i,  V_i -> 0 if it is < U_i      one neuron after the other: eq. (1)
    E = -1/2 sum_(i != j) T_ij V_i V_j + sum_i U_i V_i              eq. (7), which leaves out U
    dE = -dV_i (sum_j T_ij V_j - U_i)                               eq. (8): no change ever raises E
    P(a stored bit is not at rest) = 1/2 erfc(N/2 / sqrt(2 sigma²)),  sigma² = (n - 1) N / 2       eq. (10)

A neuron whose input equals its threshold keeps its state. The paper mostly has U = 0, but says that chosen thresholds
double the memories at the same P: U_i = 1/2 sum_j T_ij acts like states of -1 and 1. `threshold` is a factor of it.

Shapes: N neurons, n memories V^s, B states at once. A state is 0 or 1 for each neuron.
"""
from collections.abc import Callable, Iterator
from math import erfc, sqrt

import torch
from torch import Tensor

from reference_impls.harness.card import Arm, Card, Case, Claim, Work
from reference_impls.harness.picture import Picture

CARD = Card(
    id="hopfield", papers=["key:hopfield"], role="algorithm",
    symbols=["Hopfield"], patterns=["memory-augmented", "recurrence"],
    oracle="closed form: every connection, input and energy as a sum over single neurons",
    properties=["energy_never_rises", "one_memory_is_found_again", "bit_errors_follow_equation_10"],
    mutants=["connects_to_itself", "stores_bits_without_signs", "tie_fires", "all_neurons_at_once"],
    claim=Claim(
        text="With the best thresholds 0.1 N memories are recalled and 0.2 N are not; the limit is that of the storage "
             "rule, as weights that project onto the memories hold 0.2 N of them in the same network",
        metric="share_of_wrong_bits", better="lower", grade="A", budget_s=2,
        grid={"threshold": [0.0, 0.5, 1.0, 1.5, 2.0]},
        arms={"few_memories": Arm(expect="<0.101", settings={"threshold": 1.0}),
              "many_memories": Arm(expect=">0.101", settings={"threshold": 1.0}),
              "many_memories_projected": Arm(expect="<0.101", settings={"threshold": 1.0})},
    ),
    bench=[Case("n128", {"N": 128, "n": 12, "B": 64})], equations=["1", "2", "7", "10"],
    deviations=["neurons take turns in a random order, each once a sweep; in the paper each acts at random times",
                "the claim starts 400 neurons at cues with a tenth of the bits flipped, the paper's count 30 or 100 "
                "neurons at the memories themselves; the projection is not in the paper"],
)


class Hopfield:
    """A network of N neurons that stores memories (n, N) once, and recalls them from corrupted copies."""

    def __init__(self, memories: Tensor, threshold: float = 0.0) -> None:
        self.weights = self.store(memories)                                     # T: (N, N), symmetric
        self.thresholds = threshold * self.weights.sum(dim=1) / 2               # U: (N,)

    def store(self, memories: Tensor) -> Tensor:
        """Weights (N, N) for memories (n, N). Eq. (2)."""
        signs = 2 * memories - 1
        return (signs.T @ signs).fill_diagonal_(0)

    def readjust(self, state: Tensor, i: int) -> Tensor:
        """The next value of neuron i in states (B, N): (B, 1). Eq. (1)."""
        above = state @ self.weights[:, i:i + 1] - self.thresholds[i]           # input above threshold: (B, 1)
        return torch.where(above == 0, state[:, i:i + 1], (above > 0).to(state.dtype))

    @torch.no_grad()
    def recall(self, state: Tensor, order: Tensor) -> Tensor:
        """States (B, N) after the neurons in `order` (attempts,) have readjusted, one after the other."""
        state = state.clone()
        for i in order.tolist():
            state[:, i:i + 1] = self.readjust(state, i)
        return state

    def energy(self, state: Tensor) -> Tensor:
        """E of every state: (B, N) to (B,). Eq. (7), and the thresholds."""
        return state @ self.thresholds - ((state @ self.weights) * state).sum(dim=1) / 2


class Projection(Hopfield):
    """The same network with weights that project onto the memories, so that other memories add no noise to one."""

    def store(self, memories: Tensor) -> Tensor:
        return (torch.linalg.pinv(2 * memories - 1) @ (2 * memories - 1)).fill_diagonal_(0)


# -- how we know that it is right: every check takes the class, so that the mutants can be shown to fail --------------

Make = Callable[..., Hopfield]
Run = Callable[[Tensor, Tensor], tuple[Tensor, ...]]


def bits(*shape: int) -> Tensor:
    return torch.randint(2, shape).double()


def oracle(make: Make = Hopfield) -> tuple[Run, Run, tuple[Tensor, Tensor]]:
    """Weights, energy of the cues, states after three sweeps and their energy: ours, and neuron by neuron."""
    order = torch.cat([torch.randperm(13) for _ in range(3)])

    def ours(memories: Tensor, cues: Tensor) -> tuple[Tensor, ...]:
        net = make(memories, threshold=1.0)
        recalled = net.recall(cues, order)
        return net.weights, net.energy(cues), recalled, net.energy(recalled)

    def theirs(memories: Tensor, cues: Tensor) -> tuple[Tensor, ...]:
        n = range(13)
        t = [[sum((2 * v[i] - 1) * (2 * v[j] - 1) for v in memories) * (i != j) for j in n] for i in n]
        u = [sum(t[i]) / 2 for i in n]

        def energy(states: Tensor) -> Tensor:
            return torch.stack([sum(u[i] * v[i] for i in n)                     # each pair once: no factor 1/2
                                - sum(t[i][j] * v[i] * v[j] for i in n for j in range(i)) for v in states])

        recalled = cues.detach().clone()
        for v in recalled:
            for i in order.tolist():
                above = (sum(t[i][j] * v[j] for j in n) - u[i]).item()
                v[i] = 1 if above > 0 else 0 if above < 0 else v[i]
        return torch.stack([torch.stack(row) for row in t]), energy(cues), recalled, energy(recalled)

    return ours, theirs, (bits(3, 13), bits(4, 13))


def check_energy_never_rises(make: Make = Hopfield) -> None:
    """In an overloaded network, from random states: a sweep that changes a state lowers its energy."""
    net, state = make(bits(20, 40), threshold=0.5), bits(30, 40)
    for _ in range(6):
        after = net.recall(state, torch.randperm(40))
        changed = (after != state).any(dim=1)
        assert (net.energy(after) < net.energy(state))[changed].all(), "a change raised the energy"
        state = after
    assert not changed.all(), "no state has come to rest"


def check_one_memory_is_found_again(make: Make = Hopfield) -> None:
    """Stored alone, a memory attracts states with a fifth of its bits flipped; its complement is at rest as well."""
    memory = (torch.randperm(50) < 25).double()[None]
    corrupted = (memory - (torch.randperm(50) < 10).double()).abs()
    recalled = make(memory).recall(torch.cat([memory, 1 - memory, corrupted]), torch.randperm(50))
    torch.testing.assert_close(recalled, torch.cat([memory, 1 - memory, memory]))


def check_bit_errors_follow_equation_10(make: Make = Hopfield) -> None:
    """The paper's case, 10 memories in 100 neurons; and 19 with chosen thresholds, which halve sigma²."""
    expected = erfc(50 / sqrt(2 * 9 * 100 / 2)) / 2                             # 0.0091 in the paper
    for n, threshold in ((10, 0.0), (19, 1.0)):
        nets = [(memories, make(memories, threshold)) for memories in bits(600, n, 100)]    # 600, because they differ
        errors = torch.stack([(memories @ net.weights > net.thresholds) != memories for memories, net in nets])
        wrong = errors.double().mean().item()
        assert abs(wrong / expected - 1) < 0.25, f"{wrong} of the bits are not at rest, not {expected}"


class _ConnectsToItself(Hopfield):
    def store(self, memories: Tensor) -> Tensor:
        return (2 * memories - 1).T @ (2 * memories - 1)


class _StoresBitsWithoutSigns(Hopfield):
    def store(self, memories: Tensor) -> Tensor:
        return super().store((memories + 1) / 2)


class _TieFires(Hopfield):
    def readjust(self, state: Tensor, i: int) -> Tensor:
        return (state @ self.weights[:, i:i + 1] >= self.thresholds[i]).to(state.dtype)


class _AllNeuronsAtOnce(Hopfield):
    def recall(self, state: Tensor, order: Tensor) -> Tensor:
        return torch.cat([self.readjust(state, i) for i in range(state.shape[1])], dim=1).detach()


MUTANTS = {"connects_to_itself": _ConnectsToItself, "stores_bits_without_signs": _StoresBitsWithoutSigns,
           "tie_fires": _TieFires, "all_neurons_at_once": _AllNeuronsAtOnce}


# -- what the paper claims, small ------------------------------------------------------------------------------------
def demo(arm: str, seed: int, threshold: float, device: str = "cpu") -> Iterator[tuple[int, float] | Picture]:
    """Recall all memories of 400 neurons from cues with 10 % of the bits flipped: yield (sweep, wrong bits)."""
    torch.manual_seed(seed)
    memories = torch.randint(2, (40 if arm == "few_memories" else 80, 400), device=device).float()
    net = (Projection if arm == "many_memories_projected" else Hopfield)(memories, threshold)
    state = (memories - (torch.rand_like(memories) < 0.1).float()).abs()
    for sweep in range(1, 11):
        state = net.recall(state, torch.randperm(400))
        yield sweep, (state != memories).float().mean().item()
    overlaps = (2 * state[:10] - 1) @ (2 * memories[:20] - 1).T / 400
    yield Picture("overlap of ten recalled states with the first twenty memories", overlaps.cpu())


# -- what it costs ---------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Storage and one sweep; reads memories and states, writes states."""
    neurons, memories, states = case.sizes["N"], case.sizes["n"], case.sizes["B"]
    return Work(flop=2 * neurons ** 2 * (memories + states), min_bytes=itemsize * neurons * (memories + 2 * states))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[dict[str, Callable[[Tensor, Tensor], Tensor]],
                                                                       tuple[Tensor, Tensor]]:
    """Not equal functions: with all neurons at once a sweep is one product, but the energy may rise."""
    memories, state = (torch.randint(2, (case.sizes[k], case.sizes["N"]), device=device).to(dtype) for k in ("n", "B"))
    order = torch.randperm(case.sizes["N"])
    return ({"torch, all neurons at once": lambda memories, state: (state @ Hopfield(memories).weights > 0).to(dtype),
             "reference": lambda memories, state: Hopfield(memories).recall(state, order)}, (memories, state))
