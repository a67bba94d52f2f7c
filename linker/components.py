"""Which entries may be one: those that share an identity key, directly or through others. Numbers and keys only."""

from collections.abc import Collection, Iterable, Iterator

from kb.store import Store

Place = int
"""document << 20 | entry: an entry in one number."""
AT_PLACE = "e.doc = t.value >> 20 AND e.n = t.value & 0xFFFFF"
"""The entry `e` that row `t` of a list of places means."""

_AT_ONCE = 1000
"""Number of entries, roughly, whose facts are in memory together."""


def shared(store: Store) -> list[list[Place]]:
    """All entries that share a key with another, grouped by what may be one thing."""
    store.make_indexes("identity_key")
    return _components(
        store.rows(
            "SELECT key, doc << 20 | n FROM identity WHERE key IN "
            "(SELECT key FROM identity GROUP BY key HAVING count(*) > 1)"
        )
    )


def closure(store: Store, keys: Collection[str]) -> list[list[Place]]:
    """Entries that have one of these keys, those that share a key with them, and so on; grouped by what may be one."""
    found: list[tuple[str, Place]] = []
    places: set[Place] = set()
    seen: set[str] = set()
    frontier = set(keys)
    while frontier:
        seen |= frontier
        with store.listed("frontier", frontier) as table:
            rows = store.rows(
                f"SELECT i.key, i.doc << 20 | i.n FROM {table} f CROSS JOIN identity i ON i.key = f.value"
            )
        found += rows
        reached = {place for _, place in rows} - places
        places |= reached
        with store.listed("reached", reached) as table:
            rows = store.rows(
                f"SELECT i.key FROM {table} p CROSS JOIN identity i ON i.doc = p.value >> 20 "
                "WHERE i.n = p.value & 0xFFFFF"
            )
        frontier = {key for (key,) in rows} - seen
    return _components(found)


def _components(keyed: Iterable[tuple[str, Place]]) -> list[list[Place]]:
    """Places that are connected by keys, directly or through others; the smallest first."""
    parent: dict[Place, Place] = {}

    def root(place: Place) -> Place:
        while (above := parent.setdefault(place, place)) != place:
            parent[place] = parent[above]
            place = above
        return place

    first: dict[str, Place] = {}
    for key, place in keyed:
        one, other = root(first.setdefault(key, place)), root(place)
        if one != other:
            parent[max(one, other)] = min(one, other)
    together: dict[Place, list[Place]] = {}
    for place in sorted(parent):
        together.setdefault(root(place), []).append(place)
    return list(together.values())


def batches(components: list[list[Place]]) -> Iterator[list[Place]]:
    batch: list[Place] = []
    for component in components:
        batch += component
        if len(batch) >= _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
