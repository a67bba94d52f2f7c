"""The same work by other tools, each in its own environment, which is created on demand and kept."""

import importlib.metadata
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.engine.measure import quantile
from benchmarks.engine.stage import HERE, Stage

_RUNS = 3


@dataclass(frozen=True)
class Peer:
    """A package, what it is asked to do, and the largest vault it is run on."""

    package: str
    most: int
    does: str
    script: str = ""
    command: tuple[str, ...] = ()


PEERS = (
    Peer("obsidiantools", 1_000, "`Vault(...).connect().gather()`", script="peer_obsidiantools.py"),
    Peer("foam-wiki", 10_000, "`load(...)`, every link resolved", script="peer_foam_wiki.py"),
    Peer("foam-wiki", 10_000, "command `tags`", command=("foamwiki", "-w", "{folder}", "tags")),
)


class NotInstalled(Exception):
    """The package cannot be installed here; the message says why."""


def compared(stage: Stage) -> list[dict[str, Any]]:
    """The seconds of each peer, for its whole process and without imports; or why there are none."""
    (stage.folder / "foamwiki.toml").touch()      # foam-wiki opens only folders that look like a workspace
    return [_compared(stage, peer) for peer in PEERS]


def _compared(stage: Stage, peer: Peer) -> dict[str, Any]:
    head = {"tool": peer.package, "does": peer.does}
    if stage.truth.notes > peer.most:
        return {**head, "why_not": f"its time is linear; run up to {peer.most:,} notes"}
    try:
        home = _environment(peer.package)
    except NotInstalled as error:
        return {**head, "why_not": str(error)}
    program = home / "bin"
    if peer.script:
        first, *rest = "python", "-W", "ignore", str(HERE / peer.script), str(stage.folder), str(stage.vault)
    else:
        first, *rest = (word.format(folder=stage.folder) for word in peer.command)
    command = (str(program / first), *rest)
    runs = [stage.run(command) for _ in range(_RUNS)]
    if any(run.code for run in runs):
        return {**head, "why_not": f"it failed: {' '.join(runs[0].output[-200:].split())}"}
    counts = {}
    if peer.script:
        said = [json.loads(run.output.splitlines()[-1]) for run in runs]
        counts = {**said[0], "inside": round(quantile([one["inside"] for one in said], 0.5), 4)}
    return {
        **head,
        "version": _version(home, peer.package),
        "wall": round(quantile([run.wall for run in runs], 0.5), 4),
        "cpu": round(quantile([run.cpu for run in runs], 0.5), 4),
        "peak": max(run.peak for run in runs),
        **counts,
    }


def _environment(package: str) -> Path:
    """The folder of the package's environment, in the user's cache.

    Raises:
        NotInstalled: pip could not install it.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = base / "paperkb-benchmarks" / f"{package}-{sys.version_info[0]}.{sys.version_info[1]}"
    done = home / "done"
    if not done.exists():
        try:
            subprocess.run((sys.executable, "-m", "venv", "--clear", str(home)), check=True, capture_output=True)
            subprocess.run((str(home / "bin" / "python"), "-m", "pip", "install", "-q", package), check=True,
                           capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            said = str(getattr(error, "stderr", "") or error).strip().splitlines()
            raise NotInstalled(f"pip cannot install it: {said[-1] if said else error}") from None
        done.touch()
    return home


def _version(home: Path, package: str) -> str:
    places = [str(path) for path in home.glob("lib/python*/site-packages")]
    return next(found.version for found in importlib.metadata.distributions(name=package, path=places))
