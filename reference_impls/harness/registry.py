"""Find the implementations and read their cards without running them, so that listing needs no torch."""
import ast
import hashlib
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from reference_impls.harness import places
from reference_impls.harness.card import Card, Scaling, Training
from reference_impls.harness.literal import CardError, declared, reject

ROOT = Path(places.ROOT)
PACKAGE = ROOT.name
TRAINED, SCALING = "trained", "scaling"     # folders of trainings and growth studies; all others are families
NOT_BEHAVIOR = {ROOT / "harness" / f"{name}.py" for name in ("card", "picture", "trainer", "trial")}
IMPORT = re.compile(rb"[ \t]*((?:from|import)[ \t]+" + PACKAGE.encode() + rb"[^\n(]*(?:\([^)]*\))?)")

BESIDE = re.compile(rb'Path\(__file__\)\.with_name\("([^"]+)"\)')


@dataclass(frozen=True)
class Implementation:
    """One module under `reference_impls/<family>/`: its card, the card's line, and the docstring's first line."""

    card: Card
    family: str
    path: Path
    line: int
    summary: str


@dataclass(frozen=True)
class TrainedModel:
    """One module under `reference_impls/trained/`: its header, the header's line, and the docstring's first line."""

    training: Training
    path: Path
    line: int
    summary: str


@dataclass(frozen=True)
class Study:
    """One module under `reference_impls/scaling/`, with its header."""

    scaling: Scaling
    path: Path


T = TypeVar("T")


@dataclass(frozen=True)
class Registry:
    """Implementations and trainings by id, sorted by id, and the problems of files that could not be read."""

    implementations: dict[str, Implementation] = field(default_factory=dict)
    trainings: dict[str, TrainedModel] = field(default_factory=dict)
    problems: list[CardError] = field(default_factory=list)

    @property
    def runnable(self) -> dict[str, Implementation | TrainedModel]:
        """What `run` runs, by name: a training takes precedence over an implementation of the same name."""
        return {**self.implementations, **self.trainings}

    def problem_of(self, name: str) -> CardError | None:
        """The problem of the file that should have this id."""
        return next((each for each in self.problems if f"/{name.replace('-', '_')}.py:" in str(each)), None)


def scan(root: Path = ROOT) -> Registry:
    """Read every `<root>/<family>/<name>.py`. A broken card becomes a problem and hides no other implementation."""
    found: dict[str, Implementation] = {}
    problems: list[CardError] = []
    for path in sorted(root.glob("*/[!_]*.py")):
        if path.parent.name in ("harness", TRAINED, SCALING):
            continue
        try:
            implementation = read(path)
        except CardError as error:
            problems.append(error)
        else:
            twin = found.setdefault(implementation.card.id, implementation)
            if twin is not implementation:
                problems.append(CardError(f"{path}:1:1: {twin.path} already has this id; rename one of them"))
    trainings: dict[str, TrainedModel] = {}
    for path in sorted(root.glob(f"{TRAINED}/[!_]*.py")):
        try:
            model = read_training(path, found)
        except CardError as error:
            problems.append(error)
        else:
            trainings[model.training.id] = model
    return Registry(dict(sorted(found.items())), dict(sorted(trainings.items())), problems)


def find(name: str, root: Path = ROOT) -> Implementation:
    """The implementation with this id, or the one that the training with this id trains.

    Raises:
        LookupError: there is none; the message suggests similar names.
        CardError: its card cannot be read.
    """
    registry = scan(root)
    if name in registry.trainings and name not in registry.implementations:
        name = registry.trainings[name].training.implementation
    return _named(name, registry.implementations, registry)


def find_runnable(name: str, root: Path = ROOT) -> Implementation | TrainedModel:
    """What `run` runs: the training with this id, else the implementation.

    Raises:
        LookupError: there is none; the message suggests similar names.
        CardError: its card cannot be read.
    """
    registry = scan(root)
    return _named(name, registry.runnable, registry)


def studies(root: Path = ROOT) -> dict[str, Study]:
    """The growth studies by id, sorted by id.

    Raises:
        CardError: a header cannot be read, its id is not the file's name, or its sizes do not increase.
    """
    found = {}
    for path in sorted(root.glob(f"{SCALING}/[!_]*.py")):
        header = declared(path, "SCALING", Scaling)
        _check_id(header.value.id, path, header.node)
        if len(sizes := header.value.sizes) < 2 or sizes != sorted(set(sizes)) or sizes[0] < 1:
            reject(path, header.node, "sizes must be two or more positive numbers in increasing order")
        found[header.value.id] = Study(header.value, path)
    return found


def find_study(name: str, root: Path = ROOT) -> Study:
    """The growth study with this id.

    Raises:
        LookupError: there is none; the message suggests similar names.
        CardError: the header of a study cannot be read.
    """
    return _named(name, studies(root), Registry(), "growth study")


def _named(name: str, among: Mapping[str, T], registry: Registry, what: str = "implementation") -> T:
    if name in among:
        return among[name]
    if problem := registry.problem_of(name):
        raise problem
    import difflib

    near = difflib.get_close_matches(name, among, 3) or list(among)
    raise LookupError(f"no {what} {name!r}; did you mean {', '.join(near)}?")


def load(found: Implementation | TrainedModel | Study) -> ModuleType:
    """Import the module. Only this step needs torch."""
    path = found.path
    if path.is_relative_to(ROOT):
        return importlib.import_module(".".join((PACKAGE, *path.relative_to(ROOT).with_suffix("").parts)))
    return execute(path, f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}")


def execute(path: Path, name: str) -> ModuleType:
    """Import a file under a name of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)   # dataclasses look up their module there
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> Implementation:
    """Read the docstring and card of one module.

    Raises:
        CardError: the card cannot be read, its id is not the file's name, or it is only half an experiment.
    """
    found = declared(path, "CARD", Card)
    card = found.value
    _check_id(card.id, path, found.node)
    if (card.role == "experiment") != (card.experiment is not None):
        reject(path, found.node, "role 'experiment' and experiment=Experiment(...) require each other")
    if card.experiment and (card.claim or card.oracle):
        reject(path, found.node, "an experiment has no claim and no oracle")
    return Implementation(card, path.parent.name, path, found.node.lineno, found.summary)


def read_training(path: Path, implementations: Collection[str]) -> TrainedModel:
    """Read the docstring and header of one module that trains one of these implementations.

    Raises:
        CardError: the header cannot be read, its id is not the file's name, or there is no such implementation.
    """
    found = declared(path, "TRAINING", Training)
    _check_id(found.value.id, path, found.node)
    if found.value.implementation not in implementations:
        reject(path, found.node, f"there is no implementation {found.value.implementation!r} to train")
    return TrainedModel(found.value, path, found.node.lineno, found.summary)


def _check_id(name: str, path: Path, node: ast.expr) -> None:
    expected = path.stem.replace("_", "-")
    if name != expected:
        reject(path, node, f"id {name!r} must be the module's name, {expected!r}")


def source_hash(path: Path) -> str:
    """SHA-256 over the module and every file under `reference_impls/` that it imports or reads, directly or indirectly.

    Files that it reads are recognized by `Path(__file__).with_name("...")`.
    """
    return Sources().hash(path)


class Sources:
    """The current files under `reference_impls/`. Each is read once, no matter how many others import it."""

    def __init__(self) -> None:
        self._modules: dict[str, list[Path]] = {}
        self._read: dict[Path, tuple[bytes, list[Path]]] = {}
        self._hashes: dict[Path, str] = {}
        for folder, _, names in os.walk(ROOT):
            for name in names:
                if name.endswith(".py"):
                    path = Path(folder, name)
                    module = path.parent if name == "__init__.py" else path.with_suffix("")
                    self._modules.setdefault(".".join((PACKAGE, *module.relative_to(ROOT).parts)), []).append(path)

    def hash(self, path: Path) -> str:
        """`source_hash`, without files that only declare or draw (card.py, picture.py, ...) and change no behavior."""
        if path not in self._hashes:
            seen, todo = set(), [path]
            while todo:
                current = todo.pop()
                if current not in seen and current not in NOT_BEHAVIOR:
                    seen.add(current)
                    todo.extend(self._file(current)[1])
            digest = hashlib.sha256()
            for current in sorted(seen, key=lambda each: (each != path, each)):
                digest.update(current.name.encode() + b"\0" + self._file(current)[0] + b"\0")
            self._hashes[path] = digest.hexdigest()
        return self._hashes[path]

    def _file(self, path: Path) -> tuple[bytes, list[Path]]:
        """The content of a file, and the files of this package that it reads or imports, also inside functions."""
        if path not in self._read:
            source, used = path.read_bytes(), list[Path]()
            if path.suffix == ".py":
                used = [file for name in _imported_names(source) for file in self._modules.get(name, ())]
                used += [path.with_name(name.decode()) for name in BESIDE.findall(source)]
            self._read[path] = source, used
        return self._read[path]


def _imported_names(source: bytes) -> tuple[str, ...]:
    """Imported modules of this package, and the names imported from them, which may be modules too."""
    try:        # only the import statements: a twentieth of the work of parsing it all
        trees = [ast.parse(statement) for statement in _import_statements(source)]
    except SyntaxError:     # a line of prose that starts like an import, or an import over several lines
        trees = [ast.parse(source)]
    names: list[str] = []
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(name for name in names if name.startswith(PACKAGE + "."))


def _import_statements(source: bytes) -> Iterator[bytes]:
    """Import statements that name this package first, found by searching for its name, which few lines contain."""
    name, end = PACKAGE.encode(), 0
    while (at := source.find(name, end)) >= 0:
        end = at + len(name)
        if (found := IMPORT.match(source, source.rfind(b"\n", 0, at) + 1)) and found.end() >= end:
            end = found.end()
            yield found[1]
