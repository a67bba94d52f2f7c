"""One module per command; only the requested one is imported."""

import importlib

import typer

NAMES = ("index", "query", "show", "timeline", "lineage", "patterns", "check", "import",
         "export", "serve", "site", "mcp", "run", "verify", "bench", "forget")  # fmt: skip

_MODULES = {"import": "import_papers"}
"""Module names of commands whose own name cannot be one."""


def register(app: typer.Typer, name: str | None) -> None:
    """Add the command called `name`; without a name, or with an unknown one, all of them."""
    for each in [name] if name in NAMES else NAMES:
        importlib.import_module(f"cli.commands.{_MODULES.get(each, each)}").register(app)


def examples(*lines: str) -> str:
    """The end of a command's help: each example on a line of its own, ready to copy."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
