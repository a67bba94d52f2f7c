"""Citations in the languages of static sites are citations by key."""

import pytest

from kb.read import read
from kb.rewritten import rewritten
from tests.kb.growth import LINEAR, growth


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("{% cite ann2017 %}", ["ann2017"]),
        ('{%- cite "ann2017" -%}', ["ann2017"]),
        ("{% cite ann2017 bo-2018 --file papers %}", ["ann2017", "bo-2018"]),
        ("{% cite ann2017 -l 30 %}", ["ann2017"]),
        ("{% cite_details ann2017 --text Details %} {% reference bo2018 %}", ["ann2017", "bo2018"]),
        ('<d-cite key="ann2017"></d-cite>', ["ann2017"]),
        ('<d-cite key="ann2017, DBLP:conf/iclr/Bo18"/>', ["ann2017", "DBLP:conf/iclr/Bo18"]),
        ('{{< cite "ann2017" >}} {{< cite key="bo2018" >}} {{% cite cid %}}', ["ann2017", "bo2018", "cid"]),
    ],
)
def test_keys_are_links_at_their_places(written: str, keys: list[str]) -> None:
    text = f"Nets {written} end.\n"
    links = read("n.md", text.encode()).links
    assert [(link.kind, link.target) for link in links] == [("citekey", key) for key in keys]
    assert all(text.startswith(link.target, link.column - 1) for link in links)


def test_a_key_of_dblp_has_slashes() -> None:
    [link] = read("n.md", b"Nets [@DBLP:conf/iclr/Bo18, p. 3] end.\n").links
    assert (link.kind, link.target) == ("citekey", "DBLP:conf/iclr/Bo18")


@pytest.mark.parametrize(
    "text",
    [
        "`{% cite ann2017 %}`",
        "```\n<d-cite key=\"ann2017\"></d-cite>\n```",
        "{% include figure.html %} {{ page.title }} {{< figure src=a.png >}}",
        '{{< cite 1 "p. 2" >}} {{< cite >}}',
        "<!-- {% cite ann2017 %} -->",
    ],
)  # fmt: skip
def test_code_comments_and_other_tags_cite_nothing(text: str) -> None:
    assert not read("n.md", text.encode()).links


@pytest.mark.parametrize("piece", ["{% cite a ", "{% cite a %}", '<d-cite key="', '<d-cite key="a">', "{{< cite a "])
def test_time_grows_as_the_text_does(piece: str) -> None:
    assert growth(lambda text: rewritten(text, 1), piece, 40_000) < LINEAR
