"""Growth: counted costs grow exactly as their papers say; fits find known exponents; the page matches the records."""
import json
import random
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from reference_impls.__main__ import main
from reference_impls.harness import registry, scaling, scaling_report
from reference_impls.harness.card import Curve
from reference_impls.harness.literal import CardError
from reference_impls.harness.live import peak_live_bytes
from reference_impls.harness.registry import ROOT, Study
from reference_impls.harness.scaling_fit import fit
from tests.reference_impls.conftest import write

STUDIES = registry.studies()

TOY = '''"""A toy that grows.

More words.
"""
import torch

from reference_impls.harness.card import Curve, Scaling

SCALING = Scaling(
    id="toy-growth",
    question="What does <twice> cost?",
    axis="size",
    sizes=[4, 8, 16, 32],
    checks=["holds"],
    curves=[
        Curve("square", "held_bytes", 2, "key:toy", "page 1"),
        Curve("square", "ms", 2, "key:toy", "page 1"),
        Curve("line", "held_bytes", 2, "key:toy", "page 2"),
    ],
    outcome="It grows.",
)


def case(name, size):
    return lambda: torch.zeros(size * size if name == "square" else size)


def check_holds():
    assert 1 + 1 == 2, "arithmetic"
'''


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """Write the toy, with `old, new` pairs of text replaced, and read its header."""
    def make(*changes: tuple[str, str]) -> Study:
        write(tmp_path / "scaling" / "toy_growth.py", TOY, changes)
        return registry.find_study("toy-growth", tmp_path)

    return make


def count(study: str, name: str, measure: str, size: int) -> int:
    module = registry.load(STUDIES[study])
    return scaling.count(module, Curve(name, measure, 0, "", ""), size)     # type: ignore[arg-type]


# -- what is counted is exact -----------------------------------------------------------------------------------------

def test_plain_layers_hold_linearly_checkpoints_by_the_root_and_reversible_ones_nothing_more() -> None:
    plain, checkpointed, reversible = ([count("depth-memory", name, "peak_bytes", depth) for depth in (4, 16, 36)]
                                       for name in ("plain", "checkpointed", "reversible"))
    assert (plain[2] - plain[1]) * 12 == (plain[1] - plain[0]) * 20                    # 12 layers more, 20 layers more
    assert checkpointed[2] - checkpointed[1] == checkpointed[1] - checkpointed[0] > 0      # roots 2, 4, 6
    assert reversible[0] == reversible[1] == reversible[2]


def test_what_is_not_kept_is_computed_once_more() -> None:
    plain, checkpointed, reversible = (count("depth-memory", name, "flop", 16)
                                       for name in ("plain", "checkpointed", "reversible"))
    assert checkpointed * 3 == reversible * 3 == plain * 4              # forward, once more, and twice as much backward


def test_attention_forms_grow_as_their_papers_say() -> None:
    factors = {"full": 16, "fused": 16, "window of 16": 4, "factorized": 8, "linear": 4}     # for four times the length
    assert {name: count("attention-length", name, "flop", 1024) / count("attention-length", name, "flop", 256)
            for name in factors} == factors
    kept = {name: count("attention-length", name, "saved_bytes", 1024)
            / count("attention-length", name, "saved_bytes", 256) for name in factors}
    assert kept["fused"] == kept["window of 16"] == kept["linear"] == 4 < kept["factorized"] < 8 < kept["full"] <= 16


def test_a_rank_holds_its_rows_and_columns() -> None:
    """Gradient and two moments of A (r, 256) and B (256, r) in float32."""
    assert [count("lora-rank", "LoRA", "held_bytes", rank) for rank in (1, 8)] == [3 * 4 * 512, 8 * 3 * 4 * 512]
    assert count("lora-rank", "the whole weight", "held_bytes", 8) == 3 * 4 * 256 * 256


def test_experts_that_do_not_run_cost_their_gate_alone() -> None:
    two = [count("moe-experts", "two experts run", "flop", experts) for experts in (4, 8)]
    assert two[1] - two[0] == 4 * 1024 * 128 * 4            # both gate matrices, four columns more
    every = [count("moe-experts", "all experts run", "flop", experts) for experts in (4, 8)]
    assert every[1] == 2 * every[0]


def test_a_cache_grows_by_its_tokens_and_saves_the_others() -> None:
    assert count("kv-cache", "cache", "held_bytes", 32) == 2 * count("kv-cache", "cache", "held_bytes", 16)
    cached, whole = ([count("kv-cache", name, "flop", size) for size in (16, 32)]
                     for name in ("with cache", "without cache"))
    assert cached[1] - cached[0] == 2 * 2 * 2 * 16 * 256    # scores and mixture over 16 tokens more, in two layers
    assert whole == [16 * cached[0], 32 * cached[1]]


def test_sensitivities_are_units_times_weights() -> None:
    assert count("rtrl-units", "RTRL", "held_bytes", 16) == 16 * 16 * 18 * 4


def test_peak_counts_what_lives_at_once() -> None:
    x = torch.randn(100)
    assert peak_live_bytes(lambda: x.view(10, 10).T) == 0           # a view takes no memory
    assert peak_live_bytes(lambda: x.exp().exp().exp()) == 800      # one before and one after
    assert peak_live_bytes(lambda: [x.exp(), x.exp(), x.exp()]) == 1200
    leaf = x.clone().requires_grad_()
    (leaf.exp().exp()).sum().backward()                             # from now on the gradient exists
    assert peak_live_bytes(lambda: leaf.exp().exp().sum().backward()) == 1200 + 4 + 4


# -- the fit ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("exponent", [0, 0.5, 1, 2])
def test_a_known_exponent_lies_in_the_interval(exponent: float) -> None:
    sizes, hits = [2**power for power in range(4, 11)], 0
    for seed in range(20):
        noise = random.Random(seed)
        found = fit(sizes, [[3 * size**exponent * noise.lognormvariate(0, 0.1) for _ in range(15)] for size in sizes])
        hits += found.low <= exponent <= found.high
        assert found.low < found.exponent < found.high
        assert found.exponent == pytest.approx(exponent, abs=0.15)
    assert hits >= 17       # 19 of 20 if the bootstrap were perfect


def test_small_sizes_where_overhead_rules_do_not_count() -> None:
    sizes = [2**power for power in range(10)]
    found = fit(sizes, [[1000 + size**2] for size in sizes])
    assert found.sizes == sizes[5:]
    assert (found.low, found.high) == (found.exponent, found.exponent)      # counts do not scatter
    assert found.agrees_with(found.exponent)
    assert found.agrees_with(found.exponent + 0.14)
    assert not found.agrees_with(found.exponent + 0.16)


@pytest.mark.parametrize(("sizes", "costs"), [([1, 2], [[1.0], [0.0]]), ([4], [[1.0]])])
def test_what_has_no_exponent_is_refused(sizes: list[int], costs: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="two sizes and positive costs"):
        fit(sizes, costs)


# -- studies and records ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: study.scaling.id)
def test_mechanisms_are_what_they_should_be(study: Study) -> None:
    scaling.check(study, registry.load(study))


def test_a_study_is_measured_recorded_and_drawn(make_study: Callable[..., Study], tmp_path: Path) -> None:
    growth = scaling.measure(make_study())
    square, timed, line = growth.grown
    assert square.values == [4 * size**2 for size in (4, 8, 16, 32)]
    assert (square.shown, line.shown) == (True, False)
    assert all(len(each) >= 5 and min(each) > 0 for each in timed.samples)
    record = scaling.growth_record(growth)
    path = scaling.save(growth, record, tmp_path / "records")
    (read,) = scaling_report.load_growth(tmp_path / "records")
    assert read == record | {"slug": path.parent.name}
    assert "paper 2  NOT shown" in scaling_report.text(record).splitlines()[3]
    page = scaling_report.page([read], {"toy-growth": growth.study})
    assert "| line | MB held | 1.6e-05 to 0.000128 | 1.00 | 2 (`toy`, page 2) | **not shown** |" in page
    assert scaling_report.STALE not in page
    changed = make_study(("return lambda", "return  lambda"))
    assert scaling_report.STALE in scaling_report.page([read], {"toy-growth": changed})
    drawing = ElementTree.fromstring(scaling_report.draw(record))
    assert drawing.findtext("{*}title") == "What does <twice> cost?"
    assert len(drawing.findall(".//{*}polyline[@stroke-dasharray]")) == 3       # the paper's slopes


def test_a_mechanism_that_fails_its_check_is_not_measured(make_study: Callable[..., Study]) -> None:
    with pytest.raises(scaling.CheckError, match=r"^toy-growth: holds: toy_growth\.py:\d+: arithmetic"):
        scaling.measure(make_study(("1 + 1 == 2", "1 + 1 == 3")))


@pytest.mark.parametrize("change", [("sizes=[4, 8", "sizes=[8, 4"), ('id="toy-growth"', 'id="other"'),
                                    ("[4, 8, 16, 32]", "list(range(3))"), ('"held_bytes", 2', '"grams", 2')])
def test_a_header_that_cannot_be_used_says_where(make_study: Callable[..., Study], change: tuple[str, str]) -> None:
    with pytest.raises(CardError, match=r"toy_growth\.py:\d+:\d+: "):
        make_study(change)


@pytest.mark.parametrize("spoil", [
    {"schema": "rb1"}, {"sizes": "many"}, {"env": None}, {"curves": [{"name": "x", "measure": "grams"}]},
    {"curves": [{"name": "x", "measure": "ms", "shown": True, "values": [1.0]}]}, {"curves": "many"}, {"code": "x"},
    {"curves": [{"name": "x", "measure": "ms", "shown": True, "values": ["1", 2, 3, 4]}]}])
def test_a_broken_record_is_one_line(make_study: Callable[..., Study], tmp_path: Path,
                                     spoil: dict[str, object]) -> None:
    growth = scaling.measure(make_study())
    path = scaling.save(growth, scaling.growth_record(growth), tmp_path / "records")
    path.write_text(json.dumps(json.loads(path.read_text()) | spoil))
    with pytest.raises(ValueError, match=r"toy-growth\.json: [^\n]*; measure again$"):
        scaling_report.load_growth(tmp_path / "records")


def test_the_page_says_what_is_recorded(tmp_path: Path) -> None:
    """`python -m reference_impls scale --docs docs` rewrites it."""
    written = scaling_report.write_docs(ROOT.parent / "benchmarks" / "scaling", tmp_path)
    assert {path.stem for path in written} == {"scaling", *STUDIES}
    for path in written:        # except for the note on figures of earlier code, which are measured again later
        kept = ROOT.parent / "docs" / path.relative_to(tmp_path)
        assert path.read_text().replace(scaling_report.STALE + "\n", "") == kept.read_text()


def test_an_unknown_study_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "attention"]) == 1
    assert capsys.readouterr().err == "no growth study 'attention'; did you mean attention-length?\n"
