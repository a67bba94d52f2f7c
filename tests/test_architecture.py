"""The packages and which way imports go, and what a question to the notes must never load."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("kb", "linker", "cli", "reference_impls", "paperkb")
MAY_IMPORT = {
    "kb": {"kb"},
    "linker": {"linker", "kb"},
    "cli": {"cli", "linker", "kb", "reference_impls"},
    "reference_impls": {"reference_impls"},
    "paperkb": {"cli", "linker", "kb"},
}
OTHERS = {"reference_impls": {"torch", "numpy", "sklearn"}}
ONLY_IN = {
    "torch": {"reference_impls"},
    "sklearn": {"reference_impls"},
    "typer": {"cli"},
    "rich": {"cli"},
    "mcp": {"cli"},
    "arxiv": {"linker"},
    "requests": {"linker"},
    "lxml": {"linker"},
    "sqlite3": {"kb", "cli"},
}


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports name their package"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_go_one_way(room: str) -> None:
    files = sources(room)
    assert files
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files
        for line, name in ((line, name.partition(".")[0]) for line, name in imported(path))
        if (name in (*ROOMS, "papers", "benchmarks", "tests") and name not in MAY_IMPORT[room])
        or (room in OTHERS and name not in sys.stdlib_module_names | OTHERS[room] | MAY_IMPORT[room])
        or (name in ONLY_IN and room not in ONLY_IN[name])
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_have_no_circles() -> None:
    """Nor those inside functions: each module can be understood before the ones that use it."""
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for room in ROOMS for path in sources(room)}
    of_module = {
        name: {known for _, said in imported(path) for known in (said, said.rpartition(".")[0]) if known in modules}
        for name, path in modules.items()
    }
    list(TopologicalSorter(of_module).static_order())  # raises CycleError, which names the circle


HEAVY = ("torch", "numpy", "sklearn", "networkx", "pydantic")
UNUSED = ("typer", "rich", "typing", "pathlib", "dataclasses", "inspect", "hashlib", "_hashlib")
"""Modules that plain command lines do without, because each would take a good part of their time."""
FOR_OTHERS = (*UNUSED, "html", "kb.dates", "kb.walk")
"""And those that questions to an up-to-date index do without."""
PLAIN = (
    "query tag:nlp year:2017..2019 attention",
    "timeline tag:nlp",
    "lineage lora",
    "lineage lora --to batchnorm",
    "patterns",
    "patterns gaps",
)


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        *((command, HEAVY) for command in ("timeline --json", "check --links papers", "--help")),
        *((command, (*HEAVY, "typer", "rich")) for command in ("query", "check")),
        *((command, UNUSED) for command in ("index", "query tag:nlp", "show lora", "timeline", "patterns gaps")),
        *((f"--no-refresh {command}", (*HEAVY, *FOR_OTHERS)) for command in PLAIN),
    ],
)
def test_questions_load_nothing_heavy(command: str, unwanted: tuple[str, ...], indexed: Path) -> None:
    program = (
        "import sys; from cli.main import main; "
        f"code = main({command.split()}); "
        f"loaded = [name for name in {unwanted} if name in sys.modules]; "
        "sys.exit(f'{code} {loaded}' if code == 1 or loaded else 0)"
    )
    done = ask(program, indexed)
    assert done.returncode == 0, done.stderr


def test_a_changed_note_with_common_front_matter_is_reread_without_the_yaml_parser(tmp_path: Path) -> None:
    note = tmp_path / "vault" / "n.md"
    (tmp_path / "vault" / ".obsidian").mkdir(parents=True)
    matter = "title: 1 bit is enough\ndoi: 10.48550/arXiv.1412.6980\narxiv: 1412.6981\ndate created: 2024-05-01"
    for text in ("first", "second"):
        note.write_text(f"---\n{matter}\n---\n{text}\n")
        program = f"import os, sys; from cli.main import main; os.chdir('{note.parent}'); code = main(['index'])"
        done = ask(f"{program}; sys.exit(code or ('yaml is loaded' if 'yaml' in sys.modules else 0))", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 changed" in done.stdout


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder where the curated vault has been read, because reading loads more than asking."""
    home = tmp_path_factory.mktemp("home")
    assert ask("from cli.main import main; main(['index'])", home).returncode == 0
    return home


def test_no_command_asks_the_network(indexed: Path, tmp_path: Path) -> None:
    """As `--offline` promises, and the README even without it."""
    files = (f"timeline -o {tmp_path}/page.html", f"timeline -o {tmp_path}/picture.svg", f"site {tmp_path}/site")
    lines = ["query attention", "show lora", "lineage lora", "check", "export --format csl", *files]
    program = (
        "import sys; from cli.main import main\n"
        "def note(event, arguments):\n"
        "    if event.startswith(('socket.', 'urllib.', 'http.client.')): sys.exit(f'{event} {arguments}')\n"
        "sys.addaudithook(note)\n"
        f"sys.exit(1 in [main(line.split()) for line in {lines}])"
    )
    done = ask(program, indexed)
    assert done.returncode == 0, done.stderr


def ask(program: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "papers",
        env={"PATH": "", "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_program_does_not_know_the_workshop() -> None:
    """Nothing that ships names a place outside the project."""
    outside = ("/work" + "/", "../" + "shared")
    named = [
        f"{path.relative_to(ROOT)}"
        for folder in (*ROOMS, "papers", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".sql", ".txt", ".toml")
        and any(name in path.read_text("utf-8") for name in outside)
    ]
    assert not named
