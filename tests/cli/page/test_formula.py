"""Formulas are drawn by the browser, and hostile TeX is text."""

from html.parser import HTMLParser
from pathlib import Path

import pyromark
import pytest

from cli.page.formula import LIMIT, formula
from kb.flavor import OPTIONS
from tests.cli.markup import read
from tests.hostile import PAYLOADS

VAULT = Path(__file__).parents[3] / "papers"
MATH = ("InlineMath", "DisplayMath")


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.shape: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.shape.append(tag)

    def handle_data(self, data: str) -> None:
        self.shape.append(data)


def shape(tex: str) -> str:
    """Elements and words in order."""
    tree = _Tree()
    tree.feed(formula(tex, display=False))
    return " ".join(tree.shape)


@pytest.mark.parametrize(
    ("tex", "drawn"),
    [
        ("x^2", "math mrow msup mi x mn 2"),
        (r"\frac{a}{b}", "math mrow mfrac mrow mi a mrow mi b"),
        (r"\sqrt{d_k}", "math mrow msqrt mrow msub mi d mi k"),
        ("a < b", "math mrow mi a mo < mi b"),
        (r"\arg\min_j", "math mrow mo arg msub mo min mi j"),
        (r"\text{a\_b}", "math mrow mtext a_b"),
        (r"\boldsymbol{\theta}\mathbf{0}", "math mrow mrow mi \U0001d73d mrow mn \U0001d7ce"),
        (r"\mathbb{RA}", "math mrow mrow mi \u211d mi \U0001d538"),
        (r"\begin{gathered}a\\b\end{gathered}", "math mrow mtable mtr mtd mi a mtr mtd mi b"),
        (r"\begin{aligned}[t]a&=b\\&=c\end{aligned}",
         "math mrow mtable mtr mtd mi a mtd mi mo = mi b mtr mtd mtd mi mo = mi c"),
        ("x \\\\ ", "math mrow mi x"),
        (r"\Big\{\bigl\lfloor a\bigr\rfloor\Big\}", "math mrow mo { mo ⌊ mi a mo ⌋ mo }"),
        (r"\bigg\| a \bigg\Vert", "math mrow mo ‖ mi a mo ‖"),
    ],
)
def test_tex_becomes_mathml(tex: str, drawn: str) -> None:
    assert shape(tex).replace("\N{NO-BREAK SPACE}", " ") == drawn


def test_a_formula_on_its_own_line_is_a_block_and_is_labelled_with_its_tex() -> None:
    assert formula("x\n = y", display=True).startswith('<math display="block" alttext="x = y">')
    assert 'display="inline"' in formula("x", display=False)


def test_a_single_letter_is_upright_where_the_tex_says_so() -> None:
    assert '<mi mathvariant="normal">T</mi>' in formula(r"X^{\mathrm{T}}", display=False)


@pytest.mark.parametrize("tex", [
    "x_a_b", r"a = b \\ c = d", r"\frac{1}", r"x \nosuch y", "{" * 900, r"\left(" * 300, "x" * (LIMIT + 1),
    r"\text{<img src=x>}",
])
def test_what_cannot_be_read_whole_stays_tex(tex: str) -> None:
    shown = formula(tex, display=False)
    assert shown.startswith('<code class="math">')
    assert "".join(read(shown).words) == tex


@pytest.mark.parametrize("command", [
    "{}", r"\text{{{}}}", r"\href{{{}}}{{x}}", r"\color{{{}}}{{x}}", r"\style{{{}}}{{x}}", r"\begin{{{}}}x\end{{x}}",
    r"\mathrm{{{}}}", r"\operatorname{{{}}}",
])
def test_hostile_tex_has_only_harmless_parts(command: str) -> None:
    for payload in PAYLOADS.values():
        for tex in (command.format(payload), f"x {command.format(payload)} y"):
            assert not read(formula(tex, display=True)).faults, tex


def test_the_formulas_of_the_curated_vault_are_drawn() -> None:
    notes = [note.read_text("utf-8") for note in sorted(VAULT.glob("*.md"))]
    events = [event for note in notes for event in pyromark.events(note, options=OPTIONS)]
    found = [tex for event in events if isinstance(event, dict) for name, tex in event.items() if name in MATH]
    assert len(found) > 100
    assert [tex for tex in found if not formula(tex.strip(), display=False).startswith("<math")] == []
