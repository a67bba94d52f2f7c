"""Papers not yet in a vault are told apart, and recognized, by the same rules as those in it."""

from collections.abc import Callable

from kb.model import Entry
from kb.read import read
from linker.same_as import Same, same_as
from linker.vault import Vault

Open = Callable[..., Vault]


def entries(bib: str) -> list[Entry]:
    return list(read("refs.bib", bib.encode()).entries)


def test_sources_of_one_paper_are_one_and_others_are_not(opened: Open) -> None:
    asked = entries(
        "@misc{a, title={Deep Nets}, author={Lee, Bo}, eprint={2005.00001}}"
        "@misc{b, title={Deep Trees}, author={Lee, Bo}}"
        "@misc{c, title={Nets, in Depth}, eprint={2005.00001}}"
        "@misc{d, title={Deep Trees}, author={Ode, Cy}}"
        "@misc{e, title={Deep nets}, author={B. Lee}}"
    )
    with opened({}) as vault:
        found = same_as(vault.store, asked)
    assert found == [Same((0, 2, 4), (), (), False), Same((1,), (), (), False), Same((3,), (), (), False)]


def test_the_vault_knows_a_paper_by_id_by_title_and_through_another_note(opened: Open) -> None:
    notes = {
        "nets.md": '---\narxiv: "2005.00001"\ndoi: "10.1000/nets"\ntitle: Deep Nets\n---\n',
        "trees.md": "---\ntitle: Deep Trees\nauthors: [Bo Lee]\ndate: 2020\n---\n",
        "list.bib": "@misc{roots, title={Deep Roots}, author={Lee, Bo}, year={2020}}",
    }
    asked = entries(
        "@misc{a, title={Anything}, doi={10.1000/nets}}"
        "@misc{b, title={Deep trees}, author={Lee, B.}, year={2021}}"
        "@misc{c, title={Deep Roots}, author={Lee, Bo}, year={2020}}"
    )
    other = entries("@misc{d, title={Deep Trees}, author={Ode, Cy}, year={2020}}")
    with opened(notes) as vault:
        assert same_as(vault.store, asked) == [
            Same((0,), ("nets.md",), ("nets",), False),
            Same((1,), ("trees.md",), ("trees",), False),
            Same((2,), (), ("deep-roots",), False),
        ]
        assert same_as(vault.store, other) == [Same((0,), (), (), False)]


def test_a_paper_of_the_curated_vault_has_no_note_of_ones_own(opened: Open) -> None:
    curated = {"lora.md": '---\narxiv: "2106.09685"\ntitle: Low Ranks\n---\n'}
    asked = entries("@misc{a, title={Low Ranks}, eprint={2106.09685}}")
    with opened({"a.md": "# A\n"}, curated) as vault:
        assert same_as(vault.store, asked) == [Same((0,), (), ("lora",), True)]


def test_a_citation_key_alone_joins_no_two_titles(opened: Open) -> None:
    asked = entries("@misc{lee2020, title={Nets}, author={Lee, Bo}}") + entries(
        "@misc{lee2020, title={Trees}, author={Lee, Bo}}"
    )
    with opened({}) as vault:
        assert [each.entries for each in same_as(vault.store, asked)] == [(0,), (1,)]
