"""A picture written over an earlier one keeps papers where readers know them, by the real command."""

import os
import shutil
from pathlib import Path

import pytest

from cli.render.timeline.remembered import remembered
from tests.cli.conftest import ROOT, run_command

NEW = "alexnet.md"


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_a_new_note_moves_no_paper_of_the_picture_that_is_there(tmp_path: Path, ending: str) -> None:
    vault, picture, fresh = tmp_path / "vault", tmp_path / f"all.{ending}", tmp_path / f"fresh.{ending}"
    shutil.copytree(ROOT / "papers", vault)
    (vault / NEW).rename(tmp_path / NEW)

    def draw(path: Path, *options: str) -> bytes:
        asked = ("--own", "--vault", str(vault), "timeline", *options, "-o", str(path))
        assert run_command(asked, tmp_path, tmp_path).code == 0
        return path.read_bytes()

    first = draw(picture)
    assert draw(picture) == first  # nothing new: the same bytes
    before = remembered(picture, "category")
    (tmp_path / NEW).rename(vault / NEW)
    draw(picture)
    draw(fresh)
    after, anew = remembered(picture, "category"), remembered(fresh, "category")
    assert before
    assert after
    assert anew
    assert set(after.rows) - set(before.rows) == {"alexnet"}
    assert after.lanes == before.lanes
    moved = {key for key, row in before.rows.items() if after.rows[key] != row}
    assert len(moved) <= 1
    assert len(moved) < len({key for key, row in before.rows.items() if anew.rows[key] != row})
    assert remembered(picture, "family") is None  # other lanes, other places
    assert draw(picture, "--lanes", "family") == draw(fresh, "--lanes", "family")


@pytest.mark.parametrize("there", ["", "<svg></svg>", "<metadata>[</metadata>", "<metadata>[1]</metadata>",
                                   '<metadata>{"facet":"category","lanes":1,"rows":{"adam":"x"}}</metadata>',
                                   '<metadata>{"facet":"category","lanes":["a"],"rows":{"adam":Infinity}}</metadata>',
                                   '<script type="application/json" id="data">{"lanes":[]}</script>'])
def test_what_is_no_picture_of_ours_is_not_believed(tmp_path: Path, there: str) -> None:
    for ending in ("svg", "html"):
        path = tmp_path / f"x.{ending}"
        path.write_text(there, "utf-8")
        assert remembered(path, "category") is None
    (tmp_path / "bytes.svg").write_bytes(b"\xff\xfe<metadata>")
    assert remembered(tmp_path / "bytes.svg", "category") is None
    assert remembered(tmp_path / "none.svg", "category") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_nothing_is_read_from_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.svg"
    os.mkfifo(pipe)
    assert remembered(pipe, "category") is None
