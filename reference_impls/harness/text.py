"""Format results as plain text: one place for every figure shown in a terminal."""
import shutil
import textwrap
import time
from typing import Self, TextIO

from reference_impls.harness.bench.measurement import Benchmark, Measurement
from reference_impls.harness.calibrate import Calibration
from reference_impls.harness.card import Training
from reference_impls.harness.check import Verification
from reference_impls.harness.checkpoint import Progress
from reference_impls.harness.claim import Event, Judgement
from reference_impls.harness.experiment import Reported
from reference_impls.harness.records import Record
from reference_impls.harness.table import WIDTH, experiment_table
from reference_impls.harness.train import OnStep, TrainingRun

MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "SKIPPED", "noted": "note"}
BAR = 24                # characters
REFRESH_S = 0.1


def verification(result: Verification) -> str:
    """One line for each check, then a summary."""
    lines, width = [], max(len(check.name) for check in result.checks) + 2
    for check in result.checks:
        error = "" if check.max_error is None else f"max error {check.max_error:.1e}"
        notes = "  ".join(filter(None, (error, check.detail)))
        lines.append(f"  {check.level:8}{check.name.replace('_', ' '):{width}}{MARKS[check.outcome]:8}{notes}".rstrip())
    levels = " ".join(result.levels) or "nothing"
    oracle = f"; oracle {result.oracle}" if result.oracle else ""
    lines.append(f"{result.id} on {result.device}: {result.status} ({levels} passed{oracle})")
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
    """The whole grid with the chosen points starred, and where the card differs from what the measurements justify."""
    lines = []
    for row in result.rows:
        star = "*" if row is result.best[row.arm] else " "
        settings = " ".join(f"{name}={value}" for name, value in row.settings.items())
        values = "".join(f"{value:<12.4g}" for value in row.values)
        lines.append(f" {star}{row.arm:24}{settings:32}{values}mean {row.mean:.4g}")
    if result.threshold is not None:
        lines.append(f"  winners {', '.join(result.good)}: threshold {result.threshold:.4g}, gap {result.gap:.4g}, "
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
        compared = f"{ratio.p50:.2f} of the baseline's time ({ratio.low:.2f} to {ratio.high:.2f})"
    saved = "" if timing.saved_bytes is None else f", saves {timing.saved_bytes / 2**20:.1f} MiB"
    launch = ", launch bound" * timing.launch_bound
    launch += "" if timing.graph_p50 is None else f" ({timing.graph_p50:.3f} ms as a CUDA graph)"
    return f"{figures}  {compared}{saved}{launch}"


def training(result: TrainingRun) -> str:
    """The metric at the end, and whether it reached the goal."""
    header = result.training
    verdict = "reached" if result.reached else "NOT reached"
    return (f"{header.id} on {result.device}, seed {result.seed}: {header.metric} {result.value:.4g} after "
            f"{header.steps} steps; goal {header.goal} {verdict}")


def experiment(record: Record) -> str:
    """The question, table and answer."""
    seeds = ", ".join(map(str, record["seeds"]))
    shown = "mean and range over seeds" if len(record["seeds"]) > 1 else "seed"
    paragraphs = [record["question"], "\n".join(experiment_table(record)),
                  f"{shown} {seeds}; {record['metric']}: {record['better']} is better", record["answer"]]
    return "\n\n".join(textwrap.fill(each, WIDTH) if "\n" not in each else each for each in paragraphs)


class Screen:
    """Show progress on a terminal: one line that is overwritten, and removed at the end, no matter how a run ends.

    In a pipe, only the lines of `say` are printed.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._terminal = stream if stream and stream.isatty() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.clear()

    def show(self, line: str) -> None:
        """Replace the line."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1      # a longer line would wrap and stay
            self._terminal.write(f"\r\x1b[K{line[:width]}\r")
            self._terminal.flush()

    def clear(self) -> None:
        """Remove the line."""
        self.show("")

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self.clear()
        if self._stream:
            print(line, file=self._stream, flush=True)

    def on_event(self, event: Event) -> None:
        """Show a measurement of an arm of a claim."""
        self.show(f"{event.arm}, seed {event.seed}, step {event.step}: {event.value:.4g}")

    def on_report(self, reported: Reported) -> None:
        """Show a measurement of a trial of an experiment."""
        value = "" if reported.value is None else f": {reported.value:.4g}"
        self.show(f"{reported.number} of {reported.total}  {reported.arm}, seed {reported.seed}, "
                   f"step {reported.step}{value}")

    def on_step(self, header: Training) -> OnStep:
        """A progress bar for a training, with the loss, the last metric and the time left."""
        first: tuple[int, float] | None = None      # the first step seen, and when: earlier time includes loading
        shown = 0.0

        def show(progress: Progress) -> None:
            nonlocal first, shown
            now = time.monotonic()
            if first is None:
                first = progress.step, now
            elif now - shown > REFRESH_S or progress.step == header.steps:
                shown = now
                left = (now - first[1]) / (progress.step - first[0]) * (header.steps - progress.step)
                self.show(_bar(header, progress, left))

        return show


def _bar(header: Training, progress: Progress, left_s: float) -> str:
    full = BAR * progress.step // header.steps
    loss = f"  loss {progress.losses[-1]:.4g}" if progress.losses else ""
    loss = loss or f"  loss {progress.curve[-1][2]:.4g}"
    metric = f"  {header.metric} {progress.curve[-1][1]:.4g}" if progress.curve else ""
    return f"{'█' * full}{'░' * (BAR - full)} {progress.step}/{header.steps}{loss}{metric}  {left_s:.0f} s left"
