"""`schema.sql` as statements."""

import re
from functools import cache
from pathlib import Path


@cache
def statements() -> tuple[list[str], dict[str, str]]:
    """The statements of `schema.sql`: tables in order, and indexes by name."""
    script = re.sub(r"--[^\n]*", "", Path(__file__).with_name("schema.sql").read_text("utf-8"))
    index = re.compile(r"(CREATE (?:UNIQUE )?INDEX) (\w+)")
    tables: list[str] = []
    indexes: dict[str, str] = {}
    for statement in filter(None, map(str.strip, script.split(";"))):
        if found := index.match(statement):
            indexes[found[2]] = index.sub(r"\1 IF NOT EXISTS \2", statement)
        else:
            tables.append(statement)
    return tables, indexes
