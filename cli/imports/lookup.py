"""Which papers arXiv is queried for: those for which a source gives only the id and that have no note."""

from collections.abc import Callable, Iterator, Sequence

from cli.imports.asked import asked
from cli.imports.paper import Told
from kb.store import Store
from linker.same_as import Same, same_as


def looked_up(
    store: Store, told: list[Told], *, offline: bool, show: Callable[[int], None]
) -> tuple[list[Told], list[Same], dict[str, str]]:
    """The sources with what arXiv adds, which of them are one paper, and why arXiv has no answer for some."""
    found = same_as(store, [each.entry for each in told])
    to_ask = {n: arxiv for each in found for n, arxiv in _to_ask(each, told)}
    answers, reasons = asked([*dict.fromkeys(to_ask.values())], offline=offline, show=show)
    if answers:
        told = [one for n, each in enumerate(told) for one in _answered(each, answers.get(to_ask.get(n, "")))]
        found = same_as(store, [each.entry for each in told])
    return told, found, reasons


def is_unknown(same: Same, told: Sequence[Told]) -> bool:
    """Whether no source gives the title, or arXiv was needed and did not answer."""
    mine = [told[n] for n in same.entries]
    return any(each.is_named for each in mine) or not any(each.entry.title for each in mine)


def _to_ask(same: Same, told: Sequence[Told]) -> Iterator[tuple[int, str]]:
    """The sources of a paper without a note that give only its arXiv id, and that id.

    For an entry of a file, arXiv is queried only if no source gives the title.
    """
    has_title = any(told[n].entry.title for n in same.entries)
    for n in same.entries:
        is_due = told[n].is_named or not has_title
        arxiv = next((each.value for each in told[n].entry.ids if each.scheme == "arxiv"), "")
        if arxiv and is_due and not same.notes:
            yield n, arxiv


def _answered(told: Told, answer: Told | None) -> list[Told]:
    """A source with arXiv's answer, which replaces it if it was only an id."""
    if answer is None:
        return [told]
    answer = answer._replace(source=told.source)
    return [answer] if told.is_named else [told, answer]
