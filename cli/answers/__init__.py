"""What commands answer, one module each; whoever read their options, nothing here needs Typer."""
