"""Plots as self-contained SVG files: curves labeled at their ends, and the arms of an experiment."""
import textwrap
from collections.abc import Mapping, Sequence
from math import isfinite, isnan

from reference_impls.harness import svg
from reference_impls.harness.experiment import ExperimentRun
from reference_impls.harness.svg import LETTER, MUTED
from reference_impls.harness.train import TrainingRun
from reference_impls.harness.trial import Plot

WIDTH, HEIGHT = 720, 400
NAMES = 220             # width reserved for names; longer ones widen the drawing
ROW = 26

Point = tuple[float, float, float, float]


def curves(arms: Mapping[str, Sequence[tuple[int, float]]], title: str, metric: str) -> str:
    """Learning curves by arm; values that are not finite are left out."""
    return draw_plot(_by_step(arms, title, metric))


def draw_training(run: TrainingRun) -> str:
    """The metric by step, above the training loss by step."""
    header = run.training
    title = f"{header.id}, seed {run.seed}: {header.metric} {run.value:.4g} after {header.steps} steps"
    panels = {header.metric: [(step, value) for step, value, _ in run.curve],
              "training loss": [(step, loss) for step, _, loss in run.curve]}
    body = [svg.text(16, 22, title, size=13)]
    for index, (name, curve) in enumerate(panels.items()):
        body += _panel(_by_step({"": curve}, title, name), WIDTH, 64 + 300 * index, 250 + 300 * index)
    return svg.document(WIDTH, 620, title, body)


def draw_plot(plot: Plot) -> str:
    """Lines with their bands, each line labeled at its end."""
    names = LETTER * max(map(len, plot.lines), default=0)
    width = WIDTH + max(0, names - NAMES)
    height = max(HEIGHT, 120 + 16 * len(plot.lines))        # names are at least a line of text apart
    heading = textwrap.wrap(plot.name, 100) or [""]
    body = [svg.text(16, 22 + 16 * row, words, size=13) for row, words in enumerate(heading)]
    body += _panel(plot, width, 48 + 16 * len(heading), height - 56)
    return svg.document(width, height, plot.name, body)


def draw_arms(run: ExperimentRun) -> str:
    """The metric by arm, best mean on top: a dot for each seed, a bar at the mean, and a count of diverged runs."""
    experiment = run.experiment
    values = {arm: [trial.measures[experiment.metric] for trial in run.trials if trial.arm == arm]
              for arm in experiment.arms}
    finite = {arm: [value for value in found if isfinite(value)] for arm, found in values.items()}
    sign = -1 if experiment.better == "higher" else 1
    order = sorted(values, key=lambda arm: (len(finite[arm]) < len(values[arm]), not finite[arm],
                                            sign * _mean(finite[arm])))
    every = [value for found in finite.values() for value in found] or [0.0]
    log_x = svg.is_wide(every)
    heading = textwrap.wrap(experiment.question, 100)
    top = 40 + 16 * len(heading)
    bottom = top + ROW * len(order)
    left = 28 + LETTER * max(map(len, order))
    axes = svg.Axes(svg.ticks(every, log_x), [0, 1], left, top, max(WIDTH, left + 400) - 110, bottom, log_x=log_x)
    body = [svg.text(16, 22 + 16 * row, words, size=13) for row, words in enumerate(heading)]
    for tick in axes.across:
        body += [svg.line(axes.x(tick), top, axes.x(tick), bottom),
                 svg.text(axes.x(tick), bottom + 16, svg.number(tick), "middle")]
    for row, arm in enumerate(order):
        middle = top + ROW * (row + 0.5)
        body.append(svg.text(left - 12, middle, arm, "end"))
        body += [svg.circle(axes.x(value), middle, 4, svg.COLORS[0], 0.55) for value in finite[arm]]
        if finite[arm]:
            place = axes.x(_mean(finite[arm]))
            body.append(svg.line(place, middle - 9, place, middle + 9, svg.INK))
        if lost := len(values[arm]) - len(finite[arm]):
            said = f"{lost} of {len(values[arm])} diverged"
            body.append(svg.text(axes.right + 12, middle, said, color=svg.COLORS[1]))
    seeds = f"a dot for each seed ({', '.join(map(str, run.seeds))}), a bar at the mean"
    body.append(svg.text(left, bottom + 38, f"{experiment.metric}, {experiment.better} is better; {seeds}",
                         color=MUTED))
    return svg.document(axes.right + 110, bottom + 60, experiment.question, body)


def _by_step(lines: Mapping[str, Sequence[tuple[int, float]]], title: str, metric: str) -> Plot:
    points: dict[str, list[Point]] = {name: [(step, value, value, value) for step, value in curve]
                                      for name, curve in lines.items()}
    values = [value for curve in lines.values() for _, value in curve if isfinite(value)]
    return Plot(title, "step", metric, points, log_y=bool(values) and svg.is_wide(values))


def _panel(plot: Plot, width: float, top: float, bottom: float) -> list[str]:
    """Axes, bands, lines and names of a plot, with room on the right for the names."""
    lines = {name: [point for point in points if _can_stand(point, plot)] for name, points in plot.lines.items()}
    points = [point for line in lines.values() for point in line]
    across = [x for x, *_ in points] or [1.0]
    up = [y for _, *ys in points for y in ys if isfinite(y) and (y > 0 or not plot.log_y)] or [1.0]
    if plot.x_label == "step":
        across.append(0.0)
    right = width - 24 - LETTER * max(map(len, plot.lines), default=0)
    axes = svg.Axes(svg.ticks(across, plot.log_x), svg.ticks(up, plot.log_y), 64, top, right, bottom,
                    plot.log_x, plot.log_y)
    body = [svg.text(16, top - 22, plot.y_label, color=MUTED),
            svg.text(right, bottom + 38, plot.x_label, "end", MUTED), *axes.frame()]
    drawn = [(name, line, index) for index, (name, line) in enumerate(lines.items()) if line]
    places = svg.spread_apart([axes.y(line[-1][1]) for _, line, _ in drawn])
    for (name, line, index), place in zip(drawn, places, strict=True):
        color = svg.COLORS[index % len(svg.COLORS)]
        dashed = index >= len(svg.COLORS)
        below = [(x, _inside(low, y, axes.up)) for x, y, low, _ in line]
        above = [(x, _inside(high, y, axes.up)) for x, y, _, high in line]
        if below != above:
            body.append(svg.polygon([(axes.x(x), axes.y(y)) for x, y in [*below, *reversed(above)]], color))
        shown = [(axes.x(x), axes.y(y)) for x, y, *_ in line]
        body += [svg.polyline(shown, color, dashed), svg.circle(*shown[-1], 3, color),
                 svg.text(shown[-1][0] + 9, place, name, color=color)]
    return body


def _can_stand(point: Point, plot: Plot) -> bool:
    x, y, *_ = point
    return isfinite(x) and isfinite(y) and (x > 0 or not plot.log_x) and (y > 0 or not plot.log_y)


def _inside(value: float, middle: float, ticks: Sequence[float]) -> float:
    """An edge of a band, clipped to the axis; NaN becomes the middle."""
    return middle if isnan(value) else min(max(value, ticks[0]), ticks[-1])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
