"""What of `typing` is there when a program runs, for modules that questions load: `typing` takes 2 ms to import.

A type checker sees the real ones. `NamedTuple` makes the same classes, in a third of the time, as it looks at no types.
Nobody can ask these what they mean: options of commands, which Typer reads, take `Literal` from `typing`.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, NamedTuple, Protocol
else:
    Any = object

    class Literal:
        """`Literal["a", "b"]` is a text."""

        def __class_getitem__(cls, _):
            return str

    class Protocol:
        """What a class can do; nothing more when it runs."""

    class _Maker(type):
        """Makes a named tuple of a class statement."""

        def __new__(cls, name, _, body):
            fields = type(name, (), dict(body)).__annotations__  # from 3.14 on they are no part of the body
            made = namedtuple(name, fields, defaults=[body[field] for field in fields if field in body])
            for member in body.keys() - fields.keys():
                setattr(made, member, body[member])
            return made

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})

__all__ = ["TYPE_CHECKING", "Any", "Literal", "NamedTuple", "Protocol"]
