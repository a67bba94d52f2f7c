"""Generated reports: what each section says becomes claims, questions, concepts and checks, and nothing else does."""

import pytest

from kb.model import Item, ItemKind
from kb.read import read
from tests.kb.growth import LINEAR, growth

SURVEY = """\
# State of Ladders

## Executive Summary
Ladders match ropes (Ann & Bo, 2023).

## Key Findings
1. Ladders scale.

## Limitations
- Height is bounded.

## Open Questions
- Do they float?

## References
1. Ann, A., & Bo, B. (2023). Ladders: Climbing in Linear Time. arXiv:2312.00752.
2. Cid, C., et al. (2024). Hybrid Ladders. *Annals of Ropes*.
3. Dee, D. Ropes without end. Annals of Ropes, 1999.
"""


def test_a_report_on_no_single_paper_mentions_those_that_it_lists() -> None:
    record = read("survey.md", SURVEY.encode())
    assert (record.dialect, record.about) == ("report", None)
    assert [(entry.line, entry.title, entry.values("authors")) for entry in record.entries] == [
        (16, "Ladders: Climbing in Linear Time", ["A. Ann", "B. Bo"]),
        (17, "Hybrid Ladders", ["C. Cid"]),
        (18, "Ropes without end", ["D. Dee"]),
    ]
    assert [(item.kind, item.text, item.entry) for item in record.items] == [
        ("result", "Ladders scale.", -1),
        ("limitation", "Height is bounded.", -1),
        ("question", "Do they float?", -1),
    ]


REPORT = """\
---
title: 'Ladders: Climbing Without Ropes'
arxiv_id: '2104.01234'
tags: [climbing, transformers]
---
# Ladders: Climbing Without Ropes

## Quick Facts
- **arXiv ID**: 2104.01234
- **Authors**: Ada Byron, Max Planck, et al.

## Key Results
- Climbs twice as high
- Falls half as often

## Why This Works (Mechanism)

### Mechanism 1
- Claim: Short rungs make steps safe
- Mechanism: The foot never hangs
- Core assumption: Feet are alike
- Evidence anchors:
  - [abstract] "no foot slipped"
  - [section] "rungs of a hand's width"
- Break condition: Ice on the rungs

### Mechanism 2
- Claim: Two rails share the load

## Foundational Learning
- Concept: Friction
  - Why needed here: It holds the foot
  - Quick check question: Which way does it point?

## Architecture Onboarding
- Component map: rails -> rungs
- Failure signatures: The ladder leans to one side
- First 3 experiments:
  1. Lean it on a wall
  2. Lean it on a tree

## Open Questions the Paper Calls Out

### Open Question 1
- Question: How many rungs are enough?
- Basis in paper: [explicit] "we tried ten"
- Why unresolved: Nobody counted
- What evidence would resolve it: A count

## Limitations
- Only dry weather
  - and no wind

## Confidence
- Safety: Medium

## Next Checks
1. Climb in the rain
"""
FRAME = "## Key Results\n- a\n\n## Limitations\n- b\n\n## Confidence\n- c: High\n\n## Next Checks\n- d\n\n"


def items(text: str, kind: ItemKind) -> list[Item]:
    return [item for item in read("r.md", text.encode()).items if item.kind == kind]


def said(section: str, kind: ItemKind) -> list[tuple[str, dict[str, str]]]:
    """What a section says, in a report with the other headings by which reports are recognized."""
    found = [item for item in items(FRAME + section, kind) if item.line > FRAME.count("\n")]
    return [(item.text, dict(item.parts)) for item in found]


def test_the_habit_is_told_by_its_headings() -> None:
    record = read("r.md", REPORT.encode())
    assert (record.dialect, record.dialect_by) == ("report", "11 headings of a report, first `Quick Facts`")
    assert (record.title, record.about) == ("Ladders: Climbing Without Ropes", 0)
    assert [str(paper) for paper in record.entries[0].ids] == ["arxiv:2104.01234"]
    assert record.entries[0].values("authors") == ["Ada Byron", "Max Planck"]


def test_an_ordinary_note_is_no_report() -> None:
    for text in ("## Key Results\n- x\n\n## Limitations\n- y\n", FRAME.replace("## Next Checks", "## Limitations")):
        assert read("n.md", text.encode()).dialect == "markdown"


def test_every_section_is_read() -> None:
    found = [(item.kind, item.text, item.line) for item in read("r.md", REPORT.encode()).items]
    assert found == [
        ("result", "Climbs twice as high", 13),
        ("result", "Falls half as often", 14),
        ("claim", "Short rungs make steps safe", 19),
        ("claim", "Two rails share the load", 28),
        ("concept", "Friction", 31),
        ("failure", "The ladder leans to one side", 37),
        ("experiment", "Lean it on a wall", 39),
        ("experiment", "Lean it on a tree", 40),
        ("question", "How many rungs are enough?", 45),
        ("limitation", "Only dry weather and no wind", 51),
        ("confidence", "Safety", 55),
        ("check", "Climb in the rain", 58),
    ]
    assert {item.entry for item in read("r.md", REPORT.encode()).items} == {0}


def test_parts_stay_with_their_statement() -> None:
    first, second = items(REPORT, "claim")
    assert first.parts == (
        ("mechanism", "The foot never hangs"),
        ("assumption", "Feet are alike"),
        ("evidence", '[abstract] "no foot slipped"'),
        ("evidence", "[section] \"rungs of a hand's width\""),
        ("break condition", "Ice on the rungs"),
    )
    assert second.parts == ()
    [question] = items(REPORT, "question")
    assert dict(question.parts) == {
        "basis": '[explicit] "we tried ten"',
        "why unresolved": "Nobody counted",
        "resolved by": "A count",
    }
    [concept] = items(REPORT, "concept")
    assert dict(concept.parts) == {"why needed": "It holds the foot", "quick check": "Which way does it point?"}


# -- the same things in other forms ----------------------------------------------------------------------------------


def test_sections_may_be_numbered_or_bold_lines() -> None:
    text = "**1. Key results**\n\n- a\n\n**2. Limitations:**\n\nToo small.\n\n"
    text += "**3. Confidence**\n- x: Low\n\n**4. Next checks**\n1. b\n"
    record = read("r.md", text.encode())
    assert record.dialect == "report"
    assert [(item.kind, item.text) for item in record.items] == [
        ("result", "a"),
        ("limitation", "Too small."),
        ("confidence", "x"),
        ("check", "b"),
    ]


@pytest.mark.parametrize("nothing", ["None", "N/A.", "*None*", "None identified in the source material.", "- None"])
def test_what_says_that_there_is_nothing_is_no_point(nothing: str) -> None:
    for kind, heading in (("question", "Open Questions"), ("failure", "Failure Modes"), ("claim", "Why This Works")):
        assert said(f"## {heading}\n{nothing}\n", kind) == []  # type: ignore[arg-type]


def test_nothing_at_the_beginning_of_a_sentence_is_not_nothing() -> None:
    assert said("## Failure modes\n- None of the runs converges without warmup\n", "failure") != []


@pytest.mark.parametrize(
    "section",
    [
        "### Mechanism 1\nLadders lean. They rest. Core assumption: the wall stands. Break condition: it falls.",
        "Ladders lean. They rest on a wall.\n\nCore assumption: the wall stands.\n\nBreak condition: it falls.",
        "- **Claim 1:** Ladders lean.\n  They rest.\n  - Assumption: the wall stands.\n  - Break condition：it falls.",
        "**Claim**: Ladders lean.\n**Assumption**: the wall stands.\n**Break condition**: it falls.",
        "#### Mechanism 1: Ladders lean.\n- They rest.\n- Assumption - the wall stands.\n- Break condition - it falls.",
    ],
)
def test_a_claim_in_running_text(section: str) -> None:
    [(text, parts)] = said(f"## Why This Works\n\n{section}\n", "claim")
    assert text.startswith("Ladders lean.")
    assert (parts["assumption"], parts["break condition"]) == ("the wall stands.", "it falls.")


def test_a_section_of_prose_is_one_claim_and_its_explanation() -> None:
    found = said("## Why This Works\nLadders lean, e.g. on a wall. They rest.\n\nAnd they hold.\n", "claim")
    assert found == [("Ladders lean, e.g. on a wall.", {"explanation": "They rest. And they hold."})]


def test_evidence_listed_beside_its_label_is_evidence() -> None:
    section = "## Mechanisms\n- Claim: x\n- Evidence anchors:\n- [abstract] one\n- [corpus] two\n- Break condition: z\n"
    [claim] = items(FRAME + section, "claim")
    assert claim.parts == (("evidence", "[abstract] one"), ("evidence", "[corpus] two"), ("break condition", "z"))


@pytest.mark.parametrize(
    "section",
    [
        "### Open Question 1\nHow high? Nobody measured it.",
        "**Open Question 1**: How high? Nobody measured it.",
        "- **How high?**: Nobody measured it.",
        "- How high? Nobody measured it.",
        "The authors wonder. How high? Nobody measured it.",
    ],
)
def test_a_question_ends_at_its_question_mark(section: str) -> None:
    found = said(f"## Open Questions\n{section}\n", "question")
    assert found == [("How high?", {"explanation": "Nobody measured it."})]


def test_prose_that_asks_nothing_is_no_question() -> None:
    assert said("## Open Questions\nThe paper names several limitations, among them the weather.\n", "question") == []
    assert said("## Open Questions\n- The weather in the north\n", "question") == [("The weather in the north", {})]


@pytest.mark.parametrize(
    "section",
    [
        "**Friction**: What holds. *Why needed*: the foot. *Quick check*: which way?",
        "**Friction** - What holds.\n*Why needed*: the foot.\n*Quick check*: which way?",
        "- **Friction:** What holds. Why needed - the foot; Quick check - which way?",
        "1. Friction\n   - What holds.\n   - Why needed: the foot.\n   - Quick check: which way?",
        "### Friction\nWhat holds.\n\n**Why needed**: the foot.\n**Quick check**: which way?",
        "**Friction** (What holds. why needed: the foot; quick check: which way?)",
    ],
)
def test_a_concept_with_its_quick_check(section: str) -> None:
    [(text, parts)] = said(f"## Foundational Learning\n\n{section}\n", "concept")
    assert text == "Friction"
    assert {name: part.strip(".( ") for name, part in parts.items()} == {
        "explanation": "What holds",
        "why needed": "the foot",
        "quick check": "which way?",
    }


def test_bold_lines_of_one_paragraph_are_concepts_of_their_own() -> None:
    found = said("## Foundational Learning\n**Friction** - holds\n**Gravity** - pulls\n", "concept")
    assert [name for name, _ in found] == ["Friction", "Gravity"]


@pytest.mark.parametrize(
    "line",
    [
        "1) climb a wall, 2) climb a tree, and 3) fall (on grass)",
        "Try: (1) climb a wall; (2) climb a tree; (3) fall (on grass)",
        "a) climb a wall b) climb a tree c) fall (on grass)",
        "① climb a wall ② climb a tree ③ fall (on grass)",
        "climb a wall; climb a tree; and fall (on grass)",
    ],
)
@pytest.mark.parametrize("label", ["- First experiments:", "**Three First Experiments**:", "## First experiments\n\n"])
def test_experiments_within_a_line(label: str, line: str) -> None:
    section = f"{label} {line}" if label.startswith("##") else f"## Architecture Onboarding\n\n{label} {line}"
    found = [text for text, _ in said(section + "\n", "experiment")]
    assert found == ["climb a wall", "climb a tree", "fall (on grass)"]


@pytest.mark.parametrize(
    "whole",
    [
        "It fails in version 1. It fails again in version 2. Then it stops",
        "Loss stays high (1) in figure 3",
        "It overfits; use more data",
        "Losses of Adam, SGD and Lion (see a; b; c)",
    ],
)
def test_a_sentence_stays_whole(whole: str) -> None:
    assert said(f"## Failure modes\n\n{whole}\n", "failure") == [(whole, {})]


def test_what_announces_a_list_is_no_point() -> None:
    section = "## Architecture Onboarding\n**Failure Signatures**: There are two of them:\n- it leans\n- it breaks\n"
    assert [text for text, _ in said(section, "failure")] == ["it leans", "it breaks"]
    section = "## Limitations\nOf the data:\n- few\n- old\n\nAnd the method is slow.\n"
    assert [text for text, _ in said(section, "limitation")] == ["few", "old", "And the method is slow."]


@pytest.mark.parametrize(
    ("section", "text", "reason"),
    [
        ("- It is safe: Medium", "It is safe", ""),
        ("- It is safe (Medium): it was tried", "It is safe", "it was tried"),
        ("- It is safe: **Medium** - it was tried", "It is safe", "it was tried"),
        ("- It is safe - medium confidence", "It is safe", ""),
        ("**Medium confidence**: It is safe", "It is safe", ""),
        ("**Medium confidence:**\n- It is safe", "It is safe", ""),
        ("### Medium\n\nIt is safe", "It is safe", ""),
        ("- Medium confidence that it is safe", "Medium confidence that it is safe", ""),
        ("| Claim | Level | Why |\n|---|---|---|\n| It is safe | Medium | so it is |", "It is safe", "so it is"),
    ],
)
def test_how_sure_a_report_is(section: str, text: str, reason: str) -> None:
    frame = FRAME.replace("## Confidence\n- c: High\n", "## Executive Summary\nx\n")
    [item] = items(f"{frame}## Confidence\n\n{section}\n", "confidence")
    assert (item.text, dict(item.parts)) == (text, {"level": "medium"} | ({"reason": reason} if reason else {}))


def test_high_in_a_statement_is_no_level() -> None:
    frame = FRAME.replace("- c: High", "- High-resolution images help: Low\n- Works on low light")
    sure, unsure = items(frame, "confidence")
    assert (sure.text, sure.parts) == ("High-resolution images help", (("level", "low"),))
    assert (unsure.text, unsure.parts) == ("Works on low light", ())


@pytest.mark.parametrize(
    "piece",
    [
        "### Mechanism 1\n- Claim: x\n- Evidence:\n  - y\n",
        "**A b** (why needed: c; quick check: d)\n",
        "- x: **High** - y; (1) z (2)\n",
        "a:\n\n",
        "What? It is. Mechanism: x ",
    ],
)
@pytest.mark.parametrize("heading", ["Why This Works", "Open Questions", "Key Concepts", "Confidence", "Failure modes"])
def test_time_is_linear(heading: str, piece: str) -> None:
    assert growth(lambda text: read("r.md", f"{FRAME}## {heading}\n\n{text}".encode()), piece, 40_000) < LINEAR


def test_lists_nested_as_deep_as_anybody_can_write() -> None:
    deep = "".join("  " * depth + "- a:\n" for depth in range(1200))
    for heading in ("Limitations", "Confidence", "Why This Works"):
        assert read("r.md", f"{FRAME}## {heading}\n{deep}".encode()).dialect == "report"
