"""What holds for all tests."""

import gc
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
"""What is started in the background ignores Ctrl-C, and so would every program that a test starts and interrupts."""


def pytest_collection_finish() -> None:
    """What is in memory by now (torch, transformers, thousands of tests) stays: the collector need not look again."""
    gc.collect()
    gc.freeze()
