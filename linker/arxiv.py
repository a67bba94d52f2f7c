"""What arXiv says about papers: requested over the network once, then kept in a small file for each paper.

Nothing here loads the `arxiv` package or its dependencies until arXiv has to be queried.
"""

import json
import os
import tempfile
from collections.abc import Sequence

from kb.arxiv_id import parse_arxiv
from kb.typed import TYPE_CHECKING, Any
from linker.arxiv_paper import ArxivError, ArxivPaper

if TYPE_CHECKING:
    from _typeshed import StrPath

_NAMED = 5
"""Maximum number of papers named in an error; the others are counted."""


def fetch(ids: Sequence[str], *, cache: "StrPath", offline: bool = False) -> dict[str, ArxivPaper]:
    """The papers by their ids, in the given order; papers that arXiv does not know are left out.

    Every paper received is kept in the cache for good, even if a later one fails: title, authors and day of the first
    version hardly ever change. To fetch a paper again, delete its file.

    Args:
        ids: without versions.
        cache: a folder of ours, created if needed; processes that share it take turns, one request every 3 seconds.
        offline: use only the cache.

    Raises:
        ArxivError: an id is invalid, a paper is not in the cache while offline, arXiv cannot be queried, or its answer
            is damaged.
    """
    folder = os.fspath(cache)
    wanted = dict.fromkeys(ids)
    for each in wanted:
        parsed = parse_arxiv(each)
        if parsed is None or parsed.base != each:
            raise ArxivError(f"not an arXiv id: {each!r} - write it as 1706.03762 or hep-th/9901001, without version")
    found = {each: paper for each in wanted if (paper := _kept(folder, each))}
    missing = [each for each in wanted if each not in found]
    if missing and offline:
        raise ArxivError(f"not in the cache: {_listed(missing)} - run once without --offline")
    if missing:
        found |= _asked(missing, folder)
    return {each: found[each] for each in wanted if each in found}


def _asked(ids: list[str], folder: str) -> dict[str, ArxivPaper]:
    try:
        from linker import arxiv_api
    except ModuleNotFoundError:
        raise ArxivError("this needs the arxiv package - install paperkb with its extra `arxiv`") from None

    found: dict[str, ArxivPaper] = {}
    try:
        os.makedirs(folder, exist_ok=True)
        for paper in arxiv_api.ask(ids, folder):
            found[paper.id] = paper
            _keep(folder, paper)
    except OSError as error:
        raise ArxivError(f"{folder}: {error.strerror} - the cache must be writable") from None
    return found


def _listed(ids: list[str]) -> str:
    more = len(ids) - _NAMED
    return ", ".join(ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")


# -- the cache -------------------------------------------------------------------------------------------------------

_SCHEMA = "paperkb.arxiv/1"
_LIKE = ArxivPaper("", "", (), "", "", ())


def _place(folder: str, paper: str) -> str:
    """Its file; old-style ids have a slash and new ones a dot, so no two share a file."""
    return os.path.join(folder, paper.replace("/", "-") + ".json")


def _keep(folder: str, paper: ArxivPaper) -> None:
    """Write its file whole or not at all."""
    text = json.dumps({"schema": _SCHEMA, **paper._asdict()}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        os.replace(part, _place(folder, paper.id))
    except BaseException:
        os.unlink(part)
        raise


def _kept(folder: str, paper: str) -> ArxivPaper | None:
    """The paper from its file; None if the file is missing, damaged or of another version of ours."""
    try:
        with open(_place(folder, paper), encoding="utf-8") as file:
            told: dict[str, Any] = json.load(file)
        if told["schema"] != _SCHEMA or told["id"] != paper:
            return None
        said = (told[name] for name in ArxivPaper._fields)
        read = ArxivPaper._make(tuple(each) if isinstance(each, list) else each for each in said)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    is_whole = all(type(each) is type(like) for each, like in zip(read, _LIKE))
    return read if is_whole and all(isinstance(each, str) for each in read.authors + read.categories) else None
