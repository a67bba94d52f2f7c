"""A pattern that is compiled on first use gives the same matches as one compiled at once."""

import re

from kb.regex import rare


def test_it_answers_as_a_compiled_one() -> None:
    plain, late = re.compile("(?P<a>b+)|c", re.IGNORECASE), rare("(?P<a>b+)|c", re.IGNORECASE)
    for _ in range(2):
        assert [found["a"] for found in late.finditer("aBBc")] == [found["a"] for found in plain.finditer("aBBc")]
        assert late.sub("-", "aBBc") == plain.sub("-", "aBBc")
        assert late.fullmatch("bc") is None
    assert (late.pattern, late.flags) == (plain.pattern, plain.flags)
    assert rare(b"\\d+").findall(b"1 22") == [b"1", b"22"]
