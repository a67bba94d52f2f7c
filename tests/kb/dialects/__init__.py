"""One test file for each way in which notes are written."""
