"""Answers as programs get them: their values and their form. `test_programs` has every key."""

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from cli.as_json import as_json
from tests.cli.conftest import Run, environment


def test_query(paperkb: Run) -> None:
    answer = paperkb("query", "--json").json
    assert answer["total"] == len(answer["papers"]) == 5
    assert {paper["code_status"] for paper in answer["papers"]} == {"none"}
    assert [(paper["year"], paper["date"]) for paper in answer["papers"]][1:4] == [
        (1903, "1903"),
        (1921, "1921-05"),
        (1956, "1956-11-02"),
    ]
    assert paperkb("query", "--json", "--limit", "0").json == {"schema": "paperkb.query/1", "papers": [], "total": 5}
    assert paperkb("query", "--format", "json").out == paperkb("query", "--json").out
    some = paperkb("query", "tag:sea", "--json", "--fields", "year,key").json
    assert some["papers"] == [{"key": "kelvin-machine", "year": 1876}, {"key": "harmonic", "year": 1921}]


def test_an_entry_that_holds_no_other_is_a_line_and_all_else_is_indented(paperkb: Run) -> None:
    told = paperkb("query", "--json")
    lines = [line for line in told.out.split("\n") if line.startswith("  {")]
    assert [json.loads(line.removesuffix(",")) for line in lines] == told.json["papers"]
    card = paperkb("show", "digest.md", "--json")
    [document] = card.json["documents"]
    shown = json.dumps(document, indent=1, sort_keys=True).replace("\n", "\n  ")
    assert f'\n "documents": [\n  {shown}\n ],\n' in card.out


def test_a_long_answer_is_printed_piece_by_piece() -> None:
    papers = [{"key": f"paper-{number}", "tags": ["a", "b"]} for number in range(10_000)]
    pieces = list(as_json("query", {"papers": papers, "total": len(papers)}))
    assert json.loads("".join(pieces)) == {"schema": "paperkb.query/1", "papers": papers, "total": 10_000}
    assert max(map(len, pieces)) < 100


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], "subprocess.Popen[str]"]:
    """Starts a `paperkb query --json` that prints more than a pipe holds."""
    root = tmp_path_factory.mktemp("many")
    for number in range(300):
        (root / f"p{number}.md").write_text(f"---\nkind: paper\ntitle: {f'Title {number} ' * 90}\n---\n")
    words = [sys.executable, "-m", "cli.main", "--own", "--vault", str(root), "query", "--json"]
    return lambda: subprocess.Popen(
        words, env=environment(root / ".home"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_whoever_stops_reading_ends_it_without_a_word(many: Callable[[], "subprocess.Popen[str]"]) -> None:
    with many() as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "{\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_ctrl_c_in_the_middle_of_an_answer_is_one_line(many: Callable[[], "subprocess.Popen[str]"]) -> None:
    with many() as process:
        assert process.stdout
        assert process.stdout.readline() == "{\n"
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (1, "paperkb: interrupted\n")
    assert not rest.endswith("}\n")


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("harmonic", "paper", "harmonic"),
        ("residual", "pattern", "residual"),
        ("labor", "constraint", "labor"),
        ("seiche", "ghost", "seiche"),
        ("digest.md", "document", "digest.md"),
        ("impl:lora", "implementation", "lora"),
    ],
)
def test_show(paperkb: Run, name: str, kind: str, key: str) -> None:
    card = paperkb("show", name, "--json").json
    assert (card["kind"], card["key"]) == (kind, key)


def test_show_tells_where_everything_stands(paperkb: Run) -> None:
    card = paperkb("show", "storm-surge", "--json").json
    assert card["sources"]["date"] == [{"path": "storm-surge.md", "line": 4, "value": "1956-11-02", "source": "own"}]
    [edge] = [edge for edge in card["edges"]["out"] if edge["type"] == "builds-on"]
    assert (edge["source"], edge["target"], edge["path"], edge["line"], edge["why"]) == (
        "paper:storm-surge",
        "paper:harmonic",
        "storm-surge.md",
        17,
        "their sum is taken away, what is left is the surge.",
    )


def test_show_of_a_document(paperkb: Run) -> None:
    [document] = paperkb("show", "digest.md", "--json").json["documents"]
    assert document["about"] is None
    assert [(link["target"], link["line"], link["column"]) for link in document["links"]] == [
        ("harmonic.md", 3, 3),
        ("storm-surge.md", 3, 28),
        ("ghost:seiche", 4, 3),
        ("ghost:harmonics", 4, 39),
    ]
    [about] = paperkb("show", "harmonic", "--json").json["documents"]
    assert about["about"] == "harmonic"


def test_index_and_check(paperkb: Run) -> None:
    answer = paperkb("index", "--json").json
    assert (answer["documents"], answer["papers"], answer["ghosts"]) == (10, 5, 3)
    assert answer["links"] == {"resolved": 15, "ambiguous": 0, "missing": 3, "external": 0}
    found = paperkb("check", "--json").json
    assert sum(found["counts"].values()) == len(found["findings"])
    assert all(finding["hint"] for finding in found["findings"])


def test_lineage_and_patterns(paperkb: Run) -> None:
    tree = paperkb("lineage", "storm-surge", "--json").json
    [harmonic] = tree["ancestors"]
    assert (harmonic["key"], harmonic["branches"][0]["key"]) == ("harmonic", "kelvin-machine")
    assert (harmonic["path"], harmonic["line"]) == ("storm-surge.md", 17), "where the why is written"
    assert (harmonic["branches"][0]["path"], harmonic["branches"][0]["line"]) == ("harmonic.md", 20)
    assert [branch["key"] for branch in tree["descendants"]] == ["ensemble"]
    assert tree["total"] == {"ancestors": 2, "descendants": 1}
    near = paperkb("lineage", "ensemble", "--depth", "1", "--json").json
    assert (len(near["ancestors"]), near["total"]) == (2, {"ancestors": 3, "descendants": 0})
    ways = paperkb("lineage", "kelvin-machine", "--to", "storm-surge", "--json").json
    met = [(paper["key"], paper["kind"], paper["date"]) for paper in ways["papers"]]
    assert met == [
        ("kelvin-machine", "paper", "1876"),
        ("harmonic", "paper", "1921-05"),
        ("storm-surge", "paper", "1956-11-02"),
    ]
    apart = paperkb("lineage", "lost-note", "--to", "ensemble", "--json").json
    assert (apart["paths"], apart["papers"]) == ([], [])
    assert paperkb("lineage", "harmonic", "--to", "harmonic", "--json").json["paths"] == []
    known = {pattern["key"]: pattern for pattern in paperkb("patterns", "--json").json["patterns"]}
    assert known["many-runs"]["broader"] == ["sum-of-waves"]
    assert (known["sum-of-waves"]["papers"], known["sum-of-waves"]["total"]) == (["kelvin-machine", "harmonic"], 2)


def test_gaps_name_the_empty_cell_next_to_full_ones(vault: Callable[..., Run]) -> None:
    note = "---\ntitle: {0}\nkind: paper\nfamily: {1}\npatterns: [{2}]\n---\n"
    notes = {"p.md": note.format("p", "sea", "a, b, c"), "q.md": note.format("q", "air", "a, b")}
    assert vault(notes)("patterns", "gaps", "--json").json["gaps"] == []        # one similar family is not enough
    run = vault({**notes, "r.md": note.format("r", "land", "a, b, c")})
    found = {"pattern": "c", "family": "air", "near": ["land", "sea"]}
    assert run("patterns", "gaps", "--json").json["gaps"] == [found]
    shown = run("patterns", "gaps").out
    assert "c  in air  seen in land, sea" in shown
    rows = [line.split() for line in shown.split("\n")[3:6]]
    assert rows == [["a", "1", "1", "1"], ["b", "1", "1", "1"], ["c", "?", "1", "1"]]


def test_the_columns_of_gaps_stand_under_their_families_however_wide_a_name_and_large_a_count(
    vault: Callable[..., Run],
) -> None:
    note = "---\nkind: paper\nfamily: {0}\npatterns: [{1}]\n---\n"
    notes = {f"p{n}.md": note.format("sea", "gate, 注意力") for n in range(100)} | {"q.md": note.format("air", "gate")}
    assert vault(notes)("patterns", "gaps").out.split("\n")[:4] == [
        "        sea ┐",
        "    air ┐   │",
        "gate    1   100",
        "注意力  ·   100",
    ]


@pytest.mark.parametrize("form", ["csv", "md"])
def test_tables_for_other_programs_lose_no_letter_in_a_pipe(vault: Callable[..., Run], form: str) -> None:
    run = vault({"a.md": "---\nkind: paper\ntitle: Über 中文\n---\n"})
    told = run("query", "--format", form, PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
    assert "Über 中文" in told.out


def test_formats_agree(paperkb: Run) -> None:
    keys = [paper["key"] for paper in paperkb("query", "--json").json["papers"]]
    assert paperkb("query", "--format", "keys").out.split() == keys
    rows = csv.DictReader(io.StringIO(paperkb("query", "--format", "csv", "--fields", "key,title").out))
    assert [row["key"] for row in rows] == keys
    table = paperkb("query", "--format", "md", "--fields", "key").out.split("\n")[2:-1]
    assert [line.strip("| ") for line in table] == keys


def test_one_bad_note_stops_nothing(vault: Callable[..., Run]) -> None:
    run = vault({"bad.md": "---\ntitle: [unclosed\n---\n[[good]]\n", "good.md": "---\ntitle: Good\nkind: paper\n---\n"})
    assert run("query", "--format", "keys").out == "good\n"
    assert run("check").code == 2
    assert "bad.md:" in run("check").out


def test_a_ghost_that_is_called_as_a_paper_is_drawn_beside_it(vault: Callable[..., Run]) -> None:
    note = "---\nkind: paper\ntitle: {}\n---\n## Builds on\n\n{}\n"
    run = vault({
        "paperkb.toml": 'links = "obsidian"',                                   # links by key are not followed
        "bar.md": "---\nkind: paper\nkey: foo\ntitle: Bar\n---\n",
        "baz.md": note.format("Baz", "- [[foo]]: old\n- [[bar]]: new"),
    })  # fmt: skip
    assert run("query", "is:paper,ghost", "--format", "keys").out.split() == ["baz", "foo", "foo"]
    drawn = run("timeline", "is:paper,ghost", "--json").json
    assert sorted(node["key"] for node in drawn["nodes"]) == ["baz", "foo", "ghost:foo"]
    assert run("lineage", "baz", "-o", "way.json").code == 0
    assert run("lineage", "baz", "-o", "way.mmd", "--json").json["papers"] == 3


def test_a_lineage_too_deep_for_json_is_refused_in_one_line(vault: Callable[..., Run]) -> None:
    steps = range(1100)  # deeper than Python recurses
    notes = {f"p{n}.md": f"---\nkind: paper\n---\n## Builds on\n\n- [[p{n - 1}]]\n" for n in steps}
    run = vault(notes)
    whole = run("lineage", "p1099", "--json")
    assert (whole.code, whole.out) == (1, "")
    assert whole.err.startswith("paperkb: the tree is hundreds of steps deep")
    assert "--depth" in whole.err
    assert run("lineage", "p1099", "--depth", "400", "--json").json["key"] == "p1099"
    assert len(run("lineage", "p1099", "--to", "p0", "--json").json["paths"][0]) == 1099
