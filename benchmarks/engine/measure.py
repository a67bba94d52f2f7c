"""Run operations in turn, so that a busy minute affects all of them alike, and collect the results of each."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.engine.operations import (
    NoSuchCommand,
    Operation,
    WrongAnswer,
    floors,
    from_disk,
    verify,
    what_people_do,
)
from benchmarks.engine.stage import Run, Stage

_LONG = 3
"""Runs of slow operations, instead of one in each round."""
_ONCE_S = 20
"""Operations that take more seconds than this run once."""

Say = Callable[[str], None]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of all values is, interpolated linearly."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


@dataclass
class Seen:
    """All runs of one operation: seconds and bytes."""

    operation: Operation
    runs: list[Run] = field(default_factory=list)
    peak: int = 0
    wrong: str = ""
    unknown: str = ""

    def row(self) -> dict[str, Any]:
        """As stored in a record."""
        head = {"name": self.operation.name, "label": self.operation.label, "floor": self.operation.floor}
        if self.wrong or self.unknown:
            return {**head, **({"wrong": self.wrong} if self.wrong else {"unknown": self.unknown})}
        wall = [run.wall for run in self.runs]
        return {
            **head,
            "median": round(quantile(wall, 0.5), 5),
            "p20": round(quantile(wall, 0.2), 5),
            "p80": round(quantile(wall, 0.8), 5),
            "cpu": round(quantile([run.cpu for run in self.runs], 0.5), 5),
            "peak": max(self.peak, *(run.peak for run in self.runs)),
            "runs": len(self.runs),
        }


def measured(stage: Stage, rounds: int, say: Say) -> dict[str, Any]:
    """Check every answer once, then time. The record of one size, with the multiple of its floor for each operation."""
    operations = [*floors(stage), *what_people_do(stage)]
    try:
        verify(stage)
    except WrongAnswer as error:
        return {**_vault(stage), "wrong": str(error), "operations": [], "dropped": ""}
    index_bytes = stage.index_bytes()
    say("answers")
    warm = _interleaved(stage, operations, rounds, say)
    dropped = stage.drop_cache()
    disk = _interleaved(stage, from_disk(stage), min(rounds, _LONG), say) if dropped else []
    stage.restore_the_note()
    rows = [seen.row() for seen in (*warm, *disk)]
    medians = {row["name"]: row["median"] for row in rows if "median" in row}
    for row in rows:
        if row["floor"] in medians and "median" in row:
            row["ratio"] = round(row["median"] / medians[row["floor"]], 2)
    return {**_vault(stage), "index_bytes": index_bytes, "dropped": dropped, "operations": rows}


def _vault(stage: Stage) -> dict[str, Any]:
    return {"notes": stage.truth.notes, "links": stage.truth.links, "bytes": stage.truth.bytes,
            "files": sum(1 for _ in stage.files())}


def _interleaved(stage: Stage, operations: list[Operation], rounds: int, say: Say) -> list[Seen]:
    """Run each operation once, untimed but checked, watching its memory; then rounds, every other one reversed."""
    seen = [Seen(operation) for operation in operations]
    for one in seen:
        _try(one, stage, watch=True)
    for turn in range(rounds):
        for one in seen[::-1] if turn % 2 else seen:
            is_due = not one.operation.is_long or turn % math.ceil(rounds / _LONG) == 0
            is_over = bool(one.wrong or one.unknown or (one.runs and one.runs[-1].wall > _ONCE_S))
            if is_due and not is_over:
                _try(one, stage)
        say(f"round {turn + 1} of {rounds}")
    return seen


def _try(one: Seen, stage: Stage, *, watch: bool = False) -> None:
    try:
        run = one.operation.run(stage, watch)
    except NoSuchCommand as error:
        one.unknown = str(error)
        return
    except WrongAnswer as error:
        one.wrong = str(error)
        print(f"{one.operation.label}: {error}", file=sys.stderr)
        return
    one.peak = max(one.peak, run.peak)
    if not watch:
        one.runs.append(run)
