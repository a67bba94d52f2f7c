"""A partly read Markdown note: front matter and links, before it is decided what the note is about."""

from functools import cached_property
from types import ModuleType

from kb import facts, frontmatter, header_lines, ids, inline_fields, markdown, notion, portable
from kb.conventions import called, called_by_notion, stem
from kb.facts import Facts, fact_name
from kb.fields import Field, Problem
from kb.ids import PaperId
from kb.markdown import Scan
from kb.model import Entry, Item, Link
from kb.moved import Moved
from kb.rewritten import rewritten
from kb.typed import NamedTuple


class Note:
    """What every dialect starts from.

    Args:
        text: the whole file; its `body` begins at character `body_at`.
        lines: lines of the whole file; the first of the body that says something has the number `opens_at`, from 1.
        fields: fields of the front matter; those from lines under the title are in `header`.
        moved: where the places of the body are in the file, if the body is not as it is there.
    """

    def __init__(
        self,
        path: str,
        text: str,
        body: str,
        body_at: int,
        lines: list[str],
        opens_at: int,
        fields: list[Field],
        header: list[Field],
        facts: Facts,
        scan: Scan,
        problems: list[Problem],
        moved: Moved | None,
    ) -> None:
        self.path, self.text, self.body, self.body_at = path, text, body, body_at
        self.lines, self.opens_at = lines, opens_at
        self.fields, self.header, self.facts, self.scan, self.problems = fields, header, facts, scan, problems
        self.moved = moved
        self.keys = {field.key.lower() for field in fields}

    @property
    def stem(self) -> str:
        return stem(self.path)

    @property
    def last_section(self) -> str:
        """The text below the last heading."""
        headings = self.scan.headings
        return "\n".join(self.lines[headings[-1].line :]) if headings else self.body

    @cached_property
    def cited(self) -> list[tuple[Link, PaperId]]:
        """The links of the body that lead to papers."""
        return [(link, paper) for link in self.scan.links if (paper := ids.parse_id(link.target))]


class Reading(NamedTuple):
    """What a dialect finds in a note.

    Args:
        aliases: names of the document besides those in its fields.
        text: replaces the body for full-text search, if the dialect repairs garbled characters.
        links: replace the note's own, if the dialect knows more about them (the entry each belongs to, a role).
    """

    title: str
    entries: tuple[Entry, ...] = ()
    items: tuple[Item, ...] = ()
    links: tuple[Link, ...] | None = None
    problems: tuple[Problem, ...] = ()
    aliases: tuple[str, ...] = ()
    text: str | None = None


def open_note(path: str, text: str) -> Note:
    """Never fails: what cannot be read becomes a problem, the rest is kept."""
    lines = text.split("\n")
    matter: ModuleType = frontmatter
    if text.startswith("+++"):
        from kb import toml_matter as matter
    source, body_at, problem = matter.split(text)
    problems: list[Problem] = [problem] if problem else []
    if source is not None and text.startswith("---", body_at) and frontmatter.split(text[body_at:])[0]:
        line = text.count("\n", 0, body_at) + 1
        problems.append(
            Problem(line, 1, "front-matter-twice", "a second front matter is read as text", "merge it into the first")
        )
    fields: list[Field] = []
    if source is not None:
        fields = inline_fields.of_fence(source, first_line=2)
        if not fields:
            fields, found_problems = matter.parse_fields(source, first_line=2)
            problems += found_problems
            problems += portable.problems(fields, lines) if matter is frontmatter else []
    body = text[body_at:]
    body_line = text.count("\n", 0, body_at) + 1
    plain = rewritten(body, body_line)
    if plain:
        body = plain.text
        text = text[:body_at] + body
        lines = text.split("\n")
    scan = markdown.scan(body, body_line)
    scan.named += plain.named if plain else []
    opens_at = next((n for n, line in enumerate(lines[body_line - 1 :], body_line) if _says(line)), body_line)
    scan.links = header_lines.with_people(scan.links, lines)
    if not fields and called_by_notion(called(path)):
        fields = notion.properties(lines)
        told = {field.line for field in fields}
        scan.links = [link for link in scan.links if link.line not in told]
    inline = inline_fields.of_page(lines, scan, fields)
    above = [*fields, *inline]
    header = header_lines.of_page(lines, scan, opens_at, above)
    if any(field.key == "title" for field in header):  # the note's own title is another name of the paper
        above = [field._replace(key="other_title") if fact_name(field.key) == "title" else field for field in above]
    found = facts.from_fields([*above, *header])
    if any(field.key in ("year", "title") for field in header):
        found.marks.append("authors")
    problems += found.problems
    _add_tags(found, scan)
    moved = plain.moved if plain else None
    return Note(path, text, body, body_at, lines, opens_at, fields, header, found, scan, problems, moved)


def _says(line: str) -> bool:
    """Whether a line is neither empty nor only a comment, such as `<!-- generated -->`."""
    line = line.strip()
    return bool(line) and not (line.startswith("<!--") and line.find("-->") == len(line) - len("-->"))


def _add_tags(found: Facts, scan: Scan) -> None:
    if not scan.tags:
        return
    known = {tag.casefold() for tag in found.all("tags")}
    for tag in scan.tags:
        if tag.value.casefold() not in known:
            known.add(tag.value.casefold())
            found.facts.append(tag)
