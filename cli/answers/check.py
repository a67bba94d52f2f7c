"""What is wrong or worth knowing in the notes; on request, the safe fixes."""

import json
from collections import Counter

from cli.printable import printable, visible
from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kb.config import Links
    from kb.model import Diagnostic
    from linker.vault import Vault
    from linker.wishes import Ghost

Finding = tuple[str, str, str]
"""Path, code and message: the parts of a finding that stay the same when lines move."""


def answer(
    session: Session,
    *,
    baseline: "Path | None" = None,
    links: "Links | None" = None,
    fix: bool = False,
    dry_run: bool = False,
) -> int:
    """Print the findings; return the exit code: 2 if there are warnings or errors.

    Raises:
        CommandError: the options or the baseline are unusable, or a fix cannot be written.
    """
    from linker.wishes import ranked

    if dry_run and not fix:
        raise CommandError("--dry-run needs --fix - use both")
    session.links = links
    known = _known(baseline) if baseline else Counter()
    fixed = _fix(session, dry_run=dry_run) if fix else []
    with session.open() as vault:
        found, cards = looked(vault)
        ghosts = ranked(vault.store) if session.json else []
    shown = list(_new(found, known))
    problems = [problem for problem in cards if ("", "card", problem) not in known]
    counts = counted(shown, problems)
    if session.json:
        emit("check", plain(shown, problems, ghosts, fixed))
    else:
        for line in [] if dry_run else [*map(str, shown), *problems]:
            print(printable(line))
        print(", ".join(f"{count} {severity}{'s' * (count != 1)}" for severity, count in counts.items()))
    return 2 if counts["error"] or counts["warning"] else 0


def looked(vault: "Vault") -> "tuple[list[Diagnostic], list[str]]":
    """The findings in the notes, and the problems of cards that cannot be read."""
    from cli.implementations import Installed
    from linker.check import findings

    shipped = vault.is_shipped
    return findings(vault.store, shipped=shipped), Installed().problems() if shipped else []


def counted(found: "Sequence[Diagnostic]", cards: list[str]) -> dict[str, int]:
    """How many findings there are of each severity, most severe first."""
    severities = Counter(finding.severity for finding in found)
    return {"error": severities["error"] + len(cards), **{name: severities[name] for name in ("warning", "notice")}}


def plain(
    found: "Sequence[Diagnostic]", cards: list[str], ghosts: "Sequence[Ghost]", fixes: "Sequence[dict[str, Any]]" = ()
) -> dict[str, Any]:
    """The answer as JSON."""
    return {
        "findings": [finding._asdict() for finding in found],
        "cards": cards,
        "counts": counted(found, cards),
        "ghosts": [ghost._asdict() for ghost in ghosts],
        "fixes": list(fixes),
    }


def _new(found: "Iterable[Diagnostic]", known: "Counter[Finding]") -> "Iterable[Diagnostic]":
    """The findings that the baseline lacks; if it has a finding once, a second one of the same kind is new."""
    left = known.copy()
    for finding in found:
        what = (finding.path, finding.code, finding.message)
        if left[what] > 0:
            left[what] -= 1
        else:
            yield finding


def _known(baseline: "Path") -> "Counter[Finding]":
    try:
        answer = json.loads(baseline.read_bytes())  # bytes, as `json` also reads PowerShell's UTF-16
        known = Counter((finding["path"], finding["code"], finding["message"]) for finding in answer["findings"])
        return known + Counter(("", "card", problem) for problem in answer["cards"])
    except OSError as error:
        raise CommandError(f"{baseline}: {error.strerror} - make one with `paperkb check --json`") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{baseline}: not the output of `check --json` - make one with that command") from None


# -- fixes ---------------------------------------------------------------------------------------------------------


def _fix(session: Session, *, dry_run: bool) -> list[dict[str, Any]]:
    """Write the safe fixes into the notes, or only show them; return each as JSON."""
    from kb.fixes import mend
    from kb.rewrite import RewriteError, rewrite
    from linker.check import fixable

    with session.open() as vault:
        root, paths, is_shipped = vault.root, fixable(vault.store), vault.is_shipped
    if is_shipped:
        raise CommandError("the curated vault is read-only - name yours with --vault")
    fixed: list[dict[str, Any]] = []
    failed: list[str] = []
    for path in paths:
        try:
            before = (root / path).read_bytes()
            after, changes = mend(path, before)
            if not dry_run and changes:
                rewrite(root, path, before, after)
        except RewriteError as error:
            failed.append(str(error))
            continue
        except OSError as error:
            failed.append(f"{path}: {error.strerror} - left as it is")
            continue
        fixed += [{"path": path, **change._asdict(), "is_written": not dry_run} for change in changes]
        if changes and not session.json:
            _show(path, before, after, len(changes), dry_run=dry_run)
    if failed:
        raise CommandError("\n".join(failed))
    return fixed


def _show(path: str, before: bytes, after: bytes, count: int, *, dry_run: bool) -> None:
    import difflib

    if not dry_run:
        print(printable(f"{path}: {count} fix{'es' * (count != 1)}"))
        return
    old, new = (text.decode().split("\n") for text in (before, after))
    for line in difflib.unified_diff(old, new, path, path, n=1, lineterm=""):
        print(visible(line))
