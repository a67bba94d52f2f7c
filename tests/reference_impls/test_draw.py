"""Drawings are valid SVG that shows what was measured, no matter what their text contains."""
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from math import inf, nan
from typing import Literal

import pytest
import torch

from reference_impls.harness import svg
from reference_impls.harness.draw import draw_picture
from reference_impls.harness.picture import Picture
from reference_impls.harness.plot import curves, draw_plot
from reference_impls.harness.trial import Plot

NAME = "{http://www.w3.org/2000/svg}"
HOSTILE = 'a <b> & "c" \' ]]> é'


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(drawing).iter(f"{NAME}text")]


def curve(*values: float) -> list[tuple[int, float]]:
    return [(10 * index, value) for index, value in enumerate(values)]


def test_curves_end_at_their_labels() -> None:
    drawing = curves({HOSTILE: curve(0.1, 0.5, 0.9), "plain": curve(0.2, 0.3, 0.4)}, HOSTILE, "accuracy")
    root = ElementTree.fromstring(drawing)
    assert {HOSTILE, "plain", "accuracy", "step", "0.2", "10"} <= set(texts(drawing))
    lines = [[tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
             for line in root.iter(f"{NAME}polyline")]
    assert [len(line) for line in lines] == [3, 3]
    assert lines[0][-1][1] < lines[1][-1][1]            # 0.9 is drawn above 0.4
    labels = {element.text: float(element.attrib["y"]) for element in root.iter(f"{NAME}text")}
    assert labels[HOSTILE] == pytest.approx(lines[0][-1][1])


def test_labels_of_close_curves_do_not_overlap() -> None:
    drawing = curves({arm: curve(0.0, 1.0 + index / 1000) for index, arm in enumerate("abc")}, "close", "value")
    places = sorted(float(element.attrib["y"]) for element in ElementTree.fromstring(drawing).iter(f"{NAME}text")
                    if element.text in "abc")
    assert all(after - before >= 14.9 for before, after in pairwise(places))


@pytest.mark.parametrize("values", [(nan,), (nan, 1.0, nan), (3.0,), (0.0, 0.0), (1e-9, 1e9), (-5.0, 5.0)])
def test_odd_curves_can_be_drawn(values: tuple[float, ...]) -> None:
    drawing = curves({"arm": curve(*values)}, "odd", "value")
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


def test_beside_what_diverged_the_rest_is_told_apart() -> None:
    data = torch.tensor([[1.0, 2.0], [inf, nan]])
    for picture in (Picture("losses", data), Picture("losses", data[None], "images")):
        rectangles = ElementTree.fromstring(draw_picture(picture)).iter(f"{NAME}rect")
        assert [each.attrib["fill"] for each in rectangles][1:5] == [svg.shade(0), svg.shade(1), svg.shade(1),
                                                                     svg.shade(0)]
    ElementTree.fromstring(draw_picture(Picture("nothing is left", torch.full((2, 2), nan))))


@pytest.mark.parametrize(("low", "high", "ticks"), [
    (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.31, 0.97, [0.2, 0.4, 0.6, 0.8, 1.0]), (0, 1200, [0, 500, 1000, 1500]),
    (-3, 3, [-4, -2, 0, 2, 4]), (5, 5, [2, 3, 4, 5, 6, 7, 8])])
def test_ticks_are_round_and_enclose_the_range(low: float, high: float, ticks: list[float]) -> None:
    assert svg.round_ticks(low, high) == pytest.approx(ticks)


def test_points_are_colored_by_class_with_a_legend() -> None:
    names = [str(index % 10) for index in range(40)]
    drawing = draw_picture(Picture("digits", torch.randn(40, 2), "points", (names, [])))
    dots = list(ElementTree.fromstring(drawing).iter(f"{NAME}circle"))
    assert len({dot.attrib["fill"] for dot in dots}) == 10
    assert len(dots) == 40 + 10
    assert texts(drawing)[-10:] == [str(digit) for digit in range(10)]


def test_a_point_that_is_not_finite_takes_no_label_from_another() -> None:
    data = torch.tensor([[nan, 0.0], [1.0, 1.0]])
    drawing = draw_picture(Picture("one", data, "points", (["lost", "kept"], [])))
    dots = [dot.attrib["fill"] for dot in ElementTree.fromstring(drawing).iter(f"{NAME}circle")]
    assert dots == [svg.COLORS[0], svg.COLORS[0], svg.COLORS[1]]       # the dot and the legend: kept, lost


def test_rows_and_columns_of_images_are_named() -> None:
    labels = (["input", HOSTILE], ["0", "1", "a longer name than its column is wide"])
    drawing = draw_picture(Picture("pairs", torch.rand(2, 3, 4, 4), "images", labels))
    assert set(labels[0] + labels[1]) <= set(texts(drawing))


def test_text_keeps_its_lines_and_blanks_and_loses_what_no_file_can_hold() -> None:
    drawing = draw_picture(Picture(HOSTILE, kind="text", text=f"  two\n\n{HOSTILE}\0\ud800" + "x" * 150))
    lines = texts(drawing)
    assert lines[1:3] == ["  two", ""]
    assert "".join(lines[3:]) == HOSTILE + "\ufffd\ufffd" + "x" * 150


def test_a_plot_has_bands_only_where_there_is_a_range() -> None:
    lines = {"spread": [(1.0, 2.0, 1.0, 3.0), (10.0, 20.0, 10.0, inf)],
             "sharp": [(1.0, 5.0, 5.0, 5.0), (100.0, 6.0, 6.0, 6.0)],
             HOSTILE: [(0.0, nan, nan, nan), (5.0, 1.0, -1.0, 2.0)]}
    drawing = draw_plot(Plot(HOSTILE, "N", "loss", lines, log_x=True, log_y=True))
    root = ElementTree.fromstring(drawing)
    assert len(list(root.iter(f"{NAME}polyline"))) == 3
    assert len(list(root.iter(f"{NAME}polygon"))) == 2      # of `sharp` none
    assert {"spread", "sharp", HOSTILE, "N", "loss", "1", "10", "100"} <= set(texts(drawing))


def test_powers_are_equally_far_apart_on_a_logarithmic_axis() -> None:
    axes = svg.Axes([1, 10, 100], [1, 10, 100], 0, 0, 100, 100, log_x=True)
    assert [axes.x(1), axes.x(10), axes.x(100)] == pytest.approx([0, 50, 100])
    assert axes.y(50.5) == pytest.approx(50)


def test_an_empty_plot_can_be_drawn() -> None:
    ElementTree.fromstring(draw_plot(Plot("nothing", "x", "y", {}, log_x=True)))
    ElementTree.fromstring(draw_plot(Plot("nothing", "x", "y", {"a": []}, log_y=True)))
