"""A command that does nothing, started the same way as `paperkb`: what Typer alone costs."""

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def options(vault: str = "") -> None:
    """One global option."""


@app.command()
def nothing(name: str = "", limit: int = 0) -> None:
    """One command."""


app()
