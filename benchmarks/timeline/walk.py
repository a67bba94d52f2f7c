"""Criteria 14, 17, 18 and 21: what a reader finds in the page."""

import json
import re
from collections.abc import Mapping
from typing import Any

from benchmarks.chromium import Opened, opened
from benchmarks.timeline.criteria import Measured, Unmeasured
from benchmarks.timeline.odd import odd_sets
from benchmarks.timeline.page import settled, shown
from benchmarks.timeline.pictures import odd_pictures
from benchmarks.timeline.sets import PaperSet
from benchmarks.timeline.stage import Stage, paper_set

TEMPLATE = "template"               # the payload that makes a note a template instead of a paper
MIXTURES = 100
FORMATS = ("svg", "mmd", "dot", "graphml", "canvas")
WAYS: dict[str, dict[str, Any]] = {
    "as it opens": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 740}},
}

# The papers that the panel lists, folded ones included: {"Builds on": [keys], ...}.
LISTED = """
() => Object.fromEntries([...document.querySelectorAll('#panel section.kin')].map(section => [
  section.querySelector('h3').firstChild.textContent,
  [...section.querySelectorAll('a[data-i]')].map(a => decodeURIComponent(a.getAttribute('href').slice(3)))]))
"""
_LIT = "() => [...document.querySelectorAll('#labels a:not(.soft)')].map(a => decodeURIComponent(a.hash.slice(3)))"


def hostile(stage: Stage) -> Measured:
    """14: vaults of payloads, and of mixtures of them, as page, list, panels, pictures and exports.

    It counts what ran, titles that are not shown as in the vault, and formats that let control characters through.
    """
    try:
        from tests.hostile import PAYLOADS, disguised, hostile_vault, mixtures
    except ImportError:
        raise Unmeasured("the payloads are in the repository, not in the installed package") from None
    known = {name: text for name, text in PAYLOADS.items() if name != TEMPLATE}
    mixed = {f"mixture {i}": text for i, text in enumerate(mixtures(MIXTURES, stage.seed))}
    fired, lost, masked = {}, {}, {}
    for title, texts in (("payloads", known), ("mixtures", mixed)):
        vault = stage.folder / "vaults" / title
        hostile_vault(vault, texts.values())
        papers = json.loads(stage.command(vault, "query", "--json"))["papers"]
        with opened(stage.browser, stage.picture(vault, "html")) as page:
            fired[title], lost[title] = walked(page, texts, {paper["key"]: paper["title"] for paper in papers})
        for suffix in ("svg", "html"):
            with opened(stage.browser, stage.picture(vault, suffix), java_script_enabled=suffix == "svg") as still:
                still.page.wait_for_timeout(300)                    # for anything that runs late
                fired[title] += still.faults
        outputs = {suffix: stage.picture(vault, suffix).read_text("utf-8") for suffix in FORMATS}
        outputs["canvas"] = re.sub(r'"file": ".*"', "", outputs["canvas"])      # file names that Obsidian needs
        for form in ("log", "lanes"):
            outputs[form] = stage.command(vault, "timeline", "--format", form)
        masked[title] = [name for name, text in outputs.items() if disguised(text)]
    good = {title: not (fired[title] or lost[title] or masked[title]) for title in fired}
    return Measured(
        14, "; ".join(f"{len(texts)} {title}: {len(fired[title])} fired, {len(lost[title])} not shown as written, "
                      f"{len(masked[title])} formats with controls"
                      for title, texts in (("payloads", known), ("mixtures", mixed))),
        good["payloads"], all(good.values()), {"fired": fired, "lost": lost, "disguised": masked, "seed": stage.seed},
    )


def walked(page: Opened, texts: Mapping[str, str], titles: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Open the panel of every hostile paper and the list, and search.

    Args:
        texts: the payloads that `hostile_vault` wrote, by name.
        titles: the titles of all papers by key, as in the vault.

    Returns:
        everything that ran or made a request, and the names of payloads whose title is not shown as it is.
    """
    from cli.printable import printable
    from tests.hostile import FLAG, key

    lost = []
    settled(page.page)
    for number, name in enumerate(texts):
        page.page.evaluate(f"() => {{ location.hash = 'p={key(number)}'; }}")
        settled(page.page)
        panel = " ".join((page.page.locator("#panel").text_content() or "").split())
        if key(number) not in titles or printable(titles[key(number)])[:300] not in panel:
            lost.append(name)
    page.page.evaluate("() => { location.hash = 'view=list'; }")
    settled(page.page)
    for text in list(texts.values())[:10]:
        page.page.locator("#search").fill(text)
        settled(page.page)
    fired = [*page.faults, *(["the flag is set"] if page.page.evaluate(f"() => window.{FLAG} !== undefined") else [])]
    return fired, lost


def accessible(stage: Stage) -> Measured:
    """17: axe-core in every view; navigation by arrow keys; announcements for screen readers; a row for every paper."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        raise Unmeasured("axe-playwright-python is not installed - pip install 'paperkb[browser]'") from None
    drawn = paper_set("64")
    violations: dict[str, list[str]] = {}
    for way, options in WAYS.items():
        with shown(stage, drawn, bypass_csp=True, **options) as page:
            for view, fragment in (("timeline", ""), ("paper", "p=transformer"), ("list", "view=list")):
                page.page.evaluate(f"() => {{ location.hash = '{fragment}'; }}")
                settled(page.page)
                found = Axe().run(page.page).response["violations"]
                violations[f"{way}, {view}"] = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
    with shown(stage, drawn) as page:
        visible = {dot["key"] for dot in page.page.evaluate("() => window.paperkbTimings.dots()")}
        reached = set()
        for _ in range(len(drawn.papers) + 1):
            page.page.keyboard.press("ArrowRight")
            reached.add(page.page.evaluate("() => decodeURIComponent((document.activeElement.hash || '').slice(3))"))
        page.page.keyboard.press("/")
        page.page.keyboard.type("year:2019")
        page.page.wait_for_timeout(800)
        said = page.page.locator("[role=status]").first.text_content() or ""
    rows = {}
    for name in ("64", "5000"):
        with shown(stage, paper_set(name)) as page:
            page.page.evaluate("() => { location.hash = 'view=list'; }")
            settled(page.page)
            rows[name] = page.page.locator("#list tbody tr").count()
    count = sum(map(len, violations.values()))
    walk = len(visible & reached)
    return Measured(
        17, f"{count} violations in {len(violations)} views; {walk} of {len(visible)} by arrow keys; "
            f"says \"{said}\"; {rows['64']} and {rows['5000']:,} rows in the table",
        count == 0 and walk == len(visible) and bool(said), rows == {"64": 64, "5000": 5_000},
        {"violations": violations, "missed": sorted(visible - reached), "said": said, "rows": rows},
    )


def odd(stage: Stage) -> Measured:
    """18: the odd sets as pictures and as pages."""
    wrong = odd_pictures(stage)
    for drawn in odd_sets():
        with shown(stage, drawn) as page:
            dots = len(page.page.evaluate("() => window.paperkbTimings.dots()"))
            page.page.evaluate("() => { location.hash = 'view=list'; }")
            settled(page.page)
            rows = page.page.locator("#list tbody tr").count()
            if page.faults or dots != len(drawn.papers) or rows != len(drawn.papers):
                wrong[f"{drawn.name}, page"] = f"{dots} dots, {rows} rows of {len(drawn.papers)}; {page.faults[:1]}"
    shown_, count = "; ".join(f"{name}: {what}" for name, what in wrong.items()), len(odd_sets())
    return Measured(18, shown_ or f"all shown: {count} pictures, {count} pages", not wrong, not wrong, {"wrong": wrong})


def tasks(stage: Stage) -> Measured:
    """21: actions for three tasks. An action is a click, a key, or a text typed and entered."""
    drawn = paper_set("64")
    counts = {
        "what led to ViT": _lineage(stage, drawn, "vit", "Builds on"),
        "2019 with code": _runs(stage, drawn),
        "what Adam led to": _lineage(stage, drawn, "adam", "Built on by"),
    }
    most = max(counts.values())
    return Measured(21, ", ".join(f"{task}: {count}" for task, count in counts.items()), most <= 3, most <= 2,
                    {"actions": counts})


def _lineage(stage: Stage, drawn: PaperSet, key: str, heading: str) -> int:
    """Search for the paper by name; the panel must list exactly its predecessors or successors."""
    expected = {edge.target for edge in drawn.edges if edge.source == key} if heading == "Builds on" else {
        edge.source for edge in drawn.edges if edge.target == key}
    label = next(paper.label for paper in drawn.papers if paper.key == key)
    with shown(stage, drawn) as page:
        page.page.keyboard.press("/")                               # one
        page.page.keyboard.type(label)
        page.page.keyboard.press("Enter")                           # two
        settled(page.page)
        listed: dict[str, list[str]] = page.page.evaluate(LISTED)
        if set(listed.get(heading, [])) != expected:
            raise Unmeasured(f"the panel of {key} lists {listed} instead of {sorted(expected)}")
    return 2


def _runs(stage: Stage, drawn: PaperSet) -> int:
    """Query them; exactly these must stay highlighted and be counted."""
    expected = {paper.key for paper in drawn.papers if paper.runnable and (paper.date or "").startswith("2019")}
    with shown(stage, drawn) as page:
        page.page.keyboard.press("/")                               # one
        page.page.keyboard.type("year:2019 has:code")               # two
        settled(page.page)
        lit, count = set(page.page.evaluate(_LIT)), page.page.locator("#count").text_content() or ""
        if lit != expected or not count.startswith(f"{len(expected)} of"):
            raise Unmeasured(f"lit: {sorted(lit)}, counted {count!r}, instead of {sorted(expected)}")
    return 2
