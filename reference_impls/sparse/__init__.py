"""Networks that run only a part of themselves for each input."""
