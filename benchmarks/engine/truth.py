"""What the generator knows about its vault: the questions, and what every answer must contain."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from benchmarks.engine.vault import Note, key, vocabulary

TAG, YEARS = "topic-000", (2010, 2015)
_WORD_RANK = 300
"""A word of this rank is in about every fourth note."""
_FIRST = 10
"""Nearly every paper builds on the tenth one, directly or indirectly."""


@dataclass(frozen=True)
class Question:
    """A query and the keys of all papers that match it."""

    text: str
    keys: frozenset[str]


@dataclass(frozen=True)
class Truth:
    """Counts, and the answers to the questions."""

    notes: int
    links: int
    bytes: int
    tag_and_year: Question
    words_too: Question
    ancestors: Question
    descendants: Question
    last: Note
    """The newest paper; also the note that changes."""


def truth(written: Iterable[Note], seed: int = 0) -> Truth:
    """Answer every question from the generator's notes, without the index."""
    says = re.compile(rf"\b{vocabulary(seed)[_WORD_RANK]}\b", re.IGNORECASE)
    notes: list[Note] = []                          # without their texts, which would fill memory
    links = size = 0
    wordy = set()
    for last in written:
        links += last.links
        size += len(last.text.encode())
        if says.search(last.text):
            wordy.add(last.number)
        notes.append(replace(last, text=""))
    first = notes[min(_FIRST, len(notes) - 1)]
    facets = f"tag:{TAG} year:{YEARS[0]}..{YEARS[1]}"
    tagged = [note for note in notes if TAG in note.tags and YEARS[0] <= note.year <= YEARS[1]]
    return Truth(
        len(notes),
        links,
        size,
        Question(facets, _keys(tagged)),
        Question(f"{vocabulary(seed)[_WORD_RANK]} {facets}", _keys(note for note in tagged if note.number in wordy)),
        Question(f"led-to:{key(last.number)}*", _keys(_ancestors(notes, last))),
        Question(f"builds-on:{key(first.number)}*", _keys(_descendants(notes, first))),
        last,
    )


def _keys(notes: Iterable[Note]) -> frozenset[str]:
    return frozenset(key(note.number) for note in notes)


def _ancestors(notes: list[Note], start: Note) -> list[Note]:
    """Links lead to older papers, so one pass from new to old finds all ancestors."""
    reached = set(start.builds_on)
    for note in reversed(notes):
        if note.number in reached:
            reached.update(note.builds_on)
    return [notes[number] for number in reached]


def _descendants(notes: list[Note], start: Note) -> list[Note]:
    reached = {start.number}
    for note in notes:
        if not reached.isdisjoint(note.builds_on):
            reached.add(note.number)
    return [notes[number] for number in reached - {start.number}]
