"""`paperkb export`: what goes where, and that a paper keeps the key it is cited by."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from bibtexparser.entrypoint import parse_string

from tests.cli.conftest import Run
from tests.hostile import hostile_vault

Make = Callable[[dict[str, str]], Run]


def note(title: str, date: str, arxiv: str = "", more: str = "") -> str:
    ids = f"arxiv: '{arxiv}'\n" if arxiv else ""
    return f"---\ntitle: {title}\nauthors: [Bo Lee]\ndate: {date}\n{ids}{more}---\n"


FIRST = note("Deep Nets", "2020-05", "2005.00001")
SECOND = note("Deep Trees", "2020-09", "2009.00002")
EARLIER = note("Deep Roots", "2020-01", "2001.00003")


def keys(text: str) -> dict[str, str]:
    """Title -> citation key of a bibliography."""
    return {
        next(str(field.value) for field in entry.fields if field.key == "title"): entry.key
        for entry in parse_string(text).entries
    }


def test_formats_on_standard_output(vault: Make) -> None:
    run = vault({"a.md": FIRST})
    assert run("export").out.splitlines()[:3] == ["% Written by paperkb export.", "", "@misc{lee2020deep,"]
    assert "@online{lee2020deep," in run("export", "--format", "biblatex").out
    [item] = json.loads(run("export", "--format", "csl").out)
    assert (item["id"], item["type"]) == ("lee2020deep", "article")
    assert run("export", "--citekeys", "jabref").out.splitlines()[2] == "@misc{Lee2020,"
    answer = run("export", "--json").json
    assert (answer["schema"], answer["papers"][0]["citekey"]) == ("paperkb.export/1", "lee2020deep")


def test_in_a_pipe_it_is_utf8_whatever_the_terminal_speaks(vault: Make) -> None:
    run = vault({"a.md": note("Über 中文", "2020-05")})
    for form in ("bibtex", "biblatex", "csl"):
        told = run("export", "--format", form, PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
        assert told.out == run("export", "--format", form).out
        assert "中文" in told.out


def test_only_what_matches_is_written_and_a_paper_is_cited_alike_in_each_answer(vault: Make) -> None:
    run = vault({"a.md": FIRST, "b.md": SECOND})
    assert keys(run("export").out) == {"Deep Nets": "lee2020deep", "Deep Trees": "lee2020deepa"}
    told = run("export", "date:2020-09")
    assert keys(told.out) == {"Deep Trees": "lee2020deepa"}
    assert told.err == (
        "paperkb: `b` is cited as lee2020deepa: lee2020deep is `a` - `citekey:` in a note settles it\n"
    )
    assert run("export", "date:2020-05").err == ""


def test_a_paper_is_found_by_the_key_that_it_got(vault: Make) -> None:
    run = vault({
        "one.md": note("Nets of Ends", "2019", more="authors: [Ann Lee]\n"),
        "two.md": note("Nets for Beginnings", "2019", more="authors: [Bo Lee]\n"),
    })  # fmt: skip
    for title, key in keys(run("export").out).items():
        shown = run("show", key, "--json").json
        assert shown["title"] == title
        assert run("lineage", f"@{key.upper()}", "--json").json["key"] == shown["key"]
    assert run("show", "lee2019nest").err == (
        "paperkb: nothing is named `lee2019nest` - did you mean `lee2019nets` or `lee2019netsa`?\n"
    )


def test_a_paper_and_the_ghost_that_is_called_like_it_are_one_entry(vault: Make) -> None:
    linked = note("Deep Trees", "2020-09") + "See [[nets]].\n"
    run = vault(
        {"paperkb.toml": 'links = "obsidian"', "a.md": note("Deep Nets", "2020", "", "key: nets\n"), "b.md": linked}
    )
    assert run("query", "is:paper,ghost", "--format", "keys").out.split() == ["nets", "b", "nets"]
    assert run("export", "is:paper,ghost").out.count("@") == 2


CVF = "openaccess.thecvf.com/content_cvpr_2017/{}/Dekel_On_the_Effectiveness_CVPR_2017_paper.{}"


def test_a_paper_of_another_site_has_the_address_that_a_note_gives_else_that_of_its_page(vault: Make) -> None:
    file = "https://ieeexplore.ieee.org/stamp/stamp.jsp?tp=&arnumber=8985307"
    listed = (
        f"- [Effectiveness of Watermarks](http://{CVF.format('papers', 'pdf')}) (2017)\n"
        "- [Deep Neural Nets](http://jmlr.org/papers/volume15/srivastava14a/srivastava14a.pdf) (2014)\n"
        "- [Wide Nets](https://arxiv.org/abs/2005.00001) [[page](https://openreview.net/forum?id=B16dGcqlx)] (2020)\n"
    )
    run = vault({"list.md": listed, "a.md": note("Deep Nets", "2020", "", f"url: {file}\n")})
    assert {item["title"]: item.get("URL", "") for item in json.loads(run("export", "--format", "csl").out)} == {
        "Effectiveness of Watermarks": f"https://{CVF.format('html', 'html')}",
        "Deep Neural Nets": "https://jmlr.org/papers/v15/srivastava14a.html",
        "Deep Nets": file,
        "Wide Nets": "https://arxiv.org/abs/2005.00001",
    }
    assert f"url = {{https://{CVF.format('html', 'html')}}}" in run("export").out
    shown = run("show", "jmlr:v15/srivastava14a").out
    assert "JMLR" in shown
    assert "https://jmlr.org/papers/v15/srivastava14a.html" in shown


def test_a_key_in_the_file_stays_when_an_earlier_paper_is_added(vault: Make, tmp_path: Path) -> None:
    file = tmp_path / "refs.bib"
    run = vault({"a.md": FIRST, "b.md": SECOND})
    assert run("export", "-o", str(file)).out == f"{file}: 2 papers\n"
    vault({"c.md": EARLIER})
    assert keys(run("export").out)["Deep Roots"] == "lee2020deep", "without the file nothing says which paper was first"
    run("export", "-o", str(file))
    assert keys(file.read_text()) == {
        "Deep Nets": "lee2020deep", "Deep Trees": "lee2020deepa", "Deep Roots": "lee2020deepb",
    }  # fmt: skip
    before = file.read_bytes()
    run("index", "--rebuild")
    run("export", "-o", str(file))
    assert file.read_bytes() == before, "the file is the memory, not the index"


def test_a_bibliography_in_the_vault_is_read_and_keeps_no_paper_whose_note_is_gone(vault: Make, tmp_path: Path) -> None:
    run = vault({"a.md": FIRST, "b.md": SECOND, "draft.md": "As [@lee2020deep] says.\n"})
    refs = tmp_path / "vault" / "refs.bib"
    run("export", "-o", str(refs))
    written = refs.read_bytes()
    assert "paper:a" in run("show", "draft.md").out, "cited by the key in the file"
    run("export", "-o", str(refs))
    assert refs.read_bytes() == written
    (refs.parent / "b.md").unlink()
    run("export", "-o", str(refs))
    assert keys(refs.read_text()) == {"Deep Nets": "lee2020deep"}


ENTRIES = r"""
@incollection{rumelhart1986,
  address = {Cambridge},
  author = {Rumelhart, David and Hinton, Geoffrey},
  booktitle = {Parallel Distributed Processing},
  chapter = {8},
  editor = {Rumelhart, David and {PDP Research Group}},
  pages = {318--362},
  publisher = {MIT Press},
  title = {Learning Internal Representations},
  volume = {1},
  year = {1986},
}

@article{hochreiter1997,
  author = {Hochreiter, Sepp and Schmidhuber, J{\"u}rgen},
  doi = {10.1162/neco.1997.9.8.1735},
  issn = {0899-7667},
  journal = {Some Forum of Nets},
  number = {8},
  pages = {1735--1780},
  title = {Long Short-Term Memory},
  volume = {9},
  year = {1997},
}

@phdthesis{graves2008,
  author = {Graves, Alex},
  school = {TU Munich},
  title = {Sequence Labelling},
  year = {2008},
}

@techreport{krizhevsky2009,
  author = {Krizhevsky, Alex},
  institution = {University of Toronto},
  number = {TR-2009},
  title = {Tiny Images},
  year = {2009},
}

@book{goodfellow2016,
  author = {Goodfellow, Ian},
  edition = {1},
  isbn = {978-0262035613},
  publisher = {MIT Press},
  title = {Deep Learning},
  year = {2016},
}

@inproceedings{kornblith2019,
  author = {Kornblith, Simon},
  booktitle = {ICML},
  pages = {3519--3529},
  series = {Proceedings of Machine Learning Research},
  title = {Similarity},
  volume = {97},
  year = {2019},
}

@misc{olah2020,
  author = {Olah, Chris},
  howpublished = {Blog},
  title = {Circuits},
  url = {https://x.org/a_b},
  year = {2020},
}
"""


def test_what_a_bibliography_says_of_a_paper_is_said_again(vault: Make) -> None:
    run = vault({"lib.bib": ENTRIES})
    told = run("export")
    assert told.out == f"% Written by paperkb export.\n{ENTRIES}"
    [item] = json.loads(run("export", "title:Internal", "--format", "csl").out)
    assert (item["type"], item["publisher"], item["page"]) == ("chapter", "MIT Press", "318-362")
    assert item["editor"] == [{"family": "Rumelhart", "given": "David"}, {"literal": "PDP Research Group"}]
    [report] = json.loads(run("export", "title:Tiny", "--format", "csl").out)
    assert (report["type"], report["publisher"], report["number"]) == ("report", "University of Toronto", "TR-2009")
    latex = run("export", "--format", "biblatex").out
    for kind in ("PhD thesis", "mathesis"):
        told = ("author = {Bo, Al}", "institution = {MIT}", "title = {T}", f"type = {{{kind}}}")
        written = "@thesis{x,\n" + "".join(f"  {field},\n" for field in told) + "}\n"
        assert written in vault({"lib.bib": written})("export", "--format", "biblatex").out
    assert "@thesis{graves2008,\n  author = {Graves, Alex},\n  date = {2008},\n  institution = {TU Munich},\n" in latex


@pytest.mark.parametrize("ending", ["bib", "json"])
def test_a_key_stays_when_a_title_or_an_id_is_corrected(ending: str, vault: Make, tmp_path: Path) -> None:
    file = tmp_path / f"refs.{ending}"
    run = vault({"a.md": FIRST, "b.md": note("Forests", "2021")})
    run("export", "-o", str(file))
    vault({"a.md": note("Shallow Nets", "2020-05", "2005.00001"), "b.md": note("Forests", "2022", "2101.00001")})
    run("export", "-o", str(file))
    text = file.read_text()
    assert "lee2020deep" in text
    assert "Shallow Nets" in text
    assert "lee2021forests" in text


def test_a_declared_key_is_used_and_nobody_else_s(vault: Make, tmp_path: Path) -> None:
    file = tmp_path / "refs.bib"
    run = vault({"a.md": FIRST, "b.md": SECOND})
    run("export", "-o", str(file))
    vault({"b.md": note("Deep Trees", "2020-09", "2009.00002", "citekey: LEE2020deep\n")})
    told = run("export", "-o", str(file))
    assert keys(file.read_text()) == {"Deep Nets": "lee2020deepa", "Deep Trees": "LEE2020deep"}
    assert "b was cited as lee2020deepa and is LEE2020deep now, as its note says" in told.err


def test_a_declared_key_that_cannot_be_is_told(vault: Make) -> None:
    run = vault({"a.md": note("Deep Nets", "2020", more='citekey: "a b,{c}"\n')})
    told = run("export")
    assert keys(told.out) == {"Deep Nets": "lee2020deep"}
    assert "a cannot be cited as 'a b,{c}', so it is lee2020deep - " in told.err


def test_what_others_wrote_is_never_overwritten(vault: Make, tmp_path: Path) -> None:
    run = vault({"a.md": FIRST})
    for name, text in (
        ("mine.bib", "@misc{x, title={Mine}}\n"),
        ("mine.json", '[{"id": "x"}]'),
        ("like.json", '[{"custom": {"key": "a"}, "id": 3, "title": "Deep Nets"}]'),
        ("deep.json", "[" * 100_000),
        ("x.txt", "text"),
    ):
        file = tmp_path / name
        file.write_text(text)
        told = run("export", "-o", str(file))
        assert (told.code, told.err) == (
            1, f"paperkb: {file}: was not written by an export, so it stays - choose another name\n",
        )  # fmt: skip
        assert file.read_text() == text
    assert run("export", "-o", str(tmp_path / "no" / "where.bib")).err.endswith("choose another place with -o\n")
    assert "not a regular file" in run("export", "-o", "/dev/null").err
    assert not list(tmp_path.glob("**/.paperkb-*"))


def test_signs_that_ascii_lacks_are_told(vault: Make) -> None:
    run = vault({"a.md": "---\ntitle: 深度学习\nauthors: [张伟]\ndate: 2020\n---\n"})
    told = run("export")
    assert "@misc{zhangwei2020shenduxuexi,\n  author = {张伟}," in told.out
    assert told.err.startswith("paperkb: 6 characters have no ASCII spelling and stay: ")
    assert run("export", "--format", "biblatex").err == ""


def test_et_al_is_not_lost(vault: Make) -> None:
    run = vault({"a.md": "---\ntitle: Nets\nauthors: [Bo Lee, et al.]\ndate: 2020\n---\n"})
    assert "author = {Lee, Bo and others}" in run("export").out


def test_mistakes_are_told(vault: Make) -> None:
    run = vault({"a.md": FIRST})
    assert run("export", "--format", "word").code == 1
    assert run("export", "pattern:").code == 1
    assert run("export", "title:nothing").out == "% Written by paperkb export.\n\n"


def test_a_vault_of_hostile_notes(vault: Make, tmp_path: Path) -> None:
    hostile_vault(tmp_path / "vault")
    run = vault({})
    text = run("export").out
    library = parse_string(text)
    count = len(run("export", "--json").json["papers"])
    assert (len(library.entries), library.failed_blocks) == (count, [])
    assert len({entry.key.lower() for entry in library.entries}) == count
    assert len(json.loads(run("export", "--format", "csl").out)) == count


def test_nothing_is_written_over_a_link_that_lies_in_wait(vault: Make, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".paperkb-refs.bib").symlink_to(tmp_path / "precious")
    run = vault({"a.md": FIRST})
    assert run("export", "-o", str(tmp_path / "refs.bib")).code == 0
    assert (tmp_path / "precious").read_text() == "precious"
    assert keys((tmp_path / "refs.bib").read_text()) == {"Deep Nets": "lee2020deep"}


def test_a_name_that_leaves_no_room_for_another_is_written(vault: Make, tmp_path: Path) -> None:
    file = tmp_path / f"{'a' * 245}.bib"
    assert vault({"a.md": FIRST})("export", "-o", str(file)).code == 0
    assert file.is_file()
