"""What each field finds and what it leaves out, on a real index of five papers."""

import re
from collections.abc import Iterator

import pytest

from kb.query.answer import Answer, ask
from kb.query.names import AmbiguousName, UnknownName, find
from kb.query.reference import REFERENCE
from kb.query.syntax import FIELDS, QueryError
from kb.store import Store
from linker.vault import open_vault
from tests.linker.conftest import Cards, write

NOTES = {
    "ant.md": """---
title: "Ants Find the Short Way: a First Look"
authors: [Émile Zürcher, Ann Lee]
date: 1989
arxiv: "1706.03762"
venue: Trails
tags: [Insects/Ants, paths]
category: Nature
family: swarm
patterns: [feedback]
constraints: [energy]
status: unread
aliases: [ACO]
---
Pheromone fades.
""",
    "bee.md": """---
title: "Bees Vote"
authors: [Ann Lee]
date: 2004-06
doi: 10.5555/bees
tags: [insects]
category: Nature
family: swarm
patterns: [quorum]
status: read
---
## Builds on

- [[ant]]: a crowd decides.

## Cites

- [[ant]]
""",
    "cloud.md": """---
title: "Clouds Vote Too"
authors: [Cy Cloud]
date: 2010-12-31
tags: [insectsoid, review]
patterns: [Quorum]
---
## Builds on

- [[bee]]: the same count.
- [[missing-link]]
""",
    "dust.md": """---
title: "Dust, a Survey of What Settles"
kind: paper
authors: [D. Ust]
tags: [Ökologie/Böden, Straße, 生态]
patterns: [stillness]
---
100% of `dust`.
""",
    "deep/ant.md": """---
title: "An Ant Farm"
authors: [F. Arm]
date: 2011
patterns: [feedback]
---
""",
    "digest.md": "# Read\n\n- [[bee]] and [[cloud]]\n",
    "patterns/feedback.md": "---\nkind: pattern\ntitle: Feedback\n---\n",
    "patterns/quorum.md": "---\nkind: pattern\ntitle: Quorum\nbroader: [feedback]\naliases: [Voting]\n---\n",
    "constraints/energy.md": "---\nkind: constraint\ntitle: Energy\n---\n",
}
PAPERS = {"ant", "bee", "cloud", "dust", "deep/ant"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    root = write(tmp_path_factory.mktemp("vault"), NOTES)
    with open_vault(root, Cards(), base=False, index=root / ".index" / "index.sqlite") as vault:
        yield vault.store


def keys(answer: Answer) -> list[str]:
    return [paper.key for paper in answer.papers]


def found(store: Store, query: str) -> set[str]:
    """Paths of the papers without `.md`; the folder distinguishes the two notes named `ant`."""
    return {str(paper.path).removesuffix(".md") for paper in ask(store, query).papers}


FINDS = {
    "title:vote": {"bee", "cloud"},
    'title:"short way"': {"ant"},
    "title:aco": {"ant"},
    'title:"!!"': set(),
    "author:zurcher": {"ant"},
    "author:ZÜRCHER,arm": {"ant", "deep/ant"},
    'author:"."': set(),
    'author:"E. Zürcher"': {"ant"},
    'author:"Zurcher, Émile"': {"ant"},
    'author:"Ann Le"': {"ant", "bee"},
    'author:"Lee Ann"': set(),
    "year:1989": {"ant"},
    "year:2004..2010": {"bee", "cloud"},
    "year:2004..": {"bee", "cloud", "deep/ant"},
    "year:..1989": {"ant"},
    "year:>=2010": {"cloud", "deep/ant"},
    "year:>2010": {"deep/ant"},
    "year:<2004": {"ant"},
    "year:<=2004": {"ant", "bee"},
    "date:2004-06": {"bee"},
    "date:2004-06-15": {"bee"},  # a month may mean any of its days
    "date:2004-07": set(),
    "date:2010-12..2011": {"cloud", "deep/ant"},
    "venue:TRAIL": {"ant"},
    "tag:insects": {"ant", "bee"},
    "tag:#insects/ants": {"ant"},
    "tag:Insects/ANTS": {"ant"},
    "tag:insect": set(),
    "tag:ökologie": {"dust"},
    "tag:ÖKOLOGIE/bo\u0308den": {"dust"},
    "tag:öko": set(),
    "tag:STRAßE": {"dust"},
    "tag:生态": {"dust"},
    "pattern:feedback": {"ant", "deep/ant", "bee", "cloud"},
    "pattern:quorum": {"bee", "cloud"},
    "pattern:voting": {"bee", "cloud"},
    "pattern:quorum,stillness": {"bee", "cloud", "dust"},
    "constraint:energy": {"ant"},
    "family:swarm": {"ant", "bee"},
    "family:swar": set(),
    "category:nat": {"ant", "bee"},
    "status:read": {"bee"},
    "status:Unread": {"ant"},
    "has:code": set(),
    "has:claim": set(),
    "has:benchmark": set(),
    "has:note": PAPERS,
    "has:doi": {"bee"},
    "has:arxiv": {"ant"},
    "is:survey": {"cloud", "dust"},
    "is:paper": PAPERS,
    "is:own": PAPERS,
    "cites:ant.md": {"bee"},
    "cites:1706.03762": {"bee"},
    "cited-by:bee": {"ant"},
    "builds-on:ant.md": {"bee"},
    "builds-on:ant.md*": {"bee", "cloud"},
    "builds-on:missing-link": {"cloud"},
    "led-to:cloud": {"bee"},
    "led-to:cloud*": {"bee", "ant"},
    "path:deep/": {"deep/ant"},
    "path:*/ant.md": {"deep/ant"},
    "in:digest.md": {"bee", "cloud"},
    "mentions:bee": {"cloud"},
    "pheromone": {"ant"},
    "phero*": {"ant"},
    "phero": set(),
    '"pheromone fades"': {"ant"},
    '"fades pheromone"': set(),
    "vote bees": {"bee"},
    "vote -bees": {"cloud"},
    "100%": {"dust"},
    "!!!": PAPERS,
}


@pytest.mark.parametrize("query", FINDS)
def test_fields(store: Store, query: str) -> None:
    assert found(store, query) == FINDS[query]


@pytest.mark.parametrize("query", [query for query in FINDS if " " not in query or query.startswith('"')])
def test_a_field_and_its_negation_share_out_all_papers(store: Store, query: str) -> None:
    positive, negative = ask(store, query).total, ask(store, f"-{query}").total
    assert positive + negative == len(PAPERS)
    assert ask(store, f"{query} -{query}").total == 0
    assert ask(store, f"{query} OR -{query}").total == len(PAPERS)
    assert ask(store, f"NOT NOT {query}").total == positive


def test_ghosts_are_found_only_when_asked_for(store: Store) -> None:
    assert keys(ask(store, "is:ghost")) == ["missing-link", "stillness"]
    assert set(keys(ask(store, "is:ghost OR year:1989"))) >= {"missing-link", "stillness"}
    assert ask(store, "is:ghost OR year:1989").total == 3
    assert ask(store, "-is:ghost").total == len(PAPERS)
    assert ask(store, "missing").total == 1  # the note that links it


def test_orphans_are_papers_that_nothing_joins(store: Store) -> None:
    assert ask(store, "is:orphan").total == 0


@pytest.mark.parametrize(
    ("query", "position", "says"),
    [
        ("year:20x", 5, "expected a year"),
        ("year:>=20x", 7, "expected a year"),
        ("year:2010-2014", 5, "a year such as 2017, or 2014..2017, found `2010-2014`"),
        ("year:2004..20x", 11, "found `20x`"),
        ("year:2004-06", 5, "expected a year"),
        ('a year:"20x"', 8, "expected a year"),
        ("year:2010..2004", 5, "ends before it begins"),
        ("date:2004-13", 5, "expected a date"),
        ("date:>9999-12-31", 6, "expected a date"),
        ("has:kode", 4, "`has:` takes code, claim"),
        ("is:gost", 3, "`is:` takes ghost"),
        ("pattern:quorom", 8, "did you mean `quorum`?"),
        ("builds-on:nothing-like-it*", 10, "nothing is named `nothing-like-it`"),
        ("cites:ant", 6, "may mean"),
        ("-led-to:*", 8, "`led-to:` takes a paper, as in `led-to:resnet*`"),
    ],
)
def test_mistakes_in_values(store: Store, query: str, position: int, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        ask(store, query)
    assert (caught.value.position, says in caught.value.message) == (position, True)


def test_sorts_and_limit(store: Store) -> None:
    assert [paper.date for paper in ask(store, "").papers] == ["1989", "2004-06", "2010-12-31", "2011", None]
    assert [paper.date for paper in ask(store, "", sort="-date").papers][:2] == ["2011", "2010-12-31"]
    assert keys(ask(store, "", sort="title", limit=2))[1] == keys(ask(store, 'title:"ants find"'))[0]
    assert ask(store, "", sort="influence").papers[0].title.startswith("Ants")
    assert len(ask(store, "", limit=10**20, count=False).papers) == len(keys(ask(store, "")))
    answer = ask(store, "", limit=2)
    assert (len(answer.papers), answer.total) == (2, 5)
    assert keys(ask(store, "bees vote OR clouds", sort="relevance"))[0] == "bee"
    with pytest.raises(QueryError, match=r"use one of relevance, date, title, key, influence$"):
        ask(store, "", sort="size")
    with pytest.raises(QueryError, match="the limit -1 is negative"):
        ask(store, "", limit=-1)


def test_words_that_a_paper_lacks_do_not_rank_it(store: Store) -> None:
    newest_first = [paper.date for paper in ask(store, "-pheromone", sort="-").papers]
    assert newest_first == ["2011", "2010-12-31", "2004-06", None], "by date, as in a query without words"


def test_what_has_all_words_comes_first_even_if_one_is_a_prefix(store: Store) -> None:
    assert keys(ask(store, "bee* OR vote*")) == keys(ask(store, "bees OR bee OR vote")) == ["bee", "cloud"]
    assert keys(ask(store, "clou* OR vote"))[0] == "cloud"


def test_a_row_tells_what_the_note_says(store: Store) -> None:
    [ant] = ask(store, "year:1989").papers
    assert (ant.authors, ant.tags) == (["Émile Zürcher", "Ann Lee"], ["Insects/Ants", "paths"])
    assert (ant.arxiv_id, ant.doi, ant.year, ant.date, ant.status) == ("1706.03762", None, 1989, "1989", "unread")
    assert (ant.patterns, ant.constraints, ant.code_status, ant.path) == (["feedback"], ["energy"], "none", "ant.md")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("bee", "bee"),
        ("BEE", "bee"),
        ("Bees Vote", "bee"),
        ("bees", "bee"),
        ("Bees V", "bee"),
        ("paper:bee", "bee"),
        ("10.5555/bees", "bee"),
        ("https://doi.org/10.5555/BEES", "bee"),
        ("bee.md", "bee"),
        ("clouds vote too", "cloud"),
        ("Voting", "quorum"),
        ("pattern:quorum", "quorum"),
        ("digest.md", "digest.md"),
        ("missing-link", "missing-link"),
    ],
)
def test_names_that_people_type(store: Store, name: str, key: str) -> None:
    assert find(store, name).key == key


@pytest.mark.parametrize("name", ["1706.03762", "arXiv:1706.03762v5", "https://arxiv.org/pdf/1706.03762", "ACO"])
def test_ids_and_aliases(store: Store, name: str) -> None:
    assert find(store, name).title.startswith("Ants Find")


def test_several_are_listed_and_none_is_taken(store: Store) -> None:
    with pytest.raises(AmbiguousName) as caught:
        find(store, "ant")
    assert {candidate.title for candidate in caught.value.candidates} == {
        "An Ant Farm",
        "Ants Find the Short Way: a First Look",
    }


@pytest.mark.parametrize(
    "name", ["", " ", "zebra", "paper:quorum", "pattern:bee", "\0", "[[", "%", "doi:10.1/none", "\udcfc"]
)
def test_unknown_names(store: Store, name: str) -> None:
    with pytest.raises(UnknownName):
        find(store, name)


def test_the_reference_names_every_field_and_every_choice(store: Store) -> None:
    assert {field for field in FIELDS if f"{field}:" not in REFERENCE} == set()
    for field in ("has", "is"):
        with pytest.raises(QueryError) as caught:
            ask(store, f"{field}:nothing")
        choices = caught.value.message.partition(" takes ")[2].split(", ")
        [line] = [line for line in REFERENCE.split("\n") if line.startswith(f"{field}:")]
        assert set(choices) <= set(re.findall(r"\w+", line))
