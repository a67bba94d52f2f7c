"""A seeded vault of any size: notes of about 5 KB on papers that build on older ones, including decoy links.

Links favor papers that are already popular, so a few have very many; the words follow Zipf's law. Every note has text
that only looks like a link: in a code block, in inline code and in a comment. The same arguments write the same bytes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

PER_FOLDER = 500
WORDS, SENTENCES = 40_000, 20_000
TOPICS = 400
FIRST_YEAR, YEARS = 2000, 24
_SYLLABLES = [a + b for a in (*"bdfgklmnprstvz", "ch", "st", "tr") for b in (*"aeiou", "an", "er", "in", "or")]


@dataclass(frozen=True, slots=True)
class Note:
    """A note and its links: the numbers of the older papers that it builds on, and the count of all links."""

    number: int
    year: int
    tags: tuple[str, ...]
    builds_on: tuple[int, ...]
    links: int
    text: str

    @property
    def path(self) -> str:
        return f"{self.number // PER_FOLDER:03}/{name(self.number)}.md"


def write_vault(root: Path, count: int, seed: int = 0) -> None:
    """Write a vault of `count` notes into a folder that does not exist yet."""
    root.mkdir(parents=True)
    for note in notes(count, seed):
        path = root / note.path
        if note.number % PER_FOLDER == 0:
            path.parent.mkdir()
        path.write_bytes(note.text.encode())


def name(number: int) -> str:
    """The file name of a note without its extension; links use it too."""
    return f"paper {number:06}" if number % 3 else f"Paper {number:06} on {_topic(number)}"


def key(number: int) -> str:
    """The key of a paper in answers."""
    return name(number).lower().replace(" ", "-")


@lru_cache(maxsize=1)
def vocabulary(seed: int = 0) -> tuple[str, ...]:
    """The words, most frequent first: short ones, as in every language."""
    rng = random.Random(seed)
    words = {"".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 3, 3)))) for _ in range(3 * WORDS)}
    return tuple(sorted(words, key=lambda word: (len(word), word))[:WORDS])


def notes(count: int, seed: int = 0) -> Iterator[Note]:
    """The notes, oldest paper first."""
    rng, sentences = random.Random(seed), _sentences(seed)
    popular: list[int] = []         # the target of every link again, which makes the next link likelier to go there
    for number in range(count):
        targets = _targets(rng, number, popular)
        popular += targets
        yield _note(rng, number, count, targets, sentences)


@lru_cache(maxsize=1)
def _sentences(seed: int) -> list[str]:
    """The sentences that all notes draw on."""
    rng, words = random.Random(seed), vocabulary(seed)
    zipf = list(accumulate(1 / (rank + 2) for rank in range(len(words))))
    found = []
    for _ in range(SENTENCES):
        text = " ".join(rng.choices(words, cum_weights=zipf, k=rng.randint(9, 22)))
        if rng.random() < 0.3:
            text = text.replace(" ", ", ", 1)
        found.append(f"{text[0].upper()}{text[1:]}.")
    return found


def _targets(rng: random.Random, number: int, popular: list[int]) -> list[int]:
    """About eleven older papers, half of them chosen from the targets of earlier links."""
    count = min(number, rng.randint(6, 17))
    found = {rng.choice(popular) if popular and rng.random() < 0.5 else rng.randrange(number) for _ in range(count)}
    return rng.sample(sorted(found), len(found))


def _topic(number: int) -> str:
    return f"topic {number * 7919 % TOPICS:03}"


def _note(rng: random.Random, number: int, count: int, targets: list[int], sentences: list[str]) -> Note:
    months = number * YEARS * 12 // count
    year, month = FIRST_YEAR + months // 12, months % 12 + 1
    tags = sorted({_tag(rng), _tag(rng), _tag(rng)})
    builds_on, others = targets[:3], targets[3:]

    def pick() -> str:
        return rng.choice(sentences)

    prose = [" ".join(rng.choices(sentences, k=rng.randint(6, 8))) for _ in range(6)]
    for place, target in enumerate(others):
        prose[place % len(prose)] += f" {pick()[:-1]} {_link(rng, target)}."
    decoy, title = name(rng.randrange(count)), f"{name(number).capitalize()}, a study of {_topic(number)}"
    text = "\n".join((
        "---",
        f"title: {title}",
        f"authors: [Ada{number % 977} Author, Ben{number % 1399} Writer]",
        f"date: {year}-{month:02}-{number % 28 + 1:02}",
        f'doi: "10.31337/vault.{number:06}"',
        f"venue: Venue {number % 40}",
        f"tags: [{', '.join(tags)}]",
        f"status: {'read' if number % 4 else 'unread'}",
        "---",
        f"# {title}",
        "", prose[0], "", prose[1], "",
        "## Builds on", "", *(f"- {_link(rng, target)}: {pick()}" for target in builds_on), "",
        "## Method", "", prose[2], "",
        f"```python\nx = index[[{number % 10}]]  # [[{decoy}]]\ny = model(x)\n```", "",
        prose[3], f"The call `[[{decoy}]]` is no link. {pick()}", "",
        f"<!-- [[{decoy}]] later -->", "",
        "## Results", "", "| set | score |", "| --- | --- |",
        f"| A | {rng.random():.3f} |", f"| B | {rng.random():.3f} |", "",
        prose[4], "", f"> {pick()}", "",
        "## Open question", "", prose[5], "",
    ))
    return Note(number, year, tuple(tags), tuple(builds_on), len(targets), text)


def _tag(rng: random.Random) -> str:
    """A topic; those with low numbers are more frequent."""
    return f"topic-{int(TOPICS * rng.random() ** 3):03}"


def _link(rng: random.Random, target: int) -> str:
    return f"[[{name(target)}]]" if rng.random() < 0.7 else f"[[{name(target)}|this work]]"
