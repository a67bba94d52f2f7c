"""The body of a note as the plain Markdown that it amounts to: without HTML, without what converters leave."""

from kb.moved import Moved
from kb.typed import NamedTuple


class Rewritten(NamedTuple):
    """A body in other words, with the places that it had, and the ids and names of its HTML elements."""

    text: str
    moved: Moved
    named: list[str]


def rewritten(body: str, first_line: int, *, to_be_shown: bool = False) -> Rewritten | None:
    """The body in plain Markdown, line for line; None if that is what it is already.

    Args:
        first_line: the number of its first line in the note.
        to_be_shown: keep what only decorates.
    """
    has_braces, has_tags = "{" in body, "<" in body
    may_be_converted = "\\" in body or "]](" in body or (has_braces and "]{" in body)
    may_be_of_site = (has_braces and ("{%" in body or "{{" in body)) or (has_tags and "<d-cite" in body)
    may_have_html = has_tags and ("</" in body or "<img" in body)
    may_be_decorated = not (to_be_shown or body.isascii())
    if not (may_be_converted or may_be_of_site or may_have_html or may_be_decorated):
        return None
    moved, named = Moved(body, first_line), list[str]()
    if may_be_converted:
        from kb import converted  # most notes need none of these

        converted.as_written(moved)
    if may_be_of_site:
        from kb import site_citations

        site_citations.as_pandoc(moved)
    if may_have_html:
        from kb import html_text

        named = html_text.as_markdown(moved)
    if may_be_decorated:
        from kb import decorated

        decorated.without_pictures(moved)
    return Rewritten(moved.text, moved, named) if moved.text != body else None
