"""What people see: every `$ paperkb ...` of a transcript prints exactly what is below it.

`python -m tests.cli.test_transcripts` writes today's answers into the transcripts; look at the difference afterwards.
"""

import re
import shlex
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.cli.conftest import VAULTS, run_command

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(transcript: Path, tmp_path: Path) -> None:
    assert _replayed(transcript, tmp_path) == transcript.read_text("utf-8")


def _replayed(transcript: Path, folder: Path) -> str:
    """The transcript with current answers, from a copy of the vault `tides`; `# ...` lines say what is shown."""
    vault = Path(shutil.copytree(VAULTS / "tides", folder / "tides"))
    said: list[str] = []
    for line in transcript.read_text("utf-8").split("\n"):
        if line.startswith("# "):
            said += ["", line] if said else [line]
        elif line.startswith("$ paperkb "):
            done = run_command(tuple(shlex.split(line)[2:]), vault, folder)
            said += ["", line] if said and not said[-1].startswith("# ") else [line]
            said += [*_plain(done.out + done.err, vault), *([f"[exit {done.code}]"] if done.code else [])]
    return "\n".join([*said, ""])


def _plain(text: str, vault: Path) -> list[str]:
    """The lines without what differs from run to run: the path of the copy, and seconds."""
    text = re.sub(r"\d+\.\d+ s$", "0.00 s", text.replace(str(vault), "/tides"), flags=re.MULTILINE)
    return re.sub(r'"seconds": [\d.]+', '"seconds": 0.0', text).removesuffix("\n").split("\n")


if __name__ == "__main__":
    for each in TRANSCRIPTS:
        with tempfile.TemporaryDirectory() as made:
            each.write_text(_replayed(each, Path(made)), "utf-8")
