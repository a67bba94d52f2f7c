"""What one arm of an experiment measured on one seed, and what an experiment can draw from all trials."""
from dataclasses import dataclass, field

Measures = dict[str, float]


@dataclass(frozen=True)
class Series:
    """A curve that a trial yields besides its measures: the norm of the gradient by layer, the loss by position, ..."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Trial:
    """One arm on one seed.

    Args:
        curve: every `(step, measures)` that was yielded; the last one has every measure, and is the one that counts.
        series: by name.
    """

    arm: str
    seed: int
    curve: list[tuple[int, Measures]]
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    @property
    def measures(self) -> Measures:
        """The last measures, the ones that count."""
        return self.curve[-1][1]


@dataclass(frozen=True)
class Plot:
    """Lines with bands, which `figures(trials)` of an experiment can return besides pictures.

    Args:
        name: what it shows; used as the title and the file name.
        lines: for each line by name, its points `(x, middle, low, high)`, in order of x.
        x_label: what x counts, with its unit.
        log_x: whether the x axis is logarithmic; likewise `log_y`.
    """

    name: str
    x_label: str
    y_label: str
    lines: dict[str, list[tuple[float, float, float, float]]]
    log_x: bool = False
    log_y: bool = False
