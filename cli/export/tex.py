"""Text as TeX: special characters escaped, accents spelled out for ASCII-only tools, capitals kept."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from cli.printable import printable
from kb.authors import author
from kb.names import Name, is_truncation, parse_name, split_names
from kb.titles import SIGNS

_ESCAPED = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}
_NO_BRACES = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
"""For unbalanced braces: BibTeX counts those after a backslash, too."""

_MATH = re.compile(r"(?<!\\)(\$(?=\S)[^$%#&~]{0,300}?[^$%#&~\s\\]\$)(?!\d)")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_HARMLESS = frozenset(re.findall(
    r"\S+",
    "alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi varphi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell infty partial nabla times cdot to rightarrow "
    "leftarrow leftrightarrow Rightarrow mapsto le leq ge geq neq approx sim propto in subset cup cap forall exists "
    "sum prod int sqrt frac log ln exp min max sup inf lim dots ldots cdots hat tilde bar vec dot mathcal mathbb "
    "mathbf mathrm mathit mathsf boldsymbol text textit textbf operatorname mid pm circ star ast oplus otimes "
    ", ; : ! { } _",
))  # fmt: skip
"""Commands allowed in formulas; any other is shown as text, as a title may come from anyone."""
_ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0308\u0304\u0307\u0327\u030c\u0306\u030b\u0328\u030a\u0323\u0331",
                    ["`", "'", "^", "~", '"', "=", ".", "c ", "v ", "u ", "H ", "k ", "r ", "d ", "b "]))  # fmt: skip
_GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψω", [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"])) | dict(zip("ΓΔΘΛΞΠΣΦΨΩ", [
        "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega"]))  # fmt: skip
_LETTERS = {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "å": "aa",
            "Å": "AA", "ı": "i", "ȷ": "j", "ð": "dh", "Ð": "DH", "þ": "th", "Þ": "TH", "đ": "dj", "Đ": "DJ",
            "…": "ldots"}  # fmt: skip
_MATHS = (
    {"ℓ": "ell", "∞": "infty", "×": "times", "→": "rightarrow", "↔": "leftrightarrow"}
    | _GREEK
    | {sign: name for name, sign in SIGNS.items()}
)
_SCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", [f"{sign}{n}" for sign in "_^" for n in range(10)]))
ASCII = (
    {sign: f"{{\\{name}}}" for sign, name in _LETTERS.items()}
    | {sign: f"$\\{name}$" for sign, name in _MATHS.items()}
    | {sign: f"${script}$" for sign, script in _SCRIPTS.items()}
    | {"–": "--", "—": "---", "“": "``", "”": "''", "’": "'", "‘": "`", "\u2010": "-", "\u2011": "-"}
)
"""Characters and their ASCII spellings; letters with one accent are spelled by rule."""

_PREFIXED = re.compile(r"^([a-z]+-[^\s,{}]+)(?=,|$)")
"""A family name like `al-Khwarizmi`, in which BibTeX would take `al` for a particle and drop the hyphen."""
_SIGN = re.compile(f"[A-Za-z](?:[{''.join(_ACCENTS)}](?![{''.join(_ACCENTS)}]))?|.", re.DOTALL)
"""A character, with the accent on it if Unicode has no letter for both."""
_PART = r"(?:[^\W_]|[\u0300-\u036f])+"
_TOKEN = re.compile(rf"{_PART}(?:[-&.'’/+]{_PART})*")
_JOINT = re.compile(r"[-&.'’/+]")


def escape(text: str, *, plain: bool = False) -> str:
    """TeX that shows the text; `$...$` is left as it is.

    Args:
        plain: use only ASCII, as far as possible.
    """
    text = printable(text)
    table = _ESCAPED if _is_balanced(text) else _ESCAPED | _NO_BRACES
    return "".join(part if is_math else _each(part, table, plain) for part, is_math in _parts(text))


def title(text: str, *, plain: bool = False) -> str:
    """A title in which bibliography styles cannot lowercase words with inner capitals (`BERT`, `GPT-3`, `U-Net`)."""
    text = printable(text)
    table = _ESCAPED if _is_balanced(text) else _ESCAPED | _NO_BRACES
    shown = []
    for part, is_math in _parts(text):
        if is_math:
            shown.append(part)
            continue
        done = 0
        for token in _TOKEN.finditer(part):
            word = _each(token[0], table, plain)
            is_fixed = _is_fixed(token[0], leads=not shown)
            shown += [_each(part[done : token.start()], table, plain), f"{{{word}}}" if is_fixed else word]
            done = token.end()
        shown.append(_each(part[done:], table, plain))
    return "".join(shown)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Text and formulas alternately."""
    for n, part in enumerate(_MATH.split(text)):
        yield part, bool(n % 2) and _is_balanced(part) and _HARMLESS.issuperset(_COMMAND.findall(part))


def people(authors: list[str], *, plain: bool = False, more: bool = False) -> str:
    """A list of authors by BibTeX's rules.

    Args:
        more: there are further, unnamed authors.
    """
    people = [_person(clean, plain) for shown in authors if (clean := printable(shown))]
    return " and ".join([*people, *(["others"] if more else [])])


def verbatim(text: str) -> str:
    """A URL or id, in which TeX's special characters are literal; what would end the field is percent-encoded."""
    return "".join(sign if sign not in "{}\\" else f"%{ord(sign):02X}" for sign in printable(text).replace(" ", "%20"))


def _is_balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _is_fixed(token: str, *, leads: bool) -> bool:
    """Whether a word has an inner capital, letters and digits, or a part that is a single capital.

    Alone, the article `A` is none, and what leads the title keeps its capital anyway.
    """
    parts = _JOINT.split(token)
    if any(map(str.isalpha, token)) and any(map(str.isdigit, token)):
        return True
    alone = len(parts) > 1 or not (leads or token == "A")
    return any(any(map(str.isupper, part[1:])) or (alone and len(part) == 1 and part.isupper()) for part in parts)


def _each(text: str, table: dict[str, str], plain: bool) -> str:
    escaped = "".join(table.get(sign, sign) for sign in text)
    if escaped.isascii() or not plain:
        return escaped
    return "".join(map(_spelled, _SIGN.findall(unicodedata.normalize("NFC", escaped))))


def _spelled(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign in ASCII:
        return ASCII[sign]
    apart = unicodedata.normalize("NFD", sign)
    is_accented = len(apart) == 2 and apart[0].isascii() and apart[1] in _ACCENTS  # й is no accented letter
    return f"{{\\{_ACCENTS[apart[1]]}{apart[0]}}}" if is_accented else sign


@lru_cache(maxsize=1 << 16)               # people write more than one paper, and `serve` formats all of them again
def _person(shown: str, plain: bool) -> str:
    """`von Last, Jr, First`; in braces if it would not be read as the same name."""
    name = author(shown)
    family = f"{name.von} {name.last}".strip()
    written = ", ".join(part for part in (family, name.jr, name.first) if part)
    if name.literal or not _reads_as(written, name):
        return f"{{{escape(shown, plain=plain)}}}"
    return _PREFIXED.sub(r"{\1}", escape(written, plain=plain))


def _reads_as(written: str, name: Name) -> bool:
    return (
        not set("{}\\~") & set(written)
        and parse_name(written) == name
        and split_names(f"A and {written} and Z") == ["A", written, "Z"]
        and not is_truncation(written)
    )
