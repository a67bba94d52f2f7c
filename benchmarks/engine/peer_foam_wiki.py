"""Run foam-wiki in its own environment: `python peer_foam_wiki.py WORKSPACE NOTES` prints a JSON line."""

import importlib
import json
import sys
import time

foamwiki = importlib.import_module("foamwiki")
started = time.perf_counter()
notes = list(foamwiki.load(sys.argv[1]).notes)
links = sum(len(list(note.outgoing())) for note in notes)
inside = time.perf_counter() - started
print(json.dumps({"inside": inside, "notes": len(notes), "links": links}))
