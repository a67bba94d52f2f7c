"""Papers written down for other tools: BibTeX, BibLaTeX and CSL-JSON."""
