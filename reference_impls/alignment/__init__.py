"""Policies tuned by reward, and rewards learned from human preferences."""
