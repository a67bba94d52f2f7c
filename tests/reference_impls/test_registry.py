"""Cards are read, never run; what cannot be read is reported with its place."""
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reference_impls.harness import registry
from reference_impls.harness.literal import CardError
from reference_impls.harness.registry import TrainedModel
from tests.reference_impls.conftest import TOY, TRAINED_TOY, MakeToy, MakeTraining


def test_reads_what_the_module_says(make_toy: MakeToy) -> None:
    toy = make_toy()
    assert (toy.card.id, toy.family, toy.summary) == ("toy-scale", "toys", "Toy: y = w x, elementwise.")
    assert toy.card == registry.load(toy).CARD
    assert toy.card.claim is not None
    assert toy.card.claim.text == "The clever arm beats the plain one"


@pytest.mark.parametrize(("old", "new", "place", "words"), [
    ('patterns=["gating"]', 'patterns=["gat" + "ing"]', "15:15", "computed"),
    ('patterns=["gating"]', "patterns=PATTERNS", "15:14", "computed"),
    ('patterns=["gating"]', 'patterns="gating"', "15:14", "Card.patterns must be list[str]"),
    ('patterns=["gating"]', 'pattern=["gating"]', "15:13", "no field 'pattern'"),
    ('    role="layer",\n', "", "10:8", "needs 'role'"),
    ('role="layer"', 'role="layers"', "13:10", "Card.role must be"),
    ('Arm("<0.5"', 'Arm("below 0.5"', "25:28", "'>number', '<number' or 'tie'"),
    ('id="toy-scale"', 'id="toy"', "10:8", "'toy-scale'"),
    ("CARD = Card(", "CARDS = Card(", "1:1", "no CARD"),
    ('better="higher",', '$,', "23:9", "invalid syntax"),
])
def test_rejects_with_place_and_reason(make_toy: MakeToy, old: str, new: str, place: str, words: str) -> None:
    with pytest.raises(CardError) as caught:
        make_toy((old, new))
    assert f"toy_scale.py:{place}: " in str(caught.value)
    assert words in str(caught.value)


def test_a_card_is_not_executed(make_toy: MakeToy, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    make_toy(("from torch import nn\n", f"from torch import nn\nopen({str(trap)!r}, 'w')\n"))
    assert not trap.exists()


def test_broken_files_hide_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "toys"
    folder.mkdir()
    (folder / "toy_scale.py").write_text(TOY)
    (folder / "broken.py").write_text("CARD = Card(\n")
    (folder / "other.py").write_bytes('"""One.\n\nTwo: é\n"""\n'.encode("latin-1"))
    found = registry.scan(tmp_path)
    assert list(found.implementations) == ["toy-scale"]
    broken, other = map(str, found.problems)
    assert broken.startswith(f"{folder / 'broken.py'}:1:")
    assert other == f"{folder / 'other.py'}:3:1: is not UTF-8; save it as UTF-8"
    with pytest.raises(LookupError, match="did you mean toy-scale"):
        registry.find("toy-scal", tmp_path)
    with pytest.raises(CardError):
        registry.find("broken", tmp_path)


def test_reads_trainings_beside_the_implementations_they_train(tmp_path: Path) -> None:
    for place, source in (("toys/toy_scale.py", TOY), ("trained/toy_line.py", TRAINED_TOY),
                          ("trained/toy_scale.py", TRAINED_TOY.replace("toy-line", "toy-scale"))):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(source)
    found = registry.scan(tmp_path)
    assert (list(found.implementations), list(found.trainings), found.problems) == (
        ["toy-scale"], ["toy-line", "toy-scale"], [])
    line = registry.find_runnable("toy-line", tmp_path)
    assert isinstance(line, TrainedModel)
    assert (line.summary, line.training) == ("A line through noisy points.", registry.load(line).TRAINING)
    assert isinstance(registry.find_runnable("toy-scale", tmp_path), TrainedModel)
    assert registry.find("toy-line", tmp_path) == registry.find("toy-scale", tmp_path)
    with pytest.raises(LookupError, match="did you mean toy-line"):
        registry.find_runnable("toy-lin", tmp_path)


@pytest.mark.parametrize(("old", "new", "words"), [
    ('implementation="toy-scale"', 'implementation="toy-scales"', "no implementation 'toy-scales'"),
    ('id="toy-line"', 'id="line"', "'toy-line'"),
    ('goal="<0.5"', 'goal="tie"', "goal 'tie' must be"),
    ('goal="<0.5"', 'goal="0.5"', "goal '0.5' must be"),
    ("steps=40", 'steps="40"', "Training.steps must be"),
    ("TRAINING = ", "TRAINED = ", "no TRAINING"),
])
def test_rejects_a_broken_training(make_training: MakeTraining, old: str, new: str, words: str) -> None:
    with pytest.raises(CardError, match=r"toy_line.py:\d+:\d+: ") as caught:
        make_training((old, new))
    assert words in str(caught.value)


@pytest.mark.parametrize(("old", "new", "words"), [
    ('measures=["score", "cost"]', 'measures=["cost", "score"]', "begin with the metric"),
    ('oracle=""', 'oracle="closed form: zero"', "no oracle"),
    ('role="experiment"', 'role="layer"', "require each other"),
    ("It does.", "{plane} is less.", "the answer names {plane}, not a figure"),
    ("It does.", "{plain.sorce} is less.", "{plain.sorce}, not a figure"),
    ("It does.", "{plain} is more than {plain:mean}.", "{plain:mean}, not a figure"),
])
def test_rejects_half_an_experiment(make_question: MakeToy, old: str, new: str, words: str) -> None:
    assert make_question().card.experiment is not None
    with pytest.raises(CardError, match=re.escape(words)):
        make_question((old, new))


def test_listing_imports_no_torch() -> None:
    program = ("import sys; from reference_impls.harness import records, registry\n"
               "for each in registry.scan().implementations.values():\n"
               "    records.status(each, records.load_records(each.card.id).records)\n"
               "for each in registry.scan().trainings.values():\n"
               "    records.training_status(each, records.load_records(each.training.id).records)\n"
               "sys.exit('torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", program], cwd=registry.ROOT.parent, check=False).returncode == 0


@pytest.mark.parametrize("one", [
    "from reference_impls.first import two\n",
    "from reference_impls.first.two import f\n",
    "import reference_impls.first.two\n",
    "from reference_impls.first import (\n    two,\n)\n",
    "from reference_impls.first import \\\n    two\n",
    '"""Prose:\nfrom reference_impls and elsewhere."""\nfrom reference_impls.first import two\n',
])
def test_hash_follows_imports_but_not_cards(one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "reference_impls"
    (root / "harness").mkdir(parents=True)
    (root / "first").mkdir()
    files = {name: root / name
             for name in ("harness/card.py", "harness/data.py", "first/one.py", "first/two.py", "first/text.txt")}
    files["harness/card.py"].write_text("A = 1\n")
    files["harness/data.py"].write_text("B = 1\n")
    files["first/text.txt"].write_text("import reference_impls.nothing - this is no Python\n")
    files["first/two.py"].write_text("from pathlib import Path\nfrom reference_impls.harness.card import A\n"
                                     'TEXT = Path(__file__).with_name("text.txt").read_text()\n'
                                     "def f():\n    from reference_impls.harness.data import B\n")
    files["first/one.py"].write_text(one)
    monkeypatch.setattr(registry, "ROOT", root)
    monkeypatch.setattr(registry, "NOT_BEHAVIOR", {files["harness/card.py"]})

    def changes(name: str) -> bool:
        before = registry.source_hash(files["first/one.py"])
        files[name].write_text(files[name].read_text() + "# changed\n")
        return registry.source_hash(files["first/one.py"]) != before

    assert {name: changes(name) for name in files} == {
        "harness/card.py": False, "harness/data.py": True, "first/one.py": True, "first/two.py": True,
        "first/text.txt": True}
