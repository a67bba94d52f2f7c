"""What a note is about, and its title: a cascade of signs, most reliable first; the answer may be nothing."""

import re

from kb import ids
from kb.conventions import PAGES_OF_FOLDERS, called, called_by_notion
from kb.dialects import note_titles
from kb.dialects.cited_dates import date_fact
from kb.dialects.note import Note
from kb.dialects.note_titles import Told
from kb.dialects.own_paper import are_one, labelled_ids, labelled_papers, linked_title, stands_alone, title_of_pdf
from kb.dialects.sections import in_information, is_section
from kb.facts import fact_name
from kb.header_words import KEYS, is_information
from kb.ids import PaperId
from kb.markdown import Heading, link_text
from kb.model import CITED_YEAR, Entry, Fact, Link
from kb.regex import rare
from kb.titles import display_title, title_head, title_key

_BADGE = rare(r"\[!\[([^\[\]]+)\]\(")
_LAST_LINK = rare(r"(?<=\S)[\s|·]*(?<!!)\[\[?(?P<text>[^\[\]]{1,40})\]\]?\([^()\s]{1,500}\)[\s#]*$")
_CITEKEY = rare(r"@([^\W\d_][^\s@]*(?:1[89]|20)\d\d[^\s@]*)")
"""`@vaswani2017`, the name that Zotero plugins give the note of a paper; without a year it may be a person."""
_LINKED_LABEL = rare(
    r"(?<=\S)\s+[\[(](?:arxiv|paper|link|pdf|code|doi)[\])]$"
    r"|^[\[(](?:arxiv|paper|link|pdf|code|doi)[\])]\s+(?=\S)",
    re.IGNORECASE,
)
"""The label in a heading such as `Title [[arXiv](...)]` or `[\\[arXiv\\]](...) Title`, as displayed."""
_DATED = rare(r"(?:1[89]|20)\d\d|\d{4}\.\d{4}")
_NEAR_TOP, _NEAR_END = 20, 8
"""Lines of the body in which a note may cite its own paper."""
_FEWEST_SPACES = 2
"""Spaces in a title; a shorter one is just as often the name of a topic."""
_SAID_BY_TITLE = "its title says so: "


def about(note: Note) -> tuple[str, Entry | None]:
    """The note's title, and the paper, pattern or constraint that it is about."""
    found = note.facts
    is_in_text = any(field.key == "arxiv_id" for field in note.header) if note.header else False
    is_surer = found.ids and found.first("title") and not is_in_text
    name = found.first("title") or _heading_as_title(note)
    labelled = {} if is_surer else labelled_ids(note, name or note.stem)
    title = found.first("title") or name or _heading_over(note, labelled)
    shown = linked_title(note, labelled) if not found.first("title") else ""
    title = title if title and shown.count(" ") < _FEWEST_SPACES else shown
    title = title or title_of_pdf(note) or called_by_notion(note.stem) or note.stem
    entry = _entry(note, labelled, title)
    if entry and not _is_at_its_word(note):
        entry = of_paper(entry)
    return title, _with_citation(note, entry) if entry else None


def _is_at_its_word(note: Note) -> bool:
    """Whether the front matter gives `kind: paper` and a title; then no part of the title is a label."""
    return "kind" in note.keys and "title" in note.keys and note.facts.kind == "paper"


def is_named(note: Note) -> bool:
    """Whether the note's own name, or a section of information, says which paper it is about.

    The papers that it lists are others.
    """
    _, entry = about(note)
    if entry is None or may_be_topic(entry):
        return False
    return (entry.line == 1 and not note.facts.marks) or in_information(note, entry.line)


def may_be_topic(entry: Entry) -> bool:
    """Whether only a short title says that the note is about a paper: `Vision paper notes` may list several."""
    is_of_title = entry.decided_by.startswith(_SAID_BY_TITLE) and not entry.ids
    return is_of_title and entry.title.count(" ") <= _FEWEST_SPACES


def of_paper(entry: Entry) -> Entry:
    """The entry with only the paper's title, if the note's title has more, and with the facts in the rest."""
    if entry.kind != "paper":
        return entry
    told = note_titles.told(entry.title, has_id=bool(entry.ids) and not entry.values("title"))
    if told.title == entry.title:
        return entry
    facts = [fact._replace(value=told.title) if fact.field == "title" else fact for fact in entry.facts]
    if told.date and not entry.values("date"):
        facts.append(date_fact(told.date, entry.line))
    if not entry.values("authors"):
        facts += [Fact("authors", name, entry.line, 1) for name in told.authors]
    return entry._replace(title=told.title, facts=tuple(facts))


def _entry(note: Note, labelled: dict[PaperId, Link], title: str) -> Entry | None:
    found = note.facts
    if found.kind and found.kind != "paper":
        return found.entry(found.kind, 1, "front matter `kind`", title)
    if found.ids:
        known = {paper.scheme for paper in found.ids}
        others = {paper: link for paper, link in labelled.items() if paper.scheme not in known} if labelled else {}
        more = others if others and are_one(note, others) else ()
        return found.entry("paper", *_declared(note, found.ids[0]), title, more)
    if labelled and are_one(note, labelled):
        link = next(iter(labelled.values()))
        return found.entry("paper", link.line, f"labeled id on line {link.line}", title, labelled)
    told = Told(title) if _is_at_its_word(note) else note_titles.told(title)
    if told.paper:
        return found.entry("paper", 1, "arXiv id in the title", title, [told.paper])
    if found.kind or found.marks:
        by = "kind" if found.kind else found.marks[0]
        line = next((fact.line for fact in found.facts if not found.kind and fact.field == fact_name(by)), 1)
        is_inline = line >= note.opens_at > 1 or not note.fields
        said = f"field `{by}` on line {line}" if is_inline else f"front matter `{by}`"
        return found.entry("paper", line if is_inline else 1, said, title)
    built_on = next((link for link in note.scan.links if link.role == "builds-on"), None)
    if built_on and found.first("title") and found.first("date"):
        return found.entry("paper", built_on.line, f"it builds on another paper, on line {built_on.line}", title)
    from_name = note_titles.paper_of_name(called(note.path))
    if from_name:
        return found.entry("paper", 1, "file name", title, [from_name])
    citekey = _CITEKEY.fullmatch(note.stem)
    if citekey:
        entry = found.entry("paper", 1, "file name is a citation key", title)
        return entry._replace(facts=(*entry.facts, Fact("citekey", citekey[1], 1, 1)))
    if not labelled and _may_cite_itself(note):
        from kb.dialects import own_citation  # most notes do not get this far

        if cited := own_citation.paper(note, title):
            return cited
    papers = labelled_papers(note, title) if not labelled else {}
    if len(papers) == 1:
        [(url, (line, column))] = papers.items()
        entry = found.entry("paper", line, f"labeled address on line {line}", title)
        return entry._replace(facts=(*entry.facts, Fact("url", url, line, column)))
    is_folder = note.stem.lower() in PAGES_OF_FOLDERS  # may be called `Paper reviews` because it contains some
    if is_folder or not told.says:
        return _cited(note, title) or (None if is_folder else _signed(note, title))
    return _called(note, title, told)


def _called(note: Note, title: str, told: Told) -> Entry:
    """The paper that, according to the note's title, the note is about, with the id of a link that shows its name."""
    names = {title_key(told.title), title_head(told.title)}
    linked = {paper for link, paper in note.cited if title_key(link_text(link).strip("*_ ")) in names}
    return note.facts.entry("paper", 1, f"{_SAID_BY_TITLE}{told.says}", title, linked if len(linked) == 1 else ())


def _cited(note: Note, title: str, own: int = 0) -> Entry | None:
    """The paper that has the note's title, or the line `own` to itself, and is cited in the note."""
    name = title.lower()
    is_heading = any(name in heading.text.lower() for heading in note.scan.headings[:1])
    is_named = title.count(" ") >= _FEWEST_SPACES and note.body.lower().count(name) > is_heading
    if not (own or is_named):
        return None
    from kb.dialects import same_title  # few notes get this far

    return same_title.paper(note, title, own)


def _signed(note: Note, title: str) -> Entry | None:
    """The paper whose authors are all that is on the line below its title, with `et al.` or a year."""
    if " " not in title:
        return None
    from kb.dialects.byline import byline  # notes with fields or ids do not get this far

    signed = byline(note)
    told = [fact.field for fact in signed]
    is_sure = told.count("authors") > 1 and (CITED_YEAR in told or "date" in told)
    if set(told) <= {"authors"} or not (is_sure or title.count(" ") >= _FEWEST_SPACES):
        return None
    from kb.dialects.cited_titles import without_last_date

    line = signed[0].line
    linked = {paper for link, paper in note.cited if link.line == line}
    bare, by = without_last_date(title)[0].strip(" ."), f"authors below the title, on line {line}"
    return note.facts.entry("paper", 1, by, bare, linked if len(linked) == 1 else ())


def _with_citation(note: Note, entry: Entry) -> Entry:
    """The paper with title, authors and date from the note's own citation of it, or the authors below its title."""
    if entry.kind != "paper":
        return entry
    is_told = entry.values("title") or (entry.values("authors") and entry.title.count(" ") >= _FEWEST_SPACES)
    if not is_told and _may_cite_itself(note):
        from kb.dialects import own_citation

        own = own_citation.find(note, entry.title)
        if own and (own.is_called or not entry.ids or set(own.ids) & set(entry.ids)):
            entry = own_citation.completed(entry, own)
    if entry.values("authors"):
        return entry
    cited = _cited(note, entry.title, entry.line if in_information(note, entry.line) else 0)
    if cited is None:
        from kb.dialects.byline import byline

        found = byline(note)
    else:
        found = [*cited.facts] if set(cited.ids) <= set(entry.ids) else []
    told = [fact for fact in found if fact.field in ("authors", "authors_more")]
    if not (entry.values("date") or entry.values(CITED_YEAR)):
        told += [fact for fact in found if fact.field in ("date", CITED_YEAR)]
    return entry._replace(facts=(*entry.facts, *told))


def _may_cite_itself(note: Note) -> bool:
    """Whether there is a year or an arXiv number where `own_citation` looks."""
    first = note.opens_at - 1
    near = note.lines[first : first + _NEAR_TOP] + note.lines[-_NEAR_END:]
    return any(line and _DATED.search(line) for line in near)


def _declared(note: Note, paper: PaperId) -> tuple[int, str]:
    """The line of the entry, and the field that gives the id."""
    told = [fact for fact in note.facts.facts if fact.field in ("arxiv_id", "doi", "url")]
    line = next((fact.line for fact in told if ids.parse_id(fact.value) == paper), 1)
    is_inline = line >= note.opens_at
    return (line, f"field `{paper.scheme}` on line {line}") if is_inline else (1, f"front matter `{paper.scheme}`")


def _heading_as_title(note: Note) -> str:
    """The first heading, if it is above all others and has level 1 or opens the note; sections are not titles."""
    headings = note.scan.headings
    if headings and is_information(headings[0].text):
        headings = headings[1:]
    if not headings or is_section(headings[0]):
        return ""
    first, is_alone = headings[0], all(other.level > headings[0].level or is_section(other) for other in headings[1:])
    opens = first.line == note.opens_at
    text, line = first.text, note.lines[first.line - 1]
    for label in reversed([*_BADGE.findall(line), *(_labels_behind(line) if "](" in line else ())]):
        text = "".join(text.rpartition(label)[::2]).strip(" |·")
    shown = _without_label(_LINKED_LABEL.sub("", text))
    is_title = is_alone and (first.level == 1 or opens)
    is_of_notion = first.level == 1 and bool(called_by_notion(note.stem))
    is_sure = is_title or (opens and (is_of_notion or shown != text or _is_only_link(note, first, headings)))
    return display_title(shown) if is_sure else ""


def _labels_behind(heading: str) -> list[str]:
    """The texts of the links with labels at the end of a heading: `Title [[paper]](...)[[code]](...)`."""
    from kb.dialects.cited_titles import is_label  # few headings have links

    found: list[str] = []
    while (link := _LAST_LINK.search(heading)) and is_label(link["text"]) and link.start():
        found.insert(0, link["text"])
        heading = heading[: link.start()]
    return found


def _without_label(heading: str) -> str:
    """A heading without the label of a title (`Title: Nets of Ends`)."""
    label, colon, title = heading.partition(":")
    return title.strip() if colon and KEYS.get(label.lower()) in ("title", "paper_title") and title else heading


def _heading_over(note: Note, labelled: dict[PaperId, Link]) -> str:
    """The heading that opens the note, if its paper's id is under it, above other headings of its level."""
    first, *others = note.scan.headings or [Heading(0, "", 0)]
    is_title = first.line == note.opens_at and first.text.count(" ") >= _FEWEST_SPACES
    if not is_title or is_section(first) or not (labelled and are_one(note, labelled)):
        return ""
    end = others[0].line if others else len(note.lines) + 1
    return display_title(first.text) if all(link.line < end for link in labelled.values()) else ""


def _is_only_link(note: Note, first: Heading, headings: list[Heading]) -> bool:
    """Whether the first heading is a link and no other heading is, as in a list of papers."""
    lines = {heading.line for heading in headings}
    links = [link for link in note.scan.links if link.line in lines and link_text(link)]
    return [link.line for link in links if stands_alone(link, note.lines[link.line - 1])] == [first.line]
