"""Bytes become text, and offsets become lines and columns as editors show them."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.places import LIMIT, Places, decode
from tests.kb.growth import LINEAR, growth


def problems(raw: bytes) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.code) for problem in decode(raw)[1]]


@pytest.mark.parametrize("raw", ["# Ä\nb".encode(), codecs.BOM_UTF8 + "# Ä\r\nb".encode(), "# Ä\rb".encode()])
def test_byte_order_mark_and_line_ends_make_no_difference(raw: bytes) -> None:
    assert decode(raw) == ("# Ä\nb", [])


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_and_reported(codec: str) -> None:
    text, found = decode("\ufeffÜ [[x]] 😀".encode(codec).removeprefix(b"" if codec != "utf-16" else codecs.BOM_UTF16))
    assert text == "Ü [[x]] 😀"
    assert [problem.code for problem in found] == ["encoding"]


def test_wrong_bytes_are_replaced_and_the_first_is_pointed_at() -> None:
    text, _ = decode(b"a\r\n\xc3\xa9\xff[[x]]\n\xfe")
    assert text == "a\né\ufffd[[x]]\n\ufffd"
    assert problems(b"a\r\n\xc3\xa9\xff[[x]]\n\xfe") == [(2, 2, "encoding")]
    assert problems(b"a\r\xff") == [(2, 1, "encoding")]


def test_nul_bytes_keep_their_width() -> None:
    assert decode(b"a\n\xc3\xa9\0[[x]]")[0] == "a\né\ufffd[[x]]"
    assert problems(b"a\n\xc3\xa9\0[[x]]") == [(2, 2, "binary")]


def test_a_huge_note_is_cut_between_characters() -> None:
    text, found = decode(b"a" + "é".encode() * (LIMIT // 2 + 9))
    assert [problem.code for problem in found] == ["too-large"]
    assert text == "a" + "é" * (LIMIT // 2 - 1)


def test_merge_conflict_markers_are_blanked_and_reported() -> None:
    raw = b"a\n<<<<<<< HEAD\nb [[x]]\n=======\nc\n>>>>>>> other\nd"
    assert problems(raw) == [(2, 1, "merge-conflict")]
    assert decode(raw)[0].split() == ["a", "b", "[[x]]", "c", "d"]
    assert decode(raw)[0].count("\n") == 6


def test_a_heading_underline_is_no_merge_conflict() -> None:
    assert decode(b"Title\n=======\n") == ("Title\n=======\n", [])


def test_next_to_a_merge_conflict_a_heading_keeps_its_underline() -> None:
    raw = b"Title\n=======\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\nOther\n=======\n"
    assert problems(raw) == [(3, 1, "merge-conflict")]
    assert decode(raw)[0].split() == ["Title", "=======", "b", "c", "Other", "======="]


@given(st.text(alphabet="aé😀\n\t\u2028", max_size=60))
def test_every_offset_has_the_place_that_counting_gives(text: str) -> None:
    places = Places(text.encode())
    for index in range(len(text) + 1):
        before, offset = text[:index].split("\n"), len(text[:index].encode())
        assert places.at(offset) == (len(before), len(before[-1]) + 1)
        assert places.line(offset) == len(before)


def test_places_do_not_depend_on_the_order_they_are_asked_in() -> None:
    raw = "éa\nbé😀c\nd".encode()
    offsets = [offset for offset in range(len(raw)) if raw[offset] & 0xC0 != 0x80]
    rising = {offset: Places(raw).at(offset) for offset in offsets}
    places = Places(raw)
    assert {offset: places.at(offset) for offset in reversed(offsets)} == rising


def test_many_places_in_one_long_line_take_linear_time() -> None:
    def ask(text: str) -> None:
        places = Places(text.encode())
        for offset in range(0, 2 * len(text), 8):
            places.at(offset)

    assert growth(ask, "é", 400_000) < LINEAR
