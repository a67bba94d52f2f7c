"""Compare two sets of bench records: what became faster, slower, or is indistinguishable. No torch.

No two sessions find the same machine: other processes run, and the clock rate differs. So each variant is judged by its
time relative to the baseline interleaved with it, in both sessions: `factor` is the ratio of these ratios. The
baselines themselves show how the machines differed.
"""
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, hypot, log
from pathlib import Path
from typing import Any, Literal

from reference_impls.harness import registry
from reference_impls.harness.bench.schema import violations
from reference_impls.harness.records import Record

Key = tuple[str, ...]
Verdict = Literal["tie", "faster", "slower"]
CONDITIONS = ("torch", "cuda", "driver", "threads", "tf32", "freed_memory", "attention", "quick")


class ReportError(ValueError):
    """Nothing can be compared; the message says where and why."""


@dataclass(frozen=True)
class Change:
    """One variant in both sets.

    Args:
        old: median in milliseconds.
        new: likewise.
        factor: time relative to the baseline, new over old; for the baseline itself, its time, new over old.
        low: lower end of the 95 % interval of the factor.
        high: upper end.
        verdict: a tie if the interval contains one, or the factor is within the A/A difference of the same code.
        is_baseline: whether this is a baseline, which changes with the machine and says nothing about our code.
    """

    key: Key
    old: float
    new: float
    factor: float
    low: float
    high: float
    verdict: Verdict
    is_baseline: bool


@dataclass(frozen=True)
class Report:
    """The comparison of two sets.

    Args:
        changes: sorted by key (device, implementation, case, variant, mode, precision).
        left_out: one line for each record without a counterpart or without times, with the reason.
        conditions: what differs between the machines or their software, one line each.
        stale: one line for each set with records of earlier code, naming the implementations.
    """

    changes: list[Change]
    left_out: list[str]
    conditions: list[str]
    stale: list[str]

    @property
    def slower(self) -> bool:
        """Whether a variant became slower relative to its baseline. The times of baselines depend on the machine."""
        return any(change.verdict == "slower" and not change.is_baseline for change in self.changes)


def read(place: Path) -> list[Record]:
    """The bench records of a file, or of all `.json` files under a folder.

    Raises:
        ReportError: the place does not exist, cannot be read, or has no bench records.
    """
    if not place.exists():
        raise ReportError(f"{place}: no such file or folder")
    found: list[Record] = []
    for path in sorted(place.rglob("*.json")) if place.is_dir() else [place]:
        try:
            records = json.loads(path.read_text(encoding="utf-8"))["records"]
            found += [record for record in records if record["kind"] == "bench"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            raise ReportError(f"{path}: is not a file of records") from None
    if not found:
        raise ReportError(f"{place}: has no bench records; `bench` makes them")
    return found


def compare_places(old: Path, new: Path) -> Report:
    """Compare two files or folders of records.

    Raises:
        ReportError: as `read`.
    """
    return compare(read(old), read(new), current_code())


def current_code() -> dict[str, str]:
    """The hash of the current code of each implementation."""
    sources = registry.Sources()
    return {each.card.id: sources.hash(each.path) for each in registry.scan().implementations.values()}


def compare(old: Sequence[Record], new: Sequence[Record], current: Mapping[str, str]) -> Report:
    """Compare every variant that is in both sets.

    Args:
        current: the hash of the current code of each implementation.
    """
    left_out: list[str] = []
    before, after = _by_key(old, "old", left_out), _by_key(new, "new", left_out)
    changes = []
    for key in sorted(before.keys() & after.keys()):
        if why := _unlike(before[key], after[key]):
            left_out.append(f"{named(key)}: {why}")
        else:
            changes.append(_change(key, before[key], after[key]))
    for this, other, name in ((before, after, "new"), (after, before, "old")):
        devices: dict[Key, set[str]] = {}
        for key in other:
            devices.setdefault(key[1:], set()).add(key[0])
        for key in sorted(this.keys() - other.keys()):
            elsewhere = ", ".join(sorted(devices.get(key[1:], ())))
            left_out.append(f"{named(key)}: " + (f"the {name} set has it from another device, {elsewhere}" if elsewhere
                                                 else f"missing in the {name} set"))
    stale = [*_stale(before.values(), "old", current), *_stale(after.values(), "new", current)]
    return Report(changes, left_out, _conditions(before, after), stale)


def named(key: Key) -> str:
    """A key in readable form."""
    device, implementation, case, variant, mode, dtype = key
    return f"{implementation} {case} {mode} {dtype}, {variant} on {device}"


def _by_key(records: Iterable[Record], name: str, left_out: list[str]) -> dict[Key, Record]:
    """Records with times of this protocol; the reasons why others are left out go into `left_out`."""
    found = {}
    for record in records:
        about = f"{record.get('impl')} {record.get('case')} {record.get('variant')} in the {name} set"
        if record.get("schema") != "rb1":
            left_out.append(f"{about}: another protocol, {record.get('schema')}")
        elif wrong := violations(record):
            left_out.append(f"{about}: not a valid record ({wrong[0]})")
        elif record["status"] != "ok":
            left_out.append(f"{about}: {record['status']} ({record['reason']})")
        else:
            device, world = record["env"]["device"], record["env"]["world"]
            key = (f"{device} x{world}" if world > 1 else device,
                   *(record[part] for part in ("impl", "case", "variant", "mode", "dtype")))
            if key in found:
                left_out.append(f"{named(key)}: more than once in the {name} set; the last one counts")
            found[key] = record
    return found


def _unlike(old: Record, new: Record) -> str:
    """Why two records with the same key are not comparable; empty if they are."""
    if old["shape"] != new["shape"]:
        return f"the size changed: {old['shape']} became {new['shape']}"
    baselines = old["ratio"]["baseline"], new["ratio"]["baseline"]
    return "" if baselines[0] == baselines[1] else f"the baseline changed: {baselines[0]} became {baselines[1]}"


def _change(key: Key, old: Record, new: Record) -> Change:
    """Compare medians as logarithms, with their errors combined as for independent measurements."""
    is_baseline = old["ratio"]["baseline"] == old["variant"]
    part = "time_ms" if is_baseline else "ratio"
    factor = new[part]["p50"] / old[part]["p50"]
    (old_low, old_high), (new_low, new_high) = old[part]["ci95"], new[part]["ci95"]
    low = factor * exp(-hypot(log(old[part]["p50"] / old_low), log(new[part]["p50"] / new_low)))
    high = factor * exp(hypot(log(old_high / old[part]["p50"]), log(new_high / new[part]["p50"])))
    reach = hypot(old["env"]["aa_spread"], new["env"]["aa_spread"])
    verdict: Verdict = ("tie" if low <= 1 <= high or abs(log(factor)) <= log(1 + reach)
                        else "faster" if factor < 1 else "slower")
    return Change(key, old["time_ms"]["p50"], new["time_ms"]["p50"], factor, low, high, verdict, is_baseline)


def _conditions(old: dict[Key, Record], new: dict[Key, Record]) -> list[str]:
    """The differences in the heads of compared records."""
    lines = []
    for part in CONDITIONS:
        before, after = ({str((each[key]["env"] | each[key])[part]) for key in old.keys() & new.keys()}
                         for each in (old, new))
        if before != after:
            lines.append(f"{part}: {', '.join(sorted(before))} became {', '.join(sorted(after))}")
    return lines


def _stale(records: Iterable[Record], name: str, current: Mapping[str, str]) -> list[str]:
    """The implementations whose code has changed since their records were made."""
    ids = sorted({record["impl"] for record in records
                  if record["code"]["impl_sha256"] != current.get(record["impl"])})
    return [f"{', '.join(ids)}: stale in the {name} set, their code has changed since"] if ids else []


def as_text(report: Report) -> str:
    """A table of what changed, the ties counted and listed, then what could not be compared."""
    own = [change for change in report.changes if not change.is_baseline]
    apart = sorted((change for change in own if change.verdict != "tie"), key=lambda change: -change.factor)
    ties = [change for change in own if change.verdict == "tie"]
    lines = [_line(change) for change in apart]
    lines.append(f"{len(own)} compared: {len(ties)} ties, "
                 f"{sum(change.verdict == 'faster' for change in own)} faster, "
                 f"{sum(change.verdict == 'slower' for change in own)} slower (relative to their baselines)")
    lines += [f"  tie     {_figures(change)}" for change in ties]
    baselines = [change for change in report.changes if change.is_baseline]
    if baselines:
        factors = sorted(change.factor for change in baselines)
        lines.append(f"the machine: {len(baselines)} baselines took {factors[len(factors) // 2]:.2f} times as long "
                     f"({factors[0]:.2f} to {factors[-1]:.2f}), "
                     f"{sum(change.verdict == 'tie' for change in baselines)} ties")
    lines += [f"conditions differ: {line}" for line in report.conditions]
    lines += report.stale
    lines += [f"not compared: {line}" for line in report.left_out]
    return "\n".join("".join(filter(str.isprintable, line)) for line in lines)     # a record may come from anyone


def _line(change: Change) -> str:
    return f"  {change.verdict:8}{_figures(change)}"


def _figures(change: Change) -> str:
    return (f"{change.factor:5.2f} ({change.low:.2f} to {change.high:.2f})  {change.old:.3f} -> {change.new:.3f} ms  "
            f"{named(change.key)}")


def as_json(report: Report) -> dict[str, Any]:
    """The report as JSON, for programs."""
    return {"schema": "paperkb.bench-report/1",
            "changes": [{"device": change.key[0], "impl": change.key[1], "case": change.key[2],
                         "variant": change.key[3], "mode": change.key[4], "dtype": change.key[5],
                         "old_ms": change.old, "new_ms": change.new, "factor": change.factor,
                         "ci95": [change.low, change.high], "verdict": change.verdict, "baseline": change.is_baseline}
                        for change in report.changes],
            "not_compared": report.left_out, "conditions": report.conditions, "stale": report.stale}
