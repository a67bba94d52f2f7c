"""The answers of the commands, one module each; nothing here needs Typer."""
