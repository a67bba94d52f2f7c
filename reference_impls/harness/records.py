"""Machine-readable results, one file per implementation and device. No torch: listing reads them too.

A file is `<folder>/<device slug>/<id>.json`: `{"schema": "paperkb.records/1", "impl": id, "records": [...]}`. A new
verification replaces the verify and claim records of its file, a new benchmark the bench records.
"""
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reference_impls.harness.places import record_folders
from reference_impls.harness.registry import Implementation, source_hash

SCHEMA = "paperkb.records/1"
CHECKED = ("verify", "claim")
KINDS = (*CHECKED, "bench")

Record = dict[str, Any]
Status = Literal["none", "unverified", "verified", "claim-held", "claim-not-reproduced", "stale"]


@dataclass(frozen=True)
class Found:
    """Records of one implementation from every device, and one line for each file that could not be used."""

    records: list[Record]
    warnings: list[str]


def save(folder: Path, slug: str, name: str, records: Sequence[Record]) -> Path:
    """Replace the records of the same group (checked, or bench) in the file of this implementation, atomically.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / slug / f"{name}.json"
    kinds = CHECKED if records[0]["kind"] in CHECKED else ("bench",)
    kept, _ = _read(path, name)
    merged = sorted([record for record in kept if record["kind"] not in kinds] + list(records),
                    key=lambda record: KINDS.index(record["kind"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": SCHEMA, "impl": name, "records": merged}, indent=1, ensure_ascii=False) + "\n"
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
        file.write(text)
    os.chmod(file.name, 0o644)      # a temporary file is private, a record is not
    os.replace(file.name, path)
    return path


def load_records(name: str, places: Iterable[Path] | None = None) -> Found:
    """Read from every place, by default `record_folders()`: for each device and group of kinds the first one counts."""
    records: list[Record] = []
    warnings: list[str] = []
    seen: set[tuple[str, bool]] = set()
    for folder in places or record_folders():
        for path in sorted(folder.glob(f"*/{name}.json")):
            read, warning = _read(path, name)
            warnings += [warning] if warning else []
            slug = path.parent.name
            records += [record for record in read if (slug, record["kind"] in CHECKED) not in seen]
            seen |= {(slug, record["kind"] in CHECKED) for record in read}
    return Found(records, warnings)


def status(implementation: Implementation, records: Sequence[Record]) -> Status:
    """What the records say about the code as it is now; `stale` when they are about an earlier one."""
    if not records:
        return "none"
    current_hash = source_hash(implementation.path)
    current = [record for record in records if record["code"]["impl_sha256"] == current_hash]
    if not current:
        return "stale"
    outcomes = {record["status"] for record in current if record["kind"] == "verify"}
    if "verified" not in outcomes or "failed" in outcomes:
        return "unverified"
    verdicts = {record["verdict"] for record in current if record["kind"] == "claim"}
    if not verdicts:
        return "verified"
    return "claim-held" if verdicts == {"held"} else "claim-not-reproduced"


def _read(path: Path, name: str) -> tuple[list[Record], str]:
    """The records of a file, and why there are none when it is broken or not ours; a missing file has none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError) as error:
        return [], f"{path}: cannot be read ({error}); delete it and run verify and bench again"
    problem = _problem(content, name)
    return ([], f"{path}: {problem}; delete it and run verify and bench again") if problem else (content["records"], "")


def _problem(content: Any, name: str) -> str:
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return f"schema is not {SCHEMA}"
    if content.get("impl") != name:
        return f"is about {content.get('impl')!r}, not about {name!r}"
    if not isinstance(content.get("records"), list):
        return "has no list of records"
    for number, record in enumerate(content["records"]):
        needed = {"verify": "status", "claim": "verdict", "bench": "status"}
        kind = record.get("kind") if isinstance(record, dict) else None
        if kind not in KINDS or not isinstance(record.get(needed[kind]), str):
            return f"record {number} is not a {', '.join(KINDS)} record"
        if not isinstance(record.get("code"), dict) or not isinstance(record["code"].get("impl_sha256"), str):
            return f"record {number} does not say which code it is about"
    return ""
