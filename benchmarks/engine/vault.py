"""A seeded vault of any size: notes of about 5 KB about papers that build on older ones, with links that are none.

Links prefer what is popular already, so few papers have very many; the words follow Zipf's law. Every note carries
links that only look like it, in code, in inline code and in a comment. Two calls with equal arguments write equal bytes.
"""

import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

PER_FOLDER = 500
WORDS, SENTENCES = 40_000, 20_000
TOPICS, PATTERNS = 400, 60
FIRST_YEAR, YEARS = 2000, 24
_SYLLABLES = [a + b for a in "b d f g k l m n p r s t v z ch st tr".split() for b in "a e i o u an er in or".split()]


def write_vault(root: Path, notes: int, seed: int = 0) -> None:
    """Write a vault of so many notes into a folder that is not there yet."""
    root.mkdir(parents=True)
    folder = root
    for number, text in enumerate(texts(notes, seed)):
        if number % PER_FOLDER == 0:
            folder = root / f"{number // PER_FOLDER:03}"
            folder.mkdir()
        (folder / f"{name(number)}.md").write_bytes(text.encode())


def name(number: int) -> str:
    """The file name of a note, without ending; also how links call it."""
    return f"paper {number:06}" if number % 3 else f"Paper {number:06} on {_topic(number)}"


def texts(notes: int, seed: int = 0) -> Iterator[str]:
    """The notes, oldest paper first."""
    rng = random.Random(seed)
    words = sorted({"".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 3, 3)))) for _ in range(3 * WORDS)},
                   key=lambda word: (len(word), word))[:WORDS]    # what is said most often is short
    zipf = list(accumulate(1 / (rank + 2) for rank in range(len(words))))
    sentences = [_sentence(rng, rng.choices(words, cum_weights=zipf, k=rng.randint(9, 22))) for _ in range(SENTENCES)]
    popular: list[int] = []         # every link's target once more: the next link is likelier to go there
    for number in range(notes):
        targets = _targets(rng, number, popular)
        popular += targets
        yield _note(rng, number, notes, targets, sentences)


def _sentence(rng: random.Random, words: list[str]) -> str:
    text = " ".join(words)
    if rng.random() < 0.3:
        text = text.replace(" ", ", ", 1)
    return f"{text[0].upper()}{text[1:]}."


def _targets(rng: random.Random, number: int, popular: list[int]) -> list[int]:
    """About eleven older papers, half of them where links already lead."""
    count = min(number, rng.randint(6, 17))
    found = {rng.choice(popular) if popular and rng.random() < 0.5 else rng.randrange(number) for _ in range(count)}
    return sorted(found)


def _topic(number: int) -> str:
    return f"topic {number * 7919 % TOPICS:03}"


def _note(rng: random.Random, number: int, notes: int, targets: list[int], sentences: list[str]) -> str:
    month = number * YEARS * 12 // notes
    year, month = FIRST_YEAR + month // 12, month % 12 + 1
    links = [_link(rng, target) for target in targets]
    builds_on, others = links[:3], links[3:]
    pick = lambda: rng.choice(sentences)  # noqa: E731
    prose = [" ".join(rng.choices(sentences, k=rng.randint(4, 7))) for _ in range(6)]
    for number_of, link in enumerate(others):
        place = number_of % len(prose)
        prose[place] += f" {pick()[:-1]} {link}."
    decoy = name(rng.randrange(notes))
    return "\n".join((
        "---",
        f"title: {name(number).capitalize()}, a study of {_topic(number)}",
        f"authors: [Ada{number % 977} Author, Ben{number % 1399} Writer]",
        f"date: {year}-{month:02}-{number % 28 + 1:02}",
        f'doi: "10.5555/{number:06}"',
        f"venue: Venue {number % 40}",
        f"tags: [{', '.join(sorted({_tag(rng), _tag(rng), _tag(rng)}))}]",
        f"status: {'read' if number % 4 else 'unread'}",
        "---",
        f"# {name(number).capitalize()}, a study of {_topic(number)}",
        "", prose[0], "", prose[1], "",
        "## Builds on", "", *(f"- {link}: {pick()}" for link in builds_on), "",
        "## Method", "", prose[2], "",
        f"```python\nx = index[[{number % 10}]]  # [[{decoy}]]\ny = model(x)\n```", "",
        prose[3], f"The call `[[{decoy}]]` is no link. {pick()}", "",
        f"<!-- [[{decoy}]] later -->", "",
        "## Results", "", "| set | score |", "| --- | --- |", f"| A | {rng.random():.3f} |", f"| B | {rng.random():.3f} |", "",
        prose[4], "", f"> {pick()}", "",
        "## Open question", "", prose[5], "",
    ))


def _tag(rng: random.Random) -> str:
    """A topic, the low ones more often."""
    return f"topic-{int(TOPICS * rng.random() ** 3):03}"


def _link(rng: random.Random, target: int) -> str:
    return f"[[{name(target)}]]" if rng.random() < 0.7 else f"[[{name(target)}|this work]]"
