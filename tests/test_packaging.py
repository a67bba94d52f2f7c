"""The wheel alone, in an empty folder: it answers, reads a user's folder, and says how to get torch."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
Shell = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow

NO_TORCH = "import sys; sys.modules.update(dict.fromkeys(('torch', 'numpy', 'sklearn')));"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of the wheel and nothing else."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    wheels, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, ROOT], check=True)
    [wheel] = wheels.glob("paperkb-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", target, wheel], check=True)
    return target


@pytest.fixture
def paperkb(installed: Path, tmp_path: Path) -> Shell:
    """Run the installed command in an empty folder."""
    (tmp_path / "empty").mkdir()
    starter = "import sys, cli.main; assert cli.__file__.startswith(sys.argv.pop(1)); cli.main.run()"

    def run(*arguments: str, start: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-c", start + starter, str(installed), *arguments],
            cwd=tmp_path / "empty",
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(installed),
                "PYTHONUTF8": "1",
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                "XDG_DATA_HOME": str(tmp_path / "data"),
            },
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )

    return run


def test_the_curated_vault_answers(paperkb: Shell) -> None:
    done = paperkb("query", "pattern:multi-x", "--format", "keys")
    assert (done.stderr, done.returncode) == ("", 0)
    assert {"moe", "transformer"} <= set(done.stdout.split())


def test_a_folder_of_ones_own_lies_on_the_curated_vault(paperkb: Shell, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "mine.md").write_text("---\ntitle: Mine\narxiv: '1706.03762'\n---\n\nRead it.\n")
    assert ": 1 document, 1 paper, 0 ghosts\n" in paperkb("--vault", str(notes), "index").stdout
    shown = paperkb("--vault", str(notes), "show", "1706.03762").stdout
    assert "paperkb run transformer" in shown


def test_records_are_in_the_wheel_and_shown(paperkb: Shell, installed: Path) -> None:
    name = min(path.stem for path in (installed / "benchmarks" / "records").glob("*/*.json"))
    shown = json.loads(paperkb("show", f"impl:{name}", "--json").stdout)
    assert shown["code"]["records"]


def test_without_torch_questions_are_answered_and_run_says_how_to_get_it(paperkb: Shell) -> None:
    assert paperkb("query", "has:code", "--format", "keys", start=NO_TORCH).returncode == 0
    for command in (("run", "lora"), ("verify", "lora"), ("bench", "lora")):
        done = paperkb(*command, start=NO_TORCH)
        assert done.returncode == 1
        assert done.stderr == "paperkb: this needs torch - install paperkb with its extra `torch`\n"


def test_the_wheel_holds_the_program_and_nothing_else(installed: Path) -> None:
    top = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert top - {"bin", "__pycache__"} == {
        "kb",
        "linker",
        "cli",
        "reference_impls",
        "papers",
        "benchmarks",
        "paperkb",
    }
    assert not list(installed.rglob("*.sqlite*"))


def test_a_type_checker_sees_what_answers_hold(installed: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    [packages] = (tmp_path / "venv").rglob("site-packages")
    (packages / "paperkb.pth").write_text(f"{installed}\n")
    (tmp_path / "use.py").write_text(
        "import paperkb\n\nwith paperkb.open() as vault:\n"
        "    vault.query().papers[0].year + 1\n    vault.check()[0].severity.lower()\n"
    )
    python = min((tmp_path / "venv").rglob("python"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "use.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith('use.py:4: error: Unsupported operand types for + ("None" and "int")')
    assert "Found 1 error" in done.stdout
