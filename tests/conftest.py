"""Settings for all tests."""

import gc
import signal

from hypothesis import settings

signal.signal(signal.SIGINT, signal.default_int_handler)
"""Background processes ignore Ctrl-C, and so would every program that a test starts and interrupts."""

settings.register_profile("untimed", deadline=None)
"""Without a deadline per example, which a busy machine misses with correct code."""
settings.register_profile("thorough", parent=settings.get_profile("untimed"), max_examples=250)
"""For `make test-all`; the default is a hundred examples."""
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Freeze everything in memory (torch, transformers, thousands of tests), so the collector no longer scans it."""
    gc.collect()
    gc.freeze()
