"""Lists of papers inside highlights, as in threads: short lines under a category, each with a name and an address.

    For the curious, here are the papers:
    Sequence Modeling
    > LSTM - https://t.co/mySRmuTKcY
    > Word2Vec: https://arxiv.org/abs/1301.3781

A list whose lines have addresses names papers if its text says `papers` or most addresses are those of papers. Lists
without addresses say what these papers did: `VAE (& VQ-VAE) - Probabilistic approach` is about two of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb import ids
from kb.ids import PaperId
from kb.model import Entry, Fact
from kb.repair import repaired
from kb.titles import title_key

_MARKER = r"\s*(?:\d{1,3}[.)]|\d\ufe0f?\u20e3|-(?=\s)|[>•*▸▪→➡✅👉🔹🔸⭐])\ufe0f?\s*"
_LISTED = re.compile(
    rf"{_MARKER}(?P<name>[^\s\[-][^\n]{{0,80}}?)\s*(?:\s[-–—:]|[-–—]\s|:\s|\s(?=https?://))\s*(?P<rest>\S.*)"
)
_LINKED = re.compile(rf"{_MARKER}\[(?P<name>[^\[\]]{{1,80}})\]\((?P<rest>https?://[^()\s]+\).*)")
_ADDRESS = re.compile(r"(?:\[[^\[\]]{0,200}\]\(|<)?(https?://[^\s()<>]+)[)>]?")
_PAPERS = re.compile(
    r"\b(?:papers?|preprints?|publications?|reading list|статьи|статей)\b|论文|論文|논문", re.IGNORECASE
)
_LONGEST_CATEGORY = 60
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class _Listed:
    """One line of a list: its name, its address, what it says, and the line of text above the list."""

    name: str
    address: str
    said: str
    category: str
    line: int


@dataclass
class _List:
    """Consecutive lines, and whether the text before them mentions papers."""

    of_papers: bool
    lines: list[_Listed]

    def names_papers(self) -> bool:
        linked = [each.address for each in self.lines if each.address]
        if 2 * len(linked) <= len(self.lines):
            return False
        return self.of_papers or 2 * sum(ids.parse_id(address) is not None for address in linked) > len(linked)


def papers(lines: list[str], first: int) -> Iterator[Entry]:
    """The papers of the lists from line `first` on, each once, with what other lists say about it."""
    lists = _lists(lines, first)
    linked = [each for found in lists if found.names_papers() for each in found.lines if each.address]
    known = {title_key(each.name) for each in linked}
    roles: dict[str, str] = {}
    for each in (each for found in lists for each in found.lines if not each.address):
        for name in _names(each.name, known):
            roles.setdefault(name, each.said)
    seen: set[str] = set()
    for each in linked:
        name = title_key(each.name)
        if name and name not in seen:
            seen.add(name)
            yield _entry(each, each.said or roles.get(name, ""))


def _lists(lines: list[str], first: int) -> list[_List]:
    """Runs of list lines; a short line in between is a category, any other line ends the run."""
    runs = [_List(False, [])]
    category, waiting, of_papers = "", "", False
    for number, line in enumerate(lines[first - 1 :], first):
        listed = _listed(line, waiting or category, number)
        if listed:
            runs[-1].of_papers |= of_papers
            category, waiting = waiting or category, ""
            runs[-1].lines.append(listed)
            continue
        begins = line.startswith(("- ", "* ", "#"))  # another highlight or section
        of_papers = bool(_PAPERS.search(line)) or (of_papers and not begins)
        words = line.strip(" \t-*_#:")
        if runs[-1].lines and (begins or waiting or not words or len(words) > _LONGEST_CATEGORY):
            runs.append(_List(False, []))
            category = ""
        is_category = 0 < len(words) <= _LONGEST_CATEGORY and not line.startswith(("- ", "* "))
        waiting = words if is_category else ""
    return [run for run in runs if len(run.lines) >= _FEWEST]


def _listed(line: str, category: str, number: int) -> _Listed | None:
    match = _LISTED.fullmatch(line.rstrip()) or _LINKED.fullmatch(line.rstrip())
    if not match:
        return None
    found = _ADDRESS.match(match["rest"])
    address = found[1].rstrip(".,;") if found else ""
    said = re.sub(r"\(\[[^\[\]]*\]\([^()]*\)\)\s*$", "", match["rest"][found.end() if found else 0 :])
    return _Listed(
        repaired(match["name"].strip("*_ ")), address, repaired(said.strip(" -–—:()")), repaired(category), number
    )


def _names(written: str, known: set[str]) -> list[str]:
    """The papers in a name: `VAE (& VQ-VAE, VQ-VAE-2)` is three; the name of a known paper is not split."""
    whole = title_key(written)
    if whole in known:
        return [whole]
    return [title_key(part) for part in re.split(r"[(),&/+]|\band\b", written) if title_key(part)]


def _entry(listed: _Listed, role: str) -> Entry:
    paper = ids.parse_id(listed.address)
    facts = [Fact("category", listed.category, listed.line, 1)] if listed.category else []
    if not paper:
        name = "opaque_url" if ids.is_opaque(listed.address) else "url"
        facts.append(Fact(name, listed.address, listed.line, 1))
    found: tuple[PaperId, ...] = (paper,) if paper else ()
    text = f"{listed.name}: {role}" if role else listed.name
    by = f"listed on line {listed.line}"
    return Entry("paper", listed.line, by, "", listed.name, tuple(facts), found, mentioned=True, why=role, text=text)
