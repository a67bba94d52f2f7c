"""What recurs is computed once; what would fill the memory is not kept."""

from kb.remember import remembered


def test_short_texts_are_answered_once_and_long_ones_are_not_kept() -> None:
    asked: list[int] = []

    @remembered(8)
    def length(text: str) -> int:
        asked.append(len(text))
        return len(text)

    image = "data:image/png;base64," + 1000 * "A"
    assert [length(text) for text in ("Method", "Method", image, image)] == [6, 6, len(image), len(image)]
    assert asked == [6, len(image), len(image)]
