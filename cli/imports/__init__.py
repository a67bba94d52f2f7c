"""From what names papers (an arXiv id, a bibliography, a digest) to a note for each; what is written reads the same."""
