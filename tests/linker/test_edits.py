"""An index that follows edits equals one built from scratch, whatever the edits are."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.store import Store
from linker.changes import Source
from linker.refresh import refresh
from tests.contents import contents
from tests.linker.conftest import Cards, Files, card, fresh, write

# -- a vault where everything collides -------------------------------------------------------------------------------

NAMES = ["Alpha", "alpha", "Beta", "Alpha Beta", "1706.03762", "index", "Alpha Beta Gamma", "Beta A Method"]
FOLDERS = ["", "", "x/", "x/", "x/y/", "X/", "z/"]
AROUND = [*FOLDERS, "../", "./", "/", "../x/", "y/"]
ENDINGS = [".md"] * 8 + [".mdx", ".yaml", ".png"]
IDS = ["1706.03762", "1706.03762v2", "1412.6980", "arXiv:1412.6980"]
OTHERS = ["2010.11929", "1409.0473", "1512.03385"]
DOIS = ["10.1000/one", "https://doi.org/10.1000/ONE", "10.2000/two", "10.48550/arXiv.1706.03762"]
DOIS += ["10.18653/v1/N19-1423", "10.3115/v1/N19-1423"]
PEOPLE = ["Ada Lovelace", "Lovelace, Ada", "Alan Turing", "A. Turing", "Lovelace, Turing et al.", "[[Alpha]]"]
KEYS = ["alpha", "Alpha", "beta", "alpha-beta", "x/alpha", "alpha2020"]
SHOWN = ["Paper", "Paper", "Alpha", "Alpha Beta Gamma", "Beta: A Method", "Ada et al., 2017"]
TAGS = ["alpha", "Alpha", "beta", "alpha-beta", "a"]

names = st.sampled_from(NAMES)
titles = st.sampled_from([*NAMES, "Alpha: Beta", "Alpha Beta Gamma", "Beta: A Method", "Alpha 2"])
paths = st.builds(
    lambda folder, name, ending: f"{folder}{name}{ending}", st.sampled_from(FOLDERS), names, st.sampled_from(ENDINGS)
)
targets = st.one_of(names, names, names, names, titles, st.builds("{}{}".format, st.sampled_from(AROUND), names), paths)
fragments = st.sampled_from(["", "", "", "", "#Notes", "#Deep", "#^b1"])
wiki = st.builds("[[{}{}]]".format, targets, fragments)
links = st.one_of(
    wiki,
    wiki,
    st.builds("!{}".format, wiki),
    st.builds("[t](<{}{}>)".format, targets, fragments),
    st.sampled_from(["[[#Notes]]", "[[..]]", "[[x/]]"]),
    st.sampled_from(["[t](../x/)", "[t](y/.)", "[t](y)", "[t](x/#deep)", "[t](y.html)", "[[Jun 1st, 2020]]"]),
    st.sampled_from(["[t](/2019/y/)", "[t](/2020/y/)", "[t]({% post_url 2019-04-01-y %})"]),
    st.sampled_from(["<https://arxiv.org/abs/1706.03762>", "arXiv:1412.6980v3", "<https://aclanthology.org/N19-1423>"]),
    st.builds("[t](https://github.com/ada/notes/blob/main/{})".format, paths),
    st.builds("doi:{}".format, st.sampled_from(DOIS)),
    st.builds("[@{}]".format, st.sampled_from(KEYS)),
    st.sampled_from(["@alpha2020", "\\cite{alpha, beta}"]),
    st.builds("builds-on:: {}".format, wiki),
    st.builds("[{}](https://arxiv.org/abs/{})".format, st.sampled_from(SHOWN), st.sampled_from(IDS[:3])),
    st.builds("[[{}|{}]]".format, st.sampled_from(IDS), st.sampled_from(SHOWN)),
)
bodies = st.lists(
    st.one_of(
        links,
        st.builds("- {}: why".format, links),
        st.builds("- builds on {} (why)".format, wiki),
        st.sampled_from(["## Notes", "## Notes\n\n### Deep", "text ^b1"]),
        st.sampled_from(["# Alpha", "# Beta", "## Notes", "### Deep", "## Builds on", "## Uses", "## Cites", "^b1"]),
        st.sampled_from(["# Alpha Beta Gamma", "# Beta: A Method"]),
        st.builds(
            "## References\n\n1. {} et al. ({}). {}. In *Nature*. {}".format,
            st.sampled_from(["Lovelace", "A. Turing"]),
            st.sampled_from(["2009", "2017"]),
            st.sampled_from(["Alpha Beta Gamma", "Alpha Beta", "Alpha"]),
            st.sampled_from(["", "", *DOIS]),
        ),
        st.sampled_from(["`[[Alpha]]`", "%% [[Beta]] %%", "#beta", "- Author: [[Alpha]], [[Beta]]", "Tags: [[Alpha]]"]),
    ),
    min_size=1,
    max_size=6,
).map("\n\n".join)


def some_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values.map(lambda value: f'"{value}"'), max_size=2).map(lambda found: f"[{', '.join(found)}]")


fields = st.one_of(
    st.builds("title: '{}'".format, titles),
    st.builds("aliases: {}".format, some_of(names)),
    st.builds("arxiv: {}".format, st.sampled_from(IDS)),
    st.builds("arxiv: {}".format, st.sampled_from(IDS)),
    st.builds("doi: {}".format, st.sampled_from(DOIS)),
    st.builds("key: {}".format, st.sampled_from(KEYS)),
    st.builds("kind: {}".format, st.sampled_from(["paper", "pattern", "pattern", "constraint", "note"])),
    st.builds("authors: {}".format, some_of(st.sampled_from(PEOPLE))),
    st.builds("date: {}".format, st.sampled_from(["2017", "2017-06", "2014-12-22", "2009", "never"])),
    st.builds(
        "{}: {}".format, st.sampled_from(["builds_on", "cites", "patterns", "constraints", "broader"]), some_of(targets)
    ),
    st.builds("up: '{}'".format, wiki),
    st.builds("citekey: {}".format, st.sampled_from(KEYS)),
    st.builds("tags: {}".format, some_of(st.sampled_from(TAGS))),
    st.sampled_from(["venue: NIPS", "implementation: toy", "author: [[@x on Twitter]]"]),
)
mappings = st.lists(fields, min_size=1, max_size=4, unique_by=lambda line: line.partition(":")[0])
markdown = st.builds(
    lambda found, body: (f"---\n{chr(10).join(found)}\n---\n" if found else "") + body + "\n",
    st.just([]) | mappings | mappings,
    bodies,
)
listed = st.lists(mappings, min_size=1, max_size=3).map(
    lambda papers: "".join("- " + "\n  ".join(found) + "\n" for found in papers)
)
yaml = st.one_of(listed, mappings.map("\n".join), listed.map(lambda text: "papers:\n" + text))
digests = st.lists(
    st.builds("[{}](https://arxiv.org/abs/{}) says {}".format, titles, st.sampled_from([*IDS[:3], *OTHERS]), links),
    min_size=3,
    max_size=6,
).map(lambda said: "# Digest\n\n" + "\n\n".join(said) + "\n")
reading_lists = st.lists(
    st.one_of(
        st.builds(
            "- [{}](https://arxiv.org/abs/{}) - A. Turing et al., {}".format,
            titles,
            st.sampled_from([*IDS[:3], *OTHERS]),
            st.sampled_from(["2009", "2017"]),
        ),
        st.builds("- **{}** (2009), {} [[pdf](https://example.org/a.pdf)]".format, titles, st.sampled_from(PEOPLE)),
        st.builds(
            "- [{}](https://arxiv.org/abs/{}) [[note](<{}>)]".format,
            titles,
            st.sampled_from([*IDS[:3], *OTHERS]),
            st.one_of(paths, targets),
        ),
        st.builds("@misc{{k, title={{{}}}, year={{2017}}, author={{{}}}}}".format, titles, st.sampled_from(PEOPLE)),
    ),
    min_size=3,
    max_size=8,
).map(lambda listed: "# Beta\n\n" + "\n\n".join(listed) + "\n")
files = paths.flatmap(
    lambda path: st.tuples(
        st.just(path), yaml if path.endswith(".yaml") else st.one_of(markdown, markdown, digests, reading_lists)
    )
)
siblings = st.lists(
    st.builds("---\nkind: paper\ntags: [{}]\n---\n".format, st.sampled_from(["alpha", "alpha", "Alpha, beta", "beta"])),
    min_size=4,
    max_size=6,
).map(lambda texts: {f"z/{n}.md": text for n, text in enumerate(texts)})
CONFIGS = ["", 'links = "obsidian"', 'exclude = ["x/*"]', 'endings = [".md"]', 'endings = [".md", ".png", ".yaml"]']


@dataclass(frozen=True)
class Edit:
    """One change to the files between two refreshes; `where` names the vault."""

    what: str
    where: str
    picked: int = 0
    path: str = ""
    text: str = ""

    def apply(self, root: Path) -> None:
        there = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".toml")
        picked = there[self.picked % len(there)] if there else None
        match self.what:
            case "write":
                write(root, {self.path: self.text})
            case "config":
                (root / "paperkb.toml").write_text(self.text)
            case "delete" if picked:
                picked.unlink()
            case "rename" | "copy" if picked and picked != root / self.path:
                (root / self.path).parent.mkdir(parents=True, exist_ok=True)
                (shutil.move if self.what == "rename" else shutil.copyfile)(picked, root / self.path)
            case "replace" if picked:
                picked.write_text(self.text)
            case "drop-line" if picked:
                lines = picked.read_text().splitlines(keepends=True)
                if lines:
                    del lines[self.picked % len(lines)]
                picked.write_text("".join(lines))
            case "add-field" if picked:
                head = f"---\n{self.text}\n"
                text = picked.read_text()
                picked.write_text(head + text[4:] if text.startswith("---\n") else f"{head}---\n{text}")


where = st.sampled_from(["own", "own", "own", "base"])
numbers = st.integers(0, 20)
edits = st.one_of(
    st.builds(lambda file, place: Edit("write", place, 0, *file), files, where),
    st.builds(Edit, st.just("delete"), where, numbers),
    st.builds(Edit, st.sampled_from(["rename", "copy"]), where, numbers, paths),
    st.builds(Edit, st.just("replace"), where, numbers, st.just(""), markdown),
    st.builds(Edit, st.just("drop-line"), where, numbers),
    st.builds(Edit, st.just("add-field"), where, numbers, st.just(""), fields),
    st.builds(Edit, st.just("config"), st.just("own"), st.just(0), st.just(""), st.sampled_from(CONFIGS)),
    st.builds(Edit, st.sampled_from(["toggle-base", "toggle-card"]), st.just("own")),
)
CARDS = [Cards(), Cards([card("toy", "key:alpha", "arxiv:1706.03762"), card("twin", "arxiv:1412.6980")])]


@settings(derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    own=st.dictionaries(paths, markdown, min_size=2, max_size=6),
    lists=st.dictionaries(paths.map(lambda path: path.rpartition(".")[0] + ".yaml"), yaml, max_size=1),
    alike=st.just({}) | siblings,
    base=st.dictionaries(paths, markdown, max_size=3),
    with_base=st.booleans(),
    steps=st.lists(st.lists(edits, min_size=1, max_size=3), min_size=1, max_size=5),
)
def test_following_edits_equals_building_anew(
    tmp_path_factory: pytest.TempPathFactory,
    own: dict[str, str],
    lists: dict[str, str],
    alike: dict[str, str],
    base: dict[str, str],
    with_base: bool,
    steps: list[list[Edit]],
) -> None:
    folder = tmp_path_factory.mktemp("edits")
    roots = {"own": write(folder / "own", own | lists | alike), "base": write(folder / "base", base)}
    cards = 0
    with closing(Store(folder / "followed.sqlite")) as store:
        for step, happened in enumerate([[], *steps]):
            for edit in happened:
                with_base ^= edit.what == "toggle-base"
                cards ^= edit.what == "toggle-card"
                edit.apply(roots[edit.where])
            sources = [Source("own", roots["own"])] + ([Source("curated", roots["base"])] if with_base else [])
            refresh(store, sources, CARDS[cards])
            if not step:  # nothing was followed yet: both would be built from scratch
                continue
            anew = fresh(folder / f"{step}.sqlite", roots["own"], roots["base"] if with_base else None, CARDS[cards])
            assert contents(store) == anew
    shutil.rmtree(folder)


# -- what one edit must reach ----------------------------------------------------------------------------------------

PAPER = "---\nkind: paper\ntitle: {}\n---\n"
ARXIV = "---\narxiv: '{}'\n{}---\n"
TAGGED = "---\nkind: paper\ntags: [{}]\n---\n"
TO_ADAM = "## Notes\n\nsee [{}](https://arxiv.org/abs/1412.6980) for it"
GATING = {"p/gating.md": "---\nkind: pattern\n---\n"}
FIVE = {f"z/{n}.md": TAGGED.format("gating") for n in range(5)}
NOTED = (
    "# L\n\n- Nets of Ends [[arXiv](https://arxiv.org/abs/1909.01234)] [[notes]({})]\n"
    "- [One](https://arxiv.org/abs/1909.01235)\n- [Two](https://arxiv.org/abs/1909.01236)\n"
)
CITES = "\n## References\n\n[1] A. Ann. Nets of ends. Annals, 2019.\n"
REACHES: dict[str, tuple[Files, dict[str, str | None]]] = {
    "a heading is removed": ({"a.md": "# A\n\n## Deep\n", "s.md": "[[a#Deep]]"}, {"a.md": "# A\n"}),
    "a block is added": ({"a.md": "", "s.md": "[[a#^b1]]"}, {"a.md": "text ^b1"}),
    "a better match is added": ({"x/y/a.md": "", "s.md": "[[a]]"}, {"x/a.md": ""}),
    "a tie arises": ({"x/a.md": "", "s.md": "[[a]]"}, {"y/a.md": ""}),
    "a match of exact case is added": ({"x/a.md": "", "s.md": "[[A]]"}, {"x/y/z/A.md": ""}),
    "a file name beats a title": ({"a.md": PAPER.format("Gate"), "s.md": "[[gate]]"}, {"gate.md": ""}),
    "a longer title is added": ({"s.md": "[[Deep]]"}, {"a.md": PAPER.format("Deep Sets of Things")}),
    "the head of a title becomes ambiguous": (
        {"a.md": PAPER.format('"Nice: one"'), "s.md": "[[nice]]"},
        {"b.md": PAPER.format('"Nice: two"')},
    ),
    "an id is added": (
        {"a.md": PAPER.format("x"), "s.md": "on arXiv:1706.03762"},
        {"a.md": ARXIV.format("1706.03762", "")},
    ),
    "a citekey is added": (
        {"a.md": PAPER.format("x"), "s.md": "[@x17] @x17 [x](zotero://select/items/@x17) [[x17]]"},
        {"a.md": "---\nkey: x17\n---\n"},
    ),
    "a paper is added that is cited in full": (
        {"s.md": PAPER.format("x") + CITES},
        {"a.md": PAPER.format("Nets of Ends")},
    ),
    "a paper that is cited in full gets another author": (
        {"s.md": PAPER.format("x") + CITES, "a.md": PAPER.format("Nets of Ends")},
        {"a.md": "---\nkind: paper\ntitle: Nets of Ends\nauthors: [Bob Bo]\n---\n"},
    ),
    "another note tells the year of a paper that is cited in full": (
        {"s.md": PAPER.format("x") + CITES, "a.md": "---\ntitle: Nets of Ends\ndoi: 10.1000/x\n---\n"},
        {"b.md": "---\ntitle: Ends\ndoi: 10.1000/x\nauthors: [Bob Bo]\n---\n"},
    ),
    "a second paper gets a title that is cited in full": (
        {"s.md": PAPER.format("x") + CITES, "a.md": "---\ntitle: Nets of Ends\ndoi: 10.1000/x\n---\n"},
        {"b.md": "---\ntitle: Nets of Ends\ndoi: 10.1000/y\n---\n"},
    ),
    "a paper that is cited in full by its alias is no more": (
        {"s.md": PAPER.format("x") + CITES, "a.md": "---\nkind: paper\naliases: [Nets of Ends]\n---\n"},
        {"a.md": None},
    ),
    "two notes become one paper": (
        {
            "a.md": ARXIV.format("1706.03762", ""),
            "b.md": ARXIV.format("1412.6980", "venue: x\n") + "[[c]]",
            "s.md": "[[a]]",
        },
        {"a.md": ARXIV.format("1412.6980v2", "")},
    ),
    "one paper becomes two": (
        {
            "a.md": ARXIV.format("1412.6980", "venue: x\n"),
            "b.md": ARXIV.format("1412.6980", "") + "[[c]]",
            "s.md": "[[b]]",
        },
        {"a.md": ARXIV.format("1706.03762", "venue: x\n")},
    ),
    "a third note joins two": (
        {"a.md": ARXIV.format("1412.6980", ""), "b.md": "---\ndoi: 10.1000/x\n---\n"},
        {"c.md": ARXIV.format("1412.6980", "doi: 10.1000/x\n")},
    ),
    "one end of a chain of notes changes": (
        {
            "a.md": ARXIV.format("1412.6980", ""),
            "b.md": ARXIV.format("1412.6980", "doi: 10.1000/x\n"),
            "c.md": "---\ndoi: 10.1000/x\ntags: [c]\n---\n",
        },
        {"a.md": ARXIV.format("1412.6980", "tags: [a]\nvenue: x\n")},
    ),
    "another note becomes the primary one": (
        {
            "a.md": ARXIV.format("1412.6980", "aliases: [n]\n"),
            "b.md": ARXIV.format("1412.6980", "aliases: [n]\n"),
            "s.md": "[[n]]",
        },
        {"b.md": ARXIV.format("1412.6980", "aliases: [n]\nvenue: x\n")},
    ),
    "a paper is added whose title a note has": (
        {"Nets of Ends.md": "[[a]]", "s.md": "[[Nets of Ends]]"},
        {"a.md": PAPER.format("Nets of Ends")},
    ),
    "a paper whose title a note has is listed": (
        {"n.md": "# Nets of Ends\n", "s.md": "[[n]] [[nets of ends]]"},
        {"r.bib": "@misc{a, title={Nets of Ends}, doi={10.1000/x}}"},
    ),
    "the only paper whose title a note has is no more": (
        {"Nets of Ends.md": "[[a]]", "a.md": PAPER.format("Nets of Ends"), "s.md": "[[Nets of Ends]]"},
        {"a.md": None},
    ),
    "one of two papers whose title a note has is no more": (
        {"Nets of Ends.md": "", "a.md": PAPER.format("Nets of Ends"), "b.md": PAPER.format("nets of ends")},
        {"a.md": None},
    ),
    "a note gets the title of a paper": (
        {"n.md": "# Ends\n", "a.md": PAPER.format("Nets of Ends"), "s.md": "[[n]]"},
        {"n.md": "# Nets of ends\n\n[[a]]"},
    ),
    "a note loses the title of a paper": (
        {"n.md": "# Nets of ends\n", "a.md": PAPER.format("Nets of Ends"), "s.md": "[[n]]"},
        {"n.md": "# Ends\n"},
    ),
    "a note with the title of a paper is about another one": (
        {"n.md": "# Nets of ends\n", "a.md": PAPER.format("Nets of Ends"), "s.md": "[[n]]"},
        {"n.md": "# Nets of ends\n\narXiv: 1706.03762\n"},
    ),
    "a note has the titles of two papers": (
        {"Nets of Ends.md": "# Ends of all nets\n", "a.md": PAPER.format("Nets of Ends")},
        {"b.md": PAPER.format("Ends of All Nets")},
    ),
    "a key collides": ({"x/a.md": PAPER.format("x")}, {"y/a.md": PAPER.format("y")}),
    "a key is free again": ({"x/a.md": PAPER.format("x"), "y/a.md": PAPER.format("y")}, {"y/a.md": None}),
    "a key changes hands": (
        {"x.md": "---\nkey: a\n---\n", "p/a.md": PAPER.format("p")},
        {"x.md": "---\nkey: b\n---\n"},
    ),
    "a ghost becomes a pattern": (
        {"a.md": "---\nkind: paper\npatterns: [gating]\n---\n"},
        {"p/gating.md": "---\nkind: pattern\n---\n"},
    ),
    "a paper becomes a pattern": (
        {"alpha.md": PAPER.format("x"), "b.md": "---\nkind: paper\npatterns: [alpha]\n---\n"},
        {"alpha.md": "---\nkind: pattern\n---\n"},
    ),
    "a pattern is added that a tag names": ({"a.md": TAGGED.format("gating")}, dict(GATING)),
    "a pattern gets a tag's name as an alias": (
        {"a.md": TAGGED.format("gates"), **GATING},
        {"p/gating.md": "---\nkind: pattern\naliases: [Gates]\n---\n"},
    ),
    "a second pattern gets a tag's name": (
        {"a.md": TAGGED.format("gating"), **GATING},
        {"q.md": "---\nkind: pattern\ntitle: Gating\n---\n"},
    ),
    "a tag spreads to every note of a folder": ({**FIVE, **GATING, "z/0.md": ""}, {"z/0.md": FIVE["z/0.md"]}),
    "a folder gets notes without its tag": (
        {**FIVE, **GATING},
        {"z/5.md": PAPER.format("x"), "z/6.md": TAGGED.format("other")},
    ),
    "a folder gets too small to have a habit": ({**FIVE, **GATING}, {"z/4.md": None}),
    "a note is no longer about a paper": ({"a.md": PAPER.format("x") + "[[b]]", "s.md": "[[a]]"}, {"a.md": "[[b]]"}),
    "one entry becomes two": (
        {"a.yaml": "title: x\nyear: 2017\ncites: [b]\n", "s.md": "[[x]] [[a.yaml]]"},
        {"a.yaml": "- title: x\n  year: 2017\n  cites: [b]\n- title: y\n  year: 2018\n  cites: [x]\n"},
    ),
    "a ghost loses one of its links": ({"s.md": "[[Gone]]", "t.md": "[[gone]]"}, {"s.md": ""}),
    "a link shows another title for a ghost": (
        {"s.md": TO_ADAM.format("Adam"), "t.md": TO_ADAM.format("paper")},
        {"t.md": TO_ADAM.format("Adam: A Method")},
    ),
    "an added note shows a title for a ghost": ({"s.md": TO_ADAM.format("paper")}, {"t.md": TO_ADAM.format("A")}),
    "no link shows a title for a ghost anymore": (
        {"s.md": TO_ADAM.format("Adam"), "t.md": TO_ADAM.format("paper")},
        {"s.md": ""},
    ),
    "a note comes whose page is linked": ({"x/s.md": "[a](../y.html) [b](z/index.html)"},
                                          {"y.md": PAPER.format("z"), "x/z/README.md": PAPER.format("b")}),
    "a note comes that Obsidian's address names": ({"s.md": "[a](obsidian://open?vault=v&file=a)"}, {"x/a.md": ""}),
    "a post comes whose address is linked": ({"s.md": "[a](/2019/04/01/a/) [a]({% post_url 2019-04-01-a %})"},
                                             {"_posts/2019-04-01-a.md": PAPER.format("a")}),
    "a note gets the name of a linked folder": ({"x/s.md": "[[a]] [a](../y/)"}, {"y.md": PAPER.format("z")}),
    "an attachment becomes a note": (
        {"a.txt": "# A\n", "s.md": "[[a.txt#A]]"},
        {"paperkb.toml": 'endings = [".md", ".txt"]'},
    ),
    "a note becomes an attachment": ({"a.mdx": "# A\n", "s.md": "[[a.mdx#A]]"}, {"paperkb.toml": 'endings = [".md"]'}),
    "an attachment without headings becomes a note": (
        {"a.txt": "A.\n", "s.md": "[[a.txt]]"},
        {"paperkb.toml": 'endings = [".md", ".txt"]'},
    ),
    "a list links a note": ({"x/a.md": "# A\n", "s.md": "[[a]]"}, {"l.md": NOTED.format("x/a.md")}),
    "a note comes that a list links": ({"l.md": NOTED.format("x/a.md"), "s.md": "[[a]]"}, {"x/a.md": "# A\n"}),
    "the page of a folder comes that a list links": ({"l.md": NOTED.format("x/")}, {"x/README.md": "# A\n"}),
    "a list no longer links a note": ({"l.md": NOTED.format("a.md"), "a.md": "# A\n"}, {"l.md": NOTED.format("b.md")}),
    "a list links a note as that on another paper": (
        {"l.md": NOTED.format("a.md"), "a.md": "# A\n"},
        {"l.md": NOTED.format("a.md").replace("Nets of Ends", "Knots of Ends")},
    ),
    "two lists disagree on the paper of a note": (
        {"l.md": NOTED.format("a.md"), "a.md": "# A\n"},
        {"m.md": NOTED.format("a.md").replace("Nets of Ends", "Knots of Ends")},
    ),
    "a linked note gets an id": (
        {"l.md": NOTED.format("a.md"), "a.md": "---\nauthors: [A B, C D]\n---\n"},
        {"a.md": ARXIV.format("2001.00009", "")},
    ),
    "a linked note gets the title of another paper": (
        {"l.md": NOTED.format("a.md"), "a.md": "# A\n", "b.md": PAPER.format("Sums of Many Sums")},
        {"a.md": "# Sums of Many Sums\n"},
    ),
    "a folder is excluded": ({"x/a.md": "", "s.md": "[[a]]"}, {"paperkb.toml": 'exclude = ["x/*"]'}),
}


@pytest.mark.parametrize(("before", "edit"), REACHES.values(), ids=list(REACHES))
def test_one_edit_reaches_all_that_depends_on_it(before: Files, edit: dict[str, str | None], tmp_path: Path) -> None:
    own = write(tmp_path / "own", before)
    with closing(Store(tmp_path / "followed.sqlite")) as store:
        refresh(store, [Source("own", own)], CARDS[1])
        first = contents(store)
        write(own, {path: text for path, text in edit.items() if text is not None})
        for path, text in edit.items():
            if text is None:
                (own / path).unlink()
        refresh(store, [Source("own", own)], CARDS[1])
        assert contents(store) == fresh(tmp_path / "anew.sqlite", own, None, CARDS[1])
        assert contents(store) != first
