"""`python -m tests.fuzz [TARGET...] --seconds N`: fuzz each target for N seconds; exits with 1 if anything was found.

libFuzzer ends the process when it is done, so each target has its own. What it learned stays under `runs/fuzz`.
"""

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
SEEDS = {"growth": "note", "mended": "note"}
"""Targets that start from the seeds of another."""
OWN_LENGTH = {"growth": 200, "words": 300, "query": 300}
LENGTH = 4096


def main() -> int:
    """Run one process for each target, one after another."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        fuzz(asked.targets[0], asked.seconds)
    from tests.fuzz.targets import TARGETS

    unknown = sorted(set(asked.targets) - set(TARGETS))
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)} - targets are {', '.join(TARGETS)}")
    found = []
    for name in asked.targets or TARGETS:
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(asked.seconds), "--here"]
        if subprocess.run(command, check=False).returncode:
            found.append(name)
    print(f"found something: {', '.join(found)} - see {FOLDER / 'findings'}" if found else "nothing found")
    return 1 if found else 0


def fuzz(name: str, seconds: int) -> None:
    """Fuzz in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["kb", "linker"]):
        from tests.fuzz.targets import TARGETS

    learned = FOLDER.parents[1] / "runs" / "fuzz" / name
    learned.mkdir(parents=True, exist_ok=True)
    findings = FOLDER / "findings"
    findings.mkdir(exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={OWN_LENGTH.get(name, LENGTH)}",
        f"-artifact_prefix={findings / name}-",
        f"-dict={FOLDER / 'words.dict'}",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(learned), str(FOLDER / "seeds" / SEEDS.get(name, name))], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
