"""Patterns as a hierarchy with counts, and the matrix of patterns and families with its notable gaps."""

from kb.store import Store
from kb.typed import NamedTuple

LIKE = 2
"""Families are similar if they share this many patterns; this many of them must use one before its absence is a gap."""


class Pattern(NamedTuple):
    """A pattern (or constraint), the papers that use it, and what is broader and narrower."""

    key: str
    title: str
    ghost: bool
    papers: list[str]
    broader: list[str]
    narrower: list[str]


class Gap(NamedTuple):
    """A family without a pattern that similar families (`near`) use, the most similar first."""

    pattern: str
    family: str
    near: tuple[str, ...]


class Matrix(NamedTuple):
    """Papers by pattern and family, and the empty cells next to full ones."""

    patterns: tuple[str, ...]
    families: tuple[str, ...]
    cells: dict[tuple[str, str], tuple[str, ...]]
    gaps: tuple[Gap, ...]


def patterns(store: Store, kind: str = "pattern") -> dict[str, Pattern]:
    """Every pattern that has a note or is used, by key; `kind` may be `constraint`."""
    edge = "uses-pattern" if kind == "pattern" else "raises-constraint"
    found = {
        key: Pattern(key, title, ghost == "ghost", [], [], [])
        for ghost, key, title in store.rows(
            "SELECT DISTINCT n.kind, n.key, n.title FROM node n LEFT JOIN edge g ON g.target = n.id AND g.type = ? "
            "WHERE n.kind = ? OR n.kind = 'ghost' AND g.source IS NOT NULL ORDER BY n.key",
            (edge, kind),
        )
    }
    for key, paper in store.rows(
        "SELECT DISTINCT t.key, s.key FROM node t CROSS JOIN edge g ON g.target = t.id JOIN node s ON s.id = g.source "
        "WHERE t.kind IN (?, 'ghost') AND g.type = ? ORDER BY t.key, s.first_day IS NULL, s.first_day, s.key",
        (kind, edge),
    ):
        found[key].papers.append(paper)
    for narrow, broad in store.rows(
        "SELECT DISTINCT s.key, t.key FROM edge g JOIN node s ON s.id = g.source JOIN node t ON t.id = g.target "
        "WHERE g.type = 'broader' AND s.kind = ? ORDER BY 1, 2",
        (kind,),
    ):
        if broad in found and narrow in found:
            found[narrow].broader.append(broad)
            found[broad].narrower.append(narrow)
    return found


def matrix(store: Store) -> Matrix:
    """Which family uses which pattern. A gap is an empty cell of a family where similar families have papers."""
    cells: dict[tuple[str, str], list[str]] = {}
    for pattern, family, paper in store.rows(
        "SELECT DISTINCT t.key, s.family, s.key FROM node t "
        "CROSS JOIN edge g ON g.target = t.id JOIN node s ON s.id = g.source WHERE t.kind IN ('pattern', 'ghost') "
        "AND g.type = 'uses-pattern' AND s.family IS NOT NULL ORDER BY 1, 2, s.first_day, 3"
    ):
        cells.setdefault((pattern, family), []).append(paper)
    rows = sorted({pattern for pattern, _ in cells})
    columns = sorted({family for _, family in cells})
    used_by = {pattern: {f for f in columns if (pattern, f) in cells} for pattern in rows}
    has = {family: {p for p in rows if (p, family) in cells} for family in columns}
    gaps = []
    for pattern in rows:
        for family in columns:
            near = sorted(
                (other for other in used_by[pattern] if len(has[other] & has[family]) >= LIKE),
                key=lambda other: (-len(has[other] & has[family]), other),
            )
            if (pattern, family) not in cells and len(near) >= LIKE:
                gaps.append(Gap(pattern, family, tuple(near)))
    gaps.sort(key=lambda gap: (-len(gap.near), gap.pattern, gap.family))
    return Matrix(tuple(rows), tuple(columns), {cell: tuple(found) for cell, found in cells.items()}, tuple(gaps))
