"""Slugs: keys made from a file stem or a title."""
from kb.titles import title_key


def slug(text: str) -> str:
    """The words of the text's fold joined by `-`: ASCII for Latin and Greek letters, other scripts as they are.

    `GPT-3.5 report` -> `gpt-3-5-report`; text without a letter or digit -> `untitled`.
    """
    return title_key(text).replace(" ", "-") or "untitled"
