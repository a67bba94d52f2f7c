"""One set of bench records as Markdown: what each case takes relative to its baseline. No torch."""
from collections.abc import Iterable, Mapping
from pathlib import Path

from reference_impls.harness.bench.report import ReportError, current_code, read
from reference_impls.harness.bench.schema import violations
from reference_impls.harness.records import Record

MODES = {"fwd": "forward", "fwdbwd": "with backward", "step": "step"}
COMPILED = " compiled"
FORMS = ("", COMPILED)


def of_place(place: Path) -> str:
    """The tables of a file or folder of records.

    Raises:
        ReportError: as `read`, or no record is valid.
    """
    records = [each for each in read(place) if not violations(each)]
    if not records:
        raise ReportError(f"{place}: has no valid bench record of protocol rb1")
    return as_text(records, current_code())


def as_text(records: Iterable[Record], current: Mapping[str, str]) -> str:
    """A table for each device and precision, with a row for each variant that was timed on a case.

    A cell is the time relative to the baseline, `tie`, or why there is no time (`oom`, `skipped`, `unverified`).

    Args:
        current: the hash of the current code of each implementation; rows of earlier code are marked as stale.
    """
    groups: dict[str, list[Record]] = {}
    for each in records:
        groups.setdefault(_environment(each), []).append(each)
    lines = [line for name in sorted(groups) for line in ("", f"{name}:", "", *_table(groups[name], current))]
    return "\n".join("".join(filter(str.isprintable, line)) for line in lines[1:])     # a record may come from anyone


def _environment(record: Record) -> str:
    env = record["env"]
    processes = f", {env['world']} processes" if env["world"] > 1 else ""
    return f"{env['device']}, {record['dtype']}, torch {env['torch']}{processes}"


def _table(records: Iterable[Record], current: Mapping[str, str]) -> list[str]:
    cells: dict[tuple[str, str, bool, str], dict[tuple[str, str], str]] = {}
    baselines: dict[tuple[str, str], str] = {}
    stale = set()
    for each in records:
        impl, case, baseline = each["impl"], each["case"], (each["ratio"] or {}).get("baseline", "")
        variant, compiled, _ = each["variant"].partition(COMPILED)
        if baseline:
            baselines[impl, case] = baseline
        if each["code"]["impl_sha256"] != current.get(impl):
            stale.add(impl)
        if each["variant"] != baseline:
            cells.setdefault((impl, case, variant != "reference", variant), {})[each["mode"], compiled] = _cell(each)
    heads = ["implementation", "case", *(name + form for name in MODES.values() for form in FORMS), "compared with"]
    rows = [_row(heads), _row(["---", "---", *["--:"] * 6, "---"])]
    for (impl, case, is_other, variant), found in sorted(cells.items()):
        if not {"skipped"}.issuperset(found.values()):
            name = ", ".join([f"`{impl}`", *[variant] * is_other, *["stale"] * (impl in stale)])
            timed = [found.get((mode, form), "") for mode in MODES for form in FORMS]
            rows.append(_row([name, case, *timed, baselines.get((impl, case), "")]))
    return rows


def _cell(record: Record) -> str:
    if record["status"] != "ok" or not record["ratio"]:
        return str(record["status"])
    return "tie" if record["ratio"]["tie"] else f"{record['ratio']['p50']:#.3g}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
