"""A page holds what the command line says: the same facts and edges, whatever the picture leaves out."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import paperkb
from benchmarks.timeline.sets import synthetic, write_vault
from cli.page import data as page
from kb.model import Diagnostic
from tests.cli.conftest import CURATED, make_vault
from tests.cli.page.made import of_store

Notes = dict[str, str]
Made = Callable[..., dict[str, Any]]
LINKED = "2"
"""The digit of a plain link."""


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[paperkb.Vault]:
    with paperkb.open(index=tmp_path_factory.mktemp("index") / "index.sqlite") as vault:
        yield vault


@pytest.fixture(scope="module")
def shown(curated: paperkb.Vault) -> dict[str, Any]:
    return of_store(curated._store)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """The page of a vault with these notes."""

    def make(notes: Notes, query: str = "", **more: Any) -> dict[str, Any]:
        root = make_vault(tmp_path / "vault", notes)
        with paperkb.open(root, own=True, index=tmp_path / "index.sqlite") as vault:
            return of_store(vault._store, query, **more)

    return make


def note(title: str, date: str = "2001", body: str = "", **fields: str) -> str:
    front = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f'---\nkind: paper\ntitle: "{title}"\nauthors: [A. Nobody]\ndate: {date}\n{front}---\n{body}\n'


def column(data: dict[str, Any], name: str, i: int, empty: Any = None) -> Any:
    """The value of a paper in a column that may be sparse, or absent."""
    found = data["papers"].get(name, {})
    if "at" in found:
        return found["of"][found["at"][i]]
    return found.get(str(i), empty) if isinstance(found, dict) else found[i]


def test_the_facts_are_those_that_show_tells(curated: paperkb.Vault, shown: dict[str, Any]) -> None:
    assert len(shown["papers"]["key"]) == CURATED
    for i, key in enumerate(shown["papers"]["key"]):
        card = curated.show(f"paper:{key}")
        assert (shown["papers"]["title"][i] or shown["papers"]["label"][i]) == card["title"]
        assert shown["papers"]["date"][i] == card["date"]
        for name in ("authors", "tags", "patterns", "constraints"):
            assert sorted(column(shown, name, i, [])) == sorted(card[name])
        for name in ("venue", "family", "category", "arxiv_id", "doi", "code_status"):
            assert column(shown, name, i) == card[name]
        assert column(shown, "path", i, f"{shown['paths'][0]}{key}{shown['paths'][1]}") == card["path"]
        code, stored = column(shown, "implementation", i), card["code"]
        assert (code["command"], code["status"]) == (f"paperkb run {card['implementation']}", card["code_status"])
        assert (code["claim"], code["grade"]) == (stored["claim"], stored["grade"])
        assert {code["verdict"]} == {record["verdict"] for record in stored["records"] if record["kind"] == "claim"}
        assert column(shown, "bibtex", i).startswith("@")
        assert str(card["year"]) in column(shown, "bibtex", i)


def test_every_edge_of_every_paper_is_there_and_no_other(curated: paperkb.Vault, shown: dict[str, Any]) -> None:
    keys = [f"paper:{key}" for key in shown["papers"]["key"]]
    kinds = {"p": "paper", "g": "ghost", "t": "pattern", "c": "constraint"}
    keys += [f"{kinds[kind]}:{key}" for kind, key in zip(shown["others"]["kind"], shown["others"]["key"])]
    told = {
        (keys[source], keys[target], ("builds-on", "cites")[int(kind)])
        for edges in (shown["edges"], shown["others"]["edges"])
        for source, target, kind in zip(edges["source"], edges["target"], edges["kind"])
        if kind != LINKED
    }
    known = {
        (edge["source"], edge["target"], edge["type"])
        for key in shown["papers"]["key"]
        for side in ("out", "in")
        for edge in curated.show(f"paper:{key}")["edges"][side]
        if edge["type"] in ("builds-on", "cites")
    }
    assert told == known
    assert len(shown["edges"]["why"]) + len(shown["others"]["edges"]["why"]) == len(known), "each edge says why"


def test_plain_links_are_there_once_and_only_where_nothing_says_more(
    curated: paperkb.Vault, shown: dict[str, Any]
) -> None:
    keys, edges = shown["papers"]["key"], shown["edges"]
    told = [
        (frozenset((keys[source], keys[target])), kind)
        for source, target, kind in zip(edges["source"], edges["target"], edges["kind"])
    ]
    linked = {pair for pair, kind in told if kind == LINKED}
    typed = {pair for pair, kind in told if kind != LINKED}
    written = {
        frozenset((key, edge["target"].partition(":")[2]))
        for key in keys
        for edge in curated.show(f"paper:{key}")["edges"]["out"]
        if edge["type"] == "links" and edge["target"].startswith("paper:")
    }
    assert linked == written - typed
    assert len(linked) == edges["kind"].count(LINKED) > 0
    assert shown["telling"] == "0", "what builds on what is known, so they are not drawn"


def test_what_the_picture_leaves_out_is_marked_and_kept(shown: dict[str, Any]) -> None:
    implied = shown["edges"]["implied"]
    assert implied.count("1") == shown["hidden_implied"] > 0
    assert not {str(i) for i, bit in enumerate(implied) if bit == "1"} & shown["edges"]["path"].keys()


def test_columns_have_one_length_oldest_first_and_are_the_same_each_time(
    curated: paperkb.Vault, shown: dict[str, Any]
) -> None:
    count = len(shown["papers"]["key"])
    assert {len(values) for values in shown["papers"].values() if not isinstance(values, dict)} == {count}
    assert shown["papers"]["x"] == sorted(shown["papers"]["x"])
    assert sorted(shown["papers"]["rank"]) == list(range(count))
    assert json.dumps(of_store(curated._store)) == json.dumps(shown)


def test_a_part_of_the_vault_names_what_it_is_linked_to(curated: paperkb.Vault) -> None:
    data = of_store(curated._store, "year:2017")
    count, others = len(data["papers"]["key"]), data["others"]
    assert set(data["papers"]["key"]) == {"adamw", "gat", "moe", "ppo", "revnet", "transformer", "vqvae", "wgan-gp"}
    assert data["query"] == "year:2017"
    assert not others["complete"]
    assert max(data["edges"]["source"] + data["edges"]["target"], default=0) < count
    outside = {key for kind, key in zip(others["kind"], others["key"]) if kind == "p"}
    assert {"vit", "resnet", "adam"} <= outside
    assert not outside & set(data["papers"]["key"])
    for source, target in zip(others["edges"]["source"], others["edges"]["target"]):
        assert (source < count) != (target < count), "exactly one end is a paper of the page"


def test_a_story_tells_of_the_papers_that_are_shown(curated: paperkb.Vault, shown: dict[str, Any]) -> None:
    told = [[shown["papers"]["key"][i] for i, _ in story["steps"]] for story in shown["stories"]]
    assert {("backprop", "transformer"), ("transformer", "flash-attention")} < {(keys[0], keys[-1]) for keys in told}
    assert all(sentence.endswith(".") for story in shown["stories"] for _, sentence in story["steps"])
    assert of_store(curated._store, "year:1986")["stories"] == [], "one paper makes no story"


def test_what_deceives_the_eye_is_taken_out(made: Made) -> None:
    hidden = "A\u202eevil\u2066 \u200fend\u0007"
    data = made({"a.md": note(hidden, venue=f'"{hidden}"', tags=f'["{hidden}"]', body=f"\n{hidden} {'word ' * 20}")})
    assert not [sign for sign in "\u202e\u2066\u200f\u0007" if sign in json.dumps(data["papers"], ensure_ascii=False)]
    assert data["papers"]["label"] == ["Aevil end"]


def test_no_date_and_no_paper_at_all(made: Made) -> None:
    data = made({"a.md": note("Ants Walk", "n.d."), "b.md": note("Bees Fly", "1999-05")})
    assert data["papers"]["date"] == ["1999-05", ""]
    assert data["undated"]
    empty = made({}, "year:1800")
    assert empty["papers"]["key"] == []
    assert empty["edges"]["source"] == []


def test_links_against_time_and_links_that_are_not_drawn(made: Made) -> None:
    data = made(
        {
            "a.md": note("Ants Walk", "2001-05", "## Cites\n\n- [[b]]: a later version did.\n"),
            "b.md": note("Bees Fly", "2002", "## Builds on\n\n- [[a]]: legs.\n"),
        }
    )
    found = {
        (s, t, k, data["edges"]["backward"][i])
        for i, (s, t, k) in enumerate(zip(data["edges"]["source"], data["edges"]["target"], data["edges"]["kind"]))
    }
    assert found == {(0, 1, "1", "1"), (1, 0, "0", "0")}
    assert list(data["edges"]["path"]) == [str(data["edges"]["kind"].index("0"))], "the picture draws only builds-on"


def test_summaries_are_the_notes_own_or_their_first_paragraph(made: Made) -> None:
    body = "# Ants Walk\n\nAnts find the short way by what others left on the ground before them.\n\nMore."
    said = "They fly in circles, and others understand where the flowers are."
    data = made({"a.md": note("Ants Walk", "2001", body), "b.md": note("Bees Fly", "2002", body, summary=said)})
    assert column(data, "summary", 0) == "Ants find the short way by what others left on the ground before them."
    assert column(data, "summary", 1) == said


def test_large_vaults_leave_out_what_would_not_fit(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "CITED", 1)
    data = made({"a.md": note("Ants Walk"), "b.md": note("Bees Fly")})
    assert "bibtex" not in data["papers"]


def test_the_pages_that_other_sites_have_of_a_paper(made: Made) -> None:
    cited = "see <https://papers.nips.cc/paper/7181-attention-is-all-you-need.pdf>"
    data = made({"a.md": note("Ants", "2001", cited, url="https://ieeexplore.ieee.org/abstract/document/726791"),
                 "b.md": note("Bees", "2002", "", arxiv="'1706.03762'")})  # fmt: skip
    assert data["papers"]["sites"] == {"0": [["IEEE Xplore", "https://ieeexplore.ieee.org/document/726791"]]}


def test_findings_and_addresses_of_those_who_serve(made: Made) -> None:
    finding = Diagnostic("a.md", 3, 1, "ghost", "notice", "nobody", "write it")
    data = made({"a.md": note("Ants Walk")}, findings=[finding], urls={"a": "papers/a.html"})
    assert data["findings"] == [
        {
            "path": "a.md",
            "line": 3,
            "column": 1,
            "code": "ghost",
            "severity": "notice",
            "message": "nobody",
            "hint": "write it",
        }
    ]
    assert data["papers"]["url"] == {"0": "papers/a.html"}


def test_five_thousand_papers_stay_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of each further paper, without its summary and reference, which large pages leave out."""
    monkeypatch.setattr(page, "CITED", 0)
    sizes = []
    for count in (100, 300):
        write_vault(synthetic(count), tmp_path / str(count))
        with paperkb.open(tmp_path / str(count), own=True, index=tmp_path / f"{count}.sqlite") as vault:
            sizes.append(len(json.dumps(of_store(vault._store), ensure_ascii=False, separators=(",", ":"))))
    assert 5_000 * (sizes[1] - sizes[0]) / 200 < 660_000
