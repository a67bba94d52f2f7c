"""Sets of papers that break drawings: no dates, no papers, cycles, a single day, forty lanes, many scripts."""

from benchmarks.timeline.sets import PaperSet
from cli.render.timeline.papers import Edge, Paper


def odd_sets() -> list[PaperSet]:
    """One set for each thing that can go wrong."""
    chain = [_paper(f"p{i}", f"{2000 + i}") for i in range(6)]
    links = [("p1", "p0"), ("p2", "p1"), ("p3", "p2"), ("p4", "p3"), ("p5", "p4")]
    return [
        _set("no paper", []),
        _set("one paper", chain[:1]),
        _set("one undated paper", [_paper("p0", None)]),
        _set("two of one day", [_paper("p0", "2017-06-12"), _paper("p1", "2017-06-12")], [("p1", "p0"), ("p0", "p1")]),
        _set("against time", chain, [*links, ("p0", "p5"), ("p1", "p4")]),
        _set("a cycle", chain, [*links, ("p0", "p5"), ("p0", "p2")]),
        _set("a cycle of undated", [_paper(f"p{i}", None) for i in range(4)],
             [("p0", "p1"), ("p1", "p2"), ("p2", "p3"), ("p3", "p0")]),
        _set("half undated", [_paper(f"p{i}", None if i % 2 else f"{2000 + i}") for i in range(30)],
             [(f"p{i}", f"p{i // 2}") for i in range(1, 30)]),
        _set("dates that are none", [_paper(f"p{i}", date) for i, date in enumerate(
            ("soon", "", "2017-13", "2017-00-00", "20170612", "-300", "99999", "2017-06-12T10:00"))]),
        _set("forty lanes", [_paper(f"p{i}", f"{1990 + i % 30}", f"lane {i % 40}") for i in range(120)],
             [(f"p{i}", f"p{i * 7 % i}") for i in range(1, 120)]),
        _set("three hundred of one day", [_paper(f"p{i}", "2024-05-07") for i in range(300)]),
        _set("one of 1957", [_paper(f"p{i}", f"202{i % 6}-0{1 + i % 9}" if i else "1957") for i in range(60)],
             [(f"p{i}", "p0") for i in range(1, 60)]),
        _set("a paper that all build on", [_paper(f"p{i}", f"{1990 + i % 30}-0{1 + i % 9}") for i in range(100)],
             [(f"p{i}", "p0") for i in range(1, 100)]),
        languages(),
    ]


def languages() -> PaperSet:
    """Labels in many scripts, some 200 characters long, all in the same two years."""
    labels = (
        "注意力机制就是你所需要的全部", "深层残差学习用于图像识别", "注意がすべて", "어텐션이 전부다",
        "Внимание — это всё", "الانتباه هو كل ما تحتاجه", "תשומת לב היא כל מה שצריך",
        "ध्यान ही सब कुछ है", "ความสนใจคือทั้งหมด", "ΠΡΟΣΟΧΗ",
        "🤖 Robots 🦾🧠", "👩‍👩‍👧‍👦 families 🏴‍☠️", "e\u0301tude cafe\u0301 naïve", "Ṽectør ﬁelds ﷽",
        "ＦＵＬＬ　ＷＩＤＴＨ", "WWWWWWWWWWWWWWWWWWWW", "iiiiiiiiiiiiiiiiiiii",
        "a" * 200, "汉" * 200, "W i d e " * 25, "א" * 200,
        "mixed שלום and 中文 and العربية (2017)",
    )
    papers = [
        Paper(f"l{i}", label, f"{label} ({i})", f"20{17 + i % 2}-{1 + i % 12:02}", "多语言 لغات" if i % 3 else "Other",
              i % 2 == 0)
        for i, label in enumerate(labels * 2)
    ]
    edges = [Edge(f"l{i}", f"l{i - 2}", "builds-on") for i in range(2, len(papers))]
    return PaperSet("languages", tuple(papers), tuple(edges))


def _paper(key: str, date: str | None, lane: str = "lane") -> Paper:
    return Paper(key, f"Paper {key}", f"The title of {key}", date, lane, key.endswith("1"))


def _set(name: str, papers: list[Paper], links: list[tuple[str, str]] | None = None) -> PaperSet:
    return PaperSet(name, tuple(papers), tuple(Edge(a, b, "builds-on") for a, b in links or () if a != b))
