"""The measured operations: floors, and what people do, each with the command they type and the answer it must give."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks.engine.stage import CURATED, HERE, Run, Stage
from benchmarks.engine.truth import Question
from benchmarks.engine.vault import key

LIMIT = 20


class WrongAnswer(Exception):
    """A command failed, or its answer differs from what the generator knows; the message says how."""


class NoSuchCommand(Exception):
    """A command line that this version of `paperkb` does not understand."""


@dataclass(frozen=True)
class Operation:
    """One line of the table.

    Args:
        name: its name in records.
        label: its name in tables.
        command: what runs; for the commands that people type, `paperkb`.
        check: raises WrongAnswer if the output is wrong.
        floor: the operation that this time is shown as a multiple of; floors have none.
        prepare: called before each run, not timed.
        is_long: whether fewer runs are enough.
    """

    name: str
    label: str
    command: tuple[str, ...]
    check: Callable[[str], None] = lambda output: None
    floor: str = ""
    prepare: Callable[[], object] = lambda: None
    is_long: bool = False

    def run(self, stage: Stage, watch: bool = False) -> Run:
        """Prepare, run and check.

        Raises:
            WrongAnswer: the exit code is not 0, or the check fails.
            NoSuchCommand: the command line is not understood.
        """
        self.prepare()
        found = stage.run(self.command, watch)
        if "- see `paperkb " in found.output:
            raise NoSuchCommand(found.output.strip().removeprefix("paperkb: "))
        if found.code:
            raise WrongAnswer(f"exit code {found.code}: {' '.join(found.output[-300:].split())}")
        self.check(found.output)
        return found


def floors(stage: Stage) -> list[Operation]:
    """Lower bounds: nothing of this kind can be faster."""
    return [
        Operation("python", "floor: Python starts", (sys.executable, "-c", "pass")),
        Operation("typer", "floor: a Typer command that does nothing",
                  (sys.executable, str(HERE / "bare_typer.py"), "nothing"), floor="python"),
        Operation("stat", "floor: list and stat all files", _looks(stage, "stat")),
        Operation("read", "floor: read all bytes, from the page cache", _looks(stage, "read")),
    ]


def from_disk(stage: Stage) -> list[Operation]:
    """The floor and the cold index again, with the page cache dropped before each run."""

    def forget() -> None:
        stage.forget_fresh()
        stage.drop_cache()

    return [
        Operation("read-disk", "floor: read all bytes, from the disk", _looks(stage, "read"), prepare=stage.drop_cache),
        Operation("cold-disk", "cold index, from the disk", stage.paperkb("index", "--json", fresh=True),
                  _counts(stage, added=True), "read-disk", forget),
    ]


def _looks(stage: Stage, what: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", str(HERE / "floors.py"), what, str(stage.vault), str(CURATED))


def what_people_do(stage: Stage) -> list[Operation]:
    """Index, ask, look at one paper. Questions never use the index that is rebuilt."""
    truth, index, still = stage.truth, stage.paperkb("index", "--json"), "--no-refresh"

    def refresh() -> None:
        """Make sure that no change is pending, even if an earlier operation changed a note."""
        stage.run(index)

    def query(name: str, label: str, question: Question, *options: str) -> Operation:
        command = stage.paperkb(*options, "query", question.text, "--limit", str(LIMIT))
        return Operation(name, label, command, _rows(question), "python")

    def other(name: str, label: str, says: set[str], *words: str) -> Operation:
        return Operation(name, label, stage.paperkb(*words), _says(says), "python")

    def refreshed(operation: Operation) -> Operation:
        return replace(operation, floor="stat", prepare=refresh)

    note = str(stage.vault / truth.last.path)     # what an editor's hook would pass
    last, parents = key(truth.last.number), {key(number) for number in truth.last.builds_on}
    return [
        Operation("cold", "cold index", stage.paperkb("index", "--json", fresh=True), _counts(stage, added=True),
                  "read", stage.forget_fresh, is_long=True),
        Operation("cold-own", "cold index, these notes alone (`--own`)",
                  stage.paperkb("--own", "index", "--json", fresh=True), _counts(stage, added=True), "read",
                  stage.forget_fresh, is_long=True),
        Operation("noop", "refresh, nothing changed", index, _counts(stage), "stat", refresh),
        Operation("known", "refresh, one note changed, its path known", stage.paperkb("index", note, "--json"),
                  _changed_one, "python", stage.change_a_note),
        Operation("changed", "refresh, one note changed, found by scan", index, _counts(stage, changed=1), "stat",
                  stage.change_a_note),
        query("query", "query: tag and year", truth.tag_and_year, still),
        refreshed(query("query-refresh", "query: tag and year, with refresh", truth.tag_and_year)),
        query("text", "query: word, tag and year", truth.words_too, still),
        query("ancestors", "query: all that led to the newest paper", truth.ancestors, still),
        query("descendants", "query: all that builds on an old paper", truth.descendants, still),
        other("show", "show a paper", {last, *parents}, still, "show", last),
        refreshed(other("show-refresh", "show a paper, with refresh", {last, *parents}, "show", last)),
        other("help", "--help", {"query", "index"}, "--help"),
        other("lineage", "lineage, one step", parents, still, "lineage", last, "--depth", "1"),
        other("patterns", "patterns", {"attention"}, still, "patterns"),
        Operation("timeline", "timeline: tag and year", stage.paperkb(still, "timeline", truth.tag_and_year.text),
                  _dots(truth.tag_and_year), "python", is_long=True),
        Operation("check", "check", stage.paperkb(still, "check"), _says({"0 errors, 0 warnings, 0 notices"}),
                  "python", is_long=True),
    ]


def verify(stage: Stage) -> None:
    """Build the index for the questions, and check all keys of every answer.

    Raises:
        WrongAnswer: an answer lacks a paper or has one too many.
    """
    stage.run(stage.paperkb("index"))
    truth = stage.truth
    for question in (truth.tag_and_year, truth.words_too, truth.ancestors, truth.descendants):
        found = set(stage.run(stage.paperkb("--no-refresh", "query", question.text, "--format", "keys")).output.split())
        if found != question.keys:
            raise WrongAnswer(f"`{question.text}`: {len(found)} papers, {len(found - question.keys)} of them wrong; "
                              f"the generator knows {len(question.keys)}")


def _counts(stage: Stage, *, added: bool = False, changed: int = 0) -> Callable[[str], None]:
    """Check `index --json`: all notes and all real links, no other links, and the expected number of changes."""
    truth = stage.truth
    right = {"documents": truth.notes, "papers": truth.notes, "ghosts": 0, "diagnostics": 0,
             "links": {"resolved": truth.links, "ambiguous": 0, "missing": 0, "external": 0}}

    def check(output: str) -> None:
        said = json.loads(output)
        for name, value in right.items():
            if said[name] != value:
                raise WrongAnswer(f"{name} {said[name]}, the generator knows {value}")
        new = said["changed"]
        if (new["added"] >= truth.notes) != added or new["changed"] != changed or new["removed"]:
            raise WrongAnswer(f"read again {new}")

    return check


def _changed_one(output: str) -> None:
    if json.loads(output)["changed"] != {"added": 0, "changed": 1, "removed": 0}:
        raise WrongAnswer(f"read again {json.loads(output)['changed']}")


def _rows(question: Question) -> Callable[[str], None]:
    """Check a table of the first papers: a header, then date and key in each line."""

    def check(output: str) -> None:
        found = [line.split()[1] for line in output.splitlines()[1:]]
        if len(found) != min(LIMIT, len(question.keys)) or not question.keys.issuperset(found):
            raise WrongAnswer(f"`{question.text}`: {len(found)} rows, or wrong ones")

    return check


def _dots(question: Question) -> Callable[[str], None]:
    def check(output: str) -> None:
        found = sum("○  " in line for line in output.splitlines())
        if found != len(question.keys):
            raise WrongAnswer(f"{found} papers, the generator knows {len(question.keys)}")

    return check


def _says(words: set[str]) -> Callable[[str], None]:
    def check(output: str) -> None:
        missing = sorted(word for word in words if word not in output)
        if missing:
            raise WrongAnswer(f"does not mention {', '.join(missing)}")

    return check
