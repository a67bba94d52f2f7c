"""`paperkb serve`: the vault's page, live."""

import sys
import time
from typing import Annotated

import typer

from cli.commands import examples
from cli.session import CommandError, Session, emit

LOOK = 0.3
"""Seconds between two checks of the files."""
LONGEST = 1.0
"""Seconds between them at most, however large the vault."""
REST = 50
"""Seconds of rest for each second that a check takes, so that a large vault that nobody edits costs little."""

EPILOG = examples(
    "paperkb serve --open",
    "paperkb serve 'tag:nlp year:2019..'",
    "paperkb --vault ~/notes serve --port 8100",
)


def serve(
    context: typer.Context,
    expression: Annotated[
        list[str] | None, typer.Argument(metavar="[EXPR]", help="A query. Default: the papers of your own notes.")
    ] = None,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Serve the timeline as a page that follows your edits. On this machine only; Ctrl-C ends it."""
    import threading

    from cli.serve.live import Live
    from cli.serve.server import Server
    from kb.query.syntax import QueryError

    session: Session = context.obj
    try:
        live = Live(session.open, base=not session.own, asked=" ".join(expression or ()).strip())
    except QueryError as error:
        raise CommandError(str(error)) from None
    try:
        server = Server(live, port)
    except OSError as error:
        live.close()
        raise CommandError(f"port {port}: {error.strerror} - choose another with --port, or leave it out") from None
    thread = threading.Thread(target=server.serve_forever, name="http", daemon=True)
    thread.start()
    if session.json:
        emit("serve", {"address": server.address})
        sys.stdout.flush()  # a script waits for it
    else:
        print(f"{server.address}  (Ctrl-C ends)", flush=True)
    if show:
        import webbrowser

        webbrowser.open(server.address)
    try:
        took = 0.0
        while True:
            time.sleep(min(max(LOOK, REST * took), LONGEST))
            begin = time.thread_time()
            live.look()
            took = time.thread_time() - begin
    except KeyboardInterrupt:
        print()
    finally:
        server.shutdown()
        server.server_close()
        live.close()
