"""Plain-text interface: `python -m reference_impls list|run|verify|bench|scale`. Needs torch, nothing else of ours.

`bench`, and `run` for a training, also work with several processes, each on its part of every batch:
`torchrun --standalone --nproc-per-node 2 -m reference_impls run vae`.
"""
import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

from reference_impls.harness import records, registry
from reference_impls.harness.literal import CardError
from reference_impls.harness.registry import Implementation

FINE, FAILURE, FINDINGS = 0, 1, 2
SPEAKS_WITHIN_S = 10        # torch may take one process seconds longer to import than another


def main(arguments: list[str] | None = None) -> int:
    """Run one command. The exit code is 0 (fine), 1 (failure) or 2 (a verdict differs from what the card declares)."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:                           # argparse exits with 2 on bad usage; here 2 means findings
        return FAILURE if end.code else FINE
    try:
        code = _in_parallel(options) if _processes() > 1 else int(options.command(options))
        sys.stdout.flush()
        return code
    except (LookupError, OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError) and _processes() == 1:        # the reader is gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FINE
        if isinstance(error, LookupError) and _rank():
            _leave_it_to_the_first()
        else:
            who = f"process {_rank()}: " if _processes() > 1 else ""
            print(f"{who}{error if isinstance(error, OSError) else error.args[0]}", file=sys.stderr, flush=True)
        if isinstance(error, ConnectionError):      # a process is lost: torch's threads can no longer be shut down
            os._exit(FAILURE)                       # cleanly, and trying to may abort
        return FAILURE
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        print("this needs torch - install it with `pip install torch`", file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return FAILURE


def _processes() -> int:
    """How many copies of this process torchrun has started."""
    return int(os.environ["WORLD_SIZE"]) if {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys() else 1


def _rank() -> int:
    return int(os.environ["RANK"]) if _processes() > 1 else 0


def _leave_it_to_the_first() -> None:
    """All processes would print the same; torchrun ends them all when the first exits, so that must be the speaker."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    time.sleep(SPEAKS_WITHIN_S)


def _in_parallel(options: argparse.Namespace) -> int:
    """Run the same command in every process; only the first one prints."""
    from reference_impls.harness import parallel

    if not options.parallel:
        raise parallel.ParallelError("only run and bench work with several processes")
    output, errors = (None, None) if _rank() else (sys.stdout, sys.stderr)      # None swallows the output
    with parallel.session(options.device), redirect_stdout(output), redirect_stderr(errors):
        return int(options.command(options))


def _list(options: argparse.Namespace) -> int:
    """List every implementation and training with its recorded status, without importing torch."""
    found, sources = registry.scan(), registry.Sources()

    def line(name: str, path: Path, family: str, status: Callable[[list[records.Record]], str], summary: str) -> None:
        kept = records.load_records(name, code=sources.hash(path))
        print(f"{name:24} {family:15}{status(kept.records):23}{summary}")
        print(*kept.warnings, sep="\n", end="\n" * bool(kept.warnings), file=sys.stderr)

    for name, each in found.implementations.items():
        line(name, each.path, each.family, partial(records.status, each, sources=sources), each.summary)
    for name, model in found.trainings.items():
        status = partial(records.training_status, model, sources=sources)
        line(name, model.path, registry.TRAINED, status, model.summary)
    return _report(found.problems)


def _run(options: argparse.Namespace) -> int:
    from reference_impls.harness import tasks
    from reference_impls.harness.claim import Paused

    try:
        result = tasks.run(registry.find_runnable(options.name), options.seed, options.device, stream=sys.stderr)
    except Paused as paused:
        print(paused, file=sys.stderr)
        return FAILURE
    print(result.report)
    print(*result.files, sep="\n")
    return FINE if result.as_declared else FINDINGS


def _verify(options: argparse.Namespace) -> int:
    from reference_impls.harness import tasks, text
    from reference_impls.harness.claim import DemoError

    def one(implementation: Implementation) -> int:
        with text.Screen(sys.stderr) as screen:
            try:
                if options.calibrate and tasks.can_calibrate(implementation):
                    tuned = tasks.calibrate(implementation, options.device, screen)
                    screen.clear()
                    print(text.calibration(tuned))
                result = tasks.verify(implementation, options.device, options.claims, screen.on_event)
            except DemoError as error:
                screen.say(str(error))
                return FAILURE
        print(text.verification(result.verification))
        if result.judgement:
            print(text.judgement(result.judgement))
        if result.verification.status in ("failed", "oom"):
            return FAILURE
        return FINE if result.as_declared else FINDINGS

    chosen, problems = _chosen(options)
    codes = [*map(one, chosen), _report(problems)]
    return FAILURE if FAILURE in codes else max(codes)      # the worst outcome; a failure is worse than findings


def _bench(options: argparse.Namespace) -> int:
    match options.words:
        case ["report", old, new] if not options.all:
            return _compare(Path(old), Path(new), options.json)
        case ["report", place] if not options.all:
            return _overview(Path(place))
        case ["roofline", place, picture] if not options.all:
            return _draw_roofline(Path(place), Path(picture))
        case [name] if not options.all and name not in ("report", "roofline"):
            options.name = name
        case [] if options.all:
            pass
        case _:
            raise ValueError("bench takes NAME, --all, report RECORDS, report OLD NEW, or roofline RECORDS PICTURE")
    from reference_impls.harness import tasks, text
    from reference_impls.harness.claim import Paused

    chosen, problems = _chosen(options)
    recorded: list[records.Record] = []
    try:
        for result in tasks.bench_all(chosen, options.device, options.quick, options.resume, sys.stderr):
            recorded += result.records
            if not options.json:
                print(text.benchmark(result.benchmark), flush=True)
    except Paused as paused:
        print(paused, file=sys.stderr)
        return FAILURE
    if options.json:
        print(records.dump({"schema": records.SCHEMA, "records": recorded}), end="")
    refused = any(record["status"] in ("unverified", "oom") for record in recorded)
    return FAILURE if refused else _report(problems)


def _compare(old: Path, new: Path, as_json: bool) -> int:
    """Compare two sets of records, each a folder or a file; findings are variants that became slower."""
    from reference_impls.harness.bench import report

    found = report.compare_places(old, new)
    print(json.dumps(report.as_json(found), indent=1) if as_json else report.as_text(found))
    return FINDINGS if found.slower else FINE


def _overview(place: Path) -> int:
    from reference_impls.harness.bench import overview

    print(overview.of_place(place))
    return FINE


def _draw_roofline(place: Path, picture: Path) -> int:
    from reference_impls.harness.bench import report, roofline

    picture.write_text(roofline.draw(report.read(place)), encoding="utf-8")
    print(picture)
    return FINE


def _scale(options: argparse.Namespace) -> int:
    """Measure how costs grow, or write the page from the stored records."""
    from reference_impls.harness import files, scaling, scaling_report, text

    kept = scaling.scaling_folder()         # fails before the work starts if there is none
    if options.docs:
        print(*scaling_report.write_docs(kept, options.docs), sep="\n")
        return FINE
    for study in registry.studies().values() if options.all else [registry.find_study(options.name)]:
        with text.Screen(sys.stderr) as screen:
            growth = scaling.measure(study, options.device, screen.show)
        record = scaling.growth_record(growth)
        print(scaling_report.text(record), flush=True)
        drawing = {"growth.svg": scaling_report.draw(record)}
        print(scaling.save(growth, record, kept), *files.save_all(Path("runs") / study.scaling.id, drawing), sep="\n")
    return FINE


def _chosen(options: argparse.Namespace) -> tuple[list[Implementation], list[CardError]]:
    """The named implementation; or all of them, with the problems of files that could not be read."""
    if not options.all:
        return [registry.find(options.name)], []
    found = registry.scan()
    return list(found.implementations.values()), found.problems


def _report(problems: list[CardError]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return FAILURE if problems else FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reference_impls",
                                     description="Run, check and time the reference implementations.")
    parser.set_defaults(parallel=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    device = argparse.ArgumentParser(add_help=False)
    device.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N; default: cpu")
    which = argparse.ArgumentParser(add_help=False)
    one_or_all = which.add_mutually_exclusive_group(required=True)
    one_or_all.add_argument("name", nargs="?", metavar="NAME")
    one_or_all.add_argument("--all", action="store_true")

    commands.add_parser("list", help="list every implementation and its status").set_defaults(command=_list)
    running = commands.add_parser("run", parents=[device],
                                  help="train a model, or run the arms of an experiment or claim")
    running.add_argument("name", metavar="NAME")
    running.add_argument("--seed", type=int,
                         help="run one seed; default: 3 for a claim, 3, 4 and 5 for an experiment, 0 for a training")
    running.set_defaults(command=_run, parallel=True)
    verifying = commands.add_parser("verify", parents=[which, device],
                                    help="check an implementation and judge its claim")
    verifying.add_argument("--claims", action=argparse.BooleanOptionalAction, default=True, help="judge the claim")
    verifying.add_argument("--calibrate", action="store_true", help="first tune every arm over its grid")
    verifying.set_defaults(command=_verify)
    benching = commands.add_parser("bench", parents=[device],
                                   help="time against torch's own implementation, or compare two sets of timings")
    benching.add_argument("words", nargs="*", metavar="NAME",
                          help="an implementation; or `report RECORDS` for a table of a folder or file of records; or "
                               "`report OLD NEW` to compare two; or `roofline RECORDS PICTURE` to draw an SVG file")
    benching.add_argument("--all", action="store_true")
    benching.add_argument("--quick", action="store_true", help="use fewer repetitions")
    benching.add_argument("--resume", action="store_true", help="skip cases that have already been measured")
    benching.add_argument("--json", action="store_true", help="print the records, or the report")
    benching.set_defaults(command=_bench, parallel=True)
    scaling = commands.add_parser("scale", parents=[device],
                                  help="measure how a cost grows, and compare it with the paper's claim")
    study = scaling.add_mutually_exclusive_group(required=True)
    study.add_argument("name", nargs="?", metavar="NAME", help="a growth study in reference_impls/scaling")
    study.add_argument("--all", action="store_true")
    study.add_argument("--docs", type=Path, metavar="FOLDER", help="write the page, with drawings, from stored records")
    scaling.set_defaults(command=_scale)
    return parser


if __name__ == "__main__":
    sys.exit(main())
