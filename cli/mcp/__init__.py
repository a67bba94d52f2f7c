"""The vault for agents, over the Model Context Protocol; everything here needs the extra `mcp`."""
