"""The record as Markdown: a table for each size, other tools for comparison, and every target."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.engine.targets import MEGA, Sizes, Target, targets

_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


def report(record: dict[str, Any]) -> str:
    """The whole report."""
    sizes = by_size(record)
    machine = record["machine"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB; {machine['system']}; "
        f"{machine['python']}, SQLite {machine['sqlite']}, "
        + ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if version),
    ]
    for notes in sorted(sizes):
        lines += ["", *_size(sizes[notes])]
    return "\n".join([*lines, "", *_targets(sizes)])


def by_size(record: dict[str, Any]) -> Sizes:
    return {int(notes): found for notes, found in record["sizes"].items()}


def into_page(page: Path, tables: str) -> None:
    """Put the tables between the two marks in a page."""
    text = page.read_text("utf-8")
    found = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)
    page.write_text(found.sub(lambda _: f"{_BEGIN}\n\n{tables}\n\n{_END}", text), "utf-8")


def _size(record: dict[str, Any]) -> Iterator[str]:
    yield (f"### {record['notes']:,} notes\n\n{record['bytes'] / MEGA:.1f} MB, {record['links']:,} links; "
           f"commit {record['commit'] or 'unknown'}, load {record['load']} at the start, "
           f"{record['seconds'] / 60:.1f} minutes in total\n")
    if "wrong" in record:
        yield f"**Nothing was timed, because an answer is wrong:** {record['wrong']}"
        return
    yield ("| | median | p20 to p80 | CPU | multiple of floor | memory | runs |\n"
           "| --- | --: | --: | --: | --: | --: | --: |")
    for row in record["operations"]:
        if "median" not in row:
            yield f"| {row['label']} | not measured: {row.get('wrong') or row['unknown']} | | | | | |"
            continue
        ratio = f"{row['ratio']:.1f} {row['floor']}" if "ratio" in row else ""
        yield (f"| {row['label']} | {_time(row['median'])} | {_time(row['p20'])} to {_time(row['p80'])} "
               f"| {_time(row['cpu'])} | {ratio} | {row['peak'] / MEGA:.0f} MB | {row['runs']} |")
    yield (f"\nThe index takes {record['index_bytes'] / MEGA:.1f} MB. "
           f"Page cache dropped with: {record['dropped'] or 'not possible here'}.")
    if "peers" in record:
        yield from _peers(record)


def _peers(record: dict[str, Any]) -> Iterator[str]:
    cold = next(row for row in record["operations"] if row["name"] == "cold-own")
    yield ("\n| other tools | whole process | without imports | CPU | memory | notes | links |\n"
           "| --- | --: | --: | --: | --: | --: | --: |")
    if "median" in cold:
        yield (f"| paperkb: {cold['label']} | {_time(cold['median'])} | | {_time(cold['cpu'])} "
               f"| {cold['peak'] / MEGA:.0f} MB | {record['notes']:,} | {record['links']:,} |")
    for peer in record["peers"]:
        if "why_not" in peer:
            yield f"| {peer['tool']} | not measured: {peer['why_not']} | | | | | |"
        else:
            inside = _time(peer["inside"]) if "inside" in peer else ""
            counts = " | ".join(f"{peer[name]:,}" if name in peer else "" for name in ("notes", "links"))
            yield (f"| {peer['tool']} {peer['version']}: {peer['does']} | {_time(peer['wall'])} "
                   f"| {inside} | {_time(peer['cpu'])} | {peer['peak'] / MEGA:.0f} MB | {counts} |")


def _targets(sizes: Sizes) -> Iterator[str]:
    found, columns = targets(sizes), sorted(sizes)
    yield f"### Targets\n\n| target | limit | {' | '.join(f'{notes:,} notes' for notes in columns)} |"
    yield f"| --- | --: |{' --: |' * len(columns)}"
    for target in found:
        cells = " | ".join(_cell(target, notes) for notes in columns)
        yield f"| {target.name} | {'>=' if target.at_least else '<='} {_value(target.limit, target.unit)} | {cells} |"
    verdicts = [target.verdict(notes) for target in found for notes in columns]
    yield (f"\n{verdicts.count('holds')} hold, {verdicts.count('does not hold')} do not (bold), "
           f"{verdicts.count('not measured')} not measured.")


def _cell(target: Target, notes: int) -> str:
    """A value, in bold if its target is missed; empty where nothing was promised."""
    verdict, value = target.verdict(notes), target.values.get(notes)
    if value is None:
        return verdict
    return f"**{_value(value, target.unit)}**" if verdict == "does not hold" else _value(value, target.unit)


def _value(value: float, unit: str) -> str:
    number = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return number if unit == "x" else f"{number} {unit}"


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
