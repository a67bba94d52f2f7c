"""Does addressable memory help with copying and recall? NTM and DNC against an LSTM with as many parameters.

    copy     4 random bits at each of 1 to 6 steps, a marker, then all of them again      NTM paper, section 4.1
    recall   2 to 6 different items of 4 bits, then each but the last in random order: which item came after it?   4.3

All networks train for the same number of updates and are then tested on lists of 6 items and of 12, longer than any in
training. Bits are the cross-entropy of a whole answer: 0 is perfect; knowing nothing costs 4 for each item queried
(24 and 48 for copy; a little less than 20 and 44 for recall, as no item occurs twice).

Shapes: as in the NTM and the DNC.
"""
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference_impls.harness.card import Card, Experiment
from reference_impls.harness.trial import Measures, Plot, Trial
from reference_impls.memory.dnc import DNC
from reference_impls.memory.ntm import BITS, NTM, PlainLSTM, Task, bits_lost, practice, recall

CARD = Card(
    id="memory",
    papers=["arxiv:1410.5401", "key:dnc", "key:lstm"],
    role="experiment",
    symbols=["NoLinks", "copy", "network"],
    patterns=[],
    oracle="",
    properties=["content_reads_need_no_links", "no_order_is_remembered"],
    mutants=["allocates_nothing", "links_what_is_written", "links_alike"],
    experiment=Experiment(
        question="Does an external memory, as in the NTM and the DNC, help a network to copy and to recall, also on "
                 "longer lists than it was trained on?",
        metric="bits",
        better="lower",
        measures=["bits", "bits_of_12", "update_ms"],
        grid={"lr": [0.003, 0.01, 0.03, 0.1]},
        arms={"copy-lstm": {"lr": 0.03}, "copy-ntm": {"lr": 0.1}, "copy-dnc": {"lr": 0.03},
              "recall-lstm": {"lr": 0.03}, "recall-ntm": {"lr": 0.01}, "recall-dnc": {"lr": 0.01},
              "recall-dnc-without-links": {"lr": 0.01}},
        budget_s=180,
        answer="It does when a run learns to use it, and that is luck. Recall, bits lost of nearly 20, mean and range "
               "over seeds {seeds}: LSTM {recall-lstm:range}, NTM {recall-ntm:range}, DNC "
               "{recall-dnc:range}, DNC without links {recall-dnc-without-links:range}. Copy, of 24: LSTM "
               "{copy-lstm:range}, NTM {copy-ntm:range}, DNC {copy-dnc:range}. The ranges are wide because a run "
               "either learns the task and loses next to nothing, or does no better than the LSTM, which learns "
               "neither task in this time. On the tuning seeds, for which the rates were chosen, more runs learned. "
               "Runs that learn generalize to lists of 12: at best {copy-*.bits_of_12:least} of 48 bits are lost in "
               "copy and {recall-*.bits_of_12:least} of 44 in recall, where the LSTM loses {*-lstm.bits_of_12:least} "
               "or more. The links of the DNC are not what helps here: recall is as good without them, at the rate "
               "tuned for the whole DNC. The NTM's best rate for copy is at the edge of the grid. An update takes "
               "{*-lstm.update_ms:means} ms with the LSTM, {*-ntm.update_ms:means} with the NTM, "
               "{*-dnc.update_ms:means} with the DNC; equal time was not tried. "
               "Lists this short, 7,800 parameters and 800 updates say nothing about large memories.",
    ),
)

class NoLinks(DNC):
    """A DNC that does not track the order of its writes: forward and backward reads are empty."""

    def link(self, links: Tensor, precedence: Tensor, writing: Tensor) -> Tensor:
        return torch.zeros_like(links)


def network(name: str) -> nn.Module:
    """The network called lstm, ntm, dnc or dnc-without-links: 7,628 to 7,844 parameters, memories of 20 rows of 8."""
    if name == "lstm":
        return PlainLSTM()
    return {"ntm": NTM, "dnc": DNC, "dnc-without-links": NoLinks}[name](BITS + 2, BITS, hidden=32, rows=20, width=8)


def copy(sequences: int, length: int, device: str = "cpu") -> tuple[Tensor, Tensor]:
    """L items, a marker, L empty steps (B, 2L + 1, 6); and the bits (B, L, 4) due at the last L steps."""
    bits = torch.randint(2, (sequences, length, BITS), device=device).float()
    x = F.pad(bits, (0, 2, 0, length + 1))
    x[:, length, BITS] = 1
    return x, bits


TASKS: dict[str, tuple[Task, int]] = {"copy": (copy, 1), "recall": (recall, 2)}       # and the shortest list


def trial(arm: str, seed: int, lr: float, device: str = "cpu",
          steps: int = 800) -> Iterator[tuple[int, Measures]]:
    """Train one network on one task; measure on 500 unseen lists of 6 items and on 500 of 12."""
    kind, _, name = arm.partition("-")
    torch.manual_seed(seed)
    net, (task, shortest) = network(name).to(device), TASKS[kind]
    short, long = task(500, 6, device), task(500, 12, device)
    begin, measured = time.process_time(), 0.0
    for step in practice(net, task, shortest, steps, lr, device):
        if step % max(1, steps // 16) == 0 or step == steps:
            pause = time.process_time()
            with torch.no_grad():
                bits, more = bits_lost(net, *short).item(), bits_lost(net, *long).item()
            yield step, {"bits": bits, "bits_of_12": more, "update_ms": 1000 * (pause - begin - measured) / step}
            measured += time.process_time() - pause


def figures(trials: Sequence[Trial]) -> Iterator[Plot]:
    """Bits lost over training steps, one plot per task: mean, lowest and highest over seeds."""
    for kind in TASKS:
        lines = {}
        for arm in dict.fromkeys(each.arm for each in trials if each.arm.startswith(kind)):
            curves = [[(step, measures["bits"]) for step, measures in each.curve] for each in trials if each.arm == arm]
            lines[arm.removeprefix(kind + "-")] = [
                (float(points[0][0]), sum(y for _, y in points) / len(points), min(y for _, y in points),
                 max(y for _, y in points)) for points in zip(*curves, strict=True)]
        yield Plot(f"{kind}: bits lost of 6 items", "step", "bits", lines)


# -- how we know that it is right ------------------------------------------------------------------------------------

def check_content_reads_need_no_links(make: Callable[..., DNC] = NoLinks) -> None:
    """With read modes set to content only, it equals the whole DNC in float64."""
    ours, whole = make(3, 2, rows=6).double(), DNC(3, 2, rows=6).double()
    with torch.no_grad():
        ours.to_read.weight[-3:], ours.to_read.bias[-3:] = 0, torch.tensor([-1000.0, 0.0, -1000.0])
    whole.load_state_dict(ours.state_dict())
    x = torch.randn(4, 9, 3, dtype=torch.float64)
    torch.testing.assert_close(ours(x), whole(x))


def check_no_order_is_remembered(make: Callable[..., DNC] = NoLinks) -> None:
    """With read modes set to links only, nothing is read, wherever the head was before."""
    net = make(3, 2, rows=6).double()
    with torch.no_grad():
        net.to_read.weight[-3:], net.to_read.bias[-3:] = 0, torch.tensor([0.0, -1000.0, 0.0])
    x = torch.randn(4, 9, 3, dtype=torch.float64)
    _, weights = net(x, *net.start(x)._replace(reading=torch.full((4, 1, 6), 1 / 6, dtype=torch.float64)))
    torch.testing.assert_close(weights[:, :, 0], torch.zeros_like(weights[:, :, 0]))


class _AllocatesNothing(NoLinks):
    def allocate(self, usage: Tensor) -> Tensor:
        return torch.zeros_like(usage)


class _LinksWhatIsWritten(NoLinks):
    def link(self, links: Tensor, precedence: Tensor, writing: Tensor) -> Tensor:
        return writing[..., :, None] * writing[..., None, :]


class _LinksAlike(NoLinks):
    def link(self, links: Tensor, precedence: Tensor, writing: Tensor) -> Tensor:
        return torch.full_like(links, 1 / links.shape[-1])


MUTANTS = {"allocates_nothing": _AllocatesNothing, "links_what_is_written": _LinksWhatIsWritten,
           "links_alike": _LinksAlike}
