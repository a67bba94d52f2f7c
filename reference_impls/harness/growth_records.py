"""Read what growth studies measured: one file of schema rb1-scaling for each study and device. No torch."""
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reference_impls.harness import places
from reference_impls.harness.records import Found, Record
from reference_impls.harness.registry import Sources, Study

SCHEMA = "rb1-scaling"
MEASURES = {"ms": ("time in ms", 1.0), "flop": ("million operations", 1e6),
            "saved_bytes": ("MB kept for the backward pass", 1e6), "peak_bytes": ("MB held at once", 1e6),
            "held_bytes": ("MB held", 1e6)}
"""The label of each measure, and the number its values are divided by."""


def load_growth(folder: Path) -> list[Record]:
    """The records under a folder, by device and study.

    Raises:
        ValueError: a file is broken or not ours.
    """
    return [_read(path) | {"slug": path.parent.name} for path in sorted(folder.glob("*/*.json"))]


def growth_of_papers(studies: Iterable[Study], sources: Sources) -> dict[str, Found]:
    """The measured curves of each paper that states how a cost grows, by paper (`arxiv:ID` or `key:KEY`).

    Each curve has its study, axis and sizes, the device, code and time of its record, and whether that is stale.
    """
    found: dict[str, Found] = {}
    for study in studies:
        kept, code = _of_study(study.scaling.id), sources.hash(study.path)
        for paper in sorted({curve.paper for curve in study.scaling.curves}):
            of_paper = found.setdefault(paper, Found([], []))
            of_paper.warnings.extend(kept.warnings)
            for record in kept.records:
                what = {name: record[name] for name in ("study", "axis", "sizes")}
                measured = {name: record[name] for name in ("env", "code", "time_utc")}
                stale = record["code"]["impl_sha256"] != code
                curves = (curve for curve in record["curves"] if curve["paper"]["id"] == paper)
                of_paper.records.extend({**what, **curve, "stale": stale, **measured} for curve in curves)
    return found


def _of_study(name: str) -> Found:
    """The records of a study by device, the user's own before those that ship with the product."""
    by_device: dict[str, Record] = {}
    warnings = []
    for folder in places.growth_folders():
        for path in sorted(Path(folder).glob(f"*/{name}.json")):
            try:
                by_device.setdefault(path.parent.name, _read(path))
            except ValueError as error:
                warnings.append(str(error))
    return Found([record for _, record in sorted(by_device.items())], warnings)


def _read(path: Path) -> Record:
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read ({error}); measure again") from None
    try:
        problem = _problem(record)
    except (LookupError, TypeError, AttributeError):        # something deeper inside is missing or has a wrong type
        problem = "is not a complete record"
    if problem:
        raise ValueError(f"{path}: {problem}; measure again")
    return record


def _problem(record: Any) -> str:
    """What is wrong with a record of growth; empty if nothing is."""
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        return f"schema is not {SCHEMA}"
    texts = [name for name in ("kind", "study", "question", "axis", "clock", "time_utc")
             if not isinstance(record.get(name), str)]
    if texts:
        return f"{', '.join(texts)} must be text"
    if not isinstance(record.get("env"), dict) or not isinstance((record.get("code") or {}).get("impl_sha256"), str):
        return "env or code is missing"
    sizes = record.get("sizes")
    if not isinstance(sizes, list) or not all(isinstance(size, int) and size > 0 for size in sizes):
        return "sizes must be positive whole numbers"
    for curve in record.get("curves") or [{}]:
        values, fitted, paper = (curve.get(name) for name in ("values", "fit", "paper"))
        if curve.get("measure") not in MEASURES or not isinstance(curve.get("shown"), bool):
            return "a curve has no known measure"
        if not isinstance(values, list) or len(values) != len(sizes) or min(values) <= 0:
            return f"{curve['name']}: one positive value for each size is needed"
        if not (isinstance(fitted, dict) and isinstance(paper, dict) and len(fitted["ci95"]) == 2
                and fitted["ci95"][0] <= fitted["exponent"] <= fitted["ci95"][1]):
            return f"{curve['name']}: the fit is outside its interval"
    return ""
