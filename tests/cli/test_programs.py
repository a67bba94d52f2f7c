"""`docs/programs.md` and the real answers agree on every key of every answer, in both directions."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from reference_impls.harness.bench.schema import violations
from tests.cli.conftest import ROOT, environment, make_vault, run_command
from tests.cli.toys import make_product
from tests.page_of_keys import Page

TEXT = (ROOT / "docs" / "programs.md").read_text("utf-8")
MEASURED = ("paperkb-run", "paperkb-verify", "paperkb-bench", "records", "summary")
"""Prefixes of the anchors of tables about measurements."""
AGENTS = ("note", "edges-of-query")
"""Anchors of tables about what only agents get; all other tables are about notes."""
NOTES = {
    "mine.md": """---
title: "Attention: what I make of it"
arxiv: "1706.03762"
doi: 10.5555/attention
status: read
tags: [ml, read]
volume: 30
up: "[[digest]]"
---
# Attention

[[digest#Nothing like it]], [[twin]], ![[picture.png]], [a page](https://example.org/page), [@lee2020], [[2301.01234]]

## Builds on

- [[1409.0473]]: the attention, without the recurrence.
- [[nowhere]]

## See also

- [[lora]] - small.
""",
    "a/twin.md": "# Twin\n",
    "b/twin.md": "# Twin\n",
    "digest.md": """# What we read

### Surveys

[COMPRESSION](https://arxiv.org/abs/2202.07105) is generic.

![](lift.png)

[**Low-Rank Adaptation**](https://arxiv.org/abs/2106.09685)**.** Small and cheap. Code is [here](https://github.com/a/b).

[BERT](https://arxiv.org/abs/1810.04805) has the encoder alone.
""",
    "report.md": """---
title: 'Ladders: Climbing Without Ropes'
arxiv_id: '2104.01234'
---
# Ladders: Climbing Without Ropes

## Why This Works (Mechanism)

### Mechanism 1
- Claim: Short rungs make steps safe
- Mechanism: The foot never hangs

## Open Questions the Paper Calls Out

### Open Question 1
- Question: How many rungs are enough?
""",
    "refs.bib": "@article{lee2020, title={A Paper with Pages}, author={Lee, Ann and others}, year={2020}, "
    "journal={Letters}, abstract={It has nine.}, url={https://example.org/lee}}\n",
    "bad.md": "---\ntitle: A: colon\nkind: paper\naliases: One, Two\n---\n",
    **{f"clips/{n}.md": f"---\ntitle: Clip {n}\nkind: paper\ntags: [clipped]\n---\n" for n in range(5)},
}


def _rb1(record: dict[str, Any]) -> list[str]:
    return violations({name: value for name, value in record.items() if name != "stale"})


def _page() -> Page:
    return Page(TEXT, {"records-of-kind-bench": _rb1})


def _problems(page: Page, table: str, answer: dict[str, Any]) -> list[str]:
    """Where an answer, its schema included, differs from its table."""
    told, schema = page.tables[table].inside["schema"].meaning, answer["schema"]
    is_named = told in (f"`{schema}`", "that of the command")
    return [*page.problems(table, answer), *([] if is_named else [f"{table}: schema {schema} is not {told}"])]


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Notes in many styles."""
    return make_vault(tmp_path_factory.mktemp("reader") / "notes", NOTES)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product with toys, a curated vault of one note about them, and a card and records that cannot be read."""
    made = make_product(tmp_path_factory.mktemp("product"))
    (made / "vault").rename(made / "papers")
    (made / "reference_impls" / "toys" / "broken.py").write_text('"""Broken."""\nCARD = Card(\n')
    (records := made / "benchmarks" / "records" / "cpu").mkdir(parents=True)
    (records / "toy-scale.json").write_text("{")
    return made


Ask = Callable[..., Any]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """A function that runs a command line in a folder, in this process since there are many; returns the JSON."""
    for name, folder in (("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
        monkeypatch.setenv(name, str(tmp_path / folder))

    def answer(folder: Path, *words: str) -> Any:
        monkeypatch.chdir(folder)
        main([*words, "--json"])
        return json.loads(capsys.readouterr().out)

    return answer


def test_the_page_has_every_key_of_answers_about_notes_and_no_other(
    notes: Path, tides: Path, product: Path, tmp_path: Path, ask: Ask
) -> None:
    page = _page()
    mine, curated, seaside = partial(ask, notes), partial(ask, ROOT / "papers"), partial(ask, tides, "--own")

    def toys(*words: str) -> Any:
        return run_command((*words, "--json"), product / "papers", tmp_path / "toys", PYTHONPATH=str(product)).json

    problems = list[str]()

    def hold(table: str, answers: Iterable[Any]) -> None:
        problems.extend(problem for answer in answers for problem in _problems(page, table, answer))

    hold("paperkb-index", [mine("index"), mine("index", "mine.md"), seaside("index")])
    hold("paperkb-query-expr", [mine("query"), mine("query", "is:ghost"), seaside("query")])
    things = ("transformer", "mine.md", "digest.md", "nowhere", "bert", "lora", "lee2020", "refs.bib", "report", "1")
    hold("paperkb-show-name", (mine("show", name) for name in things))
    things = ("harmonic", "residual", "labor", "digest.md", "seiche", "storm-surge")
    hold("paperkb-show-name", (seaside("show", name) for name in things))
    hold("paperkb-show-name", (curated("show", name) for name in ("impl:transformer-ablation", "impl:vae")))
    hold("paperkb-show-name", [toys("show", "impl:toy-scale")])
    hold("paperkb-lineage-name", [mine("lineage", "transformer", "--depth", "1"), seaside("lineage", "harmonic")])
    hold("paperkb-lineage-name---to-other", [mine("lineage", "transformer", "--to", end) for end in ("rnn", "nowhere")])
    hold("paperkb-timeline-expr", [mine("timeline"), seaside("timeline")])
    hold("paperkb-patterns", [mine("patterns"), seaside("patterns")])
    hold("paperkb-patterns-gaps", [curated("patterns", "gaps")])
    hold("paperkb-check", [mine("check", "--fix", "--dry-run"), seaside("check"), toys("check")])
    hold("paperkb-export-expr", [mine("export"), mine("export", "has:arxiv", "-o", str(tmp_path / "refs.bib"))])
    (tmp_path / "one.bib").write_text("@misc{ann2019, title={Gauges}, author={Ann, A.}, year={2019}}")
    for words in ((str(tmp_path / "one.bib"), "1706.03762", "no-such-file"), (str(tmp_path / "one.bib"),)):
        hold("paperkb-import-source", [mine("import", *words)])
    for words in (("timeline",), ("lineage", "harmonic"), ("patterns", "gaps")):
        hold("with--o-file", [seaside(*words, "-o", str(tmp_path / "x.svg"))])
    hold("paperkb-serve", [_served(notes, tmp_path)])
    site = tmp_path / "site"
    hold("paperkb-site-dir", [mine("site", str(site))])
    (site / "papers" / "0.html").write_text("Changed by hand.")
    (notes / "mine.md").write_text("# Another\n")
    for number in range(2):
        (notes / f"clips/{number}.md").unlink()
    hold("paperkb-index", [mine("index")])
    hold("paperkb-site-dir", [mine("site", str(site), "--check"), mine("site", str(site))])
    hold("paperkb-forget", [mine("forget")])
    assert not problems, "\n".join(sorted(set(problems)))
    unseen = page.unseen(name for name in page.tables if not name.startswith((*MEASURED, *AGENTS)))
    assert not unseen, "\n".join(unseen)


def _served(notes: Path, home: Path) -> Any:
    """What `serve` prints before anybody requests the page."""
    words = [sys.executable, "-m", "cli.main", "serve", "--json"]
    with subprocess.Popen(words, cwd=notes, env=environment(home), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = []
        while lines[-1:] != ["}\n"]:
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
    return json.loads("".join(lines))


def _of_earlier_days(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same records with other code and more threads, and one benchmark of another case.

    Records other than benchmarks are from before there could be several processes.
    """
    old = [
        {**each, "env": {**each["env"], "threads": 7}, "code": {**each["code"], "impl_sha256": "0" * 64}}
        for each in records
    ]
    for each in old:
        if each["kind"] != "bench":
            del each["env"]["world"]
    return [*old, {**old[-1], "case": "another"}]


UNSEEN = {
    "records-of-kind-training: value was never null",
    "records-of-kind-experiment: arms.ARM.trials.[].measures.MEASURE was never null",
}
"""Values that only a diverging run has."""


@pytest.mark.slow
def test_the_page_has_every_key_of_measurements_and_no_other(product: Path, tmp_path: Path) -> None:
    page = _page()

    def toys(*words: str) -> Any:
        home, vault = tmp_path / "home", product / "papers"
        return run_command((*words, "--json"), vault, home, PYTHONPATH=str(product), OMP_NUM_THREADS="1").json

    problems = list[str]()

    def hold(table: str, *answers: Any) -> None:
        problems.extend(problem for answer in answers for problem in _problems(page, table, answer))

    hold("paperkb-run-name", *(toys("run", name) for name in ("toy-line", "toy-question")))
    hold("paperkb-verify-name", toys("verify", "toy-scale"), toys("verify", "toy-question"))
    hold("paperkb-bench-name", toys("bench", "toy-scale", "--quick"))
    hold("paperkb-show-name", toys("show", "impl:toy-scale"), toys("show", "impl:toy-question"))
    grown = run_command(("show", "impl:moe", "--json"), ROOT / "papers", tmp_path / "home").json
    hold("paperkb-show-name", grown)
    [new] = (tmp_path / "home").rglob("toy-scale.json")
    old = tmp_path / "old.json"
    earlier = _of_earlier_days(json.loads(new.read_text())["records"])
    old.write_text(json.dumps({"records": earlier}))
    hold("paperkb-verify-name", {"schema": "paperkb.verify/1", "records": earlier})
    hold("paperkb-bench-report-old-new", toys("bench", "report", str(old), str(new)))
    hold("paperkb-bench-roofline-records-picture", toys("bench", "roofline", str(new), str(tmp_path / "roofline.svg")))
    for kept in sorted((ROOT / "benchmarks" / "records").rglob("*.json")):
        committed = json.loads(kept.read_text("utf-8"))["records"]
        hold("paperkb-verify-name", {"schema": "paperkb.verify/1", "records": committed})
    assert not problems, "\n".join(sorted(set(problems)))
    unseen = set(page.unseen(name for name in page.tables if name.startswith(MEASURED)))
    assert unseen == UNSEEN, "\n".join(sorted(unseen ^ UNSEEN))
