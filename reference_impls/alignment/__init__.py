"""Policies tuned by reward, and rewards learned from what people prefer."""
