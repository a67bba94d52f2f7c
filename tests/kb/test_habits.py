"""The cheap signs that rule out dialects never rule out one that would recognize the note."""

from importlib import import_module
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.dialects import bibtex, habits, reference_list, template
from kb.dialects.note import Note, Reading, open_note
from kb.model import Entry
from tests.kb.test_hostile import LINES, PATHS, SEEDS

PAPERS = Path(__file__).resolve().parents[2] / "papers"
PLAIN = Reading("A title")
ABOUT = Reading("A title", (Entry("paper", 1, "it says so"),))
LISTED = "".join(f"- [Deep Nets of Kind {n}](https://arxiv.org/abs/1706.0000{n})\n" for n in range(1, 5))


def holds(note: Note) -> list[str]:
    """The dialects that recognize a note; asserts that the note has the sign of each."""
    found = []
    for name, may_be in habits.SIGNS:
        if import_module(f"kb.dialects.{name}").recognize(note):
            assert may_be(note), name
            found.append(name)
    assert habits.may_be_template(note) or not template.recognize(note)
    assert habits.may_hold_bibtex(note) or bibtex.added(note, PLAIN) is PLAIN
    assert habits.may_list_references(note) or reference_list.added(note, ABOUT) is ABOUT
    return found


def test_every_dialect_is_recognized_somewhere_and_none_without_its_sign() -> None:
    raws = [raw.partition(b"\n") for raw in SEEDS.values()]
    notes = [open_note(path.decode(), raw.decode(errors="replace")) for path, _, raw in raws]
    notes += [open_note("list.md", LISTED)]
    assert {name for note in notes for name in holds(note)} == {name for name, _ in habits.SIGNS}


def test_a_paper_of_the_curated_vault_needs_few_dialects() -> None:
    note = open_note("lora.md", (PAPERS / "lora.md").read_text(encoding="utf-8"))
    assert {module.__name__.rpartition(".")[2] for module in habits.possible(note)} < {"bare", "discussion", "report"}


@settings(max_examples=200)
@given(st.sampled_from(PATHS), st.lists(st.sampled_from(LINES), max_size=25))
def test_lines_of_all_habits_in_any_order_keep_their_signs(path: bytes, lines: list[bytes]) -> None:
    holds(open_note(path.decode(errors="replace"), b"\n".join(lines).decode(errors="replace")))
