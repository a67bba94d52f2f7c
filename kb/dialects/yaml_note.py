"""YAML notes: one paper, or a list of papers (also under a single key such as `papers:`)."""

from kb import facts
from kb.conventions import stem
from kb.dialects.edge_fields import edge_links
from kb.model import Entry, Link, Record


def read(path: str, text: str) -> Record:
    """Every mapping that names a paper becomes an entry; other YAML files are documents about nothing."""
    from kb import yaml_matter  # only such files need the parser in any case

    mappings, problems = yaml_matter.parse_mappings(text)
    entries: list[Entry] = []
    links: list[Link] = []
    for fields in mappings:
        found = facts.from_fields(fields)
        problems += found.problems
        title = found.first("title")
        if not (found.ids or found.kind or (title and (found.marks or found.first("date")))):
            continue
        line = fields[0].line if fields else 1
        step = f"front matter `{found.ids[0].scheme}`" if found.ids else "a mapping with a title"
        entries.append(found.entry(found.kind or "paper", line, step, title))
        links += edge_links(fields, entry=len(entries) - 1)
    aliases = tuple(entries[0].values("aliases")) if len(entries) == 1 else ()
    title = entries[0].title if len(entries) == 1 else ""
    return Record(
        path,
        "yaml",
        "file name ends in .yaml",
        title or stem(path),
        aliases,
        tuple(entries),
        tuple(links),
        text=text,
        diagnostics=tuple(problem.found_in(path) for problem in problems),
    )
