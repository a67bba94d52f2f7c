"""Which lanes a picture gets unless told otherwise: few, each with enough papers, and one for the rest."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

from cli.render.timeline.facets import ALL, MAX_LANES, best_facet, lanes_of
from cli.render.timeline.papers import OTHER
from kb.query.answer import Paper


def paper(key: str, **facts: object) -> Paper:
    empty = dict.fromkeys(Paper._fields)
    lists: dict[str, object] = {"authors": [], "tags": [], "patterns": [], "constraints": []}
    return Paper(**{**empty, **lists, "key": key, "title": key, "source": "own", **facts})  # type: ignore[arg-type]


def tagged(tags: Mapping[str, Iterable[int]], papers: int) -> list[Paper]:
    """Papers 0, 1, ...; each tag is given with the numbers of its papers."""
    return [paper(f"p{i:03}", tags=[tag for tag, having in tags.items() if i in having]) for i in range(papers)]


def sizes(papers: list[Paper], facet: str, kept: tuple[str, ...] = ()) -> Counter[str]:
    return Counter(lanes_of(papers, facet, kept).values())


def test_hundreds_of_tags_make_a_dozen_lanes_of_the_shared_ones() -> None:
    shared = {f"shared-{n:02}": range(10 * n, 10 * n + 10) for n in range(30)}
    own = {f"own-{i}": [i] for i in range(300)}
    found = sizes(tagged({**own, **shared}, 300), "tag")
    assert len(found) == MAX_LANES
    assert found[OTHER] == 190
    assert all(name.startswith("shared-") and count == 10 for name, count in found.items() if name != OTHER)


def test_tags_that_no_other_paper_has_make_no_lane() -> None:
    found = sizes(tagged({"a": [0, 1], "b": [2, 3, 4], **{f"own-{i}": [i] for i in range(8)}}, 8), "tag")
    assert found == {"a": 2, "b": 3, OTHER: 3}


def test_of_several_tags_the_rarest_that_is_a_lane_says_where_a_paper_stands() -> None:
    found = lanes_of(tagged({"deep": range(60), "vision": range(40), "masks": range(30, 50)}, 120), "tag")
    assert [found[f"p{i:03}"] for i in (0, 29, 30, 49, 50, 59, 60)] == [
        "vision", "vision", "masks", "masks", "deep", "deep", OTHER]


def test_a_tag_of_nearly_all_papers_is_no_lane_and_one_of_many_takes_what_is_left() -> None:
    everywhere = {"to-read": range(100), "ml": range(70), "speech": range(30), "graphs": range(30, 60)}
    papers = tagged(everywhere, 100)
    assert sizes(papers, "tag") == {"speech": 30, "graphs": 30, "ml": 10, OTHER: 30}
    curated = [paper(f"c{i}", source="curated", tags=["attention"]) for i in range(90)]
    assert sizes([*papers, *curated], "tag") == {"speech": 30, "graphs": 30, "ml": 10, "attention": 90, OTHER: 30}


def test_two_spellings_of_a_tag_are_one_lane_called_as_most_write_it() -> None:
    found = sizes(tagged({"nlp": [0], "NLP": [1, 2], "world models": [3, 4], "World-models": [5]}, 6), "tag")
    assert found == {"NLP": 3, "world models": 3}


def test_a_category_is_a_lane_even_of_one_paper_while_there_are_few() -> None:
    few = [paper(f"p{i}", category=f"category {i}") for i in range(MAX_LANES)]
    assert sizes(few, "category") == {f"category {i}": 1 for i in range(MAX_LANES)}
    many = [paper(f"p{i}-{n}", category=f"category {i:02}") for i in range(40) for n in range(1 + (i < 11))]
    assert sizes(many, "category") == {**{f"category {i:02}": 2 for i in range(11)}, OTHER: 29}


def test_a_lane_of_an_earlier_picture_stays_while_a_paper_has_its_tag() -> None:
    papers = tagged({f"tag-{n:02}": range(5 * n, 5 * n + 5 - (n == 13)) for n in range(14)}, 70)
    assert "tag-13" not in sizes(papers, "tag")
    kept = sizes(papers, "tag", ("gone", "tag-13"))
    assert (len(kept), kept["tag-13"]) == (MAX_LANES, 4)


def test_a_folder_is_the_nearest_one_with_letters() -> None:
    paths = ("NLP/a.md", "papers/2024/07/b.md", "c.md", "NLP/sub field/d.md", f"Reading List {'0f' * 16}/e.md")
    found = lanes_of([paper(path, path=path) for path in paths], "folder")
    assert list(found.values()) == ["NLP", "papers", OTHER, "sub field", "Reading List"]


VISION, SOUND = {"category": "vision"}, {"category": "sound"}
CODE, TEXT = {"tags": ["code"], "path": "a/x.md"}, {"tags": ["text"], "path": "b/x.md"}


@pytest.mark.parametrize(("facts", "facet"), [
    ([VISION, VISION, SOUND], "category"),
    ([{**VISION, **CODE}, {**VISION, **CODE}, {**VISION, **TEXT}, {**VISION, **TEXT}], "tag"),  # one category for all
    ([{**VISION, **CODE}, {**SOUND, **CODE}, TEXT, TEXT], "tag"),                               # only half have one
    ([{"path": "a/x.md"}, {"path": "b/x.md"}, {"path": "b/y.md"}], "folder"),
    ([{"tags": ["only"], "path": "x.md"}, {"path": "y.md"}], "none"),
    ([], "none"),
])  # fmt: skip
def test_by_default_the_first_facet_that_tells_papers_apart_is_taken(
    facts: list[dict[str, object]], facet: str
) -> None:
    assert best_facet([paper(f"p{i}", **each) for i, each in enumerate(facts)]) == facet


def test_without_a_facet_all_papers_are_together() -> None:
    assert sizes([paper("a", category="x"), paper("b")], "none") == {ALL: 2}
