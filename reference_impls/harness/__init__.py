"""The harness that checks, runs and times the reference implementations. Needs torch and nothing else."""
