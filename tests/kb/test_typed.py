"""The runtime stand-in for `typing` makes the same classes."""

import pickle

from kb.typed import Any, Literal, NamedTuple


class Point(NamedTuple):
    """A place."""

    x: int
    kind: Literal["near", "far"] | None = None
    said: Any = ()

    @property
    def is_far(self) -> bool:
        return self.kind == "far"

    def __str__(self) -> str:
        return f"at {self.x}"


def test_a_named_tuple_has_fields_defaults_and_methods_of_its_own() -> None:
    point = Point(1, kind="far")
    assert point == (1, "far", ())
    assert (point.x, point.is_far, str(point), Point.__doc__) == (1, True, "at 1", "A place.")
    assert point._replace(x=2)._asdict() == {"x": 2, "kind": "far", "said": ()}
    assert repr(Point(3)) == "Point(x=3, kind=None, said=())"
    assert (Point._fields, Point.__module__, Point.__qualname__) == (("x", "kind", "said"), __name__, "Point")
    assert pickle.loads(pickle.dumps(point)) == point
