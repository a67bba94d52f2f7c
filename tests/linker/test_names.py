"""Names that people type find notes as well: by their files, and by their own titles."""

from collections.abc import Callable

import pytest

from kb.query.names import find
from linker.vault import Vault


@pytest.mark.parametrize(("name", "key"), [
    ("chapter2", "chapter2.md"),
    ("2023-11-02 Weekly reading", "diary/2023-11-02 Weekly reading.md"),
    ("Weekly reading", "diary/2023-11-02 Weekly reading.md"),
    ("The ends are enough", "n17"),
    ("the ENDS are enough", "n17"),
    ("n17", "n17"),
])  # fmt: skip
def test_people_type_the_name_of_a_file_or_the_title_of_a_note(
    opened: Callable[..., Vault], name: str, key: str
) -> None:
    vault = {
        "chapter2.md": "# Chapter 2: Background\n",
        "diary/2023-11-02 Weekly reading.md": "# Weekly reading\n",
        "n17.md": "# The ends are enough\n\nAnn, A. (2019). Nets of Ends. *Annals of Ends*, 3.\n",
    }
    with opened(vault) as found:
        assert find(found.store, name).key == key
