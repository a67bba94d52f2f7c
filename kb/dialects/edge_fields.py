"""Links that stand in fields: names under the edge keys, and `[[links]]` anywhere."""

from kb import roles
from kb.facts import EDGE_FIELDS
from kb.frontmatter import Field
from kb.markdown import plain_links
from kb.model import Link


def edge_links(fields: list[Field], entry: int = 0) -> list[Link]:
    """Each name under `builds_on`, `cites`, `patterns`, `constraints` or `broader`, each `[[link]]` under any key."""
    links: list[Link] = []
    for field in fields:
        role = roles.of_field(field.key)
        for value in field.values:
            found = list(plain_links(value.text, value.line, value.column, role))
            if not found and field.key.strip().lower() in EDGE_FIELDS and value.text.strip():
                name = value.text.strip()
                found = [Link(name, value.line, value.column, "property", name, role=role)]
            links += [Link(x.raw, x.line, x.column, x.kind, x.target, x.fragment, x.role, x.why, entry) for x in found]
    return links
