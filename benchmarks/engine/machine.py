"""The machine and software that the figures depend on, besides the program."""

import os
import platform
import re
import sqlite3
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.engine.stage import PROJECT
from reference_impls.harness import files

_PACKAGES = ("pyromark", "PyYAML", "typer", "rich")


def machine() -> dict[str, Any]:
    """The processor, memory, system, Python and relevant packages."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def slug(described: dict[str, Any]) -> str:
    """A file name for records of this machine."""
    system, *_, kind = described["system"].split()
    return files.slug(system, kind, described["processor"], described["cores"], "cores")


def load() -> float:
    """The average number of runnable processes over the last minute."""
    return round(os.getloadavg()[0], 2)


def commit() -> str:
    """The commit of the checkout, with a `+` if the program differs from it; empty outside a checkout."""
    git = ("git", "-C", str(PROJECT))
    try:
        said = [subprocess.run((*git, *words), capture_output=True, text=True, check=True).stdout.strip() for words in
                (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--", "kb", "linker", "cli"))]
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said[0] + "+" * bool(said[1])


def _processor() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
