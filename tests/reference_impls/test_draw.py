"""Drawings are valid SVG that shows what was measured, whatever the text says."""
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from math import nan
from typing import Literal

import pytest
import torch

from reference_impls.harness import svg
from reference_impls.harness.claim import ArmRun
from reference_impls.harness.draw import curves, draw_picture
from reference_impls.harness.picture import Picture

NAME = "{http://www.w3.org/2000/svg}"
HOSTILE = 'a <b> & "c" \' ]]> é'


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(drawing).iter(f"{NAME}text")]


def run(arm: str, *values: float) -> ArmRun:
    return ArmRun(arm, 0, {}, [(10 * index, value) for index, value in enumerate(values)], [])


def test_curves_end_at_their_labels() -> None:
    drawing = curves([run(HOSTILE, 0.1, 0.5, 0.9), run("plain", 0.2, 0.3, 0.4)], HOSTILE, "accuracy")
    root = ElementTree.fromstring(drawing)
    assert {HOSTILE, "plain", "accuracy", "step", "0.2", "10"} <= set(texts(drawing))
    lines = [[tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
             for line in root.iter(f"{NAME}polyline")]
    assert [len(line) for line in lines] == [3, 3]
    assert lines[0][-1][1] < lines[1][-1][1]            # 0.9 is drawn above 0.4
    labels = {element.text: float(element.attrib["y"]) for element in root.iter(f"{NAME}text")}
    assert labels[HOSTILE] == pytest.approx(lines[0][-1][1])


def test_labels_of_close_curves_do_not_overlap() -> None:
    drawing = curves([run(arm, 0.0, 1.0 + index / 1000) for index, arm in enumerate("abc")], "close", "value")
    places = sorted(float(element.attrib["y"]) for element in ElementTree.fromstring(drawing).iter(f"{NAME}text")
                    if element.text in "abc")
    assert all(after - before >= 14.9 for before, after in pairwise(places))


@pytest.mark.parametrize("values", [(nan,), (nan, 1.0, nan), (3.0,), (0.0, 0.0), (1e-9, 1e9), (-5.0, 5.0)])
def test_odd_curves_can_be_drawn(values: tuple[float, ...]) -> None:
    drawing = curves([run("arm", *values)], "odd", "value")
    ElementTree.fromstring(drawing)
    assert {"nan", "inf"}.isdisjoint(drawing.replace('"', " ").replace(",", " ").split())


@pytest.mark.parametrize(("kind", "shape"), [("heatmap", (3, 4)), ("points", (50, 2)), ("images", (12, 8, 8)),
                                             ("images", (2, 3, 5, 5))])
def test_pictures_show_every_value(kind: Literal["heatmap", "points", "images"], shape: tuple[int, ...]) -> None:
    data = torch.randn(shape)
    drawing = draw_picture(Picture(HOSTILE, data, kind))
    root = ElementTree.fromstring(drawing)
    assert HOSTILE in texts(drawing)
    marks = len(list(root.iter(f"{NAME}circle"))) if kind == "points" else len(list(root.iter(f"{NAME}rect")))
    assert marks >= (len(data) if kind == "points" else data.numel())


def test_the_largest_value_of_a_heatmap_is_darkest_and_rows_are_named() -> None:
    drawing = draw_picture(Picture("attention", torch.eye(2), "heatmap", (["<s>", "b"], ["long name", "d"])))
    assert {"<s>", "b", "long name", "d"} <= set(texts(drawing))
    fills = [element.attrib["fill"] for element in ElementTree.fromstring(drawing).iter(f"{NAME}rect")][1:5]
    assert fills == [svg.shade(1), svg.shade(0), svg.shade(0), svg.shade(1)]
    constant = draw_picture(Picture("constant", torch.ones(2, 2)))
    assert svg.shade(0.5) in constant


@pytest.mark.parametrize(("low", "high", "ticks"), [
    (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.31, 0.97, [0.2, 0.4, 0.6, 0.8, 1.0]), (0, 1200, [0, 500, 1000, 1500]),
    (-3, 3, [-4, -2, 0, 2, 4]), (5, 5, [2, 3, 4, 5, 6, 7, 8])])
def test_ticks_are_round_and_enclose_the_range(low: float, high: float, ticks: list[float]) -> None:
    assert svg.round_ticks(low, high) == pytest.approx(ticks)
