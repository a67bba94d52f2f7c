"""`quote` and `unquote` of `urllib.parse`, which takes 2 ms to import: only for texts that need them."""
_SAFE = "/:;()@,!*'=&+$~.-_"                # what the path of an address may hold
_PLAIN = frozenset(f"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789{_SAFE}")


def quote(path: str) -> str:
    """The path of an address with every character that may not be in it as `%xx`."""
    if _PLAIN.issuperset(path):
        return path
    from urllib.parse import quote

    return quote(path, safe=_SAFE)


def unquote(text: str) -> str:
    """The text with each `%xx` decoded."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
