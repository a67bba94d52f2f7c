"""Show growth records as text, as a drawing, and as a documentation page. No torch: records are only read."""
import ast
import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from reference_impls.harness import files, svg
from reference_impls.harness.growth_records import MEASURES, load_growth
from reference_impls.harness.records import Record
from reference_impls.harness.registry import Study, source_hash, studies
from reference_impls.harness.scaling_fit import TOLERANCE

WIDTH, PANEL, NAMES = 860, 250, 300

PAGE = f"""# How costs grow

The point of many mechanisms is not how fast they are but how their cost grows. Here each one is measured at several
sizes, and the exponent of its growth is compared with the one its paper states: cost ~ size ^ exponent.

- Bytes and operations are counted, not timed. They are the same in every run and on every device, except for what a
  fused kernel keeps for itself. *Kept* is what autograd saves between forward and backward, *held at once* is the peak
  of all tensors alive in both, and *held* is what remains afterwards. Times are medians of 15 interleaved repetitions
  (5 where one takes longer than 0.4 s).
- The exponent is fitted by least squares through logarithms over the upper half of the sizes, where overhead matters
  least. The interval contains 95 % of bootstrap samples: it shows how far repetitions scatter, not how far the cost is
  from a power law.
- An exponent counts as *shown* when the paper's value is in the interval or within {TOLERANCE} of it. Otherwise the
  page says so, and why, as far as we know.
- In the drawings, dots are measured values, solid lines are fits, and dashed lines have the paper's slope.

`python -m reference_impls scale NAME` (or `--all`) measures again, on any device; `scale --docs docs` writes this page.
`paperkb show NAME` prints the curves of a paper.
"""

STALE = "These figures were measured with earlier code.\n"


def text(record: Record) -> str:
    """One line for each curve: the fitted exponent and the paper's."""
    rows = [(f"{curve['name']}, {MEASURES[curve['measure']][0]}", _fitted(curve), _stated(curve))
            for curve in record["curves"]]
    width = max(len(name) for name, _, _ in rows) + 2
    lines = [f"  {name:{width}}{fitted:24}{stated}" for name, fitted, stated in rows]
    sizes = ", ".join(map(str, record["sizes"]))
    return "\n".join([f"{record['study']}: {record['question']} ({record['axis']}: {sizes})", *lines])


def page(records: Sequence[Record], found: Mapping[str, Study]) -> str:
    """The documentation page, in Markdown."""
    parts = [PAGE]
    for name, study in found.items():
        parts.append(f"## {study.scaling.question}\n\n{_description(study.path)}\n")
        for record in (each for each in records if each["study"] == name):
            env, sizes = record["env"], ", ".join(f"{size:,}" for size in record["sizes"])
            rows = [f"| {curve['name']} | {MEASURES[curve['measure']][0]} | {_range(curve)} | {_fitted(curve)} | "
                    f"{curve['paper']['exponent']:g} ({_link(curve['paper']['id'])}, {curve['paper']['place']}) | "
                    f"{'shown' if curve['shown'] else '**not shown**'} |" for curve in record["curves"]]
            parts.append("\n".join([
                f"![{name}](scaling/{record['slug']}/{name}.svg)\n",
                f"{env['device']}, {env['threads']} thread, torch {env['torch']}, {record['time_utc'][:10]}; "
                f"{record['axis']}: {sizes}.\n",
                "| mechanism | measure | smallest to largest | fitted (95 %) | stated | |", "|---|---|---|---|---|---|",
                *rows, ""]))
            if record["code"]["impl_sha256"] != source_hash(study.path):
                parts.append(STALE)
        if study.scaling.outcome:
            parts.append(textwrap.fill(study.scaling.outcome, 120) + "\n")
    return "\n".join(parts)


def write_docs(records: Path, docs: Path) -> list[Path]:
    """Write the page and its drawings from the stored records, and return their paths.

    Raises:
        ValueError: a record is broken.
        OSError: the folder cannot be written.
    """
    found = load_growth(records)
    contents = {"scaling.md": page(found, studies())}
    contents |= {f"scaling/{record['slug']}/{record['study']}.svg": draw(record) for record in found}
    return files.save_all(docs, contents)


def draw(record: Record) -> str:
    """A logarithmic panel for each measure: measured dots, fitted lines, and dashed lines with the paper's slope."""
    curves = sorted(record["curves"], key=lambda curve: list(MEASURES).index(curve["measure"]))
    panels = [(measure, list(group)) for measure, group in groupby(curves, key=lambda curve: curve["measure"])]
    names = list(dict.fromkeys(curve["name"] for curve in record["curves"]))
    colors = {name: svg.COLORS[index] for index, name in enumerate(names)}
    body = [svg.text(16, 22, record["question"], size=13)]
    for index, (measure, group) in enumerate(panels):
        top = 64 + index * (PANEL + 76)
        body += _panel(record, measure, group, colors, top)
    bottom = 64 + len(panels) * (PANEL + 76)
    return svg.document(WIDTH, bottom, record["question"], body)


def _panel(record: Record, measure: str, curves: list[Record], colors: dict[str, str], top: float) -> list[str]:
    label, unit = MEASURES[measure]
    values = [value / unit for curve in curves for value in curve["values"]]
    axes = svg.Axes(svg.log_ticks(record["sizes"][0], record["sizes"][-1]), svg.log_ticks(min(values), max(values)),
                    72, top, WIDTH - NAMES, top + PANEL, log_x=True, log_y=True)
    body = [svg.text(16, top - 20, label, color=svg.MUTED),
            svg.text(axes.right, axes.bottom + 36, record["axis"], "end", svg.MUTED), *axes.frame()]
    lasts = svg.spread_apart([axes.y(curve["values"][-1] / unit) for curve in curves])
    for curve, last in zip(curves, lasts, strict=True):
        color, fitted = colors[curve["name"]], curve["fit"]
        middle = (fitted["sizes"][0] * fitted["sizes"][-1]) ** 0.5
        through = fitted["factor"] * middle ** fitted["exponent"] / unit
        stated = _slope(axes, middle, through, curve["paper"]["exponent"], record["sizes"])
        body += [svg.polyline(stated, color, dashed=True),
                 svg.polyline(_slope(axes, middle, through, fitted["exponent"], fitted["sizes"]), color)]
        body += [svg.circle(axes.x(x), axes.y(y / unit), 3.5, color)
                 for x, y in zip(record["sizes"], curve["values"], strict=True)]
        body.append(svg.text(axes.right + 12, last, f"{curve['name']}: {fitted['exponent']:.2f}, "
                             f"paper {curve['paper']['exponent']:g}{'' if curve['shown'] else ' (not shown)'}",
                             color=color))
    return body


def _slope(axes: svg.Axes, x: float, y: float, exponent: float, sizes: Sequence[int]) -> list[tuple[float, float]]:
    """A line through (x, y) from the first size to the last, clipped to the axes."""
    ends = []
    for size in (sizes[0], sizes[-1]):
        value = y * (size / x) ** exponent
        kept = min(max(value, axes.up[0]), axes.up[-1])
        ends.append((axes.x(size if kept == value else x * (kept / y) ** (1 / exponent)), axes.y(kept)))
    return ends


def _fitted(curve: Record) -> str:
    low, high = curve["fit"]["ci95"]
    exact = f"{curve['fit']['exponent']:.2f}"
    return exact if low == high else f"{exact} ({low:.2f} to {high:.2f})"


def _stated(curve: Record) -> str:
    return f"paper {curve['paper']['exponent']:g}{'' if curve['shown'] else '  NOT shown at these sizes'}"


def _range(curve: Record) -> str:
    unit = MEASURES[curve["measure"]][1]
    return " to ".join(svg.number(float(f"{value / unit:.3g}")) for value in (curve["values"][0], curve["values"][-1]))


def _link(paper: str) -> str:
    kind, _, name = paper.partition(":")
    return f"[{name}](https://arxiv.org/abs/{name})" if kind == "arxiv" else f"`{name}`"


def _description(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
