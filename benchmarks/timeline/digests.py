"""One hash of everything that is drawn for a set. It needs only the standard library, so any Python can run it."""

import hashlib
import json
import random
from dataclasses import asdict

from benchmarks.timeline.sets import synthetic, thread
from cli.render.timeline.layout import layout
from cli.render.timeline.model import Options
from cli.render.timeline.svg import PIXELS, render_svg


def digest(name: str, seed: int) -> str:
    """SHA-256 of the layout and SVG of set "64" or "500", with papers and links in an order given by the seed."""
    drawn, rng = thread() if name == "64" else synthetic(int(name)), random.Random(seed)
    papers, edges = list(drawn.papers), list(drawn.edges)
    if seed:
        rng.shuffle(papers)
        rng.shuffle(edges)
    found = layout(papers, edges, Options(1600, PIXELS))
    text = json.dumps(asdict(found), sort_keys=True) + render_svg(found)
    return hashlib.sha256(text.encode()).hexdigest()
