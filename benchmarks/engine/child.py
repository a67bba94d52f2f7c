"""Run one command and measure it from outside: `python -I -S child.py OUTPUT WATCH COMMAND...` prints one JSON line.

This is a small process of its own, because the kernel counts the memory of the parent, while it starts a program, as
the program's own. It imports nothing of ours.
"""

import json
import os
import subprocess
import sys
import time

_EVERY = 0.01
"""Seconds between two samples of the memory of all processes."""


def main(output: str, watch: str, *command: str) -> None:
    """Run with standard output and error in a file; `watch` (0 or 1) samples the memory of all its processes."""
    with open(output, "wb") as file:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
        together = _watched(process.pid) if watch == "1" else 0
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    print(json.dumps({
        "code": os.waitstatus_to_exitcode(status),
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,     # including all children that it waited for
        "peak": max(together, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)),
    }))


def _watched(pid: int) -> int:
    """The peak memory of a process and its children, shared pages counted once; 0 if /proc does not give it."""
    most = 0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        most = max(most, _memory(pid))
        time.sleep(_EVERY)
    return most


def _memory(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            own = sum(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
        children: list[str] = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children += file.read().split()
    except OSError:         # the process has ended, or this system has no such files
        return 0
    return own + sum(_memory(int(child)) for child in children)


main(*sys.argv[1:])
