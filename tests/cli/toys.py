"""A copy of the product with toys as implementations, and a vault of one note about them."""

import shutil
from pathlib import Path

from tests.cli.conftest import ROOT
from tests.reference_impls.conftest import TOY, TRAINED_TOY, TRIED_TOY

TOYS = {
    "toys/toy_scale.py": TOY,
    "experiments/toy_question.py": TRIED_TOY,
    "trained/toy_line.py": TRAINED_TOY,
    "trained/toy_scale.py": TRAINED_TOY.replace("toy-line", "toy-scale"),
    "trained/toy_steps.py": TRAINED_TOY.replace("toy-line", "toy-steps").replace(
        "def step(number):\n", "def step(number):\n        print(number, flush=True)\n"
    ),
}
NOTE = "---\ntitle: A Toy\nkey: toy\nkind: paper\nimplementation: toy-scale\n---\n"


def make_product(copy: Path) -> Path:
    """Write the packages, with the toys, and the vault into an empty folder."""
    for package in ("kb", "linker", "cli"):
        shutil.copytree(ROOT / package, copy / package)
    for name in ("__init__.py", "__main__.py", "harness"):
        source, target = ROOT / "reference_impls" / name, copy / "reference_impls" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    for name, source_text in TOYS.items():
        (copy / "reference_impls" / name).parent.mkdir(exist_ok=True)
        (copy / "reference_impls" / name).write_text(source_text, "utf-8")
    (copy / "vault").mkdir()
    (copy / "vault" / "paperkb.toml").touch()
    (copy / "vault" / "toy.md").write_text(NOTE, "utf-8")
    return copy
