"""Fill the figures of a run into the answer of an experiment, so that no measured value is written by hand.

    {arm}               mean of the metric over the seeds
    {arm.measure}       mean of another measure
    {arm:range}         mean, with the least and the most of any seed in parentheses
    {arm:least}         the least alone; likewise `most`
    {deep-*:means}      least and most mean of all arms that match the pattern
    {seeds}             the seeds

No torch: reading a card also checks the names in its answer.
"""
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from reference_impls.harness.table import cell, mean, number

FIGURE = re.compile(r"\{([^{}.:]+)(?:\.(\w+))?(?::(\w+))?\}")
FORMS = ("range", "least", "most", "means")


def answered(answer: str, record: dict[str, Any]) -> str:
    """The answer with the figures of one of its experiment's records."""
    def figure(found: re.Match[str]) -> str:
        name, measure, form = found.groups()
        if name == "seeds":
            return ", ".join(map(str, record["seeds"]))
        runs = [[trial["measures"].get(measure or record["metric"]) for trial in record["arms"][arm]["trials"]]
                for arm in _arms(name, record["arms"])]
        return _said(runs, form)

    return FIGURE.sub(figure, answer)


def wrong_figures(answer: str, arms: Iterable[str], measures: Sequence[str]) -> list[str]:
    """Figures that an answer names and its experiment does not have."""
    return [found[0] for found in FIGURE.finditer(answer)
            if found[1] != "seeds" and not (_arms(found[1], arms) and found[2] in (None, *measures)
                                            and found[3] in (None, *FORMS))]


def _arms(name: str, arms: Iterable[str]) -> list[str]:
    return [arm for arm in arms if fnmatchcase(arm, name)]


def _said(runs: list[list[float | None]], form: str | None) -> str:
    """Format the runs of some arms. Diverged runs are left out; if an arm has no others, the text is `diverged`."""
    finite = [[value for value in values if value is not None] for values in runs]
    if form == "range":
        return cell(runs[0])
    if not all(finite):
        return "diverged"
    if form in ("least", "most"):
        return number((min if form == "least" else max)(value for values in finite for value in values))
    means = sorted(map(mean, finite))
    return f"{number(means[0])} to {number(means[-1])}" if form == "means" else number(means[0])
