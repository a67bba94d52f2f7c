"""Blocks of a Markdown body: what a dialect builds its entries from."""

from kb.outline import outline


def shapes(text: str) -> list[tuple[str, int, int, str]]:
    return [(block.kind, block.level, block.line, block.text) for block in outline(text)]


def test_lists_nest_and_go_on() -> None:
    assert shapes("- a **b**\n  goes on\n  - inner\n\n  second paragraph\n\nafter\n") == [
        ("item", 1, 1, "a b goes on"),
        ("item", 2, 3, "inner"),
        ("paragraph", 1, 5, "second paragraph"),
        ("paragraph", 0, 7, "after"),
    ]


def test_bold_passages_and_images() -> None:
    [block] = outline("**[A *nested* title](https://x.org)**. Then **more** and ![alt](fig.png)")
    assert block.strong == ("A nested title", "more")
    assert block.images == ("fig.png",)
    assert block.text == "A nested title. Then more and alt"


def test_rows_keep_their_cells_and_code_its_lines() -> None:
    assert shapes("| a | b |\n|---|---|\n| 1 | **2** |\n\n```\nx = 1\ny = 2\n```\n")[1:] == [
        ("row", 0, 3, "1\t2"),
        ("code", 0, 5, "x = 1\ny = 2\n"),
    ]


def test_lines_count_from_the_top_of_the_file() -> None:
    text = "---\ntitle: ä\n---\n\n# Überschrift\n\nText\n"
    assert [(b.line, b.last_line) for b in outline(text, text.index("\n\n"))] == [(5, 5), (7, 7)]
