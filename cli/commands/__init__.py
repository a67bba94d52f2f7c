"""One module per command, with a function of its name and an `EPILOG`; only the requested one is imported."""

import importlib

import typer

NAMES = ("index", "query", "show", "timeline", "lineage", "patterns", "check", "import",
         "export", "serve", "site", "mcp", "run", "verify", "bench", "forget")  # fmt: skip

_MODULES = {"import": "import_papers"}
"""Names of modules and functions of commands whose own name cannot be one."""


def register(app: typer.Typer, name: str | None) -> None:
    """Add the command called `name`; without a name, or with an unknown one, all of them."""
    for each in [name] if name in NAMES else NAMES:
        written = _MODULES.get(each, each)
        module = importlib.import_module(f"cli.commands.{written}")
        app.command(each, epilog=module.EPILOG)(getattr(module, written))


def examples(*lines: str) -> str:
    """The end of a command's help: each example on a line of its own, ready to copy."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
