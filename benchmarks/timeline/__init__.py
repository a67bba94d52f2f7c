"""The timeline against its 21 criteria: `python -m benchmarks.timeline`; with `--compare`, against other tools."""
