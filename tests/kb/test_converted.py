"""What converters leave in Markdown says nothing: the rules, one by one."""

import pytest

from kb.read import read
from kb.rewritten import rewritten
from tests.kb.growth import LINEAR, growth


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Pre\\-training of Few\\-Shot Nets", "Pre-training of Few-Shot Nets"),
        ("[T](u) \\- Ann et al., 2017", "[T](u) - Ann et al., 2017"),
        ("1\\. Nets, 2016\\. x", "1. Nets, 2016. x"),
        ("it\\'s Ann\\'s, they don\\'t", "it's Ann's, they don't"),
        ('see \\"Nets of Ends\\" (\\"Ends\\")', 'see "Nets of Ends" ("Ends")'),
        ("and so on\\... A\\&B, 5\\%, C\\+\\+", "and so on... A&B, 5%, C++"),
        ("snake\\_case, Ann Ann\\*, Bo\\*", "snake_case, Ann Ann*, Bo*"),
        ("[[Nets]{.underline}](u) and [Ends]{.mark #e}", "[Nets](u) and Ends"),
        ("T [[pdf]](https://a.b/c)[[code]](<https://a.b>)", "T [pdf](https://a.b/c)[code](<https://a.b>)"),
        ("[[Nets of\n  Ends]{.underline}](u)", "[Nets of\n  Ends](u)"),
    ],
)
def test_needless_signs_are_left_out(written: str, said: str) -> None:
    found = rewritten(written, 1)
    assert found is not None
    assert found.text == said


@pytest.mark.parametrize(
    "text",
    [
        "G\\\"odel, Andr\\'e, \\\"Ozg\\\"ur",  # accents of TeX
        "\\*not bold, \\_nor italic\\_ \\#nor a tag \\[nor a link\\](u) a \\| b \\\\- c",
        "`Pre\\-training` and $a\\-b \\& c$",
        "```\nPre\\-training [x]{.a}\n```",
        "[[note]](x.md) [[note]] (https://a.b) [[a|b]](https://a.b) ![[a.png]](https://a.b) `[[a]](https://a.b)`",
        "![figure]{.x} \\[x]{.a} [x](u){.a} [x]{a} [x]{{ y }}",
    ],
)
def test_what_may_mean_something_stays(text: str) -> None:
    assert rewritten(text, 1) is None


def test_a_list_that_was_converted() -> None:
    text = (
        "* [Nets](https://arxiv.org/abs/1706.00001) \\- Ann et al., 2017  \n"
        "* Few\\-Shot Nets \\[Bo et al., 2020\\] [https://arxiv.org/abs/2005.00001](https://arxiv.org/abs/2005.00001)\n\n"
        "1\\. Deep Nets, Cid et al. 2016\\. [link](https://arxiv.org/abs/1512.00001)\n\n"
        "-   [[Wide\n    Nets]{.underline}](https://arxiv.org/abs/1605.00001), Dee et al., 2016\n\n"
        '-   \\"Tall Nets\\" \\-- Eve et al. [<https://arxiv.org/abs/1605.00002>]{.underline}\n'
    )
    record = read("list.md", text.encode())
    assert [(entry.title, entry.values("authors"), entry.line) for entry in record.entries] == [
        ("Nets", ["Ann"], 1), ("Few-Shot Nets", ["Bo"], 2), ("Deep Nets", ["Cid"], 4), ("Wide Nets", ["Dee"], 6),
        ("Tall Nets", ["Eve"], 9),
    ]  # fmt: skip
    for link in record.links:
        assert text.split("\n")[link.line - 1][link.column - 1] in "[<"


@pytest.mark.parametrize("piece", ['\\"', '\\"a\\" ', "[x]{.a}", "[x]{.a ", "\\-", "[", "a\\_", "\\'s"])
def test_time_grows_as_the_text_does(piece: str) -> None:
    assert growth(lambda text: rewritten(text, 1), piece, 40_000) < LINEAR


def test_a_link_in_double_brackets_leads_to_its_address() -> None:
    text = "See [[1]](https://a.org/(x)_y), [[a]](https://a.b/arXiv:1706.03762) arXiv:1412.6980.\n"
    links = read("n.md", text.encode()).links
    assert [(link.kind, link.target, link.column) for link in links] == [
        ("markdown", "https://a.org/(x)_y", 5),
        ("markdown", "https://a.b/arXiv:1706.03762", 33),
        ("id", "arxiv:1412.6980", 69),
    ]
