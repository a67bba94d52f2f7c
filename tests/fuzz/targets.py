"""The targets: functions of bytes that raise when a promise is broken. Nothing here needs the fuzzer.

A seed or finding of `note` is a path on the first line, then the file's bytes; of `vault`, files that each begin with
`==> path`, the last of which comes as an edit. The other targets say what they take.
"""

import re
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from kb import (
    dates,
    facts,
    fixes,
    frontmatter,
    ids,
    inline_fields,
    names,
    places,
    read,
    searchable,
    slugs,
    titles,
    toml_matter,
    yaml_matter,
)
from kb.fields import Field, Problem
from kb.model import Record
from kb.query.answer import ask
from kb.query.syntax import QueryError
from kb.store import Store
from linker.changes import Source
from linker.files import fold_name
from linker.refresh import refresh
from linker.resolution import Place
from linker.resolve import Index, resolve
from tests.contents import Contents, contents
from tests.linker.conftest import Cards

Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {}
FOLDER = Path(__file__).parent


def target(function: Target) -> Target:
    TARGETS[function.__name__] = function
    return function


# -- one note --------------------------------------------------------------------------------------------------------


@target
def note(data: bytes) -> None:
    """A path, then the bytes of the file: all that is read has valid places in the file and can be encoded."""
    path, raw = _named(data)
    sound(read.read(path, raw), raw)


@target
def growth(data: bytes) -> None:
    """The same, its bytes repeated: twice as much takes about twice as long."""
    path, piece = _named(data[:200])
    if piece and too_slow(path, piece):
        raise AssertionError(f"{piece!r} repeated takes more than linear time")


@target
def mended(data: bytes) -> None:
    """A path, then a file: what `check --fix` writes needs none of its fixes again and reads with valid places."""
    path, raw = _named(data)
    fixed, changes = fixes.mend(path, raw)
    assert bool(changes) == (fixed != raw)
    again, more = fixes.mend(path, fixed)
    assert not more
    assert again == fixed
    sound(read.read(path, fixed), fixed)


@target
def matter(data: bytes) -> None:
    """Front matter of all three kinds: each field and problem has a valid place in it."""
    text, _ = places.decode(data)
    lines = text.count("\n") + 1
    for block in (frontmatter, toml_matter):
        block.split(text)
        _placed(*block.parse_fields(text, first_line=1), lines)
    _placed(inline_fields.of_fence(text, first_line=1), [], lines)
    for mapping in yaml_matter.parse_mappings(text)[0]:
        _placed(mapping, [], lines)


def sound(record: Record, raw: bytes) -> None:
    """Check that every place in the record exists in the file, whatever the bytes are."""
    text, _ = places.decode(raw)
    lines = text.split("\n")
    assert record.dialect
    assert record.dialect_by
    assert "\n" not in record.title or "\n" in record.path or "%0A" in record.path.upper()
    for found in (*record.links, *record.diagnostics, *(fact for entry in record.entries for fact in entry.facts)):
        assert 1 <= found.line <= len(lines), found
        assert 1 <= found.column <= len(lines[found.line - 1]) + 1, found
    for link in record.links:
        assert 0 <= link.entry < max(1, len(record.entries)), link
    for entry in record.entries:
        assert 1 <= entry.line <= len(lines), entry
    for item in record.items:
        assert 1 <= item.line <= len(lines), item
        assert -1 <= item.entry < len(record.entries), item
        assert item.text.strip() or item.parts, item
        assert "\n" not in item.text, item
    assert all(found.hint and "\n" not in str(found)[len(found.path) :] for found in record.diagnostics)
    repr(record).encode()


def too_slow(path: str, piece: bytes, size: int = 8192) -> bool:
    """Whether reading takes more than linear time, by every one of several measurements."""

    def seconds(length: int) -> float:
        raw = piece * (length // len(piece))
        started = time.thread_time()
        read.read(path, raw)
        return time.thread_time() - started

    for _ in range(4):
        twice = seconds(2 * size)
        if twice < 0.25 or twice < 3 * seconds(size):
            return False
    return True


def _named(data: bytes) -> tuple[str, bytes]:
    first, _, raw = data.partition(b"\n")
    return first.replace(b"\0", b"").decode(errors="replace") or "a.md", raw


def _placed(fields: list[Field], problems: list[Problem], lines: int) -> None:
    for found in (*fields, *problems):
        assert 1 <= found.line <= lines, found
        assert found.column >= 1, found
    assert all(problem.hint for problem in problems)
    told = facts.from_fields(fields)
    assert all(fact.line <= lines for fact in told.facts)


# -- words -----------------------------------------------------------------------------------------------------------


@target
def words(data: bytes) -> None:
    """Text as an id, a person's name, a date, a title."""
    text = data.decode(errors="replace")
    for begin, end, paper, version in ids.find_ids(text):
        assert 0 <= begin < end <= len(text)
        assert version is None or version > 0
        assert ids.parse_id(str(paper)) == paper, str(paper)
    ids.parse_id(text)
    ids.is_opaque(text)
    for style in ("bibtex", "list"):
        for each in names.split_names(text, style):  # type: ignore[arg-type]
            name = names.parse_name(each)
            assert names.same_person(name, name) or not names.person_key(name)
            names.display(name), names.person_key(name)
    names.name_warning(text)
    date = dates.parse_date(text)
    assert date is None or dates.parse_date(str(date)) == date
    key = titles.title_key(text)
    assert titles.fold(key) == key, key
    assert (key == "") == (slugs.slug(text) == "untitled") or key == "untitled"
    assert " " not in slugs.slug(text)
    titles.title_head(text)
    assert searchable.searchable(searchable.searchable(text)).split() == searchable.searchable(text).split()


# -- questions -------------------------------------------------------------------------------------------------------


NOTES = {
    "attention.md": "---\ntitle: Attention Is All You Need\narxiv: '1706.03762'\naliases: [Transformer, 变压器]\n"
    "tags: [nlp, a/b]\ndate: 2017-06-12\nauthors: [Ashish Vaswani]\n---\n注意力机制 [[Adam]]\n",
    "sub/Adam.md": "---\ntitle: 'Adam: A Method'\nyear: 2014\ndoi: 10.1000/one\nbuilds_on: [attention]\n---\n"
    "[[nobody]]\n",
    "gating.md": "---\nkind: pattern\n---\n",
    "energy.md": "---\nkind: constraint\n---\n",
}


@cache
def _asked() -> Store:
    folder = Path(tempfile.mkdtemp())
    for path, text in NOTES.items():
        (folder / "v" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "v" / path).write_text(text, "utf-8")
    store = Store(folder / "index.sqlite")
    refresh(store, [Source("own", folder / "v")], Cards())
    return store


@target
def query(data: bytes) -> None:
    """A query as typed: an answer, or an error that points into it."""
    text = data.decode(errors="replace")
    try:
        answer = ask(_asked(), text, limit=3)
    except QueryError as error:
        _points_into(text, error)
    else:
        assert len(answer.papers) <= min(3, answer.total)


def _points_into(text: str, error: QueryError) -> None:
    assert 0 <= error.position <= len(text)
    assert error.message
    str(error).encode()


@target
def link(data: bytes) -> None:
    """Source, target and fragment on a line each, then the paths of the vault: the order of files changes nothing."""
    source, target, fragment, *paths = [*data.decode(errors="replace").split("\n"), "", "", ""][:12]
    there = [
        (stage, key, Place(path, n, path, "paper" if n == 0 else "document"))
        for path in dict.fromkeys(path for path in paths if path.strip("/"))
        for n, stage, key in (
            (-1, "name", fold_name(path.rpartition("/")[2])),
            (0, "title", titles.title_key(path)),
            (0, "alias", titles.title_key(path.rpartition("/")[2].rpartition(".")[0])),
            (0, "id", str(ids.parse_id(path))),
        )
        if key
    ]
    for written in ("wiki", "markdown", "embed", "property", "field", "id", "citekey"):
        for papers in (True, False):
            answers = []
            for ordered in (there, there[::-1]):
                index = Index(fragments=lambda path: ["a", "^b"])
                for stage, key, place in ordered:
                    index.add(stage, key, place)
                answers.append(resolve(target, source, index, fragment=fragment, written=written, papers=papers))
            assert answers[0] == answers[1]
            assert (answers[0].place is not None) == (answers[0].status in ("ok", "fragment-missing"))
            assert all(candidate in paths for candidate in answers[0].candidates)


# -- a vault ---------------------------------------------------------------------------------------------------------

_FILE = re.compile(rb"^==> ([^\n]*)\n", re.MULTILINE)
SIBLING = ("sibling.md", b"---\ntitle: A Sibling\narxiv: '1412.6980'\n---\nkeeps its [[place]]\n")


@target
def vault(data: bytes) -> None:
    """Files, the last of which comes later: none harms a sibling, and following edits equals building from scratch."""
    _, *found = _FILE.split(data)
    files = list(zip(found[::2], found[1::2], strict=True))[:4]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = folder / "v"
        own.mkdir()
        (own / SIBLING[0]).write_bytes(SIBLING[1])
        with closing(Store(folder / "followed.sqlite")) as store:
            for path, raw in files[:-1]:
                _put(own, path, raw)
            refresh(store, [Source("own", own)], Cards())
            _kept(store)
            for path, raw in files[-1:]:
                _put(own, path, raw)
            refresh(store, [Source("own", own)], Cards())
            _kept(store)
            followed = contents(store)
        assert followed == _anew(folder, own)


def _put(own: Path, path: bytes, raw: bytes) -> None:
    """Write the file, inside the vault, if the file system accepts its path."""
    written = path.replace(b"\0", b"").decode(errors="replace")
    parts = [part for part in written.split("/") if part not in ("", ".", "..")]
    if not parts or parts == [SIBLING[0]] or parts[-1] == "paperkb.toml":
        return
    try:
        file = own.joinpath(*parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
    except OSError:
        return


def _kept(store: Store) -> None:
    rows = store.rows("SELECT title FROM document WHERE path = ?", (SIBLING[0],))
    assert [tuple(row) for row in rows] == [("A Sibling",)]
    said = " ".join(row[0] or "" for row in store.rows("SELECT diagnostics FROM document"))
    assert "own reader failed" not in said, said


def _anew(folder: Path, own: Path) -> Contents:
    with closing(Store(folder / "anew.sqlite")) as store:
        refresh(store, [Source("own", own)], Cards())
        return contents(store)
