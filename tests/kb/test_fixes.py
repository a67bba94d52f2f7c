"""Safe fixes: what other tools misread is rewritten; the note still says the same, and every other byte stays."""

import os
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from kb.fixes import mend
from kb.portable import misread
from kb.read import read
from kb.rewrite import RewriteError, rewrite


def fixed(matter: str, body: str = "text\n") -> str:
    """The front matter after its fixes."""
    raw, _ = mend("n.md", f"---\n{matter}\n---\n{body}".encode())
    return raw.decode().removeprefix("---\n").removesuffix(f"\n---\n{body}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("arxiv: 1412.6980", 'arxiv: "1412.6980"'),
        ("arxiv_id: 0704.0001  # the first", 'arxiv_id: "0704.0001"  # the first'),
        ("eprint:   2302.00720", 'eprint:   "2302.00720"'),
        ("arxiv: [1412.6980, 1706.03762]", 'arxiv: ["1412.6980", 1706.03762]'),
        ("arxiv:\n  - 1412.6980", 'arxiv:\n  - "1412.6980"'),
        ("title: NO", 'title: "NO"'),
        ("title: 1_000", 'title: "1_000"'),
        ("title: Adam: A Method", 'title: "Adam: A Method"'),
        ('title: The "Adam" Paper: A Method', "title: 'The \"Adam\" Paper: A Method'"),
        ("title: What's New: All", 'title: "What\'s New: All"'),
        ("title: 注意力：一\u3000切: 就  够", 'title: "注意力：一\u3000切: 就  够"'),
        ("title: @home computing", 'title: "@home computing"'),
        ("title: `code` in titles", 'title: "`code` in titles"'),
        ("aliases: Adam", 'aliases: ["Adam"]'),
        ("aliases: 'Adam, the second'", "aliases: 'Adam, the second'"),
        ('aliases: "Adam"', 'aliases: ["Adam"]'),
        ("tags: optimization", "tags: [optimization]"),
        ("tags: nlp, deep-learning/rnn", "tags: [nlp, deep-learning/rnn]"),
        ("tags: nlp\ntitle: A: B\narxiv: 1412.6980", 'tags: [nlp]\ntitle: "A: B"\narxiv: "1412.6980"'),
    ],
)
def test_what_other_tools_misread(before: str, after: str) -> None:
    assert fixed(before) == after


@pytest.mark.parametrize(
    "matter",
    [
        "arxiv: 1706.03762",  # a number that loses nothing
        "arxiv: '1412.6980'",
        "title: 1984",
        "title: Adam",
        "aliases: A, B",  # one name or two: only their author knows
        "aliases: [Adam]",
        "aliases:\n  - Adam",
        "aliases:",
        "tags: machine learning",
        "tags: #paper",
        "tags: [a]",
        "tags: 'a b'",
        "tags: yes",  # a Boolean to other tools, in a list as well
        "author: [[@x on Twitter]]",  # in quotes this is a link
        "version: 1.10",  # not an id
        "title: 'open",
        "title: |\n  Adam: A Method",
        "title: >-\n  Adam\n  again: B",
        "title: A\n  b: C",
        "x: &a 1412.6980\narxiv: *a",
        "date: 2017-06-12",
    ],
)
def test_what_stays_as_it_is(matter: str) -> None:
    assert fixed(matter) == matter


@pytest.mark.parametrize(
    "note",
    [
        "title: Adam: A Method\n",
        "```\n---\ntitle: A: B\n---\n",
        "---\ntitle: A: B\n",
        "+++\ntitle = 1412.6980\n+++\n",
        "---\ntitle:: [[A: B]]\n---\n",
        "---\ntitle: A: B\n---\n\0",
        "---\ntitle: A: B\n<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n---\n",
    ],
)
def test_only_sound_yaml_front_matter_is_touched(note: str) -> None:
    assert mend("n.md", note.encode()) == (note.encode(), [])


def test_bytes_that_are_no_text_are_left_alone() -> None:
    for raw in (b"---\ntitle: A: B\n---\n\xff", "---\ntitle: A: B\n---\n".encode("utf-16")):
        assert mend("n.md", raw) == (raw, [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark_stay(end: str, mark: bytes) -> None:
    note = "---\ntitle: Über: alles\narxiv: 1412.6980\n---\nä \u2028 x\n\n\nlast"
    after = note.replace("Über: alles", '"Über: alles"').replace("1412.6980", '"1412.6980"')
    raw, changes = mend("n.md", mark + note.replace("\n", end).encode())
    assert raw == mark + after.replace("\n", end).encode()
    assert [(c.line, c.column, c.code) for c in changes] == [(2, 8, "yaml"), (3, 8, "yaml-type")]


values = st.text(alphabet="aB1.: ,#'\"[]{}|>&*!%@`-\\é?~no", max_size=12)
keys = st.sampled_from(["title", "arxiv", "doi", "aliases", "tags", "authors", "author", "up", "date", "x"])


@given(st.dictionaries(keys, values, min_size=1, max_size=4))
def test_a_fixed_note_says_the_same_and_needs_no_second_fix(fields: dict[str, str]) -> None:
    note = "---\n" + "".join(f"{key}: {value}\n" for key, value in fields.items()) + "---\nbody [[x]]\n"
    raw, changes = mend("n.md", note.encode())
    before, after = read("n.md", note.encode()), read("n.md", raw)
    assert [(e.title, e.ids, [(f.field, f.value) for f in e.facts]) for e in before.entries] == [
        (e.title, e.ids, [(f.field, f.value) for f in e.facts]) for e in after.entries
    ]
    assert (before.title, before.aliases, before.text) == (after.title, after.aliases, after.text)
    assert [link.raw for link in before.links] == [link.raw for link in after.links]
    assert len(after.diagnostics) <= len(before.diagnostics) - len(changes)
    assert mend("n.md", raw) == (raw, [])


@given(st.text(alphabet="0123456789.:-+_eExtTzZaF/ é", min_size=1, max_size=12).map(str.strip).filter(bool))
@example("1706.03762")
@example("1412.6980")
@example("0704.0001")
@example("10.1000/182")
@example("2017-06-12")
@example("2017-13-12")
@example("0x1F")
@example("12:30")
@example("1e3")
@example("190:20:30")
def test_what_yaml_would_misread_is_found_without_asking_it_where_that_is_certain(written: str) -> None:
    try:
        meant = yaml.safe_load(f"value: {written}\n")["value"]
    except (yaml.YAMLError, ValueError):
        return
    if "\n" not in written and not isinstance(meant, dict | list):
        assert misread(written) == ("" if str(meant) == written else str(meant))


def test_other_tools_then_read_what_was_meant() -> None:
    matter = fixed("arxiv: 1412.6980\ntitle: Adam: A Method\naliases: Adam\ntags: a, b")
    assert yaml.safe_load(matter) == {
        "arxiv": "1412.6980",
        "title": "Adam: A Method",
        "aliases": ["Adam"],
        "tags": ["a", "b"],
    }


# -- writing ---------------------------------------------------------------------------------------------------------


def test_the_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    note = tmp_path / f"{'é' * 120}.md"
    note.write_bytes(b"old")
    note.chmod(0o640)
    rewrite(tmp_path, note.name, b"old", b"new")
    assert note.read_bytes() == b"new"
    assert stat.S_IMODE(note.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == [note.name]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_bytes(b"newer")
    with pytest.raises(RewriteError, match=r"n\.md: changed in the meantime"):
        rewrite(tmp_path, "n.md", b"old", b"new")
    assert (tmp_path / "n.md").read_bytes() == b"newer"
    assert os.listdir(tmp_path) == ["n.md"]


def test_nothing_outside_the_vault_is_written(tmp_path: Path) -> None:
    vault, outside = tmp_path / "vault", tmp_path / "outside"
    for folder in (vault, outside):
        folder.mkdir()
        (folder / "n.md").write_bytes(b"old")
    (vault / "folder").symlink_to(outside)
    (vault / "link.md").symlink_to(outside / "n.md")
    os.link(outside / "n.md", vault / "hard.md")
    for path in ("../outside/n.md", "folder/n.md", "link.md", "hard.md", "gone.md", "folder"):
        with pytest.raises(RewriteError, match="left as it is"):
            rewrite(vault, path, b"old", b"new")
    assert (outside / "n.md").read_bytes() == b"old"
