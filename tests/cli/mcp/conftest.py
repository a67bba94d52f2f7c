"""A real `paperkb mcp` in a process of its own, and the SDK's client as the agent that queries it."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import environment, make_vault

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal
    from mcp import Client, ClientSession, StdioServerParameters
    from mcp.types import CallToolResult


Ask = Callable[..., dict[str, Any]]


class Agent:
    """Queries one server; answers come as they are, or as plain values."""

    def __init__(self, portal: "BlockingPortal", client: "Client | ClientSession") -> None:
        self.portal, self.client = portal, client

    def do(self, method: str, *arguments: Any) -> Any:
        return self.portal.call(getattr(self.client, method), *arguments)

    def call(self, tool: str, **arguments: Any) -> "CallToolResult":
        return self.do("call_tool", tool, arguments)

    def ask(self, tool: str, **arguments: Any) -> Any:
        """The answer, which must not be an error."""
        result = self.call(tool, **arguments)
        assert not result.is_error, result.content
        return result.structured_content

    def refused(self, tool: str, **arguments: Any) -> str:
        """The text of the answer, which must be an error."""
        result = self.call(tool, **arguments)
        assert result.is_error
        assert result.structured_content is None
        [said] = result.content
        return said.text

    def ask_at_once(self, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
        """All answers, in the order of the calls, which run concurrently."""
        import anyio

        answers: list[Any] = [None] * len(calls)

        async def ask(number: int) -> None:
            answers[number] = (await self.client.call_tool(*calls[number])).structured_content

        async def ask_all() -> None:
            async with anyio.create_task_group() as group:
                for number in range(len(calls)):
                    group.start_soon(ask, number)

        self.portal.call(ask_all)
        return answers


@contextmanager
def agent(vault: Path, home: Path, *options: str, shakes_hands: bool = False) -> Iterator[Agent]:
    """An agent whose server is configured for a vault, until the block ends.

    Args:
        shakes_hands: initialize the session, as clients of 2025 do. Default: use the current protocol.
    """
    from anyio.from_thread import start_blocking_portal
    from mcp import Client, StdioServerParameters, stdio_client

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "cli.main", *options, "mcp"],
        env=environment(home),
        cwd=vault,
    )
    connected = _handshake(server) if shakes_hands else Client(stdio_client(server))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(connected) as client:
        yield Agent(portal, client)


@asynccontextmanager
async def _handshake(server: "StdioServerParameters") -> AsyncIterator["ClientSession"]:
    from mcp import ClientSession, stdio_client

    async with stdio_client(server) as (incoming, outgoing), ClientSession(incoming, outgoing) as client:
        await client.initialize()
        yield client


@pytest.fixture(scope="module")
def seaside(tides: Path, home: Path) -> Iterator[Agent]:
    """An agent with the vault `tides`, which no test changes."""
    with agent(tides, home, "--own", shakes_hands=True) as found:
        yield found


@pytest.fixture
def answers_about(tmp_path: Path) -> Callable[[dict[str, str]], Ask]:
    """Write notes into a new vault; returns a function that calls a tool on it, without a server."""
    from cli.implementations import Installed
    from cli.mcp.tools import TOOLS
    from linker.vault import open_vault

    def make(notes: dict[str, str]) -> Ask:
        root = make_vault(tmp_path / "vault", notes)

        def ask(tool: str, **arguments: Any) -> dict[str, Any]:
            with open_vault(root, Installed(), base=False, index=tmp_path / "index.sqlite") as vault:
                return TOOLS[tool].model_validate(arguments).answer(vault)

        return ask

    return make
