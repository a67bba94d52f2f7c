"""One module per command; only the one that is asked for is imported."""

import importlib

import typer

NAMES = ("index", "query", "show", "timeline", "lineage", "patterns", "check", "import",
         "export", "serve", "site", "mcp", "run", "verify", "bench", "forget")  # fmt: skip

_MODULES = {"import": "import_papers"}
"""Where a command's name is none for a module."""


def register(app: typer.Typer, name: str | None) -> None:
    """Add the command called `name`; without a name, or with an unknown one, all of them."""
    for each in [name] if name in NAMES else NAMES:
        importlib.import_module(f"cli.commands.{_MODULES.get(each, each)}").register(app)


def examples(*lines: str) -> str:
    """The end of a command's help: each example in a line of its own, as it can be copied."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
