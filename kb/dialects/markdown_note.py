"""Markdown notes, ours and Obsidian's: front matter, links, headings; each about one paper, pattern, limit or none."""

import re

from kb import facts, frontmatter, ids, markdown, roles
from kb.dialects.edge_fields import edge_links
from kb.facts import Facts
from kb.fields import Field, Problem
from kb.ids import PaperId
from kb.markdown import Heading, Scan
from kb.model import Diagnostic, Entry, Link, Record
from kb.titles import display_title

_OWN_FIELDS = {"implementation", "patterns", "constraints", "builds_on", "kind"}
_LABEL = re.compile(
    r"\W*(?:arxiv|paper|url|link|source|doi|pdf|abs(?:tract)?)(?:[ _-]?(?:id|link|page|url))?\W*$",
    re.IGNORECASE,
)
_LONGEST_LABEL = 400
"""Characters; a longer line is prose and labels nothing."""
_SECTIONS = {
    "abstract", "background", "basics", "contents", "experiments", "fundamentals", "introduction", "key points",
    "links", "method", "notes", "overview", "references", "resources", "results", "summary", "table of contents",
    "tldr", "tl dr",
}  # fmt: skip
"""Headings that begin a section even where they are the only one of their level."""
_OBSIDIAN_KEYS = {"aliases", "alias", "tags", "cssclass", "cssclasses"}


def read(path: str, text: str) -> Record:
    """Never fails: what cannot be read is a diagnostic, the rest is kept."""
    source, body_at, problem = frontmatter.split(text)
    problems: list[Problem] = [problem] if problem else []
    if source is not None and frontmatter.split(text[body_at:])[0]:
        line = text.count("\n", 0, body_at) + 1
        problems.append(Problem(line, 1, "front-matter-twice", "a second front matter is text", "join it to the first"))
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
    lines = text.split("\n")
    opens_at = text.count("\n", 0, body_at) + 1
    opens_at = next((number for number, line in enumerate(lines[opens_at - 1 :], opens_at) if line.strip()), opens_at)
    labelled = _labelled_ids(scan, lines, opens_at)
    title = found.first("title") or _linked_title(labelled) or _heading_as_title(scan, opens_at) or stem
    entry = _about(found, labelled, stem, title)
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
    for tag in scan.tags:
        if tag.value.casefold() not in known:
            known.add(tag.value.casefold())
            found.facts.append(tag)


def _linked_title(labelled: dict[PaperId, Link]) -> str:
    """The text of the one link to the paper, where it is more than a label."""
    text = _link_text(next(iter(labelled.values()))) if len(labelled) == 1 else ""
    return "" if _LABEL.match(text) else display_title(text.strip("*_ "))


def _heading_as_title(scan: Scan, opens_at: int) -> str:
    """The first heading, when it is above all others and has level 1 or opens the note; sections are no titles."""
    first = scan.headings[0] if scan.headings else None
    if not first or _is_section(first):
        return ""
    is_alone = all(other.level > first.level for other in scan.headings[1:])
    return display_title(first.text) if is_alone and (first.level == 1 or first.line == opens_at) else ""


def _is_section(heading: Heading) -> bool:
    return markdown.fold_heading(heading.text) in _SECTIONS or bool(roles.of_heading(heading.text))


def _about(found: Facts, labelled: dict[PaperId, Link], stem: str, title: str) -> Entry | None:
    """The cascade that finds out which paper, pattern or constraint a note is about; it may be none."""
    if found.kind and found.kind != "paper":
        return found.entry(found.kind, 1, "front matter `kind`", title)
    if found.ids:
        return found.entry("paper", 1, f"front matter `{found.ids[0].scheme}`", title)
    if len(labelled) == 1:
        [(paper, link)] = labelled.items()
        return found.entry("paper", link.line, f"labelled id in line {link.line}", title, [paper])
    if found.kind or found.marks:
        by = "kind" if found.kind else found.marks[0]
        return found.entry("paper", 1, f"front matter `{by}`", title)
    from_name = ids.parse_arxiv(stem.replace("_", "/"))
    if from_name:
        return found.entry("paper", 1, "file name", title, [PaperId("arxiv", from_name.base)])
    return None


def _labelled_ids(scan: Scan, lines: list[str], opens_at: int) -> dict[PaperId, Link]:
    """Ids above the first section that are labelled (`Paper`, `arXiv ID: ...`) or stand alone in their line.

    A link with any other text counts where it is the note's first line or a heading; more such headings are a digest.
    """
    openings = {opens_at, *(heading.line for heading in scan.headings)}
    sections = (h.line for h in scan.headings if h.level > 1 and (h.line > opens_at or _is_section(h)))
    end = next(sections, 1 << 31)
    found: dict[PaperId, Link] = {}
    for link in scan.links:
        if link.kind in ("markdown", "id") and (link.line < end or link.line in openings):
            paper = ids.parse_id(link.target)
            line = lines[link.line - 1]
            if paper and (
                (link.line < end and _is_labelled(link, line)) or (link.line in openings and _is_title(link, line))
            ):
                found.setdefault(paper, link)
    return found


def _is_labelled(link: Link, line: str) -> bool:
    if link.kind == "markdown":
        return bool(_LABEL.match(_link_text(link)))
    return len(line) < _LONGEST_LABEL and (bool(_LABEL.match(line[: link.column - 1])) or _stands_alone(link, line))


def _link_text(link: Link) -> str:
    """What a Markdown link shows; nothing for an id or an address that stands for itself."""
    return link.raw[1 : max(link.raw.find("]("), 1)] if link.kind == "markdown" else ""


def _is_title(link: Link, line: str) -> bool:
    return _stands_alone(link, line) and not re.search(r"\bpaper\b", _link_text(link), re.IGNORECASE)


def _stands_alone(link: Link, line: str) -> bool:
    if len(line) > len(link.raw) + _LONGEST_LABEL:
        return False
    start = link.column - 1
    return not re.search(r"\w", line[:start] + line[start + len(link.raw) :])


def _dialect(fields: list[Field], scan: Scan) -> tuple[str, str]:
    keys = {field.key.lower() for field in fields}
    own = sorted(keys & _OWN_FIELDS)
    if own:
        return "native", f"front matter `{own[0]}`"
    if any(link.raw.startswith(("[[", "![[")) for link in scan.links):
        return "obsidian", "wiki-links"
    if keys & _OBSIDIAN_KEYS:
        return "obsidian", f"front matter `{sorted(keys & _OBSIDIAN_KEYS)[0]}`"
    return "markdown", "nothing that marks another habit"
