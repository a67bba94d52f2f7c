"""`schema.sql` as statements."""

import os
import re
from functools import cache


@cache
def statements() -> tuple[list[str], dict[str, str]]:
    """The statements of `schema.sql`: tables in order, and indexes by name."""
    with open(os.path.join(os.path.dirname(__file__), "schema.sql"), encoding="utf-8") as file:
        script = re.sub(r"--[^\n]*", "", file.read())
    index = re.compile(r"(CREATE (?:UNIQUE )?INDEX) (\w+)")
    tables: list[str] = []
    indexes: dict[str, str] = {}
    for statement in filter(None, map(str.strip, script.split(";"))):
        if found := index.match(statement):
            indexes[found[2]] = index.sub(r"\1 IF NOT EXISTS \2", statement)
        else:
            tables.append(statement)
    return tables, indexes
