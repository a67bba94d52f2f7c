"""A paper as arXiv describes it, and the error when it cannot be had."""

from kb.error import Error
from kb.typed import NamedTuple


class ArxivError(Error):
    """ArXiv, the network, or the cache is at fault; the message is one line: where, what, and what to do."""


class ArxivPaper(NamedTuple):
    """What arXiv says about one paper, without control characters; missing texts are empty.

    Args:
        id: without version: `1706.03762`, `hep-th/9901001`.
        title: on one line; TeX is left as it is.
        published: the UTC day of the first version: `2017-06-12`.
        summary: its paragraphs, one line each, separated by an empty line.
        categories: `cs.CL`, the primary one first.
        doi: of the version published elsewhere, normalized.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    published: str
    summary: str
    categories: tuple[str, ...]
    doi: str = ""
    journal_ref: str = ""
    comment: str = ""
