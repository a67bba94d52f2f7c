"""Machine-readable results, one file per implementation and device. No torch: listing reads them too.

A file is `<folder>/<device slug>/<id>.json`: `{"schema": "paperkb.records/1", "impl": id, "records": [...]}`. New
records replace those of the same kind. A training with the id of an implementation shares its file and nothing else.
"""
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal

from reference_impls.harness import files
from reference_impls.harness.places import record_folders
from reference_impls.harness.registry import Implementation, Sources, TrainedModel

SCHEMA = "paperkb.records/1"
NEEDED: dict[str, dict[str, type | UnionType]] = {
    "verify": {"status": str},
    "claim": {"verdict": str},
    "bench": {"status": str, "case": str, "mode": str, "dtype": str, "time_ms": dict | None, "ratio": dict | None},
    "training": {"metric": str, "goal": str, "value": float | int | None, "reached": bool},
    "experiment": {"question": str, "measures": list, "seeds": list, "arms": dict},
}
"""The kinds of records, in file order, and the fields that their readers rely on."""

Record = dict[str, Any]
Status = Literal["none", "unverified", "verified", "claim-held", "claim-not-reproduced", "stale"]
TrainingStatus = Literal["none", "goal-reached", "goal-missed", "stale"]


@dataclass(frozen=True)
class Found:
    """The records of one implementation from every device, and one line for each file that could not be used."""

    records: list[Record]
    warnings: list[str]


def save(folder: Path, slug: str, name: str, records: Sequence[Record]) -> Path:
    """Replace the records of the same kinds in the file of this name, atomically.

    Benchmarks of the same code replace only those of the same case and precision, since each is saved as soon as it is
    done. A quick benchmark never replaces a full one of the same code.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / slug / f"{name}.json"
    kept, _ = _read(path, name)
    fresh = [record for record in records if not any(_is_less(record, than) for than in kept)]
    merged = _by_kind(_without_replaced(kept, fresh) + fresh)
    files.replace(path, dump({"schema": SCHEMA, "impl": name, "records": merged}).encode())
    return path


def _by_kind(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda record: list(NEEDED).index(record["kind"]))


def _without_replaced(records: Sequence[Record], by: Sequence[Record]) -> list[Record]:
    return [record for record in records if not any(_replaces(other, record) for other in by)]


def _replaces(record: Record, other: Record) -> bool:
    """Whether the two records cannot coexist."""
    return bool(record["kind"] == other["kind"] and (
        record["kind"] != "bench" or not _is_of(other, record["code"]["impl_sha256"])
        or all(record.get(name) == other.get(name) for name in ("case", "dtype"))))


def _is_less(record: Record, than: Record) -> bool:
    """Whether it is from a quick benchmark, and `than` from a full one of the same code and case."""
    return bool(_replaces(record, than) and _is_of(than, record["code"]["impl_sha256"])
                and record.get("quick") and not than.get("quick"))


def _is_of(record: Record, code: str) -> bool:
    return bool(record["code"]["impl_sha256"] == code)


def dump(content: Record) -> str:
    """Format JSON as in record files."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def load_of_device(folder: Path, slug: str, name: str) -> list[Record]:
    """The records of one device in one folder; none if the file is missing or broken."""
    return _read(folder / slug / f"{name}.json", name)[0]


def load_records(name: str, places: Iterable[Path] | None = None, code: str = "") -> Found:
    """Read the records of every place, by default `record_folders()`. For each device and kind, the first ones count.

    For benchmarks of the same code, the first ones of each case and precision count, so timing one case does not hide
    the others; a full one always counts before a quick one.

    Args:
        code: hash of the current code. Its records take precedence, so that measurements made before an update do not
            hide those that came with it.
    """
    devices: dict[str, list[list[Record]]] = {}
    warnings: list[str] = []
    for folder in places or map(Path, record_folders()):
        for device in sorted(folder.glob("*/")):
            read, warning = _read(device / f"{name}.json", name)
            warnings += [warning] if warning else []
            devices.setdefault(device.name, []).append(read)
    return Found([record for found in devices.values() for record in _counting(found, code)], warnings)


def _counting(found: Sequence[Sequence[Record]], code: str) -> list[Record]:
    """The records of one device that count, given file by file."""
    counting: list[Record] = []
    for is_current in (True, False):
        for records in found:
            part = [record for record in records if _is_of(record, code) == is_current]
            counting = [record for record in counting if not any(_is_less(record, than) for than in part)]
            counting += _without_replaced(part, counting)
    return _by_kind(counting)


def current(found: Implementation | TrainedModel, records: Sequence[Record], sources: Sources | None = None
            ) -> list[Record]:
    """The records that are about the current code.

    Args:
        sources: the code, for callers that check many implementations, since these import the same files.
    """
    code = (sources or Sources()).hash(found.path) if records else ""
    return [record for record in records if _is_of(record, code)]


def status(implementation: Implementation, records: Sequence[Record], sources: Sources | None = None) -> Status:
    """What the records say about the current code; `stale` if a check, claim or experiment was made with other code.

    The record of a training is about another module and does not count here.
    """
    own = [record for record in records if record["kind"] != "training"]
    if not own:
        return "none"
    now = current(implementation, own, sources)
    judged = {record["kind"] for record in own} - {"bench"}
    if not now or not judged <= {record["kind"] for record in now}:     # new timings alone judge nothing
        return "stale"
    if any(record["kind"] == "experiment" and record not in now for record in own):
        return "stale"
    outcomes = {record["status"] for record in now if record["kind"] == "verify"}
    if "verified" not in outcomes or "failed" in outcomes:
        return "unverified"
    verdicts = {record["verdict"] for record in now if record["kind"] == "claim"}
    if not verdicts:
        return "verified"
    return "claim-held" if verdicts == {"held"} else "claim-not-reproduced"


def training_status(model: TrainedModel, records: Sequence[Record], sources: Sources | None = None) -> TrainingStatus:
    """What the records say about the current training."""
    own = [record for record in records if record["kind"] == "training"]
    now = current(model, own, sources)
    if not now:
        return "stale" if own else "none"
    return "goal-reached" if all(record["reached"] for record in now) else "goal-missed"


def _read(path: Path, name: str) -> tuple[list[Record], str]:
    """The records of a file, and what is wrong if it is broken or not ours; a missing file has no records."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [], ""
    except (OSError, ValueError) as error:
        return [], f"{path}: cannot be read ({error}); delete it, and the next run recreates it"
    problem = _problem(content, name)
    return ([], f"{path}: {problem}; delete it, and the next run recreates it") if problem else (content["records"], "")


def _problem(content: Any, name: str) -> str:
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return f"schema is not {SCHEMA}"
    if content.get("impl") != name:
        return f"is about {content.get('impl')!r}, not about {name!r}"
    if not isinstance(content.get("records"), list):
        return "has no list of records"
    for number, record in enumerate(content["records"]):
        kind = record.get("kind") if isinstance(record, dict) else None
        if not isinstance(kind, str) or kind not in NEEDED:
            return f"record {number} is not a {', '.join(NEEDED)} record"
        lacking = [name for name, wanted in NEEDED[kind].items() if not isinstance(record.get(name, ...), wanted)]
        if lacking:
            return f"record {number} is not a complete {kind} record ({', '.join(lacking)})"
        if not isinstance(record.get("code"), dict) or not isinstance(record["code"].get("impl_sha256"), str):
            return f"record {number} does not say which code it is about"
    return ""
