"""What holds for all tests."""

import gc
import signal

from hypothesis import settings

signal.signal(signal.SIGINT, signal.default_int_handler)
"""What is started in the background ignores Ctrl-C, and so would every program that a test starts and interrupts."""

settings.register_profile("thorough", max_examples=250)
"""For `make test-all`; where a test says nothing, it tries a hundred."""


def pytest_collection_finish() -> None:
    """What is in memory by now (torch, transformers, thousands of tests) stays: the collector need not look again."""
    gc.collect()
    gc.freeze()
