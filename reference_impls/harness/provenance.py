"""The head of every record: on which machine, with which code, and when."""
import datetime
import platform
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import torch

from reference_impls.harness import files
from reference_impls.harness.check import absent
from reference_impls.harness.parallel import world
from reference_impls.harness.places import ROOT
from reference_impls.harness.registry import Implementation, Study, TrainedModel, source_hash


def device_slug(device: str) -> str:
    """Folder name for records of this kind of device: `cpu-x86-64`, `nvidia-h200`, or `nvidia-h200-x8` for eight."""
    name = f"cpu {platform.machine()}" if device == "cpu" else torch.cuda.get_device_name(device)
    return files.slug(name, f"x{world()}" if world() > 1 else "")


def device_name(device: str) -> str:
    """The maker's name for the device; for an absent device, the name it was requested by."""
    if device == "cpu":
        return _processor()
    return device if absent(device) else torch.cuda.get_device_name(device)


def environment(device: str) -> dict[str, Any]:
    """What timings and rounding depend on. Of an absent device only the name is given: no driver, and `sm` is 0."""
    on_gpu = device != "cpu" and not absent(device)
    major, minor = torch.cuda.get_device_capability(device) if on_gpu else (0, 0)
    return {
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "",
        "driver": _driver() if on_gpu else "",
        "device": device_name(device),
        "sm": 10 * major + minor,
        "threads": 1,
        "tf32": torch.backends.cuda.matmul.allow_tf32,
        "world": world(),
    }


def code(found: Implementation | TrainedModel | Study) -> dict[str, Any]:
    """The commit of the checkout, whether the implementations differ from it, and the hash of what ran.

    An installed paperkb has no commit, even if its environment is inside somebody's repository.
    """
    here = ("git", "-C", ROOT)
    is_checkout = bool(_output(*here, "ls-files", "--", "harness"))
    return {
        "git": _output(*here, "rev-parse", "HEAD") if is_checkout else "",
        "dirty": is_checkout and bool(_output(*here, "status", "--porcelain", "--", ".")),
        "impl_sha256": source_hash(found.path),
    }


def now() -> str:
    """The current time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _processor() -> str:
    """The processor's name, or its architecture if the system does not give the name."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


@cache
def _driver() -> str:
    return _output("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader").partition("\n")[0]


def _output(*command: str) -> str:
    """What a command prints; empty if it is missing or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
