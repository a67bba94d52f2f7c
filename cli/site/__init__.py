"""A vault as a static site: a page for each paper, pattern, constraint and other note, all of it without a script."""
