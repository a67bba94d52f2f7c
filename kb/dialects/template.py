"""Templates: notes with placeholders that a tool fills in. They are about no paper, and their links lead nowhere yet.

---
title: {{title}}
created: <% tp.date.now() %>
---
"""

import re

from kb.dialects.note import Note

NAME = "template"

_GAP = re.compile(
    r"<%[-_*=+~]?[^<>\n]{0,400}(?:%>|$)|\{\{-?\s*(?:"
    r"(?:value|name|title|date|time|now|today|authors?|creators?|year|cite-?key|doi|url|tags|abstract|abstractnote|summary"
    r"|category|full_title|source_url|content|highlights?|publish_?date|cover_?url)(?:\s*[|:][^{}\n]{0,200})?"
    r"|[a-z_][\w.]*(?:\s*\|[^{}\n]{0,200}|\([^{}\n]{0,200}\))|(?!site\.)[a-z_]\w*(?:\.[a-z_]\w*)+|\.[a-z][\w.]*"
    r"|replace\s[^{}\n]{0,200})\s*-?\}\}",
    re.IGNORECASE,
)
"""`{{title}}`, `{{date:YYYY}}`, `{{date | format("YYYY")}}`, `{{ page.title }}`; not the braces of `{{BERT: ...}}`."""
_VALUE = re.compile(r"(?:[ \t]*(?:[\w .-]{1,60}:|-[ \t]))?[ \t\"'\[#@]*(?=<%|\{\{)")
_TITLE = re.compile(r"(?:#{1,6}\s[^\w{<]{0,8})?(?=<%|\{\{)")
"""What may come before a placeholder; one further on is only being discussed."""


def recognize(note: Note) -> str:
    """Recognized by a placeholder at the start of a front-matter value, the title or the first line."""
    openings = {note.opens_at, *(heading.line for heading in note.scan.headings[:1])}
    lines = [(line, _VALUE) for line in note.lines[1 : note.opens_at - 1] if "<%" in line or "{{" in line]
    lines += [(line, _TITLE) for number in sorted(openings) for line in note.lines[number - 1 : number]]
    for line, before in lines:
        begins = before.match(line)
        gap = _GAP.match(line, begins.end()) if begins else None
        if gap:
            return f"the placeholder `{gap[0]}`"
    return ""
