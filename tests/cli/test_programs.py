"""`docs/programs.md` and what programs get say the same, in both directions: answers, the Python API and the tools."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from reference_impls.harness.bench.schema import violations
from tests.cli.conftest import ROOT, Run, environment, run_command
from tests.page_of_keys import Page

TEXT = (ROOT / "docs" / "programs.md").read_text("utf-8")
MEASURED = ("run", "verify", "bench", "records", "summary")
"""How the anchors of tables begin that tell of what was measured; the others tell of notes."""
NOTES = {
    "paperkb.toml": "",
    "mine.md": """---
title: "Attention: what I make of it"
arxiv: "1706.03762"
doi: 10.5555/attention
status: read
tags: [ml, read]
up: "[[reading]]"
---
# Attention

[[reading#Nothing like it]], [[twin]], [[nowhere]], ![[picture.png]], [a page](https://example.org/page), [@lee2020]

> [!question] Does it scale?
> Nobody knows.

## Builds on

- [[1409.0473]]: the attention, without the recurrence.
""",
    "a/twin.md": "# Twin\n",
    "b/twin.md": "# Twin\n",
    "reading.md": """# Reading list

## Language

- [BERT: Pre-training of Deep Bidirectional Transformers](https://arxiv.org/abs/1810.04805) - the encoder alone
- [LoRA: Low-Rank Adaptation of Large Language Models](https://arxiv.org/abs/2106.09685) - small and cheap
- [Deep Residual Learning for Image Recognition](https://arxiv.org/abs/1512.03385)
""",
    "refs.bib": "@article{lee2020, title={A Paper with Pages}, author={Lee, Ann and others}, year={2020}, "
    "journal={Letters}, volume={3}, pages={1--9}, url={https://example.org/lee}}\n",
    "bad.md": "---\ntitle: A: colon\nkind: paper\naliases: One, Two\n---\n",
}


def _rb1(record: dict[str, Any]) -> list[str]:
    return violations({name: value for name, value in record.items() if name != "stale"})


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`paperkb ARGUMENTS...` among notes with many habits, on top of the curated ones."""
    home = tmp_path_factory.mktemp("reader")
    for path, text in NOTES.items():
        (home / "notes" / path).parent.mkdir(parents=True, exist_ok=True)
        (home / "notes" / path).write_text(text, "utf-8")
    return lambda *arguments, **more: run_command((*arguments, "--json"), home / "notes", home, **more)


def test_the_page_has_every_key_of_answers_about_notes_and_no_other(reader: Run, paperkb: Run, tmp_path: Path) -> None:
    page = Page(TEXT, {"records-of-kind-bench": _rb1})

    def curated(*arguments: str) -> Any:
        return run_command((*arguments, "--json"), ROOT / "papers", tmp_path).json

    def tides(*arguments: str) -> Any:
        return paperkb(*arguments, "--json").json

    def notes(*arguments: str) -> Any:
        return reader(*arguments).json

    answers = {
        "index": [notes("index"), notes("index", "mine.md"), tides("index")],
        "query-expr": [notes("query"), notes("query", "is:ghost"), tides("query")],
        "show-name": [
            *(notes("show", name) for name in ("transformer", "mine.md", "reading.md", "nowhere", "bert", "lee2020")),
            *(tides("show", name) for name in ("harmonic", "residual", "labor", "digest.md", "seiche", "storm-surge")),
            *(curated("show", name) for name in ("lora", "impl:transformer-ablation", "impl:vae", "gating")),
        ],
        "lineage-name": [notes("lineage", "transformer", "--depth", "1"), tides("lineage", "harmonic")],
        "lineage-name---to-other": [notes("lineage", "lora", "--to", "batchnorm")],
        "timeline-expr": [notes("timeline"), tides("timeline")],
        "patterns": [notes("patterns"), tides("patterns")],
        "patterns-gaps": [curated("patterns", "gaps")],
        "check": [notes("check", "--fix", "--dry-run"), tides("check")],
        "export-expr": [notes("export"), notes("export", "has:arxiv", "-o", str(tmp_path / "a.bib"))],
        "site-dir": [tides("site", str(tmp_path / "site"))],
        "forget": [run_command(("forget", "--json"), ROOT / "papers", tmp_path).json],
    }
    problems = [each for name, found in answers.items() for one in found for each in page.problems(f"paperkb-{name}", one)]
    drawn = (("timeline",), ("lineage", "harmonic"), ("patterns", "gaps"))
    for command in drawn:
        problems += page.problems("with--o-file", tides(*command, "-o", str(tmp_path / "x.svg")))
    assert not sorted(set(problems))
    about_notes = [name for name in page.tables if not name.removeprefix("paperkb-").startswith(MEASURED)]
    assert not page.unseen(about_notes)
