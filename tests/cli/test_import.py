"""`paperkb import`: which notes are created, what they are called, and what never happens."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.main import main
from tests.arxiv_server import Answer, ArxivServer, arxiv_server
from tests.cli.conftest import ROOT, Result
from tests.hostile import PAYLOADS, disguised

__all__ = ["arxiv_server"]

NOTE = """\
---
title: Attention Is All You Need
authors: [Ashish Vaswani, Łukasz Kaiser]
date: 2017-06-12
arxiv: "1706.03762"
primaryclass: cs.CL
---

# Attention Is All You Need

## Abstract

The dominant models are based on recurrent networks.
"""


class Here:
    """A vault, and the whole command run in it; in this process, since there are many runs."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.root, self.capsys = home, home / "vault", capsys
        self.write("vault/paperkb.toml", "")

    def write(self, path: str, text: str) -> None:
        (self.home / path).parent.mkdir(parents=True, exist_ok=True)
        (self.home / path).write_text(text, "utf-8")

    def __call__(self, *words: str, own: bool = True) -> Result:
        code = main([*["--own"] * own, *words])
        return Result(code, *self.capsys.readouterr())

    def notes(self) -> dict[str, str]:
        """The text of each note by its path."""
        found = sorted(self.root.rglob("*.md"))
        return {path.relative_to(self.root).as_posix(): path.read_text("utf-8") for path in found}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    for name, folder in (("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.delenv("PAPERKB_VAULT", raising=False)
    made = Here(tmp_path, capsys)
    monkeypatch.chdir(made.root)
    return made


def bib(key: str, title: str = "Deep Nets", author: str = "Lee, Bo", more: str = "year={2020}") -> str:
    return f"@misc{{{key}, title={{{title}}}, author={{{author}}}, {more}}}\n"


# -- an id -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["1706.03762", "https://arxiv.org/abs/1706.03762v7", "arxiv:1706.03762"])
def test_one_paper_is_written_at_once(here: Here, arxiv_server: ArxivServer, word: str) -> None:
    done = here("import", word)
    assert (done.code, done.err) == (0, "")
    assert done.out == "vaswani2017attention.md  Attention Is All You Need (2017-06-12)\n"
    assert here.notes() == {"vaswani2017attention.md": NOTE}
    again = here("import", word)
    assert (again.code, again.out) == (0, "known vaswani2017attention.md  Attention Is All You Need (2017-06-12)\n")
    assert len(arxiv_server.asked) == 1, "arXiv is not queried for a paper that has a note"
    assert "0 errors, 0 warnings, 1 notice\n" in here("check").out, "the notice is that nothing links to it"


def test_a_paper_of_the_curated_vault_gains_its_lineage_and_code(here: Here, arxiv_server: ArxivServer) -> None:
    done = here("import", "1706.03762", own=False)
    first, second, _ = done.out.split("\n")
    assert first == "vaswani2017attention.md  Attention Is All You Need (2017-06-12)"
    gained = "builds on 6, patterns: 8, limits: 2, code: paperkb run transformer"
    assert second == f"  transformer, as in the curated vault: {gained}"
    known = here("show", "vaswani2017attention", "--json", own=False).json
    assert (known["key"], known["path"], known["source"]) == ("transformer", "vaswani2017attention.md", "own")


def test_of_several_papers_it_is_said_what_would_be_written(here: Here, arxiv_server: ArxivServer) -> None:
    words = ("import", "1706.03762", "hep-th/9901001v2", "1706.03762v1")
    done = here(*words)
    assert (done.code, done.out.split("\n")) == (
        0,
        [
            "new vaswani2017attention.md  Attention Is All You Need (2017-06-12)",
            "new lee1999strings.md  Strings (1999-01-01)",
            "nothing written yet: 2 new, 0 known - pass `--write` to write",
            "",
        ],
    )
    assert here.notes() == {}
    answer = here(*words, "--json").json
    assert (answer["written"], [paper["status"] for paper in answer["papers"]]) == (False, ["new", "new"])
    answer = here(*words, "--write", "--json").json
    assert (answer["schema"], answer["written"]) == ("paperkb.import/1", True)
    assert [(paper["status"], paper["path"], paper["key"]) for paper in answer["papers"]] == [
        ("written", "vaswani2017attention.md", "vaswani2017attention"),
        ("written", "lee1999strings.md", "lee1999strings"),
    ]
    assert sorted(here.notes()) == ["lee1999strings.md", "vaswani2017attention.md"]


def test_what_notes_wait_for_is_imported(here: Here, arxiv_server: ArxivServer) -> None:
    here.write("vault/todo.md", "Read https://arxiv.org/abs/1706.03762 and [[tides]].\n")
    ghosts = here("query", "is:ghost", "--format", "keys").out.split()
    assert set(ghosts) == {"arxiv:1706.03762", "tides"}
    done = here("import", "--write", *ghosts)
    assert done.err == "paperkb: tides: neither an arXiv id nor a file - name one of them\n"
    assert (done.code, list(here.notes())) == (1, ["todo.md", "vaswani2017attention.md"])
    assert here("query", "is:ghost", "--format", "keys").out == "tides\n"


def test_offline_has_what_was_asked_before(here: Here, arxiv_server: ArxivServer) -> None:
    done = here("--offline", "import", "1706.03762")
    assert (done.code, done.out, len(arxiv_server.asked)) == (1, "", 0)
    assert done.err == "paperkb: not in the cache: 1706.03762 - run once without --offline\n"
    here("import", "1706.03762")
    (here.root / "vaswani2017attention.md").unlink()
    assert here("import", "1706.03762", "hep-th/9901001", "--offline", "--write").code == 1
    assert here.notes() == {"vaswani2017attention.md": NOTE}
    assert len(arxiv_server.asked) == 1


def test_what_arxiv_does_not_answer_fails_and_the_rest_is_done(here: Here, arxiv_server: ArxivServer) -> None:
    here.write("refs.bib", bib("lee2020"))
    done = here("import", "2401.99999", "../refs.bib", "--write", "--json")
    assert (done.code, [paper["status"] for paper in done.json["papers"]]) == (1, ["failed", "written"])
    assert done.err == "paperkb: 2401.99999: arXiv has no such paper - look at https://arxiv.org/abs/2401.99999\n"
    arxiv_server.next = [Answer(status=500)] * 8
    here.write("more.bib", bib("ode2021", "Trees", "Ode, Cy"))
    done = here("import", "1706.03762", "hep-th/9901001", "../more.bib", "--write")
    assert done.code == 1
    assert done.err.startswith(f"paperkb: {arxiv_server.address}: ")
    assert done.err.count("\n") == 1, "a shared reason is printed once"
    assert sorted(here.notes()) == ["lee2020.md", "ode2021.md"]


# -- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "ending"), [("bibtex", "bib"), ("biblatex", "bib"), ("csl", "json")])
def test_a_bibliography_comes_back_as_it_was(here: Here, form: str, ending: str) -> None:
    file = here.home / f"refs.{ending}"
    curated = here("--vault", str(ROOT / "papers"), "export", "is:paper", "--format", form).out
    file.write_text(curated, "utf-8")
    done = here("import", str(file), "--write")
    assert (done.code, done.err, len(here.notes())) == (0, "", curated.count('"citation-key"') or curated.count("\n@"))
    back = here("export", "--format", form).out
    assert _entries(back, form) == _entries(curated, form)
    assert "0 errors, 0 warnings" in here("check", own=False).out


def _entries(text: str, form: str) -> list[str]:
    """The entries, sorted as text: an export sorts by date, and a bibliography has less exact dates.

    Days are removed: a preprint's date is taken from its id, as other programs write the day of the last version.
    """
    if form == "csl":
        return sorted(json.dumps(item, sort_keys=True) for item in json.loads(text))
    without_days = re.sub(r"(?m)^(  date = \{\d{4}-\d\d)-\d\d", r"\1", text)
    return sorted(each.strip() for each in without_days.split("\n\n"))


def test_several_sources_of_one_paper_give_one_note(here: Here) -> None:
    here.write("a.bib", bib("lee2020", "Deep Nets", more="eprint={2005.00001}"))
    here.write("b.ris", "TY  - JOUR\nTI  - Nets, in Depth\nDO  - 10.1000/nets\nUR  - https://arxiv.org/abs/2005.00001\n"
               "AB  - They are deep.\nER  - \n")  # fmt: skip
    done = here("import", "../a.bib", "../b.ris", "--json")
    [paper] = done.json["papers"]
    assert (paper["status"], paper["path"], paper["source"]) == ("written", "lee2020.md", "../a.bib:1")
    [text] = here.notes().values()
    assert "title: Deep Nets\n" in text
    assert 'doi: "10.1000/nets"\n' in text
    assert "They are deep.\n" in text


def test_what_is_said_in_passing_counts_after_a_bibliography(here: Here) -> None:
    said = [("Nets", 1, "Lee et al., 2021"), ("Ends", 2, "Kim et al., 2020"), ("Odds", 3, "Ann Ode, Bo Ode, 2020")]
    lines = (f"- [{name}](https://arxiv.org/abs/2005.0000{n}), {who}\n" for name, n, who in said)
    here.write("list.md", f"# List\n\n{''.join(lines)}")
    here.write("a.bib", bib("lee2020", "Deep Nets", more="eprint={2005.00001}"))
    here("import", "../list.md", "../a.bib", "--write")
    assert "title: Deep Nets\nauthors: [Bo Lee]\narxiv" in here.notes()["lee2020.md"]
    assert "authors: [Kim, et al.]\n" in here.notes()["kim2020ends.md"]


def test_what_has_a_note_is_known_whatever_it_is_called(here: Here) -> None:
    here.write("vault/sub/a.md", '---\ntitle: Deep Nets\ndoi: "10.1000/nets"\n---\n')
    here.write("vault/b.md", "---\ntitle: Deep Trees\nauthors: [Bo Lee]\ndate: 2020\n---\n")
    here.write("refs.bib", bib("x", "Anything", more="doi={10.1000/nets}") + bib("y", "Deep trees"))
    before = here.notes()
    assert here("import", "../refs.bib", "--write").out == "known sub/a.md  Deep Nets\nknown b.md  Deep Trees (2020)\n"
    assert here.notes() == before


def test_a_digest_is_quoted_with_a_link_to_it(here: Here, arxiv_server: ArxivServer) -> None:
    here.write(
        "vault/days/monday.md",
        "# Monday\n\n[Deep Nets](https://arxiv.org/abs/2005.00001) are *deep*. See [[trees]].\n\n"
        "[Trees](https://arxiv.org/abs/2005.00002) grow.\n\n[Roots](https://arxiv.org/abs/2005.00003) do not.\n",
    )
    done = here("import", "days/monday.md", "--to", "papers", "--write")
    assert (done.code, done.err, len(here.notes())) == (0, "", 4)
    assert here.notes()["papers/deepnets2020.md"].endswith(
        "## Mentions\n\n> Deep Nets are deep. See trees.\n>\n> [days/monday.md](../days/monday.md)\n"
    )
    [shown] = here("show", "papers/deepnets2020.md", "--json").json["documents"]
    assert [(link["target"], link["status"]) for link in shown["links"]] == [("days/monday.md", "ok")]
    assert here("query", "is:paper", "--fields", "key,date", "--format", "csv").out.split()[1:] == [
        "deepnets2020,2020-05", "roots2020,2020-05", "trees2020,2020-05",
    ]  # fmt: skip
    assert arxiv_server.asked == [], "an id found in a file is not looked up"


def test_the_year_of_a_citation_is_the_date_where_none_is_better(here: Here) -> None:
    listed = [("Deep", "doi.org/10.1000/deep", 2016), ("Tall", "arxiv.org/abs/1912.00001", 2021),
              ("Wide", "arxiv.org/abs/1912.00002", 2016)]  # fmt: skip
    lines = (f"- [{name} Nets](https://{place}), Ann Lee, Bo Lee, {year}.\n" for name, place, year in listed)
    here.write("list.md", f"# List\n\n{''.join(lines)}")
    here("import", "../list.md", "--write")
    assert {path: re.findall("^(?:date|cited_year): .*", text, re.M) for path, text in here.notes().items()} == {
        "lee2016deep.md": ["date: 2016"],
        "lee2019tall.md": [],  # its id gives the month of its release
        "lee2016wide.md": ["date: 2016"],  # earlier than it was posted
    }


@pytest.mark.parametrize(("name", "text"), [
    ("a.bib", bib("a", "Soft Nets ({SN})")),
    ("a.ris", "TY  - JOUR\nTI  - Soft Nets (SN)\nAU  - Lee, Bo\nPY  - 2020\nER  - \n"),
    ("a.json", '[{"title": "Soft Nets (SN)", "author": [{"family": "Lee", "given": "Bo"}]}]'),
])  # fmt: skip
def test_an_acronym_that_a_title_explains_is_another_name_of_it(here: Here, name: str, text: str) -> None:
    here.write(name, text)
    assert here("import", f"../{name}").code == 0
    [note] = here.notes().values()
    assert "title: Soft Nets (SN)\n" in note
    assert "aliases: [SN, Soft Nets]\n" in note


def test_a_nickname_in_a_digest_hides_nothing_of_a_curated_paper(here: Here) -> None:
    here.write("digest.md", "".join(f"[{name}](https://arxiv.org/abs/{arxiv}) is read.\n\n" for name, arxiv in (
        ("BERT", "1810.04805"), ("The one of ranks", "2106.09685"), ("Nets", "2005.00001"))))  # fmt: skip
    here("import", "../digest.md", "--write", own=False)
    assert list(here.notes()) == ["devlin2018bert.md", "hu2021lora.md", "nets2020.md"]
    cited = {each["citekey"] for each in here("export", "--json", own=False).json["papers"]}
    assert {path.removesuffix(".md") for path in here.notes()} <= cited
    known = here("show", "bert", "--json", own=False).json
    assert (known["title"], known["path"]) == (
        "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", "devlin2018bert.md",
    )  # fmt: skip


def test_a_named_id_is_asked_for_though_a_file_tells_something(here: Here, arxiv_server: ArxivServer) -> None:
    here.write("refs.bib", bib("mine", "My Nickname", "Vaswani, A.", "eprint={1706.03762}"))
    here("import", "1706.03762", "../refs.bib")
    [(path, text)] = here.notes().items()
    assert (path, text) == ("mine.md", NOTE.replace("primaryclass", "citekey: mine\nprimaryclass"))


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("lee_2020.b", "lee_2020.b.md"),
        ("DBLP:conf/nets/Lee20", "lee2020deep.md"),
        ("../../lee", "lee2020deep.md"),
        ("CON", "lee2020deep.md"),
        ("aux.2020", "lee2020deep.md"),
        (".lee", "lee2020deep.md"),
        ("-lee", "lee2020deep.md"),
        ("lee.", "lee2020deep.md"),
        ("CLAUDE", "lee2020deep.md"),
        ("lee.bak", "lee2020deep.md"),
        ("1706.03762", "lee2020deep.md"),
        ("https://doi.org/10.1002/rob.1", "lee2020deep.md"),
        ("l" * 300, "lee2020deep.md"),
        ("paperkb", "paperkb.md"),
    ],
)
def test_a_note_is_called_by_its_citation_key_where_that_names_a_file(here: Here, key: str, path: str) -> None:
    here.write("refs.bib", bib(key))
    assert here("import", "../refs.bib").code == 0
    assert list(here.notes()) == [path]
    assert sorted(each.name for each in here.home.iterdir()) == ["cache", "refs.bib", "vault"]
    assert here("show", path, "--json").json["sources"]["citekey"][0]["value"] == key


def test_a_taken_name_gets_a_letter_and_the_paper_is_cited_so(here: Here) -> None:
    here.write("vault/sub/LEE2020.md", "# Another thing\n")
    here.write("vault/old.md", "---\ntitle: Deep Roots\nauthors: [Bo Lee]\ndate: 2020-12\n---\n")
    here.write("refs.bib", bib("lee2020") + bib("", "Deep Trees", more="year={2020}, month=may"))
    here.write("more.ris", "TY  - JOUR\nAU  - Lee, Bo\nPY  - 2020\nTI  - Deep Trunks\nER  - \n")
    done = here("import", "../refs.bib", "../more.ris", "--write")
    assert sorted(here.notes()) == [
        "lee2020a.md", "lee2020deepa.md", "lee2020deepb.md", "old.md", "sub/LEE2020.md",
    ]  # fmt: skip
    assert done.err == "paperkb: lee2020a.md is not cited as lee2020: another paper or file has that name\n"
    cited = {item["title"]: item["id"] for item in json.loads(here("export", "--format", "csl").out)}
    assert cited == {
        "Deep Roots": "lee2020deep",
        "Deep Nets": "lee2020a",
        "Deep Trunks": "lee2020deepa",  # 2020 sorts before May 2020
        "Deep Trees": "lee2020deepb",
    }


def test_strange_texts_are_written_and_nothing_obeys_them(here: Here) -> None:
    titles = {f"k{n}": text for n, text in enumerate(PAYLOADS.values())}
    items = [
        {"id": key, "type": "article", "title": text, "abstract": text, "author": [{"literal": text}], "keyword": text,
         "container-title": text, "issued": {"date-parts": [[2020]]}}
        for key, text in titles.items()
    ]  # fmt: skip
    here.write("refs.json", json.dumps(items))
    done = here("import", "../refs.json", "--write")
    assert not [sign for sign in done.out + done.err if disguised(sign)]
    failed = [paper for paper in here("import", "../refs.json", "--json").json["papers"] if paper["status"] == "failed"]
    assert failed == []
    assert {path.partition(".")[0] for path in here.notes()} <= {*titles}
    assert sorted(each.name for each in here.home.iterdir()) == ["cache", "refs.json", "vault"]
    answer = here("check", "--json").json
    found = {each["code"] for each in answer["findings"]}
    assert found == {"orphan", "same-name", "author"}, "names that are doubtful stay so in a note"


# -- places ----------------------------------------------------------------------------------------------------------


def test_a_folder_of_the_vault_is_made(here: Here, arxiv_server: ArxivServer) -> None:
    assert here("import", "1706.03762", "--to", "new/papers").out.startswith("new/papers/vaswani2017attention.md  ")
    assert list(here.notes()) == ["new/papers/vaswani2017attention.md"]


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("../other", "is outside {root} - name a folder in the vault"),
        ("{home}/other", "is outside {root} - name a folder in the vault"),
        ("out", "is a symbolic link, which the vault does not follow - name another folder"),
        ("out/deep", "is a symbolic link, which the vault does not follow - name another folder"),
        ("paperkb.toml", "not a folder - name another one"),
        (".hidden", "notes there would not be read - name another folder, or see paperkb.toml"),
        ("Templates/x", "notes there would not be read - name another folder, or see paperkb.toml"),
    ],
)
def test_no_note_is_written_where_none_would_be_read(here: Here, arxiv_server: ArxivServer, to: str, told: str) -> None:
    (here.home / "other").mkdir()
    (here.root / "out").symlink_to(here.home / "other")
    to = to.format(home=here.home)
    done = here("import", "1706.03762", "--to", to)
    assert (done.code, done.out, done.err) == (1, "", f"paperkb: {to}: {told.format(root=here.root)}\n")
    assert (here.notes(), list((here.home / "other").iterdir())) == ({}, [])


def test_a_vault_behind_a_link_is_the_vault(here: Here, arxiv_server: ArxivServer) -> None:
    (here.home / "link").symlink_to(here.root)
    here("--vault", "../link", "import", "1706.03762", "--to", "papers")
    assert list(here.notes()) == ["papers/vaswani2017attention.md"]


def test_the_curated_vault_is_no_place_for_notes(here: Here, arxiv_server: ArxivServer) -> None:
    told = "name its folder with --vault FOLDER, or put an empty paperkb.toml into it"
    (here.root / "paperkb.toml").unlink()
    here.write("vault/a.md", "# A\n")
    for place in ((), ("--vault", str(ROOT / "papers"))):
        assert here("import", "1706.03762", *place).err == f"paperkb: you have no vault here - {told}\n"
    assert arxiv_server.asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix only")
def test_a_note_that_cannot_be_written_whole_is_not_left_behind(here: Here) -> None:
    """As on a full disk: no file may be longer than a few bytes."""
    import resource

    from cli.imports.plan import Outcome
    from cli.imports.write import written

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        found = written(str(here.root), [Outcome("new", "a", f"sub/{name}.md", text="x" * 20) for name in "ab"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [each.status for each in found] == ["failed", "new"], "the next note would fail as well"
    assert found[0].why == "File too large - name another folder"
    assert here.notes() == {}


@pytest.mark.parametrize("there", ["file", "link", "folder"])
def test_what_came_into_being_meanwhile_stays(here: Here, there: str) -> None:
    from cli.imports.plan import Outcome
    from cli.imports.write import written

    place = here.root / "a.md"
    make: dict[str, Callable[[], object]] = {
        "file": lambda: place.write_text("mine"),
        "link": lambda: place.symlink_to(here.home / "elsewhere"),
        "folder": place.mkdir,
    }
    make[there]()
    [found] = written(str(here.root), [Outcome("new", "a", "a.md", text="x")])
    assert (found.status, found.why) == ("failed", "a.md: was created meanwhile and stays - try again")
    assert there != "file" or place.read_text() == "mine"
    assert not os.path.exists(here.home / "elsewhere")


# -- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("lora", "lora: neither an arXiv id nor a file - name one of them"),
        ("1706.3762", "1706.3762: not an arXiv id - did you mean 1706.03762?"),
        ("10.1145/3065386", "10.1145/3065386: only arXiv is queried - save the BibTeX of "
         "https://doi.org/10.1145/3065386 as a .bib file and import it"),
        ("..", "..: a folder - name the files in it"),
        ("../a.pdf", "../a.pdf: cannot be read - name the paper's arXiv id, or a file that ends in .md, .markdown, "
         ".mdx, .yaml, .yml, .bib, .ris, .json, .csljson"),
        ("../a.md", "../a.md: lists no papers - name arXiv ids instead"),
        ("../bad.json", "../bad.json:1:1: reference CSL-JSON: Expecting value - fix it; the items before it are read"),
    ],
)  # fmt: skip
def test_an_invalid_source_is_reported(here: Here, arxiv_server: ArxivServer, word: str, told: str) -> None:
    for name, text in {"a.pdf": "%PDF", "a.md": "# Just a note\n", "bad.json": "nothing"}.items():
        here.write(name, text)
    done = here("import", word)
    assert (done.code, done.out, done.err) == (1, "", f"paperkb: {told}\n")


def test_what_is_doubtful_in_a_file_is_told_and_the_rest_is_done(here: Here) -> None:
    here.write("refs.bib", bib("lee2020") + "@misc{broken, title={A\n" + bib("ode2020", "Trees", "Ode, Cy"))
    done = here("import", "../refs.bib", "--write")
    assert done.err.startswith("paperkb: ../refs.bib:2:1: bibtex BibTeX: ")
    assert "lee2020.md" in here.notes()


def test_a_note_of_its_own_is_no_list_of_papers(here: Here) -> None:
    shutil.copy(ROOT / "papers" / "lora.md", here.home / "lora.md")
    assert here("import", "../lora.md").err == "paperkb: ../lora.md: lists no papers - name arXiv ids instead\n"
