"""The results of a benchmark, as the protocol passes them to records and reports."""
from dataclasses import dataclass
from typing import Literal

from reference_impls.harness.bench.ceilings import Ceilings
from reference_impls.harness.bench.modes import Mode
from reference_impls.harness.bench.pinned import Settings
from reference_impls.harness.bench.statistics import Ratio, Spread
from reference_impls.harness.card import Case, Work
from reference_impls.harness.check import Verification

Status = Literal["ok", "unverified", "oom", "skipped"]


@dataclass(frozen=True)
class Timing:
    """The timing of one variant in one mode. `ratio` is against the baseline; the baseline's is against its second run.

    Args:
        launch_bound: on a GPU, whether the call is so short that launching takes most of the time; then `graph_p50` is
            the time without launching, unless the call cannot be captured.
    """

    times: Spread
    clock: str
    cold_l2: bool
    ratio: Ratio
    aa_spread: float
    launch_bound: bool
    graph_p50: float | None
    peak_bytes: int | None
    saved_bytes: int | None
    ceilings: Ceilings

    @property
    def tie(self) -> bool:
        """Whether the ratio cannot be distinguished from one."""
        return self.ratio.is_tie(self.aa_spread)


@dataclass(frozen=True)
class Measurement:
    """One case, variant, mode and precision. Only status `ok` has a timing; `reason` says why the others have none.

    Args:
        attention: the backend that the case's attention was pinned to, if it uses attention.
    """

    case: Case
    variant: str
    mode: Mode
    dtype: str
    status: Status
    baseline: str | None = None
    work: Work | None = None
    timing: Timing | None = None
    compile_s: float | None = None
    attention: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Benchmark:
    """Everything measured of one implementation on one device, under these settings of torch."""

    id: str
    role: str
    device: str
    quick: bool
    settings: Settings
    verification: Verification
    measurements: list[Measurement]
