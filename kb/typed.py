"""Runtime stand-ins for `typing`, for modules that a query loads: importing `typing` takes 2 ms.

A type checker sees the real ones. `NamedTuple` makes the same classes in a third of the time, as it ignores types.
These cannot be inspected at runtime, so command options, which Typer reads, use `Literal` from `typing`.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, NamedTuple, Protocol
else:
    Any = object

    class Literal:
        """`Literal["a", "b"]` is `str`."""

        def __class_getitem__(cls, _):
            return str

    class Protocol:
        """An empty base class at runtime."""

    class _Maker(type):
        """Turns a class statement into a named tuple."""

        def __new__(cls, name, _, body):
            fields = type(name, (), dict(body)).__annotations__  # from 3.14 on they are not in the body
            made = namedtuple(name, fields, defaults=[body[field] for field in fields if field in body])
            for member in body.keys() - fields.keys():
                setattr(made, member, body[member])
            return made

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})

__all__ = ["TYPE_CHECKING", "Any", "Literal", "NamedTuple", "Protocol"]
