"""Markdown notes, ours and Obsidian's: front matter, links, headings; each about one paper, pattern, limit or none."""

import re

from kb import facts, frontmatter, ids, markdown
from kb.dialects.edge_fields import edge_links
from kb.facts import Facts
from kb.frontmatter import Field, Problem
from kb.ids import PaperId
from kb.markdown import Scan
from kb.model import Diagnostic, Entry, Fact, Link, Record
from kb.titles import display_title

_OWN_FIELDS = {"implementation", "patterns", "constraints", "builds_on", "kind"}
_LABEL = re.compile(
    r"\W*(?:arxiv(?:[ _-]?id)?|paper|url|link|source(?:[ _-]url)?|doi|pdf|abs(?:tract)?)\W*[:|]?\W*$", re.I
)
_OBSIDIAN_KEYS = {"aliases", "alias", "tags", "cssclass", "cssclasses"}


def read(path: str, text: str) -> Record:
    """Never fails: what cannot be read is a diagnostic, the rest is kept."""
    source, body_at, problem = frontmatter.split(text)
    problems: list[Problem] = [problem] if problem else []
    fields: list[Field] = []
    if source is not None:
        fields, found_problems = frontmatter.parse_fields(source, first_line=2)
        problems += found_problems
    found = facts.from_fields(fields)
    problems += found.problems
    raw = text.encode()
    scan = markdown.scan(raw, len(text[:body_at].encode()))
    _add_tags(found, scan)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    title = found.first("title") or _first_heading(scan) or stem
    entry = _about(found, scan, text, stem, title)
    dialect, dialect_by = _dialect(fields, scan)
    return Record(
        path,
        dialect,
        dialect_by,
        title,
        tuple(found.all("aliases")),
        (entry,) if entry else (),
        (*edge_links(fields), *scan.links),
        scan.fragments(),
        text[body_at:],
        tuple(Diagnostic(path, p.line, p.column, p.code, "warning", p.message, p.hint) for p in problems),
    )


def _add_tags(found: Facts, scan: Scan) -> None:
    known = {tag.casefold() for tag in found.all("tags")}
    for tag in dict.fromkeys(scan.tags):
        if tag.casefold() not in known:
            found.facts.append(Fact("tags", tag, 1, 1))


def _first_heading(scan: Scan) -> str:
    return next((display_title(h.text) for h in scan.headings if h.level == 1 and h.text), "")


def _about(found: Facts, scan: Scan, text: str, stem: str, title: str) -> Entry | None:
    """The cascade that finds out which paper, pattern or constraint a note is about; it may be none."""
    if found.kind and found.kind != "paper":
        return found.entry(found.kind, 1, "front matter `kind`", title)
    if found.ids:
        return found.entry("paper", 1, f"front matter `{found.ids[0].scheme}`", title)
    labelled = _labelled_ids(scan, text)
    if len(labelled) == 1:
        [(paper, line)] = labelled.items()
        return found.entry("paper", line, f"labelled id in line {line}", title, [paper])
    if found.kind or found.marks:
        by = "kind" if found.kind else found.marks[0]
        return found.entry("paper", 1, f"front matter `{by}`", title)
    from_name = ids.parse_arxiv(stem.replace("_", "/"))
    if from_name:
        return found.entry("paper", 1, "file name", title, [PaperId("arxiv", from_name.base)])
    return None


def _labelled_ids(scan: Scan, text: str) -> dict[PaperId, int]:
    """Ids above the first section that are labelled (`Paper`, `arXiv ID: ...`) or stand alone in their line."""
    end = next((h.line for h in scan.headings if h.level > 1), 1 << 31)
    above = [link for link in scan.links if link.line < end and link.kind in ("markdown", "id")]
    lines = text.split("\n") if above else []
    found: dict[PaperId, int] = {}
    for link in above:
        paper = ids.parse_id(link.target)
        if paper and _is_labelled(link, lines[link.line - 1]):
            found.setdefault(paper, link.line)
    return found


def _is_labelled(link: Link, line: str) -> bool:
    if link.kind == "markdown":
        return bool(_LABEL.match(link.raw[1 : link.raw.find("](")]))
    before, after = line[: link.column - 1], line[link.column - 1 + len(link.raw) :]
    return bool(_LABEL.match(before)) or not re.search(r"\w", before + after)


def _dialect(fields: list[Field], scan: Scan) -> tuple[str, str]:
    keys = {field.key.lower() for field in fields}
    own = sorted(keys & _OWN_FIELDS)
    if own:
        return "native", f"front matter `{own[0]}`"
    if any(link.kind in ("wiki", "embed") and link.raw.startswith(("[[", "![[")) for link in scan.links):
        return "obsidian", "wiki-links"
    if keys & _OBSIDIAN_KEYS:
        return "obsidian", f"front matter `{sorted(keys & _OBSIDIAN_KEYS)[0]}`"
    return "markdown", "nothing that marks another habit"
