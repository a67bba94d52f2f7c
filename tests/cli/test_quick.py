"""Plain lines are read without Typer: they must be read just as Typer would."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer

from cli import answers, app, quick
from cli.session import Session

LINES = [
    "query",
    "query tag:a year:2017..2018 word",
    "query tag:a --limit 3 --sort -date word",
    "query --fields key,title --format csv -- tag:a",
    "query --limit 0 --limit 7",
    "query --limit x",
    "query --limit -1",
    "query --limit ٣",
    f"query --limit {'9' * 5000}",
    "query --limit=3",
    "query --limit",
    "query --sort",
    "query --sort --limit",
    "query --nonsense",
    "query -h",
    "query - a",
    "query --own",
    "--own query a",
    "--vault v --index i.sqlite --no-refresh --no-color --debug --offline query a",
    "--vault ./v//w/. --index ../i/ query a",
    "--vault //v/ --index / query",
    "--vault=v query a",
    "--vault query a",
    "--vault",
    "--index i show lora",
    "show lora",
    "show",
    "show two names",
    "show --sort key lora",
    "--help",
    "--nonsense query",
    "index",
    "index a.md b.md",
    "index ./a.md b//c.md/ ../d/",
    "--own index",
    "index --rebuild",
    "index --links papers",
    "nonsense",
    "",
]

Asked = tuple[dict[str, Any], str, tuple[Any, ...], dict[str, Any]]


def asked(session: Session, name: str, *arguments: Any, **options: Any) -> Asked:
    """What an answer would be given; options at their default are as good as none."""
    defaults = {"sort": "", "limit": None, "fields": "", "form": "table"}
    said = {option: value for option, value in options.items() if value != defaults[option]}
    flags = {name: getattr(session, name) for name in ("own", "color", "refresh", "debug")}
    flags |= {name: str(getattr(session, name)) for name in ("vault", "index")}
    listed = tuple(str(argument) if isinstance(argument, str) else list(map(str, argument)) for argument in arguments)
    return flags, name, listed, said


@pytest.mark.parametrize("line", LINES)
def test_a_line_means_what_typer_makes_of_it(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Asked] = []

    def note(name: str, session: Session, *arguments: Any, **options: Any) -> int:
        calls.append(asked(session, name, *arguments, **options))
        return 0

    for name in quick.OPTIONS:
        monkeypatch.setattr(answers, name, partial(note, name))
    answer = quick.plain(line.split(), Session())
    if answer is None:
        return  # Typer reads it
    answer()
    assert app.call(line.split(), Session()) == 0
    quickly, slowly = calls
    assert quickly == slowly


def test_most_plain_lines_are_read_quickly() -> None:
    """Else the test above compares nothing."""
    assert [line for line in LINES if quick.plain(line.split(), Session())] == [
        "query",
        "query tag:a year:2017..2018 word",
        "query tag:a --limit 3 --sort -date word",
        "query --limit 0 --limit 7",
        "query --sort --limit",
        "--own query a",
        "--vault v --index i.sqlite --no-refresh --no-color --debug --offline query a",
        "--vault ./v//w/. --index ../i/ query a",
        "--vault //v/ --index / query",
        "--index i show lora",
        "show lora",
        "index",
        "index a.md b.md",
        "index ./a.md b//c.md/ ../d/",
        "--own index",
    ]


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
    known = {*quick.OPTIONS[command]} if command else {*quick.FLAGS, *quick.FILES, "--json"}
    assert known == declared - {"--rebuild", "--links"}, "these of `index` take long whoever reads them"


def test_an_empty_path_is_the_folder_one_is_in() -> None:
    session = Session()
    assert quick.plain(["--vault", "", "query"], session)
    assert session.vault == str(Path(""))
