"""Measure the timeline against its 21 criteria, or with `--compare` against other tools on the same papers.

Exits with 0 if every gate holds, else with 2. Times are from this machine, with whatever else is running on it.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from time import perf_counter

from benchmarks.engine.machine import cores
from benchmarks.timeline.criteria import CRITERIA, Measured, Unmeasured
from benchmarks.timeline.stage import SETS, Stage, paper_set

Measure = Callable[[Stage], Measured | tuple[Measured, ...]]
MEASURES = {
    1: ("page", "label_boxes"), 2: ("page", "label_boxes"), 3: ("layouts", "labelled"), 4: ("layouts", "crossing"),
    5: ("layouts", "through"), 6: ("layouts", "deterministic"), 7: ("layouts", "stable"),
    8: ("layouts", "layout_time"), 9: ("page", "ready"), 10: ("page", "redraw"), 11: ("page", "idle"),
    12: ("page", "file_size"), 13: ("page", "quiet"), 14: ("walk", "hostile"), 15: ("pictures", "contrasts"),
    16: ("pictures", "not_by_color"), 17: ("walk", "accessible"), 18: ("walk", "odd"), 19: ("truth", "terminal"),
    20: ("truth", "truth"), 21: ("walk", "tasks"),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timeline", description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, metavar="N", help="measure only these criteria")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="also write the values as JSON")
    parser.add_argument("--npm", type=Path, metavar="DIR",
                        help="folder where `npm install pyodide vis-timeline` was run, to include both")
    parser.add_argument("--seed", type=int, default=0, help="seed of the hostile mixtures; default: 0")
    parser.add_argument("--compare", nargs="*", metavar="SET", choices=SETS,
                        help="instead draw these sets with every installed tool; default: 64 500")
    options = parser.parse_args(arguments)
    with Stage(options.npm.resolve() if options.npm else None, options.seed) as stage:
        if options.compare is not None:
            record = {"comparison": compared(stage, options.compare or ["64", "500"])}
            code = 0
        else:
            found = measured(stage, options.numbers)
            record = {"criteria": found}
            code = 0 if all(row["verdict"] in ("gate", "ambitious") for row in found) else 2
    if options.output:
        header = {"schema": "paperkb.timeline-benchmark/1", "machine": platform.platform(),
                  "python": platform.python_version(), "processors": cores()}
        options.output.write_text(json.dumps({**header, **record}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return code


def measured(stage: Stage, numbers: list[int]) -> list[dict[str, object]]:
    """Return each criterion as a record, and print all as a Markdown table; rows go to standard error as they finish.

    Criterion 13 comes last, because it reports everything that went wrong in the pages opened by the others.
    """
    known: dict[int, Measured] = {}
    rows: dict[int, dict[str, object]] = {}
    wanted = [criterion for criterion in CRITERIA if not numbers or criterion.number in numbers]
    for criterion in sorted(wanted, key=lambda criterion: (criterion.number == 13, criterion.number)):
        start = perf_counter()
        shown, verdict, values = "", "not measured", {}
        if criterion.number not in known:
            try:
                found = _measure(criterion.number)(stage)
                known |= {one.number: one for one in (found if isinstance(found, tuple) else (found,))}
            except Unmeasured as error:
                shown = str(error)
        if criterion.number in known:
            one = known[criterion.number]
            shown, verdict, values = one.shown, one.verdict, one.values
        seconds = round(perf_counter() - start, 1)
        rows[criterion.number] = {**asdict(criterion), "measured": shown, "verdict": verdict, "values": values,
                                  "seconds": seconds}
        print(f"{criterion.number} {criterion.name}: {shown}: {verdict} ({seconds} s)", file=sys.stderr, flush=True)
    print("| # | criterion | measured | gate | ambitious | verdict |\n| --: | --- | --- | --- | --- | --- |")
    for number, row in sorted(rows.items()):
        print("|", number, *(f"| {row[name]}" for name in ("name", "measured", "gate", "ambitious", "verdict")), "|")
    count = {verdict: sum(row["verdict"] == verdict for row in rows.values())
             for verdict in ("ambitious", "gate", "FAILS", "not measured")}
    print(f"\n{count['ambitious']} ambitious, {count['gate']} at their gate, {count['FAILS']} fail, "
          f"{count['not measured']} not measured")
    return [row for _, row in sorted(rows.items())]


def compared(stage: Stage, names: list[str]) -> list[dict[str, object]]:
    """Print each tool as a line of a Markdown table, and return all as records."""
    from benchmarks.timeline.others import compare

    print("| papers | tool | labels | overlapping | over dots | links | crossings | through labels | seconds | KB "
          "| size |\n| --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --- |")
    rows = []
    for name in names:
        found, missing = compare(stage, paper_set(name))
        for row in found:
            f = row.faults
            print(f"| {row.papers} | {row.tool} | {row.labels} | {f.overlaps} | {f.over_dots} | {row.links} "
                  f"| {f.crossings} | {f.through_labels} | {row.seconds:.2f} | {row.kilobytes:.0f} | {row.size} |",
                  flush=True)
            rows.append(asdict(row))
        for reason in missing:
            print(f"| {name} | {reason} | | | | | | | | | |", flush=True)
    return rows


def _measure(number: int) -> Measure:
    """The function that measures a criterion. Only its module is imported, so that not all criteria need a browser."""
    module, name = MEASURES[number]
    found: Measure = getattr(import_module(f"benchmarks.timeline.{module}"), name)
    return found


if __name__ == "__main__":
    sys.exit(main())
