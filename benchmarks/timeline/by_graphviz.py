"""Draw a set with Graphviz."""

import json
import shutil
import subprocess
from time import perf_counter

from benchmarks.timeline.criteria import Unmeasured
from benchmarks.timeline.drawn import LIMIT, Links, Picture, lanes_of
from benchmarks.timeline.faults import Box, Drawing, flattened
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import Stage
from cli.render.timeline.model import Point


def graphviz(stage: Stage, drawn: PaperSet, links: Links, lanes: bool = False) -> Picture:
    """`dot -Tplain` for coordinates and `-Tsvg` for the file; with `lanes`, each lane is a cluster."""
    variant = ", lanes" * lanes
    if not shutil.which("dot"):
        raise Unmeasured("Graphviz: not installed - apt-get install graphviz")
    years: dict[str, list[str]] = {}
    for paper in drawn.papers:
        years.setdefault((paper.date or "")[:4], []).append(paper.key)
    lines = ['digraph { rankdir=LR; newrank=true; ranksep=0.35; nodesep=0.1; edge [arrowsize=0.5, color="#888888"];',
             'node [shape=box, style=rounded, fontname="DejaVu Sans", fontsize=12, height=0.25, margin="0.06,0.02"];',
             "  " + " -> ".join(f'"year {year}"' for year in sorted(years)) + " [style=invis];"]
    lines += [f'  "{paper.key}" [label={json.dumps(paper.label, ensure_ascii=False)}];' for paper in drawn.papers]
    lines += [f"  {{ rank=same; {'; '.join(json.dumps(name) for name in (f'year {year}', *keys))} }}"
              for year, keys in sorted(years.items())]
    for i, lane in enumerate(lanes_of(drawn) if lanes else ()):
        members = "; ".join(f'"{paper.key}"' for paper in drawn.papers if paper.lane == lane)
        lines.append(f"  subgraph cluster_{i} {{ label={json.dumps(lane)}; {members} }}")
    lines += [f'  "{target}" -> "{source}";' for source, target in links]
    source, plain, picture = (stage.folder / f"{drawn.name}{variant}.{suffix}" for suffix in ("gv", "plain", "gv.svg"))
    source.write_text("\n".join([*lines, "}"]), encoding="utf-8")
    start = perf_counter()
    try:
        subprocess.run(["dot", "-Tplain", "-o", plain, "-Tsvg", "-o", picture, source], check=True, timeout=LIMIT,
                       capture_output=True)
    except subprocess.TimeoutExpired:
        raise Unmeasured(f"Graphviz{variant}: not done in {LIMIT:.0f} s") from None
    seconds = perf_counter() - start
    boxes: list[tuple[str, Box]] = []
    curves: list[tuple[str, str, tuple[Point, ...]]] = []
    size = ""
    for words in (_words(line) for line in plain.read_text(encoding="utf-8").splitlines()):
        numbers = [float(word) * 72 for word in words[2:6]] if words[0] == "node" else []
        if words[0] == "graph":
            size = f"{float(words[2]) * 72:.0f} x {float(words[3]) * 72:.0f}"
        elif numbers and not words[1].startswith("year "):
            x, y, w, h = numbers
            boxes.append((words[1], (x - w / 2, y - h / 2, x + w / 2, y + h / 2)))
        elif words[0] == "edge" and not words[1].startswith("year "):
            count = int(words[3])
            points = [(float(words[4 + 2 * i]) * 72, float(words[5 + 2 * i]) * 72) for i in range(count)]
            line = flattened(tuple(points)) if count % 3 == 1 else points       # dot gives up on some, with a warning
            curves.append((words[2], words[1], tuple(line)))
    version = subprocess.run(["dot", "-V"], capture_output=True, encoding="utf-8").stderr.split()[4]
    return Picture(f"Graphviz {version}{variant}", Drawing(tuple(boxes), links=tuple(curves)), seconds,
                   picture.stat().st_size / 1000, size)


def _words(line: str) -> list[str]:
    """The words of a line of `plain`; quoted words can contain \\"."""
    words, at = [], 0
    while at < len(line):
        if line[at] == '"':
            word, end = json.decoder.scanstring(line, at + 1, False)    # type: ignore[attr-defined]
        else:
            end = line.find(" ", at) if " " in line[at:] else len(line)
            word = line[at:end]
        words.append(word)
        at = end + 1
    return words
