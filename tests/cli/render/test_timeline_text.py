"""Widths agree with the font, cut text keeps to its width, and the text of strangers becomes harmless."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.printable import printable
from cli.render.timeline.textwidth import cell_width, cut, pixel_width


@pytest.mark.parametrize(("text", "bold", "ems"), [     # advances summed from the font files themselves
    ("Residuals (ResNet)", False, 9.4736328125),
    ("Residuals (ResNet)", True, 10.7255859375),
    ("~{Wj}|", False, 3.7138671875),
    ("~{Wj}|", True, 4.07275390625),
])
def test_latin_text_is_as_wide_as_in_dejavu_sans(text: str, bold: bool, ems: float) -> None:
    assert pixel_width(12)(text, bold) == pytest.approx(12 * ems, abs=0.05)


def test_marks_take_no_room_and_wide_characters_take_an_em() -> None:
    measure = pixel_width(10)
    assert measure("Müller", False) == measure("Muller", False) == measure("Mu\u0308ller", False)
    assert measure("注意力", False) == 30
    assert measure("🤖", False) >= 13
    assert measure("a\u200db", False) == measure("ab", False)


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=30), st.floats(0, 200))
def test_a_cut_text_fits_and_is_the_start_of_the_text(text: str, width: float) -> None:
    measure = pixel_width(12)
    short = cut(text, width, measure, "…")
    assert measure(short, False) <= width
    assert short == text or short == "" or text.startswith(short.removesuffix("…"))


def test_a_cut_never_parts_a_letter_from_its_mark() -> None:
    text = "e\u0301" * 10
    for width in range(1, 12):
        assert not cut(text, width, cell_width, "…").removesuffix("…").endswith("e"), width


@pytest.mark.parametrize(("hostile", "harmless"), [
    ("A\u202elive\u202c", "Alive"),
    ("\x1b[31mred\x1b[0m", "[31mred[0m"),
    ("a\x9b2Jb\x07\x00", "a2Jb"),
    ("two\nlines\tand\u2028more  blanks ", "two lines and more blanks"),
    ("\ud800\ufffe\U0001ffff", ""),
    ("\u2066x\u2069\u200fy", "xy"),
    ("A\u200bda\u00ad\u2060\ufeff\u3164\U000e0041m", "Adam"),
    ("a \u200b b", "a b"),
    ("Z" + "\u0310" * 40 + "algo", "Z" + "\u0310" * 4 + "algo"),
    ("שלום café 注意 👩\u200d🔬", "שלום café 注意 👩\u200d🔬"),
    ("می\u200cخواهم ❤\ufe0f e\u0301\u0323", "می\u200cخواهم ❤\ufe0f e\u0301\u0323"),
])
def test_what_a_terminal_obeys_or_reorders_is_gone_and_letters_stay(hostile: str, harmless: str) -> None:
    assert printable(hostile) == harmless
