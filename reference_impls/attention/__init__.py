"""Attention: looking up by content instead of by position."""
