"""Files drawn by the real command: which formats there are, what they hold, and what happens on failure."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import networkx
import pytest

from tests.cli.conftest import Run

SVG = "{http://www.w3.org/2000/svg}"
SHOWN = "ensemble", "harmonic", "kelvin-machine", "lost-note", "storm-surge"


def labels(path: Path) -> set[str]:
    root = ET.fromstring(path.read_bytes())
    return {node.findtext(f"{SVG}text") or "" for node in root.iter() if "node" in (node.get("class") or "").split()}


def test_a_timeline_is_the_same_papers_in_every_format(paperkb: Run, tmp_path: Path) -> None:
    for ending in ("svg", "json", "mmd", "dot", "graphml", "canvas", "html", "SVG"):
        done = paperkb("timeline", "-o", str(tmp_path / f"sea.{ending}"))
        assert (done.code, done.out) == (0, f"{tmp_path}/sea.{ending}: 5 papers\n"), done.err
    graph = networkx.read_graphml(tmp_path / "sea.graphml")
    assert tuple(sorted(graph)) == SHOWN
    titles = {data["label"] for _, data in graph.nodes(data=True)}
    drawn = {label.removesuffix("…") for label in labels(tmp_path / "sea.svg")}
    assert all(any(title.startswith(label) for title in titles) for label in drawn)
    assert len(drawn) == len(titles)
    assert {node["key"] for node in json.loads((tmp_path / "sea.json").read_text("utf-8"))["nodes"]} == set(SHOWN)
    canvas = json.loads((tmp_path / "sea.canvas").read_text("utf-8"))
    assert {node["file"] for node in canvas["nodes"] if "file" in node} == {f"{key}.md" for key in SHOWN}
    for ending in ("mmd", "dot", "html"):
        text = (tmp_path / f"sea.{ending}").read_text("utf-8")
        assert all(title in text for title in titles), ending


def test_a_picture_without_a_query_is_of_the_papers_of_ones_own_notes(paperkb: Run, tmp_path: Path) -> None:
    drawn = {}
    for query in ("", "is:own", "is:paper"):
        path = tmp_path / f"drawn {query}.json"
        assert paperkb("timeline", query, "-o", str(path), own=False).code == 0
        drawn[query] = {node["key"] for node in json.loads(path.read_text("utf-8"))["nodes"]}
    assert drawn[""] == drawn["is:own"] == set(SHOWN)
    assert drawn["is:paper"] > {*SHOWN, "transformer"}
    page = tmp_path / "page.html"
    assert paperkb("timeline", "-o", str(page), own=False).out == f"{page}: 5 papers\n"
    told = json.loads(re.findall('id="data">(.*?)</script>', page.read_text("utf-8"))[0])
    assert (told["title"], told["query"], told["command"]) == ("Timeline", "is:own", "paperkb timeline is:own")


def test_exports_have_the_links_that_pictures_leave_out(paperkb: Run, tmp_path: Path) -> None:
    everything, drawn = tmp_path / "all.graphml", tmp_path / "some.graphml"
    paperkb("timeline", "-o", str(everything))
    paperkb("timeline", "--edges", "builds-on", "-o", str(drawn))
    kinds = [{kind for *_, kind in networkx.read_graphml(path).edges(data="kind")} for path in (everything, drawn)]
    assert kinds == [{"builds-on", "cites"}, {"builds-on"}]


def test_a_paper_leads_to_arxiv_else_to_the_site_that_has_it(vault: Callable[..., Run], tmp_path: Path) -> None:
    linked = "url: http://proceedings.mlr.press/v37/ioffe15.html\ndate: 2015\n---\n- builds on [[b]]\n"
    run = vault({
        "a.md": f"---\ntitle: A\n{linked}See <https://aclanthology.org/P02-1040.pdf>.\n",
        "b.md": "---\ntitle: B\narxiv: '1706.03762'\nurl: https://openreview.net/forum?id=B16dGcqlx\n---\n",
        "c.md": "---\ntitle: C\ndate: 1996\ndoi: 10.1002/(SICI)1097-0118(199601)17:1<1::AID-JGT1>3.0.CO;2-R\n---\n",
    })  # fmt: skip
    wiley = "https://doi.org/10.1002/(sici)1097-0118(199601)17:1%3C1::aid-jgt1%3E3.0.co;2-r"
    ioffe = "https://proceedings.mlr.press/v37/ioffe15.html"
    arxiv, acl = "https://arxiv.org/abs/1706.03762", "https://aclanthology.org/P02-1040"
    expected = {("timeline", "is:paper,ghost"): {ioffe, arxiv, acl, wiley}, ("timeline",): {ioffe, arxiv, wiley},
                ("lineage", "a"): {ioffe, arxiv}}  # fmt: skip
    for words, addresses in expected.items():
        assert run(*words, "-o", str(tmp_path / "x.svg")).code == 0
        root = ET.fromstring((tmp_path / "x.svg").read_bytes())
        assert {link.get("href") for link in root.iter(f"{SVG}a")} == addresses


def test_ghosts_are_drawn_with_what_leads_to_them(paperkb: Run, tmp_path: Path) -> None:
    for name, query in {"with": "is:ghost,paper", "without": "is:paper"}.items():
        assert paperkb("timeline", query, "-o", str(tmp_path / f"{name}.graphml")).code == 0
    drawn, papers = (set(networkx.read_graphml(tmp_path / f"{name}.graphml").edges()) for name in ("with", "without"))
    assert drawn - papers == {("harmonic", "moon-chart")}


def test_a_png_is_twice_as_large_and_light_unless_said(paperkb: Run, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="resvg_py is not installed - pip install 'paperkb[png]'")
    pictures = {}
    for name, options in {"plain": (), "light": ("--theme", "light"), "dark": ("--theme", "dark")}.items():
        path = tmp_path / f"{name}.png"
        assert paperkb("timeline", "--width", "500", *options, "-o", str(path)).code == 0
        pictures[name] = path.read_bytes()
    assert pictures["plain"] == pictures["light"] != pictures["dark"]
    assert int.from_bytes(pictures["plain"][16:20], "big") >= 1000


def test_a_lineage_is_drawn_with_the_paper_marked(paperkb: Run, tmp_path: Path) -> None:
    path = tmp_path / "storm.svg"
    assert paperkb("lineage", "storm-surge", "-o", str(path)).out == f"{path}: 4 papers\n"
    root = ET.fromstring(path.read_bytes())
    (ringed,) = [node for node in root.iter() if node.find(f"{SVG}ellipse") is not None
                 and "node" in (node.get("class") or "").split()]
    assert "Storm" in (ringed.findtext(f"{SVG}title") or "")
    near = paperkb("lineage", "storm-surge", "--depth", "1", "--json", "-o", str(tmp_path / "near.json")).json
    assert near["papers"] < 5
    joined = paperkb("lineage", "ensemble", "--to", "harmonic", "-o", str(tmp_path / "way.dot"))
    assert joined.code == 0
    assert (tmp_path / "way.dot").read_text("utf-8").count("kind=\"builds-on\"") >= 1


def test_a_lineage_without_dates_has_generations_for_lanes(vault: object, tmp_path: Path) -> None:
    run = vault({  # type: ignore[operator]
        "a.md": "---\nkind: paper\n---\n# Alpha\n",
        "b.md": "---\nkind: paper\nbuilds_on: [a]\n---\n# Beta\n",
        "c.md": "---\nkind: paper\nbuilds_on: [b, nowhere]\n---\n# Gamma\n",
    })
    path = tmp_path / "b.json"
    assert run("lineage", "b", "-o", str(path)).code == 0
    lanes = {lane["name"]: lane["papers"] for lane in json.loads(path.read_text("utf-8"))["lanes"]}
    assert lanes == {"1 step before": 1, "this paper": 1, "1 step after": 1}


def test_far_generations_share_a_lane(vault: object, tmp_path: Path) -> None:
    chain = {f"p{i}.md": f"---\nkind: paper\nbuilds_on: [p{i - 1}]\n---\n# Paper {i}\n" for i in range(1, 9)}
    run = vault({"p0.md": "---\nkind: paper\n---\n# Paper 0\n", **chain})  # type: ignore[operator]
    path = tmp_path / "p8.json"
    assert run("lineage", "p8", "-o", str(path)).code == 0
    lanes = {lane["name"]: lane["papers"] for lane in json.loads(path.read_text("utf-8"))["lanes"]}
    near = {f"{i} step{'s' * (i > 1)} before": 1 for i in range(1, 5)}
    assert lanes == {"this paper": 1, **near, "5 steps or more before": 4}


def test_the_matrix_of_patterns_is_drawn(paperkb: Run, tmp_path: Path) -> None:
    svg, data = tmp_path / "gaps.svg", tmp_path / "gaps.json"
    assert paperkb("patterns", "gaps", "-o", str(svg)).code == 0
    root = ET.fromstring(svg.read_bytes())
    assert root.findtext(f"{SVG}title") == "Patterns and families"
    assert paperkb("patterns", "gaps", "-o", str(data)).code == 0
    assert json.loads(data.read_text("utf-8")) == paperkb("patterns", "gaps", "--json").json


@pytest.mark.parametrize(("command", "said"), [
    (("timeline", "-o", "x.doc"), r"cannot write `\.doc` - name a file that ends in \.svg, .* \.png or \.html"),
    (("lineage", "ensemble", "-o", "x.html"), r"cannot write `\.html` - name a file that ends in \.svg, "),
    (("patterns", "gaps", "-o", "x"), r"cannot write `x` - name a file that ends in \.svg, \.png or \.json"),
    (("patterns", "-o", "x.svg"), "only the matrix can be drawn"),
    (("timeline", "-o", "no/such/folder/x.dot"), "No such file or directory - choose another place"),
    (("lineage", "lost-note", "--to", "ensemble", "-o", "x.svg"), "no chain of builds-on joins lost-note and ensemble"),
    (("timeline", "--theme", "blue", "-o", "x.svg"), "theme"),
])
def test_failures_are_one_line_and_leave_no_file(
    paperkb: Run, tides: Path, command: tuple[str, ...], said: str
) -> None:
    before = set(tides.rglob("*"))
    done = paperkb(*command)
    assert done.code == 1
    assert re.search(said, done.err), done.err
    assert done.err.count("\n") == 1
    assert set(tides.rglob("*")) == before
