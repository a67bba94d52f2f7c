"""Actions and policies learned from reward, and rewards learned from human preferences."""
