"""From sources (an arXiv id, a bibliography, a digest) to a note for each paper, which reads back as the same paper."""
