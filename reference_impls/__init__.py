"""Small, readable reference implementations of the ideas in papers, each checked, judged and timed."""
