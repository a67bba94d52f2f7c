"""What a card says about code that runs: an implementation, an experiment, trained models, and their records."""

from collections.abc import Iterator

from cli.printable import printable, visible
from cli.render.parts import Row, Text
from kb.typed import Any

STANDS = {
    "claim-held": "claim held",
    "verified": "verified",
    "unverified": "not verified",
    "claim-not-reproduced": "claim not reproduced",
    "stale": "code changed since",
    "none": "no code",
}
"""The status of code according to its records, in words."""
VERDICTS = {"held": "held", "not-held": "did NOT hold", "not-reproduced": "did not reproduce at toy scale"}
"""What a run showed about a claim, in words that continue `the claim`."""
COSTS = {
    "ms": "time",
    "flop": "operations",
    "saved_bytes": "bytes kept for the backward pass",
    "peak_bytes": "most bytes held at once",
    "held_bytes": "bytes held",
}
"""What is measured while a size grows, in words."""

_COLORS = {"held": "green", "not-held": "red", "not-reproduced": "yellow"}
_FORMS = {"fast": "fast", "reference compiled": "compiled"}


def code_rows(code: dict[str, Any]) -> Iterator[Row]:
    """What the card declares, what its records say, what is trained, and how to run it."""
    yield code["id"], Text(f"{code['place'][0]}  ({STANDS[code['status']]})")
    if code["question"]:
        yield "question", Text(printable(code["question"]))
        yield "answer", Text(printable(code["answer"] or "not run yet"))
    if code["oracle"]:
        yield "oracle", Text(printable(code["oracle"]))
    if code["claim"]:
        yield "claim", Text(printable(f"{code['claim']} (grade {code['grade']})"))
    if code["outcome"]:
        yield "", Text(printable(code["outcome"]))
    for record in code["records"]:
        yield from _record(record, code["records"])
    for training in code["trainings"]:
        yield from _training(training)
    trained_by_name = any(training["id"] == code["id"] for training in code["trainings"])
    if not trained_by_name:
        yield "run it", Text(f"paperkb run {code['id']}")


def measured(code: dict[str, Any]) -> Iterator[Text]:
    """The tables of an experiment, one for each device."""
    for record in code["records"]:
        if record["kind"] == "experiment":
            seeds = ", ".join(map(str, record["seeds"]))
            yield Text()
            yield Text.assemble((f"mean and range over seeds {seeds}  ", "bold cyan"), _place(record))
            from reference_impls.harness.table import experiment_table  # slow to import, and few cards have one

            yield from (Text(f"  {visible(line)}") for line in experiment_table(record))


def _training(training: dict[str, Any]) -> Iterator[Row]:
    shows = printable(f"{training['summary']}  Shows {training['shows']}.")
    yield "train it", Text.assemble((f"paperkb run {training['id']}", "bold"), f"  {shows}")
    for record in training["records"]:
        value = "diverged" if record["value"] is None else f"{record['value']:.4g}"
        reached = "goal reached" if record["reached"] else "goal NOT reached"
        said = f"{record['metric']} {value}, {reached} ({record['goal']})" + (", on earlier code" * record["stale"])
        yield "", Text.assemble(printable(said), "  ", _place(record))


def _record(record: dict[str, Any], records: list[dict[str, Any]]) -> Iterator[Row]:
    place, stale = _place(record), ", on earlier code" * bool(record.get("stale"))
    if record["kind"] == "claim":
        verdict = record["verdict"]
        said = VERDICTS.get(verdict, verdict), _COLORS.get(verdict, "")
        yield "verdict", Text.assemble(said, stale, "  ", place)
    elif record["kind"] == "bench" and record.get("status") == "ok" and record.get("variant") == "reference":
        time, ratio = record["time_ms"], record["ratio"]
        against = (
            ""
            if not ratio
            else f", tie with {ratio['baseline']}"
            if ratio["tie"]
            else f", {ratio['p50']:.2f} times {ratio['baseline']}"
        )
        also = _also(record, records)
        measured = f"{record['case']} {record['mode']} {record['dtype']}: {time['p50']:.3g} ms{against}{also}{stale}"
        yield "bench", Text.assemble(printable(measured), "  ", place)
    elif record["kind"] == "growth":
        yield "growth", Text.assemble(printable(_grown(record)), stale, "  ", place)


def _also(record: dict[str, Any], records: list[dict[str, Any]]) -> str:
    """The times of the other forms relative to the same baseline: `(compiled 1.41)`."""
    forms = [
        f"{name} {'tie' if other['ratio']['tie'] else format(other['ratio']['p50'], '.2f')}"
        for variant, name in _FORMS.items()
        for other in records
        if other.get("variant") == variant and other.get("ratio") and _measured_with(record) == _measured_with(other)
    ]
    return f" ({', '.join(forms)})" if forms else ""


def _grown(curve: dict[str, Any]) -> str:
    """How a cost grows, beside what the paper states: `fused: operations as (length in tokens)^2.00, stated ^2`."""
    low, high = curve["fit"]["ci95"]
    scatter = "" if low == high else f" ({low:.2f} to {high:.2f})"
    power = f"{COSTS[curve['measure']]} as ({curve['axis']})^{curve['fit']['exponent']:.2f}{scatter}"
    stated = f"{'stated' if curve['shown'] else 'NOT the stated'} ^{curve['paper']['exponent']:g}"
    return f"{curve['name']}: {power}, {stated}: {curve['paper']['place']}"


def _measured_with(record: dict[str, Any]) -> tuple[Any, ...]:
    """What records of one case in one run have in common."""
    return record["case"], record["mode"], record["dtype"], _place(record)


def _place(record: dict[str, Any]) -> tuple[str, str]:
    """Device, number of processes if more than one, day and commit."""
    env, day = record.get("env", {}), record.get("time_utc", "")[:10]
    processes = f"{env['world']} processes" if env.get("world", 1) > 1 else ""
    commit = record.get("code", {}).get("git", "")[:8]
    return printable(", ".join(filter(None, (str(env.get("device", "")), processes, day, commit)))), "dim"
