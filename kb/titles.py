"""Titles: how they are shown, and the fold under which two spellings of a title are the same.

The fold decides which links, aliases, ghosts and keys are equal: HTML and TeX are decoded, case and accents are
dropped, Greek letters become their names, and only letters and digits remain, with one space between words.
"""
import re
import unicodedata
from collections.abc import Iterable

from kb.regex import rare
from kb.remember import remembered

_GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"]))

# -- how a title is shown --------------------------------------------------------------------------------------------

ENTITY = rare(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")     # with its `;`: AT&T stays
_TAG = rare(r"</?(?:i|b|u|em|strong|sub|sup|sc|scp|tt|span|mml:\w{1,20})(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_MATH = rare(r"(?<!\\)\$(?=\S)(\\[A-Za-z]{1,20}(?=\$\d)|[^$]{0,300}?[^$\s\\](?=\$(?!\d)))\$")
"""A formula; with a digit after it, only one sign (`16$\\times$16`), for there are prices."""
_SCRIPT = rare(r"([_^])(?:\{(\d{1,9})\}|(\d))")
_TEX = rare(r"""
    \\(?P<accent>[`'^~"=.](?=\S)|[cvuHkrdbt](?=[\s{]))[\s{]{0,3}(?P<on>\\[ij](?![A-Za-z])|[A-Za-z])
  | \\(?:wide)?(?P<over>hat|tilde|overline|bar|dot|ddot|check|breve)(?![A-Za-z])[\s{]{0,3}
    (?:\\math[a-z]{2,5}[\s{]{1,3})?(?P<under>\\[A-Za-z]+|[A-Za-z])
  | \\vphantom\{\\[{}]\}
  | \\(?P<command>[A-Za-z]+)(?P<space>\s*)
  | \\(?P<escaped>.)
  | [{}]
  | (?<=\S)~(?=\S)
""", re.VERBOSE | re.DOTALL)
_ACCENTS = dict(zip("`'^~\"=.cvuHkrdbt", "\u0300\u0301\u0302\u0303\u0308\u0304\u0307"
                                         "\u0327\u030c\u0306\u030b\u0328\u030a\u0323\u0331\u0361"))
SIGNS = {
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "sim": "∼", "propto": "∝",
    "in": "∈", "subset": "⊂", "cup": "∪", "cap": "∩", "forall": "∀", "exists": "∃", "cdot": "·", "pm": "±", "circ": "∘",
    "star": "⋆", "ast": "∗", "oplus": "⊕", "otimes": "⊗", "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏",
    "int": "∫", "sqrt": "√", "surd": "√", "leftarrow": "←", "Rightarrow": "⇒", "mapsto": "↦",
}
"""Signs of formulas by their TeX names; of several names of one sign, the last one needs no argument."""
_SYMBOLS = {name: letter for letter, name in _GREEK.items()} | {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
    "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ell": "ℓ", "infty": "∞",
    "times": "×", "to": "→", "rightarrow": "→", "leftrightarrow": "↔", "ldots": "…", "dots": "…", "textendash": "–",
    "textemdash": "—", "textquoteright": "’", "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ",
    "textasciicircum": "^", "textasciitilde": "~", "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}",
    "textless": "<", "textgreater": ">", "textbar": "|", "textdollar": "$", "textunderscore": "_", "textquoteleft": "‘",
    "textquotedblleft": "“", "textquotedblright": "”", "textquotesingle": "'", "textquotedbl": '"', "textellipsis": "…",
    "textbullet": "•", "textperiodcentered": "·", "textdegree": "°", "textmu": "µ", "textsection": "§",
    "textregistered": "®", "texttrademark": "™", "textcopyright": "©",
    "par": " ", "newline": " ", "relax": "", "url": "",
} | SIGNS
_SYMBOLS |= {name.capitalize(): letter.upper() for letter, name in _GREEK.items()}
_OVER = {"hat": "\u0302", "tilde": "\u0303", "overline": "\u0304", "bar": "\u0304", "dot": "\u0307", "ddot": "\u0308",
         "check": "\u030c", "breve": "\u0306"}
_SPACING = {",": "", ";": " ", ":": " ", "!": "", "/": "", "\\": " "}
_STYLE = rare(r"(?:math|text|emph|mbox|ensuremath)[a-z]*|it|bf|em|rm|sc|sf|tt|sl")

_GLOSSED = rare(
    r"(?P<title>[^\u3040-\u9fff\uac00-\ud7af，、（]{9,300}[^\W_\u3040-\u9fff\uac00-\ud7af][)?!]?)[\s,，、:：|—-]{0,3}"
    r"[\u3040-\u9fff\uac00-\ud7af][^A-Za-z]{3,100}(?:[（(][\w -]{1,20}[)）])?"
)


def display_title(raw: str) -> str:
    """A title as a person reads it: HTML and TeX decoded, marks composed, white space collapsed."""
    text = " ".join(_decoded(raw).split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def without_gloss(title: str) -> str:
    """A title in an alphabet without its translation to Chinese, Japanese or Korean: `Nets of Ends 网的末端（NE）`."""
    if title.isascii():
        return title
    glossed = _GLOSSED.fullmatch(title)
    return glossed["title"] if glossed and glossed["title"].count(" ") > 1 else title


def _decoded(text: str) -> str:
    """The text without HTML and TeX; each step runs only if its marker is present, and most texts have none."""
    if "&" in text and ENTITY.search(text):
        import html  # few texts have entities

        text = ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if "<" in text:
        text = _TAG.sub("", text)
    if "\\" in text or "$" in text or "{" in text or "}" in text or "~" in text:
        text = _decode_tex(text)
    if "--" in text:
        text = text.replace("---", "—").replace("--", "–")
    if "``" in text or "''" in text:
        text = text.replace("``", "“").replace("''", "”")
    return text


def _decode_tex(text: str) -> str:
    r"""Decode the TeX found in titles and names: accents, letters, Greek, `$x_2$`; protecting braces are dropped."""
    text = _MATH.sub(lambda math: f"{_SCRIPT.sub(_raise_or_lower, math[1])}{{}}", text)      # `{}` ends a command
    return _TEX.sub(_decode, text)


def _raise_or_lower(script: re.Match[str]) -> str:
    digits = "₀₁₂₃₄₅₆₇₈₉" if script[1] == "_" else "⁰¹²³⁴⁵⁶⁷⁸⁹"
    return "".join(digits[int(digit)] for digit in script[2] or script[3])


def _decode(tex: re.Match[str]) -> str:
    if tex["accent"]:
        return unicodedata.normalize("NFC", tex["on"].lstrip("\\") + _ACCENTS[tex["accent"]])
    if tex["over"]:
        _, is_named, under = tex["under"].rpartition("\\")
        return (_SYMBOLS.get(under, under) if is_named else under) + _OVER[tex["over"]]
    if name := tex["command"]:
        if name in _SYMBOLS:
            is_among_words = name in SIGNS and tex.string[max(tex.start() - 1, 0)] == " "
            return _SYMBOLS[name] + tex["space"] * is_among_words
        return "" if _STYLE.fullmatch(name) else name + tex["space"]
    if tex["escaped"]:
        if tex["escaped"] == "!" and tex.string[tex.end() : tex.end() + 1].strip() == "":
            return "!"  # not a space of TeX, which has something to its right
        return _SPACING.get(tex["escaped"], tex["escaped"])
    return " " if tex[0] == "~" else ""


# -- the fold --------------------------------------------------------------------------------------------------------

APOSTROPHE = rare(r"(?<=\w)['’ʼ](?=\w)")
_ASCII = bytes(code if chr(code).isalnum() else 0x20 for code in range(0x80)).lower() + bytes(0x80)
"""Lower-case letters and digits; everything else becomes a space."""
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))      # soft hyphen, zero-width characters
# Latin, Greek and Cyrillic accents only: in other scripts a mark is a different letter (Japanese ka and ga).
_MARKS = dict.fromkeys([*range(0x300, 0x370), *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00), *range(0x20D0, 0x2100)])
_NOT_DECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
                                 "ȷ": "j", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ʼ": ""})
_GREEK_SYMBOL = rare(r"(?<![α-ω])[α-ω]{1,2}(?![α-ω])")        # a longer run is a word in Greek


def fold(text: str) -> str:
    """Lower-case letters and digits without accents, one space between words. Expects plain text: no HTML, no TeX.

    Scripts other than Latin keep their letters.
    """
    is_ascii = text.isascii()
    if "'" in text or not is_ascii:
        text = APOSTROPHE.sub("", text)
    if is_ascii:
        return _ascii_words(text)
    text = unicodedata.normalize("NFKD", text.translate(INVISIBLE)).casefold().translate(_MARKS)
    text = unicodedata.normalize("NFC", text.translate(_NOT_DECOMPOSED))
    if text.isascii():
        return _ascii_words(text)
    text = _GREEK_SYMBOL.sub(lambda run: " " + " ".join(_GREEK[letter] for letter in run[0]) + " ", text)
    return " ".join("".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text).split())


def _ascii_words(text: str) -> str:
    return b" ".join(text.encode("ascii").translate(_ASCII).split()).decode("ascii")


@remembered(1 << 14)             # well-known papers are linked from many notes
def title_key(title: str) -> str:
    """The key that two titles must share to be the same title. Empty if there is neither a letter nor a digit."""
    return fold(display_title(title))


_HEAD_END = rare(r"(?<!\d)[:,?：，？]|[:,?：，？](?!\d)")         # not inside 1,000 or 10:1


def title_head(title: str) -> str | None:
    """The fold of the part before the first `:`, `,` or `?`: what people call the paper (NICE, BERT).

    None when there is no such part or it is the whole title.
    """
    shown = display_title(title)
    end = _HEAD_END.search(shown)
    head = fold(shown[:end.start()]) if end else ""
    return head if head and head != title_key(title) else None


# -- did you mean ----------------------------------------------------------------------------------------------------

CONFIDENT, AHEAD, _CLOSE = 0.85, 0.10, 0.60
_LONGEST = 400
"""Characters; anything longer is not a mistyped name, and comparing takes quadratic time."""


def alike(target: str, candidates: Iterable[str]) -> list[tuple[float, str]]:
    """(similarity from 0.6 to 1, candidate) for the candidates similar to the target, most similar first."""
    import difflib

    matcher = difflib.SequenceMatcher(autojunk=False)
    wanted = title_key(target)
    matcher.set_seq2(wanted)
    scored = []
    for candidate in sorted(set(candidates)):
        called = title_key(candidate)
        if max(len(wanted), len(called)) > _LONGEST:
            continue
        matcher.set_seq1(called)
        if matcher.real_quick_ratio() >= _CLOSE and matcher.quick_ratio() >= _CLOSE:
            scored.append((matcher.ratio(), candidate))
    return sorted((pair for pair in scored if pair[0] >= _CLOSE), key=lambda pair: (-pair[0], pair[1]))


def nearest(target: str, candidates: Iterable[str]) -> list[str]:
    """Up to three candidates that the target may be a misspelling of, closest first; never a reason to make an edge.

    A single candidate is returned if its similarity is at least 85 % and 10 points ahead of the next.
    """
    scored = alike(target, candidates)
    clear = scored and scored[0][0] >= CONFIDENT and (len(scored) == 1 or scored[0][0] - scored[1][0] >= AHEAD)
    return [candidate for _, candidate in scored[: 1 if clear else 3]]
