"""`paperkb mcp`: the vault for agents."""

import importlib.util
import sys

import typer

from cli.commands import examples
from cli.session import CommandError, Session

EPILOG = examples("paperkb mcp", "paperkb --vault ~/notes mcp")


def mcp(context: typer.Context) -> None:
    """Answer agents over the Model Context Protocol. Read-only; runs on stdin and stdout until stdin ends."""
    from linker.vault import folder_of

    session: Session = context.obj
    if importlib.util.find_spec("mcp_types") is None:  # the SDK has it from version 2 on
        raise CommandError("this needs the MCP SDK - install paperkb with its extra `mcp`")
    try:
        folder = folder_of(session.root())
    except NotADirectoryError as error:
        raise CommandError(str(error)) from None
    if sys.stdin is None:  # closed: no question can come
        return
    if sys.stdin.isatty():
        print("paperkb: this command is for an agent's configuration; it waits on stdin (Ctrl-C ends)", file=sys.stderr)
    from cli.mcp.server import serve

    serve(session, folder)
