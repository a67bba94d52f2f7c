"""Criteria 3 to 8: the layout engine, measured on its coordinates."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import mean
from time import perf_counter, process_time

import rich

from benchmarks.timeline.criteria import Measured, Unmeasured
from benchmarks.timeline.faults import Drawing, crossings, of_layout, through_labels
from benchmarks.timeline.naive import naive
from benchmarks.timeline.stage import REPOSITORY, SETS, WIDTH, Stage, laid_out, layout_of, paper_set
from cli.render.timeline.layout import kept, layout
from cli.render.timeline.model import Layout, Options
from cli.render.timeline.papers import Paper
from cli.render.timeline.svg import PIXELS

TRIALS = 22                 # papers left out one at a time
PACKAGES = Path(rich.__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


def labelled(_: Stage) -> Measured:
    """3: papers whose whole label is in the picture."""
    drawn = {"64": laid_out("64"), "500": laid_out("500", 2000)}
    whole = {name: _whole(paper_set(name).papers, found) for name, found in drawn.items()}
    sizes = {name: f"{found.height:.0f}" for name, found in drawn.items()}
    return Measured(
        3, f"{whole['64']} of 64 (height {sizes['64']}), {whole['500']} of 500 (height {sizes['500']})",
        whole["64"] == 64, whole["500"] == 500, {"labelled": whole, "height": sizes},
    )


def _whole(papers: tuple[Paper, ...], drawn: Layout) -> int:
    label = {paper.key: paper.label for paper in papers}
    return sum(node.label == label[node.key] and node.label_width > 0 for node in drawn.nodes)


def crossing(_: Stage) -> Measured:
    """4: crossing points, compared with a naive drawing of the same links."""
    ours, others = _ours_and_naive()
    here, there, links = crossings(ours), crossings(others), len(ours.links)
    share = here / there
    return Measured(4, f"{here} of {there}: {share:.0%}, {links} links drawn", share <= 0.5, share <= 0.3,
                    {"ours": here, "naive": there, "links": links})


def through(_: Stage) -> Measured:
    """5: links that run through labels of papers that they do not connect."""
    here, there = map(through_labels, _ours_and_naive())
    return Measured(5, f"{here}, naive {there}", here <= 30, here <= 5, {"ours": here, "naive": there})


def _ours_and_naive() -> tuple[Drawing, Drawing]:
    ours = of_layout(laid_out("64"), PIXELS.text)
    return ours, naive(paper_set("64"), [(source, target) for source, target, _ in ours.links])


def deterministic(stage: Stage) -> Measured:
    """6: the same bytes regardless of hash seed, order of input, Python version and system."""
    here = _program(str(REPOSITORY), str(PACKAGES), 0)
    runs = [
        _output([sys.executable, "-c", _program(str(REPOSITORY), str(PACKAGES), seed)], PYTHONHASHSEED=str(seed))
        for seed in range(3)
    ]
    for version in VERSIONS:
        other = shutil.which(f"python{version}")
        if other and version != f"{sys.version_info.major}.{sys.version_info.minor}" and _runs(other):
            runs.append(_output([other, "-c", here], PYTHONHASHSEED="0"))
    if stage.npm and (stage.npm / "node_modules" / "pyodide").is_dir() and shutil.which("node"):
        runs.append(_webassembly(stage))
    found = [run.split() for run in runs]
    pythons = sorted({" ".join(run[:3]) for run in found})
    same = len({tuple(run[3:]) for run in found}) == 1
    systems = {run[1] for run in found}
    versions = {".".join(run[0].split(".")[:2]) for run in found}
    return Measured(
        6, f"{'identical' if same else 'DIFFERENT'}: 3 hash seeds, 3 orders, Python {', '.join(pythons)}"
           + ("" if len(versions) > 1 else " only: no second version here"),
        same and len(versions) > 1, same and len(systems) >= 3, {"pythons": pythons, "digests": found[0][3:]},
    )


def _program(repository: str, packages: str, order: int) -> str:
    """Code that prints which Python runs it and the two digests. Other Pythons use this one's pure-Python packages."""
    return (
        f"import sys; sys.path[:0] = [{repository!r}]; sys.path.append({packages!r})\n"
        "import platform\n"
        "from benchmarks.timeline.digests import digest\n"
        "print(sys.version.split()[0], sys.platform, platform.machine(), "
        f"*(digest(name, {order}) for name in ('64', '500')))\n"
    )


def _runs(python: str) -> bool:
    """Whether it really runs: the shims of version managers can be mere names on the PATH."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def _output(command: list[str], **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env={**os.environ, **environment})
    if done.returncode:
        raise Unmeasured(f"{command[0]}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def _webassembly(stage: Stage) -> str:
    """The same under Pyodide: another Python, another C library, 32 bits."""
    mounts = {"/repository": REPOSITORY, "/packages": PACKAGES}
    script = stage.folder / "pyodide.mjs"
    module = stage.npm / "node_modules" / "pyodide" / "pyodide.mjs" if stage.npm else None
    script.write_text(
        f"import {{ loadPyodide }} from {json.dumps(str(module))};\n"
        "const python = await loadPyodide({ stdout: text => console.log(text) });\n"
        f"for (const [name, root] of Object.entries({json.dumps({name: str(at) for name, at in mounts.items()})})) {{\n"
        "  python.FS.mkdir(name);\n"
        "  python.FS.mount(python.FS.filesystems.NODEFS, { root }, name);\n"
        "}\n"
        f"python.runPython({json.dumps(_program('/repository', '/packages', 1))});\n",
        encoding="utf-8",
    )
    return _output(["node", str(script)])


def stable(_: Stage) -> Measured:
    """7: what moves within the lanes when a paper is added, with earlier positions kept and not kept."""
    drawn = paper_set("64")
    moved: dict[str, list[float]] = {"kept": [], "fresh": []}
    flips = {"kept": 0, "fresh": 0}
    for paper in drawn.papers[:: -(-len(drawn.papers) // TRIALS)]:
        before = layout_of(drawn.without(paper.key))
        was = _rows(before)
        after = layout(drawn.papers, drawn.edges, Options(WIDTH, PIXELS, keep=kept(before)))
        for name, found in (("kept", after), ("fresh", laid_out("64"))):
            now = _rows(found)
            moved[name].append(sum(now[key] != row for key, row in was.items()) / len(was))
            lanes = [lane.name for lane in before.lanes]
            flips[name] += [lane.name for lane in found.lanes if lane.name in lanes] != lanes
    share = {name: mean(values) for name, values in moved.items()}
    trials = len(moved["kept"])
    return Measured(
        7, f"{share['kept']:.1%} move, {flips['kept']} flips in {trials} "
           f"(positions not kept: {share['fresh']:.0%}, {flips['fresh']})",
        share["kept"] <= 0.05 and not flips["kept"], share["kept"] <= 0.01, {"moved": share, "flips": flips},
    )


def _rows(found: Layout) -> dict[str, int]:
    """The row of each paper within its lane."""
    return {node.key: node.row for node in found.nodes}


def layout_time(_: Stage) -> Measured:
    """8: the whole layout with routes, best of three. It is a single thread that never waits, so its CPU seconds are
    the wall time on an otherwise idle machine.
    """
    best, wall = {}, {}
    for name in SETS:
        drawn, times = paper_set(name), []
        for _run in range(3):
            start = perf_counter(), process_time()
            layout_of(drawn)
            times.append((process_time() - start[1], perf_counter() - start[0]))
        best[name], wall[name] = min(used for used, _ in times), min(passed for _, passed in times)
    shown, passed = (" / ".join(f"{seconds:.2f}" for seconds in each.values()) for each in (best, wall))
    return Measured(8, f"{shown} s (wall {passed} s)", best["64"] < 1 and best["500"] < 1 and best["5000"] < 2,
                    best["64"] < 0.3 and best["500"] < 0.3 and best["5000"] < 0.5, {"cpu": best, "wall": wall})
