"""The SDK is an extra: without it one line says so, and nothing but `paperkb mcp` loads it."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import ROOT, environment

NO_SDK = "import sys; sys.modules.update(dict.fromkeys(('mcp', 'mcp_types'))); from cli.main import run; run()"


def test_without_the_sdk_one_line_says_what_to_install(tides: Path, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_SDK, "--own", "mcp"], cwd=tides, env=environment(home), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "paperkb: this needs the MCP SDK - install paperkb with its extra `mcp`\n"


def test_what_is_loaded_for_other_commands_is_without_it() -> None:
    program = (
        "import sys, cli.app, paperkb; from cli import commands; commands.register(cli.app.app, None); "
        "sys.exit(' '.join({'mcp', 'mcp_types', 'pydantic'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
