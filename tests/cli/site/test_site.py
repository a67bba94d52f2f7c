"""The static site: every link resolves, every page is clean, the second run writes the same bytes."""

import json
import posixpath
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote

import pytest

from cli.implementations import Installed
from cli.site.addresses import file_names, relative
from cli.site.build import build
from cli.site.notes import read_note
from cli.site.site import Site
from linker.vault import CURATED, open_vault
from tests.cli.conftest import make_vault
from tests.cli.markup import Page, read
from tests.hostile import FLAG, disguised, hostile_vault

Files = dict[str, bytes]


def built(root: Path, index: Path, url: str = "", *, base: bool = False) -> Files:
    """The site of a vault, with an index of its own."""
    with open_vault(root, Installed(), base=base, index=index) as vault:
        return dict(build(Site(vault.store, vault.root, "A name", url)))


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The site of the vault that ships."""
    return built(Path(CURATED), tmp_path_factory.mktemp("index") / "i.sqlite")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The site of a vault in which a stranger wrote every field."""
    root = tmp_path_factory.mktemp("hostile")
    hostile_vault(root / "vault")
    return built(root / "vault", root / "i.sqlite", base=True)


def pages(files: Files) -> dict[str, Page]:
    """The pages that have no script, parsed."""
    return {where: read(text) for where, text in files.items() if where.endswith(".html") and where != "index.html"}


def broken(files: Files) -> list[str]:
    """Links inside the site that lead nowhere, fragments included."""
    read_pages = pages(files)
    wrong = []
    for where, page in read_pages.items():
        for link in page.links:
            if link.startswith(("http://", "https://", "mailto:")):
                continue
            path, _, fragment = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(where), unquote(path))) if path else where
            ids = read_pages[target].ids if target in read_pages else []
            if target not in files or (fragment and target != "index.html" and unquote(fragment) not in ids):
                wrong.append(f"{where}: {link}")
    return wrong


def test_every_link_in_the_curated_site_leads_somewhere(curated: Files) -> None:
    assert not broken(curated)


def test_every_page_is_in_good_order(curated: Files) -> None:
    for where, page in pages(curated).items():
        assert not page.faults, where
        assert page.tags.count("h1") == 1, where
        assert b"Content-Security-Policy" in curated[where]
        assert b"<script" not in curated[where]


def test_each_paper_pattern_and_constraint_has_its_page(curated: Files) -> None:
    for note in Path(CURATED).rglob("*.md"):
        folder = {"patterns": "patterns", "constraints": "constraints", "stories": "stories"}.get(note.parent.name)
        if note.name != "README.md":
            assert f"{folder or 'papers'}/{note.stem}.html" in curated


def test_the_timeline_leads_to_the_lists_with_and_without_a_script(curated: Files) -> None:
    page = curated["index.html"].decode()
    assert page.count('<nav aria-label="Site"><a href="papers/index.html">Papers</a>') == 2
    assert '"url":{"0":"papers/' in page


def test_a_paper_page_tells_what_is_known(curated: Files) -> None:
    words = " ".join(" ".join(pages(curated)["papers/vit.html"].words).split())
    for said in (
        "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
        "Alexey Dosovitskiy",
        "arXiv 2010.11929",
        "cuts an image into patches",
        "Builds on",
        "the encoder, taken over with as few changes as possible",
        "Built on by",
        "Implementation claim held",
        "paperkb run vit",
        "torch.nn:TransformerEncoder",
        "Mentioned in",
    ):
        assert said in words, said


def test_a_cut_list_of_authors_says_so_in_byline_and_bibtex(curated: Files) -> None:
    words = " ".join(" ".join(pages(curated)["papers/gpt3.html"].words).split())
    assert "Melanie Subbiah, Jared Kaplan et al. " in words
    assert "Kaplan, Jared and others}" in words


def test_a_list_of_terms_has_each_term_once(curated: Files) -> None:
    """A list with one term twice is not valid HTML, and is read aloud with the term before each of its values."""
    lists = re.findall(r"<dl>(.*?)</dl>", curated["papers/vit.html"].decode())
    assert any(told.count("<dd>") > told.count("<dt>") for told in lists)
    for told in lists:
        terms = re.findall(r"<dt>(.*?)</dt>", told)
        assert len(terms) == len(set(terms))


def test_lists_of_edges_are_told_once(curated: Files) -> None:
    headings = curated["papers/vit.html"].decode()
    assert headings.count(">Builds on<") == headings.count(">Uses<") == headings.count(">Raises<") == 1


def test_a_second_run_writes_the_same_bytes(curated: Files, tmp_path: Path) -> None:
    assert built(Path(CURATED), tmp_path / "another.sqlite") == curated


def test_the_feed_is_atom_with_the_dates_of_papers(curated: Files) -> None:
    feed = ElementTree.fromstring(curated["feed.xml"])
    atom = "{http://www.w3.org/2005/Atom}"
    dates = [entry.findtext(f"{atom}updated") for entry in feed.findall(f"{atom}entry")]
    assert dates
    assert dates == sorted(dates, reverse=True)
    assert feed.findtext(f"{atom}updated") == dates[0]
    said = {entry.findtext(f"{atom}title"): entry.findtext(f"{atom}summary") for entry in feed.findall(f"{atom}entry")}
    opening = "Fine-tuning a model with billions of weights means storing billions of changed weights for every task."
    assert (said["LoRA: Low-Rank Adaptation of Large Language Models"] or "").startswith(opening)
    assert feed.findtext(f"{atom}id") == "urn:paperkb:A%20name", "a URN has no spaces"
    assert "sitemap.xml" not in curated


def test_with_an_address_feed_map_and_pages_name_it(tmp_path: Path) -> None:
    files = built(Path(CURATED), tmp_path / "i.sqlite", "https://me.example/papers")
    places = [found.text or "" for found in ElementTree.fromstring(files["sitemap.xml"]).iter() if found.text]
    wanted = {f"https://me.example/papers/{where}" for where in files if where.endswith(".html")}
    assert {place for place in places if place.strip()} == wanted - {"https://me.example/papers/404.html"}
    assert b'<link rel="canonical" href="https://me.example/papers/papers/vit.html">' in files["papers/vit.html"]
    assert b"https://me.example/papers/papers/lora.html" in files["feed.xml"]
    leads = re.findall(r'href="([^"#]+)"', files["404.html"].decode())
    assert all(lead.startswith("https://me.example/papers/") for lead in leads), "404.html is shown at any address"


def test_strangers_pages_are_in_good_order_too(hostile: Files) -> None:
    assert not broken(hostile)
    for where, page in pages(hostile).items():
        assert not page.faults, where
    for where, content in hostile.items():
        assert where == "index.html" or not disguised(content.decode()), where
        if where.endswith(".xml"):
            ElementTree.fromstring(content)
    assert FLAG in "".join(pages(hostile)["papers/h00.html"].words)  # shown, as text


def test_names_of_files_are_fit_for_every_system(hostile: Files) -> None:
    for where in hostile:
        assert len(where) < 120
        stem = where.rpartition("/")[2].partition(".")[0]
        assert stem == "404" or stem.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == "", where
        assert not stem.startswith("-")
        assert stem not in ("con", "nul", "aux", "prn", "com1", "lpt1")
    assert len({where.lower() for where in hostile}) == len(hostile)


def test_pictures_are_copied_and_nothing_else(tmp_path: Path) -> None:
    embeds = "".join(f"![[{name}]]\n" for name in ("plot one.PNG", "fake.png", "drawn.svg", "huge.jpg", "link.png"))
    remote = "![r](https://x.example/r.png) ![u](../outside.png)"
    vault = make_vault(tmp_path / "vault", {
        "p.md": f"---\nkind: paper\ntitle: P\n---\n\n{embeds}\n{remote}\n",
        "img/drawn.svg": "<svg/>",
    })  # fmt: skip
    (vault / "img/plot one.PNG").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 50)
    (vault / "img/fake.png").write_bytes(b"<script>alert(1)</script>")
    (vault / "img/huge.jpg").write_bytes(b"\xff\xd8\xff" + bytes(3_000_000))
    (tmp_path / "outside.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"secret")
    (vault / "img/link.png").symlink_to(tmp_path / "outside.png")
    files = built(vault, tmp_path / "i.sqlite")
    assert [where for where in files if where.startswith("media/")] == ["media/img-plot-one.png"]
    page = read(files["papers/p.html"])
    assert [link for link in page.links if link.startswith("../media/")] == ["../media/img-plot-one.png"]
    assert page.tags.count("img") == 1
    assert "drawn.svg" in "".join(page.words)
    assert not broken(files)


def test_a_paper_page_leads_to_the_site_that_has_the_paper(tmp_path: Path) -> None:
    paper = "paper/2017/file/3f5ee243547dee91fbd053c1c4a845aa-Paper.pdf"
    listed = f"url: ['https://papers.nips.cc/{paper}', 'https://openreview.net/pdf?id=B16dGcqlx']"
    vault = make_vault(tmp_path / "vault", {
        "p.md": f"---\ntitle: P\narxiv: '1706.03762'\n{listed}\n---\n",
        "q.md": "It beats [BLEU](https://www.aclweb.org/anthology/P02-1040.pdf) and [[Rouge]].\n",
    })  # fmt: skip
    files = built(vault, tmp_path / "i.sqlite")
    wanted = read(files["wanted.html"])
    assert [link for link in wanted.links if link.startswith("https:")] == ["https://aclanthology.org/P02-1040"]
    assert {link for link in read(files["papers/p.html"]).links if link.startswith("https:")} == {
        "https://arxiv.org/abs/1706.03762",
        "https://proceedings.neurips.cc/paper_files/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html",
        "https://openreview.net/forum?id=B16dGcqlx",
    }


def test_nothing_is_read_outside_the_vault(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "secret.md").write_text("secret")
    assert read_note(tmp_path / "vault", "../secret.md") is None


def test_the_order_in_which_notes_came_is_not_seen(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "vault", {"b.md": "# Alike\n\n[[wanted]]\n"})
    built(vault, tmp_path / "i.sqlite")
    (vault / "a.md").write_text("# Alike\n\n[[wanted]]\n")
    assert built(vault, tmp_path / "i.sqlite") == built(vault, tmp_path / "another.sqlite")


@pytest.fixture(scope="module")
def laid_over(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The site of two notes on top of the curated vault."""
    root = tmp_path_factory.mktemp("over")
    note = "---\nkind: paper\ndate: 2024-01-02\nbuilds_on: [transformer, unheard]\n---\n# Mine\n"
    vault = make_vault(root / "vault", {"mine.md": note, "list.md": "# Reading list\n\n[[mine]] and [[lora]]\n"})
    return built(vault, root / "i.sqlite", base=True)


def test_the_timeline_and_the_feed_are_of_the_vaults_own_papers(laid_over: Files) -> None:
    data = json.loads(re.findall(b'id="data">(.*?)</script>', laid_over["index.html"])[0])
    assert (data["papers"]["key"], data["command"]) == (["mine"], "paperkb timeline is:own")
    assert laid_over["feed.xml"].count(b"<entry>") == 1
    assert "papers/transformer.html" in laid_over
    assert not broken(laid_over)


@pytest.mark.parametrize(
    ("where", "mine", "curated"),
    [
        ("papers/index.html", ["mine.html"], "transformer.html"),
        ("notes/index.html", ["list.html"], "../stories/from-rnn-to-transformer.html"),
        ("stories/index.html", [], "from-rnn-to-transformer.html"),
        ("wanted.html", ["papers/mine.html"], "papers/adam.html"),
    ],
)
def test_lists_say_what_is_of_the_curated_vault(laid_over: Files, where: str, mine: list[str], curated: str) -> None:
    content = laid_over[where].decode().partition("<h1>")[2]
    own, _, rest = content.partition("<h2>From the curated vault</h2>")
    assert re.findall(r'<(?:li|dd)>(?:<span[^>]*>[^<]*</span>)?<a href="([^"]+)"', own) == mine
    assert f'href="{curated}"' in rest


def test_lists_of_the_curated_vault_name_no_other(curated: Files) -> None:
    assert not [where for where, text in curated.items() if where.endswith("x.html") and b"From the curated" in text]


def test_links_lead_to_headings_and_blocks_that_exist(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "vault", {
        "a.md": "# A\n\n[[b#Two words]] [[b#^mark]] [[b#Nothing]] [[#A]] [b](b.md#over-é)\n"
        "[n](b.md#2-whats-new) [o](b.md#nowhere)\n",
        "b.md": "# B\n\n## Two *words*\n\ntext ^mark\n\n## Over é\n\n## 2. What's new?\n",
    })  # fmt: skip
    files = built(vault, tmp_path / "i.sqlite")
    links = [link for link in read(files["notes/a.html"]).links if link.startswith(("b.html", "a.html"))]
    there = ["b.html#h-two-words", "b.html#b-mark", "b.html", "a.html#h-a", "b.html#h-over-e", "b.html#h-2-whats-new"]
    assert links == [*there, "b.html"]
    assert not broken(files)


def test_a_link_to_a_list_of_edges_leads_to_where_the_page_tells_it(tmp_path: Path) -> None:
    opening = "---\nkind: paper\n---\n## Builds on\n"
    vault = make_vault(tmp_path / "vault", {
        "a.md": "# A\n\n[[b#Builds on]] [[c#Builds on]]\n",
        "b.md": f"{opening}- [[d]]: why\n",
        "c.md": f"{opening}Some words.\n\n- [[d]]: why\n",
        "d.md": "---\nkind: paper\n---\n",
    })  # fmt: skip
    files = built(vault, tmp_path / "i.sqlite")
    assert files["notes/a.html"].count(b"#h-builds-on") == 2
    assert not broken(files)
    assert b'id="h-builds-on"><h2>Builds on' in files["papers/b.html"]
    assert b'<h2 id="h-builds-on">Builds on' in files["papers/c.html"], "its own heading comes first"


def test_names_get_a_hash_only_where_two_are_alike() -> None:
    keys = ["adam", "Adam!", "naïve", "naive", "con", "注意力", "a" * 200, "index"]
    names = file_names({key: key for key in keys})
    assert len(set(names.values())) == len(keys)
    assert (names["adam"], names["naive"]) == ("adam", "naive")
    assert names["Adam!"].startswith("adam-")
    assert names["con"].startswith("con-")
    assert names["index"].startswith("index-")
    assert file_names({key: key for key in reversed(keys)}) == names


@pytest.mark.parametrize(
    ("source", "target", "written"),
    [
        ("index.html", "papers/a.html", "papers/a.html"),
        ("papers/a.html", "papers/b.html", "b.html"),
        ("papers/a.html", "index.html", "../index.html"),
        ("papers/a.html", "wanted.html#x y", "../wanted.html#x%20y"),
        ("wanted.html", "wanted.html#a", "#a"),
    ],
)
def test_addresses_are_relative(source: str, target: str, written: str) -> None:
    assert relative(source, target) == written
