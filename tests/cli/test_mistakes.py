"""Mistakes: one line, what would be right, and exit code 1."""

import pytest

from cli.main import main
from cli.session import Session
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense", "query"),
        ("query", "--nonsense"),
        ("query", "--limit", "x"),
        ("query", "--format", "xml"),
        ("query", "--sort", "age"),
        ("query", "--fields", "age"),
        ("query", "--fields", "key,"),
        ("query", "year:20x"),
        ("query", "led-to:\udcff"),
        ("show",),
        ("show", ""),
        ("show", "\udcff"),
        ("show", "no such thing"),
        ("lineage", "no such thing"),
        ("lineage", "harmonic", "--to", "no such thing"),
        ("lineage", "harmonic", "--to", ""),
        ("lineage", "harmonic", "--depth", "0"),
        ("patterns", "holes"),
        ("timeline", "--edges", "some"),
        ("timeline", "--format", "tree"),
        ("timeline", "year:20x"),
        ("check", "--baseline", "none.json"),
        ("check", "--baseline", "digest.md"),
        ("--vault", "nowhere", "index"),
        ("--index", "/dev/null/x", "index"),
        ("run", "no-such-implementation"),
        ("run", "harmonic"),
        ("verify",),
        ("verify", "adam", "--all"),
        ("bench",),
        ("bench", "report", "old"),
        ("bench", "report", "old", "new", "--all"),
        ("run", "adam", "--device", "tpu"),
        ("verify", "adam", "--device", "tpu"),
        ("bench", "adam", "--device", "tpu"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line_and_exit_code_1(paperkb: Run, arguments: tuple[str, ...]) -> None:
    done = paperkb(*arguments)
    assert done.code == 1
    assert done.out == ""
    first, *more = done.err.rstrip("\n").split("\n")
    assert first.startswith("paperkb: ")
    assert all(line.startswith("  ") for line in more)  # a caret, or the candidates
    assert "Error: " not in first  # no exception's name


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("export --format bibtx",
         "unknown --format `bibtx` - did you mean `bibtex`? choose from bibtex, biblatex, csl"),
        ("timeline --scale log", "unknown --scale `log` - choose from density, linear"),
        ("timeline --lanes moon",
         "unknown --lanes `moon` - "
         "choose from family, category, pattern, constraint, tag, venue, status, folder, none"),
        ("query --format cvs", "unknown format `cvs` - did you mean `csv`? choose from table, json, csv, md, keys"),
        ("query --limit -1", "--limit takes a whole number from 0, not `-1`"),
        ("serve --port 8e3", "--port takes a whole number from 0 to 65535, not `8e3`"),
        ("run adam --seed x", "--seed takes a whole number, not `x`"),
        ("query --limit", "Option '--limit' requires an argument - see `paperkb query --help`"),
        ("check --vault", "Option '--vault' requires an argument - see `paperkb --help`"),
        ("show harmonic ensemble", "Got unexpected extra argument(s) (ensemble) - see `paperkb show --help`; "
         "a name of several words goes in quotes"),
        ("show -dash", "No such option: -d - see `paperkb show --help`; a name that begins with - goes after --"),
        ("qeury", "No such command 'qeury'. Did you mean 'query'? - see `paperkb --help`"),
        ("bench roofline records roof.png", "cannot write `.png` - name a file that ends in .svg"),
        ("bench nosuch", "nothing is named `nosuch` - `paperkb query has:code` lists papers that have one"),
        ("lineage harmonic --to storm-surge --depth 1",
         "--depth cuts the tree, but --to shows whole paths - leave one of them out"),
        ("lineage pattern:sum-of-waves",
         "nothing is named `pattern:sum-of-waves` - `paperkb query` lists every paper"),
        ("query builds-on:pattern:sum-of-waves",
         "nothing is named `pattern:sum-of-waves` - `paperkb query` lists every paper"),
        ("query pattern:zzz", "nothing is named `zzz` - `paperkb patterns` lists them"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_would_be_right(paperkb: Run, line: str, told: str) -> None:
    done = paperkb(*line.split())
    assert (done.code, done.out, done.err.split("\n")[0]) == (1, "", f"paperkb: {told}")


@pytest.mark.parametrize("error", [EOFError("Ran out of input"), ValueError("bad\nmarshal data")])
def test_what_nobody_expected_is_one_line_too(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: Session, *, base: bool) -> str | None:
        raise error

    monkeypatch.setattr(Session, "forget", fail)
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    assert (main(["forget"]), *capsys.readouterr()) == (1, "", f"paperkb: {said} - `paperkb --debug ...` shows where\n")
    with pytest.raises(type(error)):
        main(["--debug", "forget"])
