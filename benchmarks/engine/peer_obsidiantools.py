"""Run obsidiantools in its own environment: `python peer_obsidiantools.py WORKSPACE NOTES` prints a JSON line."""

import importlib
import json
import sys
import time
from pathlib import Path

api = importlib.import_module("obsidiantools.api")
started = time.perf_counter()
vault = api.Vault(Path(sys.argv[2])).connect().gather()
inside = time.perf_counter() - started
print(json.dumps({"inside": inside, "notes": len(vault.md_file_index), "links": vault.graph.number_of_edges()}))
