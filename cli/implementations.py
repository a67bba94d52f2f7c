"""The installed implementations as the graph knows them: what their cards declare and their records say."""

import os
from contextlib import suppress

from kb.digest import blake2b
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kb.model import Implementation
    from reference_impls.harness.records import Found as Records
    from reference_impls.harness.registry import Implementation as Found
    from reference_impls.harness.registry import Registry, Sources, TrainedModel


class Installed:
    """Everything under `reference_impls/`, read from literal headers; torch is never imported."""

    def signature(self) -> str:
        """One hash over the stamps of all modules and records; times alone may be alike after an installation."""
        stamps = sorted(f"{path}:{s.st_mtime_ns}:{s.st_ctime_ns}:{s.st_size}" for path, s in self._files())
        return blake2b(os.fsencode("\n".join(stamps)), digest_size=16).hexdigest()

    def _files(self) -> "Iterator[tuple[str, os.stat_result]]":
        from reference_impls.harness.places import ROOT, growth_folders, record_folders

        measured = ((folder, (".json",)) for folder in (*record_folders(), *growth_folders()))
        for root, endings in ((ROOT, (".py", ".txt")), *measured):
            with suppress(FileNotFoundError), os.scandir(root) as folders:
                for folder in folders:
                    if folder.is_dir():
                        with os.scandir(folder) as entries:
                            yield from ((entry.path, entry.stat()) for entry in entries if entry.name.endswith(endings))

    def read(self) -> "list[Implementation]":
        """Cards that can be read, sorted by id; `problems` reports the others."""
        from reference_impls.harness import registry

        known, sources = registry.scan(), registry.Sources()
        growth = _growth(sources)
        return [_as_known(found, known, sources, growth) for found in known.implementations.values()]

    def problems(self) -> list[str]:
        """What is wrong with cards that cannot be read."""
        from reference_impls.harness import registry

        return [str(problem) for problem in registry.scan().problems]


def _growth(sources: "Sources") -> "dict[str, Records]":
    """How costs grow, by the paper that states it; nothing while the header of a study cannot be read."""
    from reference_impls.harness import registry
    from reference_impls.harness.growth_records import growth_of_papers
    from reference_impls.harness.literal import CardError

    with suppress(CardError):  # `scale` says what is wrong with it
        return growth_of_papers(registry.studies().values(), sources)
    return {}


def _as_known(
    found: "Found", known: "Registry", sources: "Sources", growth: "dict[str, Records]"
) -> "Implementation":
    from kb.model import Implementation
    from reference_impls.harness import records

    card, claim, experiment = found.card, found.card.claim, found.card.experiment
    read = records.load_records(card.id, code=sources.hash(found.path))
    kept = read.records
    grown = [] if experiment else [growth[paper] for paper in card.papers if paper in growth]
    status, now = records.status(found, kept, sources), records.current(found, kept, sources)
    return Implementation(
        id=card.id,
        family=found.family,
        role=card.role,
        summary=found.summary,
        papers=tuple(card.papers),
        patterns=tuple(card.patterns),
        symbols=tuple(card.symbols),
        oracle=card.oracle,
        claim=claim.text if claim else "",
        grade=claim.grade if claim else "",
        outcome=claim.outcome if claim else "",
        status="unverified" if status == "none" else status,
        place=(_shown(found.path), found.line),
        records=(
            *({**record, "stale": record not in now} for record in kept if record["kind"] != "training"),
            *({"kind": "growth", "impl": card.id, **curve} for each in grown for curve in each.records),
        ),
        question=experiment.question if experiment else "",
        answer=next((record["answer"] for record in kept if record["kind"] == "experiment"), ""),
        trainings=tuple(_training(model, sources) for model in known.trainings.values()
                        if model.training.implementation == card.id),
        unread=(*read.warnings, *(line for each in grown for line in each.warnings)),
    )


def _training(model: "TrainedModel", sources: "Sources") -> dict[str, object]:
    """What is trained, and its records, each with whether it is stale: made by other code than the current."""
    from reference_impls.harness import records

    header = model.training
    read = records.load_records(header.id, code=sources.hash(model.path))
    kept = [record for record in read.records if record["kind"] == "training"]
    now = records.current(model, kept, sources)
    return {
        "id": header.id,
        "summary": model.summary,
        "metric": header.metric,
        "goal": header.goal,
        "shows": header.shows,
        "status": records.training_status(model, kept, sources),
        "place": (_shown(model.path), model.line),
        "records": [{**record, "stale": record not in now} for record in kept],
        "unread": read.warnings,
    }


def _shown(path: "Path") -> str:
    """Relative to the folder that holds the packages, as a reader would name it."""
    from reference_impls.harness.places import ROOT

    return path.relative_to(os.path.dirname(ROOT)).as_posix()
