"""Graph convolution: every node averages itself with its neighbors, by one rule that all nodes share.

    H' = sigma(A^ H W),  A^ = D~^-1/2 A~ D~^-1/2,  A~ = A + I                   Kipf & Welling 2016, eq. (2)
    h'_i = sigma(sum_j h_j W / sqrt(d_i d_j)) over j = i and its neighbors      the same for node i, appendix A
    Z = softmax(A^ ReLU(A^ X W_0) W_1)                                          two layers, eq. (9)
    loss = -sum_l sum_f Y_lf ln Z_lf                                            over labeled nodes l, eq. (10)

A holds a one for each pair of neighbors; d_i = D~_ii = sum_j A~_ij counts the neighbors of i and i itself. No biases.
Origin: a filter on a graph is a function of the eigenvalues of L = I - D^-1/2 A D^-1/2, eq. (3). Linear in L and with
one parameter theta, it is theta (I + D^-1/2 A D^-1/2), eq. (4) to (7). This can double a signal, and each layer would
again; A^ cannot, as its largest eigenvalue is 1: the renormalization trick, eq. (8).

Shapes: N nodes, E directed edges (every edge is listed both ways), C features, H hidden units, F classes.
"""
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="gcn", papers=["arxiv:1609.02907"], role="model", symbols=["GCN"],
    patterns=["convolution", "parameter-sharing", "inductive-bias"], equations=["2", "3", "6", "8", "9", "10"],
    oracle="closed form: node by node, a sum over its neighbors with weights 1 / sqrt(d_i d_j)",
    properties=["order_of_nodes_does_not_matter", "two_layers_see_two_steps", "lonely_nodes_keep_their_features",
                "linear_in_the_spectrum_of_a_ring", "many_layers_leave_only_degrees"],
    mutants=["not_connected_to_itself", "not_counted_itself", "mean_of_neighbors"],
    claim=Claim(
        text="With 20 labels per class, a network that sees features and edges classifies the other nodes of a random "
             "graph better than one that sees features only, and than label propagation, which sees edges only",
        metric="test_accuracy", better="higher", grade="A", budget_s=1,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1], "alpha": [0.8, 0.9, 0.97, 0.99]},   # an arm looks at one of them
        arms={"features_only": Arm(expect="<0.845", settings={"lr": 0.01, "alpha": 0.8}),
              "edges_only": Arm(expect="<0.845", settings={"lr": 0.001, "alpha": 0.97}),
              "features_and_edges": Arm(expect=">0.845", settings={"lr": 0.01, "alpha": 0.8})}),
    bench=[Case("as-large-as-cora", {"N": 2708, "E": 10858, "C": 1433, "H": 16, "F": 7})],
    deviations=["edges have no weights", "A^ is computed in every layer", "label propagation by Zhou et al. 2004"])


class GCN(nn.Module):
    """Layers from widths[0] features to widths[-1] logits, ReLU between them, dropout before each."""

    def __init__(self, *widths: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.weights = nn.ParameterList(nn.init.xavier_uniform_(torch.empty(shape)) for shape in pairwise(widths))
        self.dropout = dropout

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """Logits (N, F) for the features x (N, C) of nodes joined by edges (2, E): eq. (9) before its softmax."""
        for number, weight in enumerate(self.weights):
            h = F.relu(x) if number else x
            x = self.propagate(F.dropout(h, self.dropout, self.training) @ weight, edges)
        return x

    def propagate(self, h: Tensor, edges: Tensor) -> Tensor:
        """A^ h for h (N, F), eq. (8); the work is linear in the number of edges."""
        i, j = edges
        scale = self.degree(h, i).rsqrt().to(h.dtype)[:, None]                      # D~^-1/2
        return scale * (scale * h).index_add(0, i, (scale * h)[j])                  # D~^-1/2 (I + A) D~^-1/2 h

    def degree(self, h: Tensor, i: Tensor) -> Tensor:
        """The diagonal of D~, (N,): whole numbers, which half precision could not count beyond some hundreds."""
        return torch.ones(len(h), dtype=torch.float64, device=h.device).index_add(0, i, torch.ones_like(i).double())


# -- how we know that it is right: every check takes the network, so that the mutants can be shown to fail ------------
Make = Callable[..., GCN]


def both_ways(joined: Tensor) -> Tensor:
    """Edges (2, E) of a matrix (N, N) of which the part above the diagonal says which nodes are joined."""
    return (joined.triu(1) | joined.triu(1).T).nonzero().T


def ring(nodes: int) -> Tensor:
    return both_ways((torch.eye(nodes).roll(1, dims=0) + torch.eye(nodes).roll(-1, dims=0)).bool())


def oracle(make: Make = GCN) -> tuple[GCN, Callable[[Tensor, Tensor], Tensor], tuple[Tensor, Tensor]]:
    """Three layers over a random graph whose last node has no neighbor, and the formula of appendix A in loops."""
    ours, joined = make(5, 6, 4, 3).double(), torch.rand(9, 9) < 0.4
    joined[:, -1] = False

    def theirs(x: Tensor, edges: Tensor) -> Tensor:
        near = [{i} for i in range(len(x))]
        for i, j in edges.T.tolist():
            near[i].add(j)
        for number, weight in enumerate(ours.weights):
            rows = [sum(x[j] @ weight / (len(near[i]) * len(near[j])) ** 0.5 for j in near[i]) for i in range(len(x))]
            x = torch.stack(rows).clamp(min=0 if number < 2 else -torch.inf)
        return x

    return ours, theirs, (1 + 2 * torch.randn(9, 5, dtype=torch.float64), both_ways(joined))


def check_order_of_nodes_does_not_matter(make: Make = GCN) -> None:
    net, x, edges = make(5, 6, 3).double(), torch.randn(9, 5, dtype=torch.float64), both_ways(torch.rand(9, 9) < 0.4)
    order = torch.randperm(9)                                                       # new node n is old node order[n]
    torch.testing.assert_close(net(x[order], order.argsort()[edges]), net(x, edges)[order])


def check_two_layers_see_two_steps(make: Make = GCN) -> None:
    """On a ring of seven, the logits of a node depend on itself and on two nodes to either side."""
    net, x, i = make(5, 50, 3).double(), torch.randn(7, 5, dtype=torch.float64), torch.arange(7)
    slopes = torch.autograd.functional.jacobian(lambda x: net(x, ring(7)), x)       # (7, 3, 7, 5)
    assert torch.equal(slopes.abs().sum(dim=(1, 3)) > 0, ((i[:, None] - i + 2) % 7) <= 4)


def check_lonely_nodes_keep_their_features(make: Make = GCN) -> None:
    x = torch.randn(4, 5, dtype=torch.float64)
    torch.testing.assert_close(make(5, 3).propagate(x, torch.empty(2, 0, dtype=torch.long)), x)


def check_linear_in_the_spectrum_of_a_ring(make: Make = GCN) -> None:
    """Degrees are equal there, so eq. (8) is eq. (6) with theta'_0 = 1/3 and theta'_1 = -2/3, computed by eq. (3)."""
    x, eye = torch.randn(8, 5, dtype=torch.float64), torch.eye(8, dtype=torch.float64)
    value, u = torch.linalg.eigh(eye - torch.zeros_like(eye).index_put(tuple(ring(8)), eye[0, 0]) / 2)  # L, as D = 2 I
    torch.testing.assert_close(make(5, 3).propagate(x, ring(8)), u @ (1 / 3 - 2 / 3 * (value - 1)).diag() @ u.T @ x)


def check_many_layers_leave_only_degrees(make: Make = GCN) -> None:
    """A high power of A^ projects on the square roots of the degrees: nothing grows, and nodes become alike."""
    x = h = torch.randn(9, 5, dtype=torch.float64)
    edges = torch.cat([ring(9), both_ways(torch.rand(9, 9) < 0.4)], dim=1).unique(dim=1)        # the ring connects all
    for _ in range(500):
        h = make(5, 3).propagate(h, edges)
    root = F.normalize((1 + edges[0].bincount()).double().sqrt(), dim=0)
    torch.testing.assert_close(h, root.outer(root) @ x)


class _NotConnectedToItself(GCN):
    def propagate(self, h: Tensor, edges: Tensor) -> Tensor:
        return super().propagate(h, edges) - h / self.degree(h, edges[0])[:, None]


class _NotCountedItself(GCN):
    def degree(self, h: Tensor, i: Tensor) -> Tensor:
        return (super().degree(h, i) - 1).clamp(min=1)


class _MeanOfNeighbors(GCN):
    def propagate(self, h: Tensor, edges: Tensor) -> Tensor:
        root = self.degree(h, edges[0]).sqrt()[:, None]
        return super().propagate(h * root, edges) / root                            # D~^-1 A~ h


MUTANTS = {"not_connected_to_itself": _NotConnectedToItself, "not_counted_itself": _NotCountedItself,
           "mean_of_neighbors": _MeanOfNeighbors}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def spread(labels: Tensor, edges: Tensor, alpha: float) -> Tensor:
    """Label propagation, (I - alpha S)^-1 labels with S = D^-1/2 A D^-1/2; rows of labels (N, F) may be zero."""
    eye = torch.eye(len(labels), device=labels.device)
    adjacency = torch.zeros_like(eye).index_put(tuple(edges), eye[0, 0])
    scale = adjacency.sum(dim=0).clamp(min=1).rsqrt()
    return torch.linalg.solve(eye - alpha * scale[:, None] * adjacency * scale, labels)


def demo(arm: str, seed: int, lr: float, alpha: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """Four classes of 400 nodes, about five edges at a node, four of them within the class: yield (step, accuracy)."""
    torch.manual_seed(seed)
    y = torch.arange(1600, device=device) % 4
    edges = both_ways(torch.rand(1600, 1600, device=device) < torch.where(y[:, None] == y, 0.01, 0.001))
    x = 1.4 * torch.eye(4, 16, device=device)[y] + torch.randn(1600, 16, device=device)
    if arm == "edges_only":
        known = F.pad(F.one_hot(y[:80], 4).float(), (0, 0, 0, 1520))                # (1600, 4)
        yield 0, (spread(known, edges, alpha).argmax(dim=1) == y)[80:].float().mean().item()
        return
    seen = edges if arm == "features_and_edges" else edges[:, :0]                   # without edges, A^ = I
    net = GCN(16, 16, 4, dropout=0.5).to(device)
    first, last = net.weights
    optimizer = torch.optim.Adam([{"params": first, "weight_decay": 5e-4}, {"params": last}], lr, fused=True)
    for step in range(1, 201):
        optimizer.zero_grad()
        F.cross_entropy(net.train()(x, seen)[:80], y[:80]).backward()               # eq. (10), as a mean
        optimizer.step()
        if step % 50 == 0:
            yield step, (net.eval()(x, seen).argmax(dim=1) == y)[80:].float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Products with the weights, and sums over edges in each layer; edges are 64-bit whole numbers."""
    n, e, c, h, f = (case.sizes[k] for k in "NECHF")
    return Work(2 * n * (c * h + h * f) + (e + 2 * n) * (h + f), 16 * e + itemsize * (n * (c + f) + c * h + h * f))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[
        dict[str, Callable[[Tensor, Tensor], Tensor]], tuple[Tensor, Tensor]]:
    """Two layers over a random graph; the baseline multiplies by A^ as a dense matrix, computed beforehand."""
    n, e, c, h, f = (case.sizes[k] for k in "NECHF")
    i, j = torch.randint(n, (2, e // 2), device=device)
    edges, net = torch.stack([torch.cat([i, j]), torch.cat([j, i])]), GCN(c, h, f).to(device, dtype)
    a_hat, (first, last) = net.propagate(torch.eye(n, device=device), edges).to(dtype), net.weights
    return ({"torch.matmul": lambda x, edges: a_hat @ (F.relu(a_hat @ (x @ first)) @ last), "reference": net},
            (torch.randn(n, c, device=device, dtype=dtype), edges))
