"""`unquote` of `urllib.parse`, which takes 2 ms to import: only for texts that have something to unquote."""


def unquote(text: str) -> str:
    """The text with each `%xx` decoded."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
