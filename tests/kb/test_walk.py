"""The walk: what is a document, what is left out and why, whatever the file system holds."""

import os
from pathlib import Path

import pytest

from kb.config import Config, ConfigError, load_config
from kb.walk import ATTACHED, Walk, look, walk, would_read


def fill(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


def documents(found: Walk) -> list[str]:
    return sorted(path for path, _, size in found.stamps if size != ATTACHED)


def attachments(found: Walk) -> list[str]:
    return sorted(path for path, _, size in found.stamps if size == ATTACHED)


def left_out(found: Walk) -> list[tuple[str, str]]:
    return [(notice.path, notice.code) for notice in found.diagnostics]


def test_documents_and_attachments_in_path_order(tmp_path: Path) -> None:
    fill(tmp_path, "b.md", "a/z.MD", "a/y.markdown", "c.mdx", "l.yaml", "l.yml", "a.b/é.md", "f.png", "a/c.py", "md")
    found = walk(tmp_path, Config())
    assert documents(found) == ["a.b/é.md", "a/y.markdown", "a/z.MD", "b.md", "c.mdx", "l.yaml", "l.yml"]
    assert attachments(found) == ["a/c.py", "f.png", "md"]
    assert found.diagnostics == []


def test_hidden_and_foreign_folders_are_not_entered(tmp_path: Path) -> None:
    fill(tmp_path, ".obsidian/x.md", ".git/y.md", ".hidden.md", "node_modules/p/r.md", "a/__pycache__/z.md", "a/n.md")
    assert documents(walk(tmp_path, Config())) == ["a/n.md"]


def test_every_folder_left_out_that_may_hold_notes_is_named_with_its_reason(tmp_path: Path) -> None:
    fill(
        tmp_path, ".git/a.md", ".obsidian/app.md", ".trash/t.md", "_trash/t.md", ".claude/CLAUDE.md", ".cursor/r.md",
        "logseq/bak/pages/p.md", "a/Templates/note.md", "03 - templates/x.md", ".stversions/n.md", ".mine/n.md",
        "Templates of thought.md", "backup plans/n.md", "trashed ideas.md",
    )  # fmt: skip
    found = walk(tmp_path, Config())
    assert documents(found) == ["Templates of thought.md", "backup plans/n.md", "trashed ideas.md"]
    assert {(notice.path, notice.message) for notice in found.diagnostics} == {
        (".trash/", "left out: trash"),
        ("_trash/", "left out: trash"),
        (".claude/", "left out: instructions for an agent"),
        (".cursor/", "left out: instructions for an agent"),
        ("logseq/bak/", "left out: backup"),
        ("a/Templates/", "left out: templates"),
        ("03 - templates/", "left out: templates"),
        (".stversions/", "left out: backup"),
        (".mine/", "left out: hidden"),
    }
    assert {notice.severity for notice in found.diagnostics} == {"notice"}


def test_many_folders_of_one_name_are_one_notice_that_counts_them(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{n}/__pycache__/x.md" for n in range(8)))
    [notice] = walk(tmp_path, Config()).diagnostics
    assert notice.message == (
        "left out: installed software, also 1/__pycache__/, 2/__pycache__/, 3/__pycache__/, 4/__pycache__/ and 3 more"
    )


def test_files_that_are_not_notes_are_left_out_and_reported(tmp_path: Path) -> None:
    fill(
        tmp_path, "AGENTS.md", "a/CLAUDE.md", "n.sync-conflict-20240102-030405-ABCDEFG.md", "agents of change.md",
        "m (Ann's conflicted copy 2020-01-01).md", "old.bak.md", ".draft.md", ".DS_Store", "fig.sync-conflict-1.png",
    )  # fmt: skip
    found = walk(tmp_path, Config())
    assert documents(found) == ["agents of change.md"]
    assert left_out(found) == [(path, "left-out") for path in (
        ".draft.md", "AGENTS.md", "m (Ann's conflicted copy 2020-01-01).md", "old.bak.md"
    )]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["AGENTS.md", "Claude.local.md", "gemini.MD", "a.sync-conflict-1.md", "a (Ann's Conflicted Copy).md", "a.BAK.md",
     "a.backup.md", "a.orig.md", ".a.md"],
)  # fmt: skip
def test_a_file_that_is_no_note_by_convention_is_left_out_among_many_notes(tmp_path: Path, name: str) -> None:
    fill(tmp_path, "0.md", name, "z.md", "é.md")
    found = walk(tmp_path, Config())
    assert documents(found) == ["0.md", "z.md", "é.md"]
    assert left_out(found) == [(name, "left-out")]


def test_digests_of_a_walk_differ_when_anything_came_changed_or_went(tmp_path: Path) -> None:
    fill(tmp_path, "a.md", "b/c.md", "b/d.png", ".git/x", "b/e.md")

    def digests() -> tuple[object, ...]:
        found = walk(tmp_path, Config())
        return found.digest_of_notices(), *sorted(found.digests.items())

    seen = [digests()]
    assert digests() == seen[0]
    for change in (
        lambda: (tmp_path / "b/c.md").write_text("xx"),
        lambda: os.utime(tmp_path / "a.md", ns=(1, 1)),
        lambda: (tmp_path / "b/c.md").rename(tmp_path / "b/f.md"),
        lambda: (tmp_path / "b/d.png").unlink(),
        lambda: (tmp_path / "b/e.md").rename(tmp_path / "e.md"),
        lambda: fill(tmp_path, ".trash/y.md"),
        lambda: (tmp_path / "l.md").symlink_to("a.md"),
    ):
        change()
        seen.append(digests())
    assert len(set(seen)) == len(seen)


def test_include_reads_what_a_convention_leaves_out_and_exclude_is_stronger(tmp_path: Path) -> None:
    fill(tmp_path, "Templates/a.md", "Templates/b.md", ".claude/notes/c.md", ".claude/d.md", "x/AGENTS.md", "AGENTS.md")
    (tmp_path / "paperkb.toml").write_text(
        'include = ["Templates/", ".claude/notes", "x/AGENTS.md"]\nexclude = ["Templates/b.md"]\n'
    )
    found = walk(tmp_path, load_config(tmp_path))
    assert documents(found) == [".claude/notes/c.md", "Templates/a.md", "x/AGENTS.md"]
    assert left_out(found) == [(".claude/", "left-out"), ("AGENTS.md", "left-out")]
    [said, _] = found.diagnostics
    assert said.hint == 'to read it: include = [".claude"] in paperkb.toml'


def test_a_folder_that_a_site_was_written_into_is_left_out_and_reported(tmp_path: Path) -> None:
    fill(tmp_path, "n.md", "a/public/.paperkb-site.json", "a/public/bn.html", "a/public/x.md", "a/public/papers/y.md")
    fill(tmp_path, "a/not.paperkb-site.json", "a/m.md")
    found = walk(tmp_path, Config())
    assert (documents(found), attachments(found)) == (["a/m.md", "n.md"], ["a/not.paperkb-site.json"])
    assert list(map(str, found.diagnostics)) == [
        'a/public/:1:1: left-out left out: a built site - to read it: include = ["a/public"] in paperkb.toml'
    ]
    assert documents(walk(tmp_path, Config(include=("a/public",)))) == [
        "a/m.md", "a/public/papers/y.md", "a/public/x.md", "n.md",
    ]  # fmt: skip
    named = look(tmp_path, Config(), ["n.md", "a/public/x.md", "a/public/papers/y.md"])
    assert documents(named) == ["n.md"], "a file given by name is no exception"


def test_the_vault_itself_is_never_left_out_as_a_built_site(tmp_path: Path) -> None:
    fill(tmp_path, ".paperkb-site.json", "n.md")
    assert documents(walk(tmp_path, Config())) == ["n.md"]


def test_stamps_change_with_the_file(tmp_path: Path) -> None:
    fill(tmp_path, "a.md")
    [(_, changed_before, size_before)] = walk(tmp_path, Config()).stamps
    (tmp_path / "a.md").write_text("longer")
    os.utime(tmp_path / "a.md", ns=(1, changed_before + 10**12))
    [(_, changed_after, size_after)] = walk(tmp_path, Config()).stamps
    assert (size_before, size_after) == (1, 6)
    assert changed_after == changed_before + 10**12


# -- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["drafts", "drafts/", "drafts/*", "drafts/**", "**/drafts", "d?afts"])
def test_an_excluded_folder_is_excluded_with_all_in_it(tmp_path: Path, pattern: str) -> None:
    fill(tmp_path, "drafts/a.md", "drafts/deep/b.md", "drafts.md", "c.md")
    assert documents(walk(tmp_path, Config(exclude=(pattern,)))) == ["c.md", "drafts.md"]


def test_excluded_files(tmp_path: Path) -> None:
    fill(tmp_path, "README.md", "a/README.md", "a/b.md")
    assert documents(walk(tmp_path, Config(exclude=("**/README.md",)))) == ["a/b.md"]
    assert documents(walk(tmp_path, Config(exclude=("README.md",)))) == ["a/README.md", "a/b.md"]


def test_other_endings(tmp_path: Path) -> None:
    fill(tmp_path, "a.md", "b.qmd", "paperkb.toml")
    (tmp_path / "paperkb.toml").write_text('endings = [".qmd"]\n')
    assert documents(walk(tmp_path, load_config(tmp_path))) == ["b.qmd"]


def test_settings_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "paperkb.toml").write_bytes(b"\xef\xbb\xbfexclude = ['drafts']\r\n")
    assert load_config(tmp_path).exclude == ("drafts",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("exclude = 'drafts'", "must be a list of strings"),
        ("exclude = [1]", "must be a list of strings"),
        ("endings = ['md']", "must start with a dot"),
        ("excludes = []", "unknown setting `excludes`"),
        ("exclude = [", "paperkb.toml"),
    ],
)
def test_settings_that_cannot_be_used_say_where_and_why(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "paperkb.toml").write_text(text)
    with pytest.raises(ConfigError, match=says) as caught:
        load_config(tmp_path)
    assert str(tmp_path / "paperkb.toml") in str(caught.value)


def test_settings_that_are_no_text_are_an_error_too(tmp_path: Path) -> None:
    (tmp_path / "paperkb.toml").write_bytes(b"exclude = ['\xff']")
    with pytest.raises(ConfigError):
        load_config(tmp_path)


# -- hostile ---------------------------------------------------------------------------------------------------------


def test_no_folder_no_walk(tmp_path: Path) -> None:
    fill(tmp_path, "a.md")
    for root in (tmp_path / "missing", tmp_path / "a.md"):
        with pytest.raises(NotADirectoryError, match="no such folder"):
            walk(root, Config())


def test_symbolic_links_are_named_but_never_followed(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    fill(tmp_path, "secret/s.md", "vault/a.md")
    (vault / "out").symlink_to(tmp_path / "secret")
    (vault / "loop").symlink_to(vault)
    (vault / "s.md").symlink_to(tmp_path / "secret/s.md")
    (vault / "gone.md").symlink_to(tmp_path / "missing.md")
    found = walk(vault, Config())
    assert documents(found) == ["a.md"]
    assert attachments(found) == []
    assert left_out(found) == [("gone.md", "symlink"), ("loop", "symlink"), ("out", "symlink"), ("s.md", "symlink")]


def test_the_vault_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    fill(tmp_path, "vault/a.md")
    (tmp_path / "link").symlink_to(tmp_path / "vault")
    assert documents(walk(tmp_path / "link", Config())) == ["a.md"]


def test_a_pipe_or_folder_with_the_name_of_a_note(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    fill(tmp_path, "folder.md/a.md", "empty.md/.keep")
    found = walk(tmp_path, Config())
    assert documents(found) == ["folder.md/a.md"]
    assert left_out(found) == [("pipe.md", "not-a-file")]


@pytest.mark.parametrize(
    "name", ["two\nlines.md", "tab\t.md", "é\u0301😀.md", " .md", "a" * 247 + ".md", "-rf.md", "a:b?*.md"]
)
def test_strange_names_are_names(tmp_path: Path, name: str) -> None:
    fill(tmp_path, name)
    assert documents(walk(tmp_path, Config())) == [name]


def test_names_that_are_not_text_are_left_out_and_reported(tmp_path: Path) -> None:
    fill(tmp_path, "a.md")
    with open(os.fsencode(tmp_path) + b"/b\xff.md", "wb"):
        pass
    os.mkdir(os.fsencode(tmp_path) + b"/c\xff")
    found = walk(tmp_path, Config())
    assert documents(found) == ["a.md"]
    assert left_out(found) == [("b?.md", "name"), ("c?", "name")]
    assert {notice.hint for notice in found.diagnostics} == {"rename it"}
    for notice in found.diagnostics:
        str(notice).encode()


@pytest.mark.parametrize(
    ("path", "config"),
    [
        ("a.md", Config()),
        ("sub/deep/a.yaml", Config()),
        ("a.txt", Config()),
        ("a.md", Config(endings=(".txt",))),
        (".a.md", Config()),
        ("CLAUDE.md", Config()),
        ("trash/a.md", Config()),
        ("Templates/deep/a.md", Config()),
        ("Templates/deep/a.md", Config(include=("Templates/deep",))),
        ("Templates/other/a.md", Config(include=("Templates/deep",))),
        ("drafts/a.md", Config(exclude=("drafts",))),
        ("drafts/a.md", Config(exclude=("drafts/b*",))),
    ],
)
def test_whether_a_new_file_will_be_read_is_known_in_advance(tmp_path: Path, path: str, config: Config) -> None:
    expected = would_read(config, path)
    fill(tmp_path, path)
    assert (path in documents(walk(tmp_path, config))) is expected


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_entered_is_reported(tmp_path: Path) -> None:
    fill(tmp_path, "a.md", "closed/b.md")
    (tmp_path / "closed").chmod(0)
    try:
        found = walk(tmp_path, Config())
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert documents(found) == ["a.md"]
    assert left_out(found) == [("closed/", "unreadable")]
    assert [notice.hint for notice in found.diagnostics] == ["check its permissions"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_vault_that_cannot_be_listed_is_no_empty_one(tmp_path: Path) -> None:
    fill(tmp_path, "a.md")
    tmp_path.chmod(0o300)
    try:
        with pytest.raises(NotADirectoryError, match="Permission denied"):
            walk(tmp_path, Config())
    finally:
        tmp_path.chmod(0o700)


def test_very_deep_folders(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(300):
        folder /= "d"
    folder.mkdir(parents=True)
    fill(folder, "a.md")
    assert documents(walk(tmp_path, Config())) == ["d/" * 300 + "a.md"]
