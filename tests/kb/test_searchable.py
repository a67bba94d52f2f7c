"""Words are found in every script, however their letters are composed."""

import sqlite3
import unicodedata
from contextlib import closing

import pytest

from kb.searchable import as_written, searchable


def finds(text: str, phrase: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as store:
        store.execute("CREATE VIRTUAL TABLE text USING fts5 (body, tokenize = 'unicode61 remove_diacritics 2')")
        store.execute("INSERT INTO text VALUES (?)", (searchable(text),))
        return bool(store.execute("SELECT 1 FROM text WHERE text MATCH ?", (f'"{searchable(phrase)}"',)).fetchone())


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("基于注意力机制的模型", "注意力"),
        ("アテンション機構を使う", "機構"),
        ("어텐션은 필요한 전부다", "어텐션"),
        (unicodedata.normalize("NFD", "어텐션은 필요한"), "필요"),
        ("Механизм внимания", "механизм внимания"),
        ("آلية الانتباه", "الانتباه"),
        (unicodedata.normalize("NFD", "étude naïve"), "étude"),
        ("étude naïve", "etude"),
        ("BERT模型 2018", "bert"),
        ("Ёлка", "елка"),
        ("مُحَمَّد", "محمد"),
        ("الانتبـــاه", "الانتباه"),
        ("שָׁלוֹם", "שלום"),
        ("Ｔｒａｎｓｆｏｒｍｅｒ ２０１７", "transformer 2017"),
        ("ｱﾃﾝｼｮﾝ", "アテンション"),
        ("an eﬃcient atten\u00adtion", "efficient attention"),
    ],
)
def test_a_phrase_is_found(text: str, phrase: str) -> None:
    assert finds(text, phrase)


def test_characters_in_another_order_are_not_found() -> None:
    assert not finds("基于注意力机制的模型", "意注")
    assert not finds("gradient", "grad")


@pytest.mark.parametrize("text", ["基于 BERT 的模型。它很小", "어텐션은 필요한 전부다 (2017)", "機構BERT\n\n- モデル"])
def test_what_is_shown_has_its_own_spaces_again(text: str) -> None:
    assert as_written(searchable(text)) == text
