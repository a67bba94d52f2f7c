"""A network of logistic units learns to read digits with its own backward pass, without autograd.

What it shows: the weights of the hidden units as images, dark where ink activates a unit and white where it inhibits it
(gray: no effect; some units stay unused); the confusion matrix; and some misclassified digits.
"""
from collections.abc import Iterator
from typing import Any

import torch

from reference_impls.foundations.backprop import SigmoidNetwork
from reference_impls.harness.card import Training
from reference_impls.harness.data import digits
from reference_impls.harness.picture import Picture
from reference_impls.harness.trainer import Trainer

TRAINING = Training(
    id="mlp",
    implementation="backprop",
    metric="test_accuracy",
    better="higher",
    steps=3000,
    goal=">0.94",
    shows="weights of the hidden units, the confusion matrix, and misclassified digits",
    budget_s=3,
)


class Momentum:
    """The last weight changes of a network, eq. (16): state that is carried between steps but is no parameter."""

    def __init__(self, network: SigmoidNetwork) -> None:
        self.network = network

    def state_dict(self) -> dict[str, Any]:
        return {"changes": self.network.changes}

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        self.network.changes = state_dict["changes"]


def trainer(seed: int, device: str) -> Trainer:
    """64 pixels, 30 hidden units, one output for each digit; 32 digits per step."""
    (x, y), (x_test, y_test) = digits(device)
    torch.manual_seed(seed)
    network = SigmoidNetwork(64, 30, 10, spread=0.3).to(device)
    targets = 0.1 + 0.8 * torch.eye(10, device=device)      # a sigmoid never reaches 0 or 1

    def step(number: int) -> float:
        batch = torch.randint(len(x), (32,), device=device)
        network.learn(x[batch], targets[y[batch]], rate=0.03, momentum=0.9)
        with torch.no_grad():
            return (network.outputs(x[batch])[-1] - targets[y[batch]]).square().sum(dim=1).mean().item() / 2  # eq. (2)

    @torch.no_grad()
    def answers() -> torch.Tensor:
        return network.outputs(x_test)[-1].argmax(dim=1)

    def measure() -> float:
        return (answers() == y_test).float().mean().item()

    def show() -> Iterator[Picture]:
        incoming = network.weights[0].detach()
        yield Picture("weights of each hidden unit", incoming.view(3, 10, 8, 8), "images")
        given, names = answers(), [str(digit) for digit in range(10)]
        confusion = torch.zeros(10, 10).index_put((y_test.cpu(), given.cpu()), torch.ones(len(given)), accumulate=True)
        yield Picture("test digits (rows) by predicted digit (columns)", confusion, labels=(names, names))
        wrong = (given != y_test).nonzero().flatten()[:8]
        said = [f"{y_test[i].item()} as {given[i].item()}" for i in wrong]
        yield Picture("misclassified test digits", x_test[wrong].view(1, -1, 8, 8), "images", labels=([], said))

    return Trainer({"network": network, "momentum": Momentum(network)}, step, measure, show, every=250)
