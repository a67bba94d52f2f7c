"""Results as plain text, one place for every figure that a terminal shows."""
from collections.abc import Callable
from typing import TextIO

from reference_impls.harness.bench.protocol import Benchmark, Measurement
from reference_impls.harness.calibrate import Calibration
from reference_impls.harness.check import Verification
from reference_impls.harness.claim import Event, Judgement, OnEvent

MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "SKIPPED", "inapplicable": "-", "noted": "note"}


def verification(result: Verification) -> str:
    """One line for each check, then one that sums up."""
    lines, width = [], max(len(check.name) for check in result.checks) + 2
    for check in result.checks:
        error = "" if check.max_error is None else f"max error {check.max_error:.1e}"
        notes = "  ".join(filter(None, (error, check.detail)))
        lines.append(f"  {check.level:8}{check.name.replace('_', ' '):{width}}{MARKS[check.outcome]:8}{notes}".rstrip())
    levels = " ".join(result.levels) or "nothing"
    lines.append(f"{result.id} on {result.device}: {result.status} ({levels} passed; oracle {result.oracle})")
    return "\n".join(lines)


def judgement(result: Judgement) -> str:
    """A table of arms and seeds, and the verdict."""
    claim = result.claim
    header = f"  {claim.metric:24}" + "".join(f"seed {seed:<7}" for seed in result.seeds) + "expected"
    rows = [f"  {arm:24}" + "".join(f"{value:<12.4g}" for value in values) + claim.arms[arm].expect
            for arm, values in result.values.items()]
    outcome = [f"  {claim.outcome}"] if claim.outcome else []
    return "\n".join([header, *rows, *outcome, f"{result.id}: {result.verdict} (grade {claim.grade}) - {claim.text}"])


def calibration(result: Calibration) -> str:
    """The whole grid with the chosen points starred, and the card that the measurements justify."""
    lines = []
    for row in result.rows:
        star = "*" if row is result.best[row.arm] else " "
        settings = " ".join(f"{name}={value}" for name, value in row.settings.items())
        values = "".join(f"{value:<12.4g}" for value in row.values)
        lines.append(f" {star}{row.arm:24}{settings:32}{values}mean {row.mean:.4g}")
    if result.threshold is not None:
        lines.append(f"  winning {', '.join(result.good)}: threshold {result.threshold:.4g}, gap {result.gap:.4g}, "
                     f"spread {result.spread:.4g}, grade {result.grade}")
    lines += [f"  edge    {warning}" for warning in result.warnings]
    lines += [f"  differs {each}" for each in result.disagreements] or ["  the card agrees"]
    return "\n".join(lines)


def benchmark(result: Benchmark) -> str:
    """One line for each case, mode and variant: median and spread, and time over the baseline's time."""
    case = max((len(each.case.name) for each in result.measurements), default=0) + 2
    variant = max((len(each.variant) for each in result.measurements), default=0) + 2
    lines = [f"  {each.case.name:{case}}{each.dtype:6}{each.mode:8}{each.variant:{variant}}{_timing(each)}"
             for each in result.measurements]
    return "\n".join([f"{result.id} on {result.device}", *lines])


def _timing(measured: Measurement) -> str:
    timing = measured.timing
    if timing is None:
        return f"{measured.status}: {measured.reason}"
    times, ratio = timing.times, timing.ratio
    figures = f"{times.p50:9.3f} ms ({times.p20:.3f} to {times.p80:.3f}, n {times.n})"
    if measured.variant == measured.baseline:
        compared = f"baseline, differs from itself by {timing.aa_spread:.1%}"
    elif timing.tie:
        compared = "tie"
    else:
        compared = f"{ratio.p50:.2f} of its time ({ratio.low:.2f} to {ratio.high:.2f})"
    saved = "" if timing.saved_bytes is None else f", saves {timing.saved_bytes / 2**20:.1f} MiB"
    return f"{figures}  {compared}{saved}"


def progress(stream: TextIO) -> OnEvent:
    """Shows measurements as arms run."""
    show = progress_line(stream)

    def on_event(event: Event) -> None:
        if event.value is not None:
            show(f"{event.arm}, seed {event.seed}, step {event.step}: {event.value:.4g}")

    return on_event


def progress_line(stream: TextIO) -> Callable[[str], None]:
    """A line that the next one overwrites, and an empty one removes; nothing where the stream is no terminal."""
    def show(line: str) -> None:
        stream.write(f"\r\x1b[K{line}\r")
        stream.flush()

    return show if stream.isatty() else lambda line: None
