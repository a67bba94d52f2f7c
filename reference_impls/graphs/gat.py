"""Graph attention: every node averages itself with its neighbors, by weights that it computes from their features.

    e_ij = LeakyReLU(a . [W h_i || W h_j]), slope 0.2                    Veličković et al. 2017, eq. (1), within eq. (3)
    alpha_ij = exp(e_ij) / sum_k exp(e_ik) over k = i and its neighbors                     eq. (2), (3)
    h'_i = sigma(sum_j alpha_ij W h_j)                                                      eq. (4)
    h'_i = || sigma(sum_j alpha_ij W h_j) over K heads, each with its own W and a           eq. (5), || concatenates
    h'_i = sigma(1/K sum sum_j alpha_ij W h_j) over K heads                                 eq. (6), the last layer

Node i receives, node j sends. sigma is ELU; in the last layer it is a softmax or sigmoid, left to the loss. No biases.
A GCN has fixed weights 1 / sqrt(d_i d_j) in place of alpha_ij. The halves of a multiply one node each, so a score is a
number of the receiver plus a number of the sender, and LeakyReLU keeps their order: all nodes rank those that they see
in the same order, a limit that Brody et al. 2021 call static attention.
Longer than most: the layer comes with the paper's control, equal coefficients, and with a dense version to time.

Shapes: N nodes, E directed edges (every edge is listed both ways, none from a node to itself), C features, K heads,
H hidden units of a head, F classes.
"""
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.graphs.gcn import GCN, both_ways, ring
from reference_impls.harness.card import Arm, Card, Case, Claim, Work

CARD = Card(
    id="gat", papers=["arxiv:1710.10903"], role="model", symbols=["GAT", "GraphAttention"],
    patterns=["self-attention", "attention", "multi-x", "parameter-sharing", "inductive-bias"],
    equations=["1", "2", "3", "4", "5", "6"],
    oracle="closed form: node by node, neighbor by neighbor and head by head, with a on concatenated features",
    properties=["order_of_nodes_does_not_matter", "two_layers_see_two_steps", "equal_scores_average",
                "all_nodes_rank_alike"],
    mutants=["not_connected_to_itself", "slope_of_torch", "ranks_of_its_own", "last_heads_activated"],
    claim=Claim(
        text="Where features tell which nodes are reliable, learned coefficients classify the nodes of an unseen graph "
             "better than equal ones in the same network, and than a GCN",
        metric="unseen_graph_accuracy", better="higher", grade="A", budget_s=2,
        grid={"lr": [0.001, 0.003, 0.01, 0.03, 0.1]},
        arms={"gcn": Arm(expect="<0.804", settings={"lr": 0.003}),
              "equal_coefficients": Arm(expect="<0.804", settings={"lr": 0.01}),
              "attention": Arm(expect=">0.804", settings={"lr": 0.03})}),
    bench=[Case("a-thousand-nodes", {"N": 1000, "E": 4000, "C": 500, "K": 8, "H": 8, "F": 7})],
    deviations=["random graphs, two layers; on unseen graphs, of proteins, the paper has three with a skip connection"])


class GraphAttention(nn.Module):
    """One layer from C features to K heads of F units: concatenated, or in the last layer their mean."""

    slope = 0.2

    def __init__(self, inputs: int, units: int, heads: int, last: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(heads, inputs, units))                # W
        self.a = nn.Parameter(torch.empty(heads, 2 * units))                         # for the receiver, for the sender
        self.last, self.dropout = last, dropout
        for matrix in (*self.weight.data, *self.a.data[..., None]):
            nn.init.xavier_uniform_(matrix)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """Nodes (N, K * F), or (N, F) in the last layer, from x (N, C) and edges (2, E)."""
        h = torch.einsum("nc,kcf->nkf", F.dropout(x, self.dropout, self.training), self.weight)         # W h
        i, j = self.pairs(edges, len(x))
        alpha = F.dropout(self.coefficients(self.scores(h, i, j), i, len(x)), self.dropout, self.training)
        share = alpha[..., None] * h[j]                                              # alpha_ij W h_j
        return self.combine(share.new_zeros(h.shape).index_add(0, i, share))         # sum_j in eq. (4)

    def pairs(self, edges: Tensor, nodes: int) -> Tensor:
        """The neighborhoods: all edges, and each node with itself, (2, E + N)."""
        return torch.cat([edges, torch.arange(nodes, device=edges.device).expand(2, -1)], dim=1)

    def scores(self, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        """e_ij (E + N, K) for h (N, K, F), eq. (1)."""
        receiver, sender = (h.unsqueeze(-2) * self.a.unflatten(1, (2, -1))).sum(dim=-1).unbind(dim=2)   # (N, K) each
        return F.leaky_relu(receiver[i] + sender[j], self.slope)

    def coefficients(self, e: Tensor, i: Tensor, nodes: int) -> Tensor:
        """alpha_ij (E + N, K), eq. (2); from the scores of a node its largest is subtracted, against overflow."""
        into, none = i[:, None].expand_as(e), e.new_full((nodes, e.shape[1]), -torch.inf)
        weight = (e - none.scatter_reduce(0, into, e.detach(), "amax")[i]).exp()
        return weight / weight.new_zeros(none.shape).index_add(0, i, weight)[i]

    def combine(self, heads: Tensor) -> Tensor:
        return heads.mean(dim=1) if self.last else F.elu(heads).flatten(1)           # eq. (6), (5)


class GAT(nn.Module):
    """Two layers, from features to logits, with dropout before each and on the coefficients."""

    def __init__(self, features: int, units: int, classes: int, heads: int = 8, last_heads: int = 1,
                 dropout: float = 0.0, layer: type[GraphAttention] = GraphAttention) -> None:
        super().__init__()
        self.first = layer(features, units, heads, dropout=dropout)
        self.last = layer(heads * units, classes, last_heads, last=True, dropout=dropout)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """Logits (N, F) for the features x (N, C) of nodes joined by edges (2, E)."""
        logits: Tensor = self.last(self.first(x, edges), edges)
        return logits


class EqualCoefficients(GraphAttention):
    """The paper's Const-GAT: as many parameters, but all scores are equal, and a has no effect."""

    def scores(self, h: Tensor, i: Tensor, j: Tensor) -> Tensor:
        return super().scores(h, i, j) * 0


# -- how we know that it is right: every check takes the layer, so that the mutants can be shown to fail --------------
Layer = type[GraphAttention]


def oracle(make: Layer = GraphAttention) -> tuple[GAT, Callable[[Tensor, Tensor], Tensor], tuple[Tensor, Tensor]]:
    """Two layers over a random graph whose last node has no neighbor, and the equations in loops."""
    ours, joined = GAT(5, 4, 3, heads=2, last_heads=3, layer=make).double(), torch.rand(9, 9) < 0.4
    joined[:, -1] = False

    def theirs(x: Tensor, edges: Tensor) -> Tensor:
        near = [[i, *(k for j, k in edges.T.tolist() if i == j)] for i in range(len(x))]
        for layer in (ours.first, ours.last):
            heads = []
            for weight, a in zip(layer.weight, layer.a, strict=True):
                h, rows = [weight.T @ each for each in x], []
                for i in range(len(x)):
                    e = [torch.dot(a, torch.cat([h[i], h[j]])) for j in near[i]]
                    odds = torch.stack([torch.maximum(each, each / 5).exp() for each in e])
                    rows.append(odds / odds.sum() @ torch.stack([h[j] for j in near[i]]))
                heads.append(torch.stack(rows))
            x = sum(heads[1:], heads[0]) / 3 if layer is ours.last else torch.cat(heads, dim=1)
            x = x if layer is ours.last else torch.where(x > 0, x, x.exp() - 1)
        return x

    return ours, theirs, (1 + 2 * torch.randn(9, 5, dtype=torch.float64), both_ways(joined))


def complete(nodes: int) -> Tensor:
    return both_ways(torch.ones(nodes, nodes, dtype=torch.bool))


def check_order_of_nodes_does_not_matter(make: Layer = GraphAttention) -> None:
    net, x = GAT(5, 6, 3, layer=make).double(), torch.randn(9, 5, dtype=torch.float64)
    edges, order = both_ways(torch.rand(9, 9) < 0.4), torch.randperm(9)             # new node n is old node order[n]
    torch.testing.assert_close(net(x[order], order.argsort()[edges]), net(x, edges)[order])


def check_two_layers_see_two_steps(make: Layer = GraphAttention) -> None:
    """On a ring of seven, the logits of a node depend on itself and on two nodes to either side."""
    net, x, i = GAT(5, 6, 3, layer=make).double(), torch.randn(7, 5, dtype=torch.float64), torch.arange(7)
    slopes = torch.autograd.functional.jacobian(lambda x: net(x, ring(7)), x)       # (7, 3, 7, 5)
    assert torch.equal(slopes.abs().sum(dim=(1, 3)) > 0, ((i[:, None] - i + 2) % 7) <= 4)


def check_equal_scores_average(make: Layer = GraphAttention) -> None:
    layer, x = make(5, 3, 1, last=True).double(), torch.randn(7, 5, dtype=torch.float64)
    layer.a.data.zero_()
    h = x @ layer.weight[0]
    torch.testing.assert_close(layer(x, ring(7)), (h + h.roll(1, dims=0) + h.roll(-1, dims=0)) / 3)


def check_all_nodes_rank_alike(make: Layer = GraphAttention) -> None:
    """Where all nodes are joined, the coefficients of each fall in the same order, whatever the weights."""
    layer, (i, j) = make(5, 4, 1).double(), make(5, 4, 1).pairs(complete(9), 9)
    h = torch.randn(9, 1, 4, dtype=torch.float64)
    alpha = h.new_zeros(9, 9).index_put((i, j), layer.coefficients(layer.scores(h, i, j), i, 9)[:, 0])
    assert torch.equal(alpha.argsort(dim=1), alpha[0].argsort().expand(9, -1))
    assert not alpha.allclose(alpha[0]), "all coefficients are the same for every node"


class _NotConnectedToItself(GraphAttention):
    def pairs(self, edges: Tensor, nodes: int) -> Tensor:
        return edges


class _SlopeOfTorch(GraphAttention):
    slope = 0.01


class _RanksOfItsOwn(GraphAttention):
    def scores(self, h: Tensor, i: Tensor, j: Tensor) -> Tensor:                    # Brody et al. 2021
        return (F.leaky_relu(torch.cat([h[i], h[j]], dim=-1), self.slope) * self.a).sum(dim=-1)


class _LastHeadsActivated(GraphAttention):
    def combine(self, heads: Tensor) -> Tensor:
        return super().combine(F.elu(heads) if self.last else heads)


MUTANTS = {"not_connected_to_itself": _NotConnectedToItself, "slope_of_torch": _SlopeOfTorch,
           "ranks_of_its_own": _RanksOfItsOwn, "last_heads_activated": _LastHeadsActivated}


# -- what the paper claims, small -------------------------------------------------------------------------------------
def draw(nodes: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Four classes, about eight edges at a node, six of them within the class: features (N, 8), edges, labels.

    Features show the class, with much noise at seven nodes in ten; the last feature tells which nodes have little.
    """
    y = torch.arange(nodes, device=device) % 4
    edges = both_ways(torch.rand(nodes, nodes, device=device) < torch.where(y[:, None] == y, 24, 8 / 3) / nodes)
    clear = (torch.rand(nodes, 1, device=device) < 0.3).float()
    noise = (3 - 2.7 * clear) * torch.randn(nodes, 7, device=device)
    return torch.cat([torch.eye(4, 7, device=device)[y] + noise, clear], dim=1), edges, y


def demo(arm: str, seed: int, lr: float, device: str = "cpu") -> Iterator[tuple[int, float]]:
    """A new graph of 200 nodes for every step: yield (step, accuracy on a graph of 2,000 nodes never trained on)."""
    torch.manual_seed(seed)
    layer = GraphAttention if arm == "attention" else EqualCoefficients
    net = (GCN(8, 32, 4) if arm == "gcn" else GAT(8, 8, 4, heads=4, layer=layer)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr, fused=True)
    x_test, edges_test, y_test = draw(2000, device)
    for step in range(1, 201):
        x, edges, y = draw(200, device)
        optimizer.zero_grad()
        F.cross_entropy(net(x, edges), y).backward()
        optimizer.step()
        if step % 50 == 0:
            yield step, (net(x_test, edges_test).argmax(dim=1) == y_test).float().mean().item()


# -- what it costs ----------------------------------------------------------------------------------------------------
def work(case: Case, itemsize: int) -> Work:
    """Products with W and a, and sums over neighborhoods in each layer; edges are 64-bit whole numbers."""
    n, e, c, k, h, f = (case.sizes[s] for s in "NECKHF")
    return Work(2 * n * (c * k * h + k * h * f) + (6 * n + 2 * e) * (k * h + f),
                16 * e + itemsize * (n * (c + f) + c * k * h + k * h * f))


def bench_inputs(case: Case, device: str, dtype: torch.dtype) -> tuple[
        dict[str, Callable[[Tensor, Tensor], Tensor]], tuple[Tensor, Tensor]]:
    """Two layers over a random graph; the baseline computes all pairs of nodes and masks those that are not joined."""
    n, e, c, k, h, f = (case.sizes[s] for s in "NECKHF")
    i, j = torch.randint(n, (2, e // 2), device=device)
    edges, net = torch.stack([torch.cat([i, j]), torch.cat([j, i])]), GAT(c, h, f, k).to(device, dtype)
    eye = torch.eye(n, device=device)
    mask = eye.index_put(tuple(edges), eye[0, 0], accumulate=True).log().to(dtype)  # an edge listed twice counts twice

    def dense(layer: GraphAttention, x: Tensor) -> Tensor:
        heads = []
        for weight, a in zip(layer.weight, layer.a, strict=True):
            w_h = x @ weight
            receiver, sender = (w_h @ a.view(2, -1).T).unbind(dim=1)
            heads.append((F.leaky_relu(receiver[:, None] + sender, 0.2) + mask).softmax(dim=1) @ w_h)
        return layer.combine(torch.stack(heads, dim=1))

    return ({"torch.softmax": lambda x, edges: dense(net.last, dense(net.first, x)), "reference": net},
            (torch.randn(n, c, device=device, dtype=dtype), edges))
