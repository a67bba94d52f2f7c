"""How wide a text is, in pixels of DejaVu Sans or in terminal cells, and how to cut it to a width.

The numbers are advance widths of DejaVu Sans 2.37, Book and Bold, in thousandths of an em, for U+0020 to U+007E.
DejaVu is among the widest sans-serif families, so a layout made with it also fits the fonts that replace it.
"""
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from cli.render.parts import columns

_BOOK = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
)
_BOLD = (
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995,
    837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716,
    678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712,
    365, 712, 838,
)
_EMOJI, _WIDE, _OTHER = 1400, 1000, (900, 1000)     # upper bounds: a label may end early, never late


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> int:
    """Width in thousandths of an em; accented letters count as their base, marks and joiners as nothing."""
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return 0
    base = ord(unicodedata.normalize("NFD", character)[0])
    if 0x20 <= base <= 0x7E:
        return (_BOLD if bold else _BOOK)[base - 0x20]
    if base >= 0x1F000 and category == "So":
        return _EMOJI
    if unicodedata.east_asian_width(character) in "WF":
        return _EMOJI if category == "So" else _WIDE
    return _OTHER[bold]


def pixel_width(size: float) -> Callable[[str, bool], float]:
    """A measure for DejaVu Sans at this font size in pixels."""
    return lambda text, bold: sum(_advance(character, bold) for character in text) * size / 1000


def cell_width(text: str, bold: bool = False) -> float:
    """Columns that a text takes in a terminal; bold is as wide as regular."""
    return columns(text)


def cut(text: str, width: float, measure: Callable[[str, bool], float], ellipsis: str, bold: bool = False) -> str:
    """The longest start of a text that fits the width, with an ellipsis where something is missing."""
    if measure(text, bold) <= width:
        return text
    if measure(ellipsis, bold) > width:
        return ""
    low, high = 0, len(text)                        # text[:low] fits
    while low + 1 < high:
        middle = (low + high) // 2
        if measure(text[:middle] + ellipsis, bold) <= width:
            low = middle
        else:
            high = middle
    while low and (unicodedata.combining(text[low]) or text[low] in "\u200d\ufe0f" or text[low - 1] == "\u200d"):
        low -= 1                                    # never between a letter and its mark, nor inside a joined emoji
    return text[:low].rstrip() + ellipsis
