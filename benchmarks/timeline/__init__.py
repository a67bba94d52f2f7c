"""The timeline against its 21 criteria: `python -m benchmarks.timeline`; beside other tools with `--compare`."""
