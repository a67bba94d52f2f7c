"""What an agent gets: the answers of the command, cut where they are long, and errors that it can act on."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.session import CommandError
from kb.query.answer import Paper
from tests.cli.conftest import Run
from tests.cli.mcp.conftest import Agent, Ask, agent

pytest.importorskip("mcp", reason="needs the extra `mcp`")

About = Callable[[dict[str, str]], Ask]

ALL_OF_A_CARD = ["code.records", "documents.diagnostics", "documents.links", "mentions", "sources"]
SAME: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("query", {"fields": [*Paper._fields]}, ("query",)),
    (
        "query",
        {"expression": "tag:sea -year:1876", "fields": ["key", "year"], "sort": "-date", "limit": 1},
        ("query", "tag:sea", "-year:1876", "--fields", "key,year", "--sort", "-date", "--limit", "1"),
    ),
    ("show", {"name": "Harbor tables", "also": ALL_OF_A_CARD}, ("show", "harmonic")),
    ("show", {"name": "digest.md", "also": ALL_OF_A_CARD}, ("show", "digest.md")),
    ("show", {"name": "residual", "also": ALL_OF_A_CARD}, ("show", "pattern:residual")),
    ("lineage", {"name": "storm-surge"}, ("lineage", "storm-surge")),
    ("lineage", {"name": "ensemble", "depth": 1}, ("lineage", "ensemble", "--depth", "1")),
    ("lineage", {"name": "ensemble", "to": "kelvin-machine"}, ("lineage", "ensemble", "--to", "kelvin-machine")),
    ("patterns", {}, ("patterns",)),
    ("check", {"severity": "notice"}, ("check",)),
]


@pytest.mark.parametrize(("tool", "arguments", "command"), SAME, ids=str)
def test_an_agent_is_told_what_the_command_prints(
    tool: str, arguments: dict[str, Any], command: tuple[str, ...], seaside: Agent, paperkb: Run
) -> None:
    result = seaside.call(tool, **arguments)
    [said] = result.content
    assert json.loads(said.text) == result.structured_content == paperkb(*command, "--json").json


def test_every_tool_only_reads_and_says_what_it_takes(seaside: Agent) -> None:
    tools = {tool.name: tool for tool in seaside.do("list_tools").tools}
    assert list(tools) == ["query", "show", "lineage", "patterns", "check", "note"]
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert tool.annotations.open_world_hint is False
        assert tool.description
        assert all(field["description"] for field in tool.input_schema["properties"].values())
        assert tool.input_schema["additionalProperties"] is False
    assert tools["show"].input_schema["required"] == ["name"]
    assert "builds-on:X" in tools["query"].description, "the query language is explained"


def test_what_is_left_out_is_counted_and_can_be_had(answers_about: About) -> None:
    paper = "---\nkind: paper\ntitle: {0}\ndate: {0}\npatterns: [waves]\n---\n[[hub]] and [[lost#none]]\n"
    notes = {f"p{year}.md": paper.format(year) for year in range(1900, 1950)}
    ask = answers_about({**notes, "hub.md": "---\nkind: paper\ntitle: Hub\n---\n# Hub\n\nA line.\n"})
    some = ask("query", expression="pattern:waves", fields=["key"], limit=2)
    assert some == {"papers": [{"key": "p1900"}, {"key": "p1901"}], "total": 50}
    hub = ask("show", name="hub")
    assert hub["left_out"] == {"edges.in": 10, "mentions": 50, "sources": 2}
    assert len(hub["edges"]["in"]) == 40
    assert "mentions" not in hub, "an empty list would say that there are none"
    whole = ask("show", name="hub", also=["edges.in", "mentions", "sources"])
    assert "left_out" not in whole
    assert (len(whole["edges"]["in"]), len(whole["mentions"]), list(whole["sources"])) == (50, 50, ["kind", "title"])
    told = ask("patterns", limit=3)
    [waves] = told["patterns"]
    assert (waves["papers"], waves["total"]) == (["p1900", "p1901", "p1902"], 50)
    assert told["left_out"] == {"patterns.papers": 47}
    found = ask("check", severity="notice", path="p190", limit=1)
    assert (len(found["findings"]), found["ghosts"]) == (1, [])
    assert found["left_out"] == {"findings": sum(found["counts"].values()) - 1}


def test_of_many_shortest_chains_the_first_are_told(answers_about: About) -> None:
    ways = {f"way{n}.md": "---\nkind: paper\nbuilds_on: [start]\n---\n" for n in range(12)}
    end = f"---\nkind: paper\nbuilds_on: [{', '.join(f'way{n}' for n in range(12))}]\n---\n"
    ask = answers_about({**ways, "start.md": "---\nkind: paper\n---\n", "end.md": end})
    told = ask("lineage", name="start", to="end", limit=10)
    assert (len(told["paths"]), told["left_out"]) == (10, {"paths": 2})
    assert len(ask("lineage", name="start", to="end")["paths"]) == 12


def test_of_a_broad_tree_what_is_nearest_is_told(answers_about: About) -> None:
    def paper(*builds_on: str) -> str:
        return f"---\nkind: paper\nbuilds_on: [{', '.join(builds_on)}]\n---\n"

    ask = answers_about({
        "root.md": paper("a", "b", "c"), "a.md": paper("d", "e"), "b.md": paper("f"), "c.md": paper(),
        "d.md": paper("g"), "e.md": paper(), "f.md": paper(), "g.md": paper(),
    })  # fmt: skip

    def shown(branches: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(branch["key"], branch.get("more", 0), *shown(branch["branches"])) for branch in branches]

    whole = ask("lineage", name="root")
    assert shown(whole["ancestors"]) == [("a", 0, ("d", 1), ("e", 0)), ("b", 0, ("f", 0)), ("c", 0)]
    some = ask("lineage", name="root", limit=4)
    assert shown(some["ancestors"]) == [("a", 1, ("d", 1)), ("b", 1), ("c", 0)]
    assert (some["total"]["ancestors"], "left_out" in some) == (7, False)
    few = ask("lineage", name="root", limit=2)
    assert (shown(few["ancestors"]), few["left_out"]) == ([("a", 2), ("b", 1)], {"ancestors": 1})


def test_warnings_come_first_and_notices_are_counted(answers_about: About) -> None:
    paper = "---\nkind: paper\ntitle: {}\n---\n{}\n"
    ask = answers_about({"a.md": paper.format("A", "[[wanted]]"), "b.md": paper.format("B", "[[#gone]]")})
    grave = ask("check")
    assert [(each["path"], each["code"]) for each in grave["findings"]] == [("b.md", "fragment-missing")]
    assert grave["counts"] == {"error": 0, "warning": 1, "notice": 2}
    assert grave["left_out"] == {"findings": 2, "ghosts": 1}
    all_of_them = ask("check", severity="notice")
    assert [each["severity"] for each in all_of_them["findings"]] == ["warning", "notice", "notice"]
    assert [ghost["key"] for ghost in all_of_them["ghosts"]] == ["wanted"]
    assert ask("check", severity="error")["findings"] == []


def test_what_builds_on_what_among_the_papers_found(seaside: Agent) -> None:
    found = seaside.ask("query", expression="category:tables OR year:1998", fields=["key"], edges=True)
    assert [paper["key"] for paper in found["papers"]] == ["harmonic", "storm-surge", "ensemble"]
    told = [
        ("ensemble", "storm-surge", "each run forecasts only the surge."),
        ("storm-surge", "harmonic", "their sum is taken away, what is left is the surge."),
    ]
    assert [(edge["source"], edge["target"], edge["why"]) for edge in found["edges"]] == told
    assert {edge["type"] for edge in found["edges"]} == {"builds-on"}


def test_many_questions_at_once(seaside: Agent) -> None:
    keys = ["harmonic", "ensemble", "storm-surge", "kelvin-machine"] * 5
    answers = seaside.ask_at_once([("show", {"name": key}) for key in keys])
    assert [answer["key"] for answer in answers] == keys


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("show", {"name": "harmonik"}, "nothing is named `harmonik` - did you mean `harmonic` or `harmonics`?"),
        (
            "show",
            {"name": "a"},
            "`a` may mean 2 things - give the key of one\n"
            "  paper:kelvin-machine  A Brass Machine that Adds Waves\n"
            "  paper:lost-note  A Gauge Nobody Read",
        ),
        (
            "query",
            {"expression": "tag:sea yaer:1921"},
            "unknown field `yaer` - did you mean `year`?\n  tag:sea yaer:1921\n          ^",
        ),
        ("query", {"fields": ["colour"]}, "unknown field `colour` - choose from key, title"),
        ("query", {"sort": "age"}, "cannot sort by `age` - use one of relevance, date, title, key, influence"),
        ("query", {"limit": -1}, "limit: Input should be greater than or equal to 0"),
        ("query", {"\x1b[1mmost": 3}, "[1mmost: Extra inputs are not permitted"),
        ("lineage", {}, "name: Field required"),
        ("lineage", {"name": "harmonic", "to": "nobody"}, "nothing is named `nobody` - "),
        ("note", {"name": "harmonic", "line": 1000}, "harmonic.md:1000: the note has 25 lines"),
        ("note", {"name": "seiche"}, "there is no own or curated note about `ghost:seiche`"),
        ("note", {"name": "harmonic", "curated": True}, "there is no curated note about `paper:harmonic`"),
        ("show", {"name": "\x1b[31mnone"}, "nothing is named `[31mnone` - "),
    ],
    ids=str,
)
def test_a_mistake_is_an_answer_that_says_what_to_do(
    tool: str, arguments: dict[str, Any], said: str, seaside: Agent
) -> None:
    assert seaside.refused(tool, **arguments).startswith(said)
    assert seaside.ask("query", limit=0)["total"] == 5, "the server keeps running"


def test_an_unknown_tool_is_refused_by_the_protocol(seaside: Agent) -> None:
    from mcp import MCPError

    with pytest.raises(MCPError, match=r"unknown tool 'forget' - tools are query, show"):
        seaside.call("forget")


def test_the_text_of_a_note_as_it_stands(seaside: Agent, tides: Path) -> None:
    whole = (tides / "harmonic.md").read_text("utf-8")
    for name in ("harmonic.md", "Harbor tables"):
        assert seaside.ask("note", name=name) == {
            "schema": "paperkb.note/1",
            "path": "harmonic.md",
            "source": "own",
            "line": 1,
            "lines": 25,
            "text": whole.removesuffix("\n"),
        }
    assert seaside.ask("note", name="harmonic", line=16)["text"].startswith("Sixty waves are enough")


def test_a_note_about_nothing_is_read_by_its_name(answers_about: About) -> None:
    ask = answers_about({"ideas/Next year.md": "What to try.\n"})
    assert ask("note", name="next year")["text"] == "What to try."


def test_a_long_note_is_read_piece_by_piece(answers_about: About) -> None:
    lines = [f"Line {number} of a long note." for number in range(1, 2001)]
    ask = answers_about({"long.md": "\n".join(lines), "wide.md": "x" * 30_000 + "\nend\n"})
    read: list[str] = []
    while len(read) < len(lines):
        piece = ask("note", name="long.md", line=len(read) + 1)
        assert len(piece["text"]) <= 20_000
        read += piece["text"].split("\n")
        assert piece.get("left_out", {}).get("lines", 0) == len(lines) - len(read)
    assert read == lines
    wide = ask("note", name="wide.md")
    assert (len(wide["text"]), wide["left_out"]) == (20_000, {"lines": 1, "characters of the line": 10_000})
    assert ask("note", name="wide.md", line=2)["text"] == "end"


def test_no_file_but_a_note_of_the_vault_is_read(answers_about: About, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("not for you")
    settings = {"paperkb.toml": 'exclude = ["drafts/*"]\n'}
    ask = answers_about({**settings, "a.md": "# A\n", "b.txt": "b", ".hidden/c.md": "# C\n", "drafts/d.md": "# D\n"})
    (tmp_path / "vault" / "link.md").symlink_to(tmp_path / "secret.md")
    assert ask("note", name="a.md")["text"] == "# A"
    outside = ("../secret.md", str(tmp_path / "secret.md"), "link.md", "b.txt", ".hidden/c.md", "drafts/d.md")
    for name in (*outside, "paperkb.toml"):
        with pytest.raises(CommandError):
            ask("note", name=name)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Agent, Path]]:
    """An agent, and its vault on top of the curated one; tests may change the vault."""
    home = tmp_path_factory.mktemp("reader")
    root = home / "notes"
    root.mkdir()
    (root / "transformer.md").write_text("---\narxiv: '1706.03762'\n---\nMy \x1b[31mwords\x07.\n")
    with agent(root, home, "--vault", str(root)) as found:
        yield found, root


def test_curated_notes_lie_under_ones_own(reader: tuple[Agent, Path]) -> None:
    agent, _ = reader
    assert agent.ask("note", name="transformer")["text"].endswith("My \x1b[31mwords\x07.")
    assert agent.ask("note", name="transformer", curated=True)["text"].startswith("---\n")
    assert agent.ask("note", name="batchnorm")["source"] == "curated"
    paths = agent.ask("lineage", name="lora", to="batchnorm")["paths"]
    assert all(step["why"] for path in paths for step in path)
    assert {path[0]["source"] for path in paths} == {"lora"}
    gaps = agent.ask("patterns", gaps=True, limit=3)
    assert len(gaps["gaps"]) == 3
    assert set(gaps["left_out"]) == {"gaps", "cells"}
    card = agent.ask("show", name="transformer")
    assert card["code"]["claim"]
    assert card["left_out"]["code.records"] >= 1


def test_nothing_that_a_terminal_obeys_is_in_the_text(reader: tuple[Agent, Path]) -> None:
    [said] = reader[0].call("note", name="transformer.md").content
    assert "\\u001b[31mwords\\u0007" in said.text


def test_a_change_is_seen_by_the_next_question(reader: tuple[Agent, Path]) -> None:
    agent, root = reader
    for words in ("First words", "Other words altogether"):
        (root / "a.md").write_text(f"---\nkind: paper\ntitle: {words}\n---\n")
        assert agent.ask("show", name="a")["title"] == words
    for index in root.parent.rglob("*.sqlite*"):
        index.unlink()
    assert agent.ask("show", name="a")["title"] == words
