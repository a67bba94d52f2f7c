"""The curated vault: it is free of findings, complete, and answers what the product promises."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import paperkb
from reference_impls.harness.registry import studies
from tests.cli.conftest import ROOT, Result, Run, run_command

PAPERS = ROOT / "papers"
NOTES = sorted(PAPERS.glob("*.md"))
NOTES.remove(PAPERS / "README.md")
ROOTS = {"dropout", "gan", "vae", "weight-decay", "word2vec"}
"""Papers whose facts name no predecessor."""

CATEGORIES = {
    "Early Neural Networks & CNNs",
    "Sequence Modeling",
    "Optimization & Regularization",
    "Self-Supervised Learning",
    "Reinforcement Learning",
    "Transformers",
    "Generative Models",
    "Efficiency",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ask(home: Path) -> Run:
    return lambda *arguments: run_command(arguments, PAPERS, home, PAPERKB_VAULT=str(PAPERS))


@pytest.fixture(scope="module")
def cards(home: Path) -> dict[str, dict[str, Any]]:
    with paperkb.open(index=home / "index.sqlite") as vault:
        return {note.stem: vault.show(f"paper:{note.stem}") for note in NOTES}


def keys(answer: Result) -> set[str]:
    return {paper["key"] for paper in answer.json["papers"]}


def test_patterns_find_their_papers(ask: Run) -> None:
    assert keys(ask("query", "pattern:moving-average", "--json")) >= {"adam", "batchnorm"}
    assert keys(ask("query", "pattern:multi-x", "--json")) >= {"moe", "transformer"}


def test_what_builds_on_resnet_in_the_end(ask: Run) -> None:
    assert "transformer" in keys(ask("query", "builds-on:resnet*", "--json"))


def test_both_shortest_paths_from_lora_to_batchnorm(ask: Run) -> None:
    answer = ask("lineage", "lora", "--to", "batchnorm", "--json").json
    chains = [[step["source"] for step in path] + [path[-1]["target"]] for path in answer["paths"]]
    assert chains == [
        ["lora", "transformer", "resnet", "batchnorm"],
        ["lora", "transformer", "layernorm", "batchnorm"],
    ]
    assert all(step["why"] and step["line"] for path in answer["paths"] for step in path)
    shown = ask("lineage", "lora", "--to", "batchnorm").out
    assert all(step["why"] in shown for path in answer["paths"] for step in path)


def test_a_mistake_is_one_caret_and_exit_code_1(ask: Run) -> None:
    done = ask("query", "year:>=20x")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("^") == 1
    line = done.err.split("\n")[1]
    assert line[done.err.split("\n")[2].index("^") :] == "20x"


def test_check_finds_nothing_wrong(ask: Run) -> None:
    answer = ask("check", "--json").json
    assert [finding for finding in answer["findings"] if finding["severity"] != "notice"] == []
    assert answer["cards"] == []


def test_no_name_means_two_notes(home: Path) -> None:
    """Each stem and alias belongs to one note; only a paper may share a pattern's name, and the pattern comes first."""

    def folded(name: str) -> str:
        return re.sub(r"[\W_]+", " ", name).strip().casefold()

    stems = Counter(folded(note.stem) for note in PAPERS.rglob("*.md") if note.name != "README.md")
    names: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}  # of papers, of patterns and constraints
    with paperkb.open(index=home / "index.sqlite") as vault:
        for note in sorted(PAPERS.rglob("*.md")):
            if note.name != "README.md":
                aliases = vault.show(str(note.relative_to(PAPERS).as_posix()))["aliases"]
                names[note.parent == PAPERS].update({folded(name) for name in (note.stem, *aliases)})
    assert [name for each in (stems, *names.values()) for name, count in each.items() if count > 1] == []
    assert all(not stems[name] for name in names[False] - stems), "the alias of a pattern is the stem of a paper"


@pytest.mark.parametrize("key", [note.stem for note in NOTES])
def test_each_paper_is_whole(key: str, cards: dict[str, dict[str, Any]]) -> None:
    card = cards[key]
    assert card["key"] == key
    assert card["authors"]
    assert card["date"]
    assert card["arxiv_id"] or card["doi"] or card["venue"]
    assert card["family"]
    assert card["category"] in CATEGORIES
    assert card["patterns"], "patterns"
    assert card["constraints"], "constraints"
    assert card["implementation"], "an implementation"
    assert card["code"]["claim"], "a claim"
    body = (PAPERS / f"{key}.md").read_text("utf-8")
    for section in ("Uses", "Raises", "Made possible", "Claim", "Open question"):
        assert f"\n## {section}\n" in body, section


@pytest.mark.parametrize("key", [note.stem for note in NOTES])
def test_each_edge_says_why(key: str, cards: dict[str, dict[str, Any]]) -> None:
    edges = cards[key]["edges"]["out"]
    for kind in ("builds-on", "uses-pattern", "raises-constraint"):
        said = {edge["target"] for edge in edges if edge["type"] == kind and edge["why"]}
        assert said == {edge["target"] for edge in edges if edge["type"] == kind}

    both = (*edges, *cards[key]["edges"]["in"])
    assert [edge for edge in both if edge["type"] == "builds-on"] or key in ROOTS, "lineage"


def test_patterns_and_constraints_that_notes_use_have_notes(cards: dict[str, dict[str, Any]]) -> None:
    targets = {edge["target"] for card in cards.values() for edge in card["edges"]["out"]}
    used = {name for card in cards.values() for name in (*card["patterns"], *card["constraints"])}
    assert not {f"ghost:{name}" for name in used} & targets
    assert {path.stem for path in (PAPERS / "constraints").glob("*.md")} == {
        "data",
        "parameters",
        "optimization-regularization",
        "architecture",
        "compute",
        "compute-efficiency",
        "energy",
    }


def test_a_paper_that_a_growth_study_cites_has_an_implementation_that_shows_the_curve(
    cards: dict[str, dict[str, Any]],
) -> None:
    cited = {curve.paper for study in studies().values() for curve in study.scaling.curves}
    shown = {
        paper
        for card in cards.values()
        for paper in card["code"]["papers"]
        if any(record["kind"] == "growth" and record["paper"]["id"] == paper for record in card["code"]["records"])
    }
    assert cited == shown
