"""Measure how long people wait for the index and its answers, and how much of that is unavoidable.

Exit code 0: everything was measured (missed targets are shown); 1: an answer was wrong; 2 with `--strict`: a target
was missed.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.engine.machine import commit, load, machine, slug
from benchmarks.engine.measure import measured
from benchmarks.engine.peers import compared
from benchmarks.engine.report import by_size, into_page, report
from benchmarks.engine.stage import HERE, PROJECT, Stage
from benchmarks.engine.targets import targets


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", nargs="*", type=int, default=[1_000, 10_000], metavar="N",
                        help="sizes of the vault; `--notes --docs` measures nothing and rewrites the tables")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each operation; slow operations run three times")
    parser.add_argument("--peers", action="store_true",
                        help="also time other tools on the same work, each installed with pip into the user's cache")
    parser.add_argument("--folder", type=Path, help="where the temporary vaults are written; default: TMPDIR")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="also write the record as JSON")
    parser.add_argument("--docs", action="store_true",
                        help="add these sizes to this machine's record, and write its tables into docs/engine.md")
    parser.add_argument("--strict", action="store_true", help="exit with code 2 if a target is missed")
    options = parser.parse_args(arguments)
    here = machine()
    record: dict[str, Any] = {"schema": "paperkb.engine-benchmark/1", "machine": here, "sizes": {}}
    kept = HERE / "results" / f"{slug(here)}.json"
    if options.docs and kept.exists():
        record["sizes"] = json.loads(kept.read_text("utf-8"))["sizes"]
    for notes in options.notes:
        record["sizes"][str(notes)] = _size(notes, options)
    tables = report(record)
    print(tables)
    text = json.dumps(record, indent=1) + "\n"
    if options.output:
        options.output.write_text(text, "utf-8")
    if options.docs:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, "utf-8")
        into_page(PROJECT / "docs" / "engine.md", tables)
    if any("wrong" in found for size in record["sizes"].values() for found in (size, *size["operations"])):
        return 1
    sizes = by_size(record)
    fails = any(target.verdict(notes) == "does not hold" for target in targets(sizes) for notes in sizes)
    return 2 if options.strict and fails else 0


def _size(notes: int, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one size and return its record, with a line on standard error for each step."""
    started, busy = time.monotonic(), load()

    def say(what: str) -> None:
        print(f"{notes:,} notes, {time.monotonic() - started:.0f} s: {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(dir=options.folder, prefix="paperkb-bench-") as folder:
        stage = Stage(Path(folder), notes)
        say("vault written")
        found = measured(stage, options.rounds, say)
        if options.peers and "wrong" not in found:
            found["peers"] = compared(stage)
    return {**found, "commit": commit(), "load": busy, "seconds": round(time.monotonic() - started)}


if __name__ == "__main__":
    sys.exit(main())
