"""Plain command lines are parsed without Typer, and must mean what Typer would make of them."""

import inspect
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from cli import app, quick
from cli.session import Session

QUICK = [
    "query",
    "query tag:a year:2017..2018 word",
    "query tag:a --limit 3 --sort -date word",
    "query --limit 0 --limit 7",
    "query --sort --limit",
    "query --own",
    "--own query a",
    "query a --no-color --json b --debug",
    "--json query --no-refresh --offline",
    "query --sort --own",
    "query --vault w --index i a",
    "--vault v query --vault ./w/",
    "show lora --own",
    "--vault v --index i.sqlite --no-refresh --no-color --debug --offline query a",
    "--vault ./v//w/. --index ../i/ query a",
    "--vault //v/ --index / query",
    "--index i show lora",
    "show lora",
    "index",
    "index a.md b.md",
    "index ./a.md b//c.md/ ../d/",
    "--own index",
    "timeline",
    "timeline tag:a year:2017..2018 word",
    "timeline --format lanes --lanes tag word --scale linear",
    "timeline --format log --format lanes",
    "timeline --lanes moon --edges none",
    "lineage lora",
    "lineage --depth 2 lora",
    "lineage lora --depth 007",
    "lineage lora --to vit --depth 1",
    "lineage --to --depth lora",
    "--own lineage lora --to batchnorm",
    "patterns",
    "patterns gaps",
    "patterns holes",
    "--vault v --no-refresh patterns",
    "check",
    "--own check",
]
FOR_TYPER = [
    "query --fields key,title --format csv -- tag:a",
    "query --limit x",
    "query --limit -1",
    "query --limit ٣",
    f"query --limit {'9' * 5000}",
    "query --limit=3",
    "query --limit",
    "query --sort",
    "query --nonsense",
    "query -h",
    "query - a",
    "query --vault=w",
    "query --vault",
    "query --fields key --vault",
    "query -- --own",
    "timeline --plain --own",
    "check --own --fix",
    "--vault=v query a",
    "--vault query a",
    "--vault",
    "show",
    "show two names",
    "show --sort key lora",
    "--help",
    "--nonsense query",
    "index --rebuild",
    "index --links papers",
    "timeline --format tree",
    "timeline --format Log",
    "timeline --edges some",
    "timeline --scale",
    "timeline --plain",
    "timeline --width 900",
    "timeline -o x.svg",
    "--no-color timeline -- -tag:a",
    "lineage",
    "lineage lora vit",
    "lineage lora --depth 0",
    "lineage lora --depth -1",
    "lineage lora --depth x",
    "lineage lora --output x.svg",
    "patterns gaps gaps",
    "patterns gaps -o gaps.svg",
    "check lora",
    "check --fix",
    "check --fix --dry-run",
    "check --links papers",
    "check --baseline known.json",
    "nonsense",
    "",
]
LEFT_OUT = {
    "index": {"--rebuild", "--links"},
    "timeline": {"--output", "--width", "--theme", "--plain"},
    "lineage": {"--output", "--width", "--theme"},
    "patterns": {"--output", "--theme"},
    "check": {"--baseline", "--links", "--fix", "--dry-run"},
}
"""Options that are left to Typer: they are slow anyway, or rare."""
CODE = 2
"""An exit code that must be passed on."""

Asked = tuple[dict[str, Any], str, dict[str, Any]]


def asked(session: Session, name: str, signature: inspect.Signature, *arguments: Any, **options: Any) -> Asked:
    """What an answer would be called with, its own defaults filled in."""
    given = signature.bind(session, *arguments, **options)
    given.apply_defaults()
    flags = {name: getattr(session, name) for name in ("own", "json", "color", "refresh", "debug")}
    flags |= {name: str(getattr(session, name)) for name in ("vault", "index")}
    said = {name: _plain(value) for name, value in given.arguments.items() if name != "session"}
    return flags, name, said


def _plain(value: Any) -> Any:
    """The value, with lists for all sequences and text for all paths."""
    if isinstance(value, Path):
        return str(value)
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("line", QUICK)
def test_a_line_means_what_typer_makes_of_it(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Asked] = []

    def note(name: str, answer: Callable[..., int], session: Session, *arguments: Any, **options: Any) -> int:
        calls.append(asked(session, name, inspect.signature(answer), *arguments, **options))
        return CODE

    for name in quick.OPTIONS:
        told = partial(note, name, import_module(f"cli.answers.{name}").answer)
        monkeypatch.setattr(f"cli.answers.{name}.answer", told)
        monkeypatch.setattr(f"cli.commands.{name}.answer", told)
    answer = quick.plain(line.split(), Session())
    assert answer
    assert answer() == CODE
    assert app.call(line.split(), Session()) == CODE
    quickly, slowly = calls
    assert quickly == slowly


def test_plain_lines_are_read_quickly_and_all_others_by_typer() -> None:
    """Otherwise the test above compares nothing."""
    assert [line for line in (*QUICK, *FOR_TYPER) if quick.plain(line.split(), Session())] == QUICK


def test_a_line_for_typer_leaves_the_session_as_it_was() -> None:
    session = Session()
    assert quick.plain(["--own", "--vault", "v", "query", "--nonsense"], session) is None
    assert (session.own, session.vault) == (False, None)


@pytest.mark.parametrize("command", [None, *quick.OPTIONS])
def test_every_option_that_typer_declares_is_known(command: str | None) -> None:
    from cli import commands

    commands.register(app.app, None)
    group: Any = typer.main.get_command(app.app)
    declared = {
        name
        for parameter in (group.commands[command] if command else group).params
        for name in parameter.opts
        if name.startswith("--") and name not in ("--help", "--version", "--install-completion", "--show-completion")
    }
    known = {*quick.OPTIONS[command]} if command else {*quick.FLAGS, *quick.FILES}
    assert known | LEFT_OUT.get(command or "", set()) == declared
    assert not known & LEFT_OUT.get(command or "", set())


def test_an_empty_path_is_the_folder_one_is_in() -> None:
    session = Session()
    assert quick.plain(["--vault", "", "query"], session)
    assert session.vault == str(Path(""))
