"""The query language of the command line, Python, web and agents: text to a tree, a tree to SQL, rows to papers."""
