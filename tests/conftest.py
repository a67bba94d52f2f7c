"""What holds for all tests."""

import gc


def pytest_collection_finish() -> None:
    """What is in memory by now (torch, transformers, thousands of tests) stays: the collector need not look again."""
    gc.collect()
    gc.freeze()
