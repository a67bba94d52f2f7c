"""The 21 criteria, and what it takes to meet each of them."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Criterion:
    """What is measured, how, and what counts as enough (the gate) and as ambitious."""

    number: int
    name: str
    how: str
    gate: str
    ambitious: str


CRITERIA = tuple(
    Criterion(number, *texts)
    for number, texts in enumerate(
        (
            ("overlapping labels", "boxes in the browser: load, 12 zooms, search, resize, 6 fonts", "0",
             "0 with CJK, emoji, right to left, 200 characters"),
            ("labels over foreign dots", "the same boxes against the circles", "0 still, up to 500",
             "0 at every zoom"),
            ("every paper labeled", "whole labels at 1,600 px; 500 papers at 2,000 px", "64 of 64", "500 of 500"),
            ("crossings, 64 papers", "points of intersection, the same links drawn naively", "<= 50 % of naive",
             "<= 30 %"),
            ("links through foreign labels", "polyline against box, 64 papers", "<= 30", "<= 5"),
            ("determinism", "sha256 over hash seeds, versions of Python, orders of input", "identical",
             "identical on 3 systems"),
            ("stability", "one paper left out: others that change row; order of lanes (with positions kept)",
             "<= 5 %, 0 flips", "<= 1 %"),
            ("layout time", "seconds of CPU at 64 / 500 / 5,000, with routes, best of three", "< 1 / 1 / 2 s",
             "< 0.3 / 0.3 / 0.5 s"),
            ("page ready, 5,000", "performance.now() after the first full draw, without GPU", "< 1.0 s", "< 0.3 s"),
            ("redraw while zooming, 5,000", "95th percentile of a frame's script", "< 33 ms", "< 16 ms"),
            ("idle", "frames drawn and CPU in 5 s at rest", "0 frames", "0 frames"),
            ("file size", "bytes at 64 / 500 / 5,000", "50 / 100 / 700 KB", "30 / 60 / 400 KB"),
            ("requests, violations, errors", "events in the browser", "0", "0"),
            ("hostile vault", "70 payloads in every field: none runs, all are shown as text", "0 fired",
             "0, with random mixtures"),
            ("contrast", "WCAG 2 over all colors and backgrounds, light and dark", ">= 4.5 text, 3 marks", ">= 7 text"),
            ("not by color alone", "place, name, filled or hollow; CIEDE2000 in 3 kinds of color vision", "yes",
             "delta-E >= 15 pairwise"),
            ("accessibility", "axe-core; arrow keys reach every visible paper; live region", "0 violations",
             "also as a table of all papers"),
            ("odd input", "backward, undated, cycles, 0 and 1 papers, 40 lanes, one day, one old paper", "shown",
             "shown"),
            ("terminal", "cells at 60, 80, 120, 200 columns, NO_COLOR", "no line too wide", "no line too wide"),
            ("truth", "links drawn, listed and exported, against the graph; hidden ones counted", "all", "all"),
            ("three tasks", "actions in the page: what led to ViT, 2019 with code, what Adam led to", "<= 3 each",
             "<= 2 each"),
        ),
        start=1,
    )
)


@dataclass(frozen=True)
class Measured:
    """A result: a figure to print, the values behind it, and which columns hold."""

    number: int
    shown: str
    gate: bool
    ambitious: bool
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The best column that holds."""
        return "ambitious" if self.gate and self.ambitious else "gate" if self.gate else "FAILS"


class Unmeasured(Exception):
    """Something needed is missing; the message says what."""
