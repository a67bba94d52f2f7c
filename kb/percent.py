"""`unquote` as `urllib.parse` has it, which takes 2 ms to import: only for texts that have something to unquote."""


def unquote(text: str) -> str:
    """The text with its `%xx` replaced by what they stand for."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
