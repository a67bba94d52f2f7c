"""Agents that learn from reward which action to take."""
