"""Implementations and experiments in the graph: what implements a paper, and what only asks about it."""

from contextlib import closing
from pathlib import Path

import pytest

from kb.model import Implementation
from kb.query.answer import ask
from kb.query.names import find
from kb.store import Store
from linker.card import card as card_of
from linker.changes import Source
from linker.check import findings
from linker.edges import into
from linker.refresh import refresh
from tests.linker.conftest import Cards, card, write

NOTE = "---\ntitle: {0}\nkey: {0}\nkind: paper\nbuilds_on: [{1}]\n---\n"

LAYER = card("layer", "key:sea")
QUESTION = card("which-layer", "key:sea", "key:air")._replace(role="experiment", question="Which one?", answer="Both.")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write(tmp_path / "notes", {"sea.md": NOTE.format("sea", "air"), "air.md": NOTE.format("air", "")})


def opened(tmp_path: Path, notes: Path, *cards: Implementation) -> Store:
    store = Store(tmp_path / "index.sqlite")
    refresh(store, [Source("own", notes)], Cards(cards))
    return store


def test_an_experiment_is_linked_to_its_papers_and_implements_none(tmp_path: Path, notes: Path) -> None:
    with closing(opened(tmp_path, notes, LAYER, QUESTION)) as store:
        sea = find(store, "sea", kinds=("paper",))
        edges = [edge for edge in into(store, sea.node) if edge.source.startswith("implementation:")]
        assert [(edge.type, edge.source, edge.role, edge.why) for edge in edges] == [
            ("implements", "implementation:layer", "", ""),
            ("links", "implementation:which-layer", "experiment", "Which one?"),
        ]
        assert [paper.key for paper in ask(store, "has:code").papers] == ["sea"]
        assert card_of(store, sea)["code"]["id"] == "layer"
        shown = card_of(store, find(store, "which-layer"))
        assert (shown["code"]["question"], shown["code"]["answer"]) == ("Which one?", "Both.")


def test_an_experiment_that_goes_takes_its_links_along(tmp_path: Path, notes: Path) -> None:
    opened(tmp_path, notes, LAYER, QUESTION).close()
    with closing(opened(tmp_path, notes, LAYER)) as store:
        assert [edge.type for edge in into(store, find(store, "air").node)] == ["builds-on"]


def test_an_experiment_about_no_note_is_a_finding(tmp_path: Path, notes: Path) -> None:
    lost = QUESTION._replace(papers=("key:nowhere",))
    with closing(opened(tmp_path, notes, LAYER, lost)) as store:
        assert [f.path for f in findings(store, shipped=True) if f.code == "card-without-note"] == ["which-layer.py"]
    with closing(opened(tmp_path, notes, LAYER, QUESTION)) as store:
        assert not [f for f in findings(store, shipped=True) if f.code == "card-without-note"]


def test_a_paper_that_is_only_asked_about_is_an_orphan_still(tmp_path: Path) -> None:
    notes = write(tmp_path / "notes", {"air.md": NOTE.format("air", "")})
    with closing(opened(tmp_path, notes, QUESTION)) as store:
        assert [f.code for f in findings(store)] == ["orphan"]
        assert [paper.key for paper in ask(store, "is:orphan").papers] == ["air"]


def test_what_is_stale_names_the_command_that_renews_it(tmp_path: Path, notes: Path) -> None:
    training = {"id": "small-net", "status": "stale", "place": ("small_net.py", 7)}
    table, checks = {"kind": "experiment", "stale": True}, {"kind": "verify", "stale": True}
    layer = LAYER._replace(status="stale", records=(checks,), trainings=(training,))
    question = QUESTION._replace(status="stale", records=(checks, table))
    asked = QUESTION._replace(id="which-net", status="stale", records=(checks, {**table, "stale": False}))
    with closing(opened(tmp_path, notes, layer, question, asked)) as store:
        stale = [f for f in findings(store, shipped=True) if f.code == "record-stale"]
        assert [(f.path, f.line, f.hint) for f in stale] == [
            ("layer.py", 1, "paperkb verify layer"),
            ("small_net.py", 7, "paperkb run small-net"),
            ("which-layer.py", 1, "paperkb run which-layer"),
            ("which-layer.py", 1, "paperkb verify which-net"),
        ]


def test_a_training_leads_to_what_it_trains(tmp_path: Path, notes: Path) -> None:
    trained = LAYER._replace(trainings=({"id": "small-net"},))
    with closing(opened(tmp_path, notes, trained)) as store:
        assert find(store, "small-net").key == "layer"
