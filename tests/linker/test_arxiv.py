"""Metadata from arXiv, fetched over real HTTP from a server of our own that also misbehaves."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from linker import arxiv_api
from linker.arxiv import fetch
from linker.arxiv_paper import ArxivError, ArxivPaper
from tests.arxiv_server import ATTENTION, OLD, Answer, ArxivServer, arxiv_server, entry, feed

__all__ = ["arxiv_server"]

Fetched = Callable[..., dict[str, ArxivPaper]]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "of ours" / "arxiv"


def refused(ids: list[str], cache: Path, *, offline: bool = False) -> str:
    """The error message, without the address in front."""
    with pytest.raises(ArxivError) as error:
        fetch(ids, cache=cache, offline=offline)
    message = str(error.value)
    assert "\n" not in message
    return message.removeprefix(f"{arxiv_api.ADDRESS}: ")


def python(program: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in another Python, with `fetch` and `ArxivError` imported."""
    imports = "import sys\nfrom linker.arxiv import fetch\nfrom linker.arxiv_paper import ArxivError"
    asked = f"{imports}\ncache = {str(cache)!r}\n{program}"
    return subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60)


# -- answers ---------------------------------------------------------------------------------------------------------


def test_a_paper_as_arxiv_knows_it(arxiv_server: ArxivServer, cache: Path) -> None:
    assert fetch(["1706.03762"], cache=cache) == {
        "1706.03762": ArxivPaper(
            id="1706.03762",
            title="Attention Is All You Need",
            authors=("Ashish Vaswani", "Łukasz Kaiser"),
            published="2017-06-12",
            summary="The dominant models are based on recurrent networks.",
            categories=("cs.CL", "cs.LG"),
            comment="15 pages, 5 figures",
        )
    }


def test_the_order_is_the_one_asked_and_each_paper_comes_once(arxiv_server: ArxivServer, cache: Path) -> None:
    found = fetch(["hep-th/9901001", "1706.03762", "hep-th/9901001"], cache=cache)
    assert list(found) == ["hep-th/9901001", "1706.03762"]
    assert found["hep-th/9901001"].published == "1999-01-01"
    assert [asked.ids for asked in arxiv_server.asked] == [["hep-th/9901001", "1706.03762"]]


def test_what_arxiv_does_not_know_is_left_out_and_asked_again(arxiv_server: ArxivServer, cache: Path) -> None:
    assert list(fetch(["2301.00001", "1706.03762"], cache=cache)) == ["1706.03762"]
    assert fetch(["2301.00001"], cache=cache) == {}, "it may have been posted since"
    assert arxiv_server.asked[1].ids == ["2301.00001"]


def test_the_primary_category_is_the_first_and_what_came_out_elsewhere_is_told(
    arxiv_server: ArxivServer, cache: Path
) -> None:
    arxiv_server.papers = [
        {**ATTENTION, "categories": ["stat.ML", "cs.LG"], "doi": "10.1000/ABC", "journal_ref": "J. Nets\n 3 (2019) 1-9"}
    ]
    paper = fetch(["1706.03762"], cache=cache)["1706.03762"]
    assert (paper.categories, paper.doi, paper.journal_ref) == (
        ("stat.ML", "cs.LG"), "10.1000/abc", "J. Nets 3 (2019) 1-9",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("summary", "paragraphs"),
    [
        ("One line\nand its end.\n", ["One line and its end."]),
        ("  First,\nin two lines.\n  Second.", ["First, in two lines.", "Second."]),
        ("First.\n\n \nSecond,\nin two.", ["First.", "Second, in two."]),
        ("", []),
    ],
)
def test_lines_of_a_summary_are_joined_and_its_paragraphs_stay(
    arxiv_server: ArxivServer, cache: Path, summary: str, paragraphs: list[str]
) -> None:
    arxiv_server.papers = [{**ATTENTION, "summary": summary}]
    assert fetch(["1706.03762"], cache=cache)["1706.03762"].summary == "\n\n".join(paragraphs)


def test_what_strangers_send_acts_on_no_terminal(arxiv_server: ArxivServer, cache: Path) -> None:
    hostile = "[[x]]\n# [a](b) <script> \u009b2J\u202etxt.exe\u200b\x1b[31mred\x1b]0;title\x07"
    arxiv_server.papers = [{**ATTENTION, "title": hostile, "authors": [hostile], "summary": hostile}]
    paper = fetch(["1706.03762"], cache=cache)["1706.03762"]
    for said in (paper.title, *paper.authors, paper.summary):
        assert said == "[[x]] # [a](b) <script> 2Jtxt.exe[31mred]0;title"


def test_letters_that_arxiv_has_broken_are_whole(arxiv_server: ArxivServer, cache: Path) -> None:
    arxiv_server.papers = [{**ATTENTION, "authors": ["Dirk WÃ¼bben"]}]
    assert fetch(["1706.03762"], cache=cache)["1706.03762"].authors == ("Dirk Wübben",)


def test_a_paper_that_is_sent_twice_is_one(arxiv_server: ArxivServer, cache: Path) -> None:
    arxiv_server.next = [Answer(feed(entry(ATTENTION), entry({**ATTENTION, "id": "1706.03762v1"})))]
    assert list(fetch(["1706.03762"], cache=cache)) == ["1706.03762"]


def test_many_are_asked_for_in_batches(arxiv_server: ArxivServer, cache: Path) -> None:
    ids = [f"2301.{n:05}" for n in range(1, 121)]
    arxiv_server.papers = [{**ATTENTION, "id": f"{each}v1", "title": each} for each in reversed(ids)]
    found = fetch(ids, cache=cache)
    assert [paper.title for paper in found.values()] == ids
    assert [len(asked.ids) for asked in arxiv_server.asked] == [50, 50, 20]


# -- when arXiv fails ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
def test_when_arxiv_is_busy_we_come_again_when_it_says(arxiv_server: ArxivServer, cache: Path, status: int) -> None:
    arxiv_server.next = [Answer(status=status, headers=(("Retry-After", "1"),))]
    assert list(fetch(["1706.03762"], cache=cache)) == ["1706.03762"]
    first, second = arxiv_server.asked
    assert second.at - first.at >= 1


def test_arxiv_may_name_a_time_of_the_day(arxiv_server: ArxivServer, cache: Path) -> None:
    past = (("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),)
    arxiv_server.next = [Answer(status=503, headers=past)]
    assert list(fetch(["1706.03762"], cache=cache)) == ["1706.03762"]


def test_a_server_that_stays_busy_is_asked_four_times(arxiv_server: ArxivServer, cache: Path) -> None:
    arxiv_server.next = [Answer(status=429)] * 9
    assert refused(["1706.03762"], cache) == "HTTP 429 - it is busy, try again in a few minutes"
    assert len(arxiv_server.asked) == 4


def test_pauses_grow_where_arxiv_names_none(
    arxiv_server: ArxivServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arxiv_api, "GAP", 0.1)
    arxiv_server.next = [Answer(status=503, headers=(("Retry-After", "soon"),))] * 3
    fetch(["1706.03762"], cache=cache)
    gaps = [after.at - before.at for before, after in pairwise(arxiv_server.asked)]
    assert all(gap >= least for gap, least in zip(gaps, (0.1, 0.2, 0.4), strict=True))


def test_nobody_is_kept_waiting_for_an_hour(arxiv_server: ArxivServer, cache: Path) -> None:
    arxiv_server.next = [Answer(status=429, headers=(("Retry-After", "3600"),))]
    assert refused(["1706.03762"], cache) == "it is busy - try again in 60 minutes"


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502])
def test_an_error_is_told_and_not_repeated(arxiv_server: ArxivServer, cache: Path, status: int) -> None:
    arxiv_server.next = [Answer("<html>sorry</html>", status)]
    assert refused(["1706.03762"], cache) == f"HTTP {status} - try again later"
    assert len(arxiv_server.asked) == 1


def test_a_late_answer_is_not_waited_for(
    arxiv_server: ArxivServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arxiv_api, "TIMEOUT", (5.0, 0.2))
    arxiv_server.next = [Answer(after=30)]
    assert refused(["1706.03762"], cache) == "no answer in time - try again later"


def test_there_is_no_connection(arxiv_server: ArxivServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arxiv_api, "ADDRESS", "http://127.0.0.1:1/api/query")
    assert refused(["1706.03762"], cache) == "no connection - check the network"


def test_a_proxy_of_the_user_is_asked(arxiv_server: ArxivServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("NO_PROXY", ""), ("HTTP_PROXY", "http://127.0.0.1:1")):
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    assert refused(["1706.03762"], cache) == "the proxy cannot be used - check HTTPS_PROXY and NO_PROXY"
    assert arxiv_server.asked == []


WHOLE = feed(entry(ATTENTION), entry({**ATTENTION, "id": "2301.00001v1"}))
LATER = "try again later"
DAMAGED = f"the answer is damaged or truncated - {LATER}"
FEWER = f"the answer has fewer papers than it announces - {LATER}"
NO_LIST = "the answer is not a list of papers - check that no proxy or login page is in the way"


ERROR = "<id>http://arxiv.org/api/errors#incorrect_id_format</id>"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(WHOLE[: WHOLE.rindex("<summary>")]), DAMAGED),
        (Answer(WHOLE[: WHOLE.rindex("<entry>")]), DAMAGED),
        (Answer(WHOLE, promised=50), DAMAGED),
        (Answer(WHOLE.replace("<title>", "<title>R&D: ")), DAMAGED),
        (Answer(WHOLE.replace("2017-06-12T", "yesterday ")), DAMAGED),
        (Answer("<!DOCTYPE html><html><body>Log in</body></html>"), NO_LIST),
        (Answer("Rate exceeded."), NO_LIST),
        (Answer(""), NO_LIST),
        (Answer(feed(total=2)), FEWER),
        (Answer(feed(entry(ATTENTION), total=2)), FEWER),
        (Answer(feed(entry(ATTENTION), entry({"id": "2301.00001v1"}))), FEWER),
        (Answer(feed(entry({**ATTENTION, "id": "1234.56789v1"}))), f"the answer has a paper without id - {LATER}"),
        (Answer(feed(entry(OLD))), f"the answer is about hep-th/9901001, which was not requested - {LATER}"),
        (
            Answer(WHOLE.replace("<id>http://arxiv.org/abs/1706.03762v7</id>", ERROR)),
            "it answers 'incorrect id format' - write ids as arXiv does",
        ),
    ],
)
def test_a_partial_answer_is_refused(arxiv_server: ArxivServer, cache: Path, answer: Answer, said: str) -> None:
    arxiv_server.next = [answer]
    assert refused(["1706.03762", "2301.00001"], cache) == said
    assert len(arxiv_server.asked) == 1
    assert not list(cache.glob("*.json"))


# -- the gap between requests ----------------------------------------------------------------------------------------


def test_requests_of_all_who_share_a_cache_are_spaced(
    arxiv_server: ArxivServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arxiv_api, "GAP", 0.3)
    monkeypatch.setattr(arxiv_api, "BATCH", 1)
    program = f"""
from linker import arxiv_api
arxiv_api.ADDRESS, arxiv_api.GAP = {arxiv_server.address!r}, 0.3
fetch(["2301.00001"], cache=cache)
"""
    ids = ["1706.03762", "hep-th/9901001"]
    others = [
        threading.Thread(target=python, args=(program, cache)),
        threading.Thread(target=fetch, args=(["2301.00002"],), kwargs={"cache": cache}),
    ]
    for other in others:
        other.start()
    assert list(fetch(ids, cache=cache)) == ids
    for other in others:
        other.join()
    assert len(arxiv_server.asked) == 4
    assert all(after.at - before.at >= 0.3 for before, after in pairwise(arxiv_server.asked))


def test_a_clock_that_was_set_back_keeps_nobody_waiting(arxiv_server: ArxivServer, cache: Path) -> None:
    cache.mkdir(parents=True)
    for left in (f"{time.time() + 1e6}", "inf", "nan", "not a time", "9" * 99):
        (cache / "last-request").write_text(left)
        fetch(["2301.00001"], cache=cache)
    assert len(arxiv_server.asked) == 5


# -- the cache -------------------------------------------------------------------------------------------------------


def test_a_cached_paper_is_not_requested_again(arxiv_server: ArxivServer, cache: Path) -> None:
    ids = ["1706.03762", "hep-th/9901001"]
    first = fetch(ids, cache=cache)
    assert fetch(ids, cache=cache) == fetch(ids, cache=cache, offline=True) == first
    assert len(arxiv_server.asked) == 1
    assert sorted(path.name for path in cache.iterdir()) == ["1706.03762.json", "hep-th-9901001.json", "last-request"]


def test_what_came_before_a_failure_is_kept(
    arxiv_server: ArxivServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arxiv_api, "BATCH", 1)
    arxiv_server.next = [arxiv_server.answer(["1706.03762"]), Answer(status=500)]
    refused(["1706.03762", "hep-th/9901001"], cache)
    assert list(fetch(["1706.03762"], cache=cache, offline=True)) == ["1706.03762"]


def test_offline_nobody_is_asked(arxiv_server: ArxivServer, cache: Path) -> None:
    said = "not in the cache: 1706.03762, hep-th/9901001 - run once without --offline"
    assert refused(["1706.03762", "hep-th/9901001"], cache, offline=True) == said
    many = [f"2301.{n:05}" for n in range(1, 13)]
    assert "2301.00005 and 7 more - " in refused(many, cache, offline=True)
    assert arxiv_server.asked == []
    assert not cache.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:40],
        lambda text: "[" * 100_000,
        lambda text: "[]",
        lambda text: text.replace("arxiv/1", "arxiv/0"),
        lambda text: text.replace('"1706.03762"', '"1706.03763"'),
        lambda text: text.replace('"2017-06-12"', "2017"),
        lambda text: text.replace('"Ashish Vaswani"', "null"),
        lambda text: text.replace('"title"', '"name"'),
    ],
)
def test_a_damaged_file_is_asked_for_again(
    arxiv_server: ArxivServer, cache: Path, change: Callable[[str], str]
) -> None:
    paper = fetch(["1706.03762"], cache=cache)
    file = cache / "1706.03762.json"
    whole = file.read_text("utf-8")
    assert change(whole) != whole
    file.write_text(change(whole), "utf-8")
    assert "not in the cache" in refused(["1706.03762"], cache, offline=True)
    assert fetch(["1706.03762"], cache=cache) == paper
    assert file.read_text("utf-8") == whole


def test_a_file_tells_its_schema_and_can_be_read_by_others(arxiv_server: ArxivServer, cache: Path) -> None:
    fetch(["1706.03762"], cache=cache)
    told = json.loads((cache / "1706.03762.json").read_text("utf-8"))
    assert (told["schema"], told["id"], told["authors"][1]) == ("paperkb.arxiv/1", "1706.03762", "Łukasz Kaiser")


def test_a_cache_that_cannot_be_written(arxiv_server: ArxivServer, cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file of somebody")
    assert refused(["1706.03762"], cache) == f"{cache}: File exists - the cache must be writable"


@pytest.mark.parametrize("wrong", ["", "../../etc/passwd", "1706.03762v7", "cs.CL/0001001", "1706.0376", "\x1b[31m"])
def test_an_invalid_id_is_never_requested(arxiv_server: ArxivServer, cache: Path, wrong: str) -> None:
    said = refused(["1706.03762", wrong], cache)
    assert said == f"not an arXiv id: {wrong!r} - write it as 1706.03762 or hep-th/9901001, without version"
    assert arxiv_server.asked == []


# -- the package -----------------------------------------------------------------------------------------------------


def test_the_package_is_loaded_when_arxiv_is_asked_and_not_before(cache: Path) -> None:
    program = """
try:
    fetch(["1706.03762"], cache=cache, offline=True)
except ArxivError:
    print({"arxiv", "requests", "lxml", "typing"} & sys.modules.keys())
"""
    done = python(program, cache)
    assert done.stdout == "set()\n", done.stderr


def test_without_the_package_the_extra_is_named(cache: Path) -> None:
    program = """
sys.modules["arxiv"] = None
try:
    fetch(["1706.03762"], cache=cache)
except ArxivError as error:
    print(error)
"""
    done = python(program, cache)
    assert done.stdout == "this needs the arxiv package - install paperkb with its extra `arxiv`\n", done.stderr


def test_the_package_prints_nothing_of_its_own(arxiv_server: ArxivServer, cache: Path) -> None:
    arxiv_server.next = [Answer(feed(entry({"id": "1706.03762v1", "title": "\x9b31m"})))]
    program = f"""
from linker import arxiv_api
arxiv_api.ADDRESS = {arxiv_server.address!r}
try:
    fetch(["1706.03762"], cache=cache)
except ArxivError as error:
    print(error)
"""
    done = python(program, cache)
    assert (done.stdout, done.stderr) == (f"{arxiv_server.address}: {FEWER}\n", "")
