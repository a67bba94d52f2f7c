"""How things connect: links, paper identity, edges, implementations."""
