"""Values that are quick to make behave as frozen dataclasses do, but for the refusal of assignments."""

import pickle
from dataclasses import dataclass, replace

import pytest

from kb.values import quick


@dataclass(frozen=True, slots=True, order=True)
class Frozen:
    """A place with a name."""

    name: str
    line: int = 1
    parts: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True, order=True)
class Quick:
    """The same."""

    name: str
    line: int = 1
    parts: tuple[str, ...] = ()


def test_it_is_made_compared_shown_and_copied_like_the_frozen_one() -> None:
    for arguments in (("a",), ("a", 2), ("a", 2, ("b",))):
        quickly, frozen = Quick(*arguments), Frozen(*arguments)
        assert repr(quickly) == repr(frozen).replace("Frozen", "Quick")
        assert hash(quickly) == hash(frozen)
        assert quickly == Quick(*arguments) == pickle.loads(pickle.dumps(quickly))
    assert Quick(name="a", parts=("b",)) == Quick("a", 1, ("b",))
    assert replace(Quick("a"), line=3) == Quick("a", 3)
    assert Quick("a", 1) < Quick("a", 2)


def test_an_argument_too_few_or_too_many_is_refused() -> None:
    with pytest.raises(TypeError):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Quick("a", 1, (), 4)  # type: ignore[call-arg]
