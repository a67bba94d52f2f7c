"""Write and remove the parts of the graph."""

from collections.abc import Iterable, Mapping

from kb.store import Store

EdgeRow = tuple[str, int, int, str, str, int, int]
"""Type, source, target, role, why, document, line: a row of the table `edge`."""

ValueRow = tuple[str, str, int]
"""Field, value, position: a row of the table `value` without its node."""


def value_rows(fields: Mapping[str, Iterable[str]]) -> list[ValueRow]:
    """The fields of a node that hold several values, each value once; lists keep their order."""
    return [
        (name, item, position)
        for name, found in fields.items()
        for position, item in enumerate(dict.fromkeys(found if isinstance(found, list) else sorted(found)))
    ]


def add_values(store: Store, rows: Iterable[tuple[int, list[ValueRow]]]) -> None:
    """Write the values of nodes that have none."""
    store.run_many(
        "INSERT INTO value (field, value, node, position) VALUES (?, ?, ?, ?)",
        ((field, value, node, position) for node, values in rows for field, value, position in values),
    )


def drop(store: Store, *nodes: int) -> None:
    """Remove nodes with their values and edges."""
    if not nodes:
        return
    with store.listed("dropped", nodes) as table:
        for column in ("source", "target"):
            store.run(f"DELETE FROM edge WHERE {column} IN (SELECT value FROM {table})")
        store.run(f"DELETE FROM value WHERE node IN (SELECT value FROM {table})")
        store.run(f"DELETE FROM node WHERE id IN (SELECT value FROM {table})")
    forget_order(store)


def forget_order(store: Store) -> None:
    """Drop what `kb.query.reach` keeps, as builds-on edges were added or removed."""
    store.run("DELETE FROM ordered")
