"""Models that draw new samples."""
