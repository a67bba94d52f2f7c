"""Plain values of which a vault makes millions."""

from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """Let a frozen dataclass be made as fast as one that is not: a `Link` in 0.2 us instead of 1.4.

    What makes a frozen one slow is that its `__init__` goes around its own refusal of assignments, one call for each
    attribute. Here only the type checker refuses them, and it sees every line. The class has neither `__post_init__`
    nor default factories.
    """
    names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    source = f"def __init__(self, {', '.join(names)}):" + "".join(f"\n    self.{name} = {name}" for name in names)
    scope: dict[str, Any] = {}
    exec(source, scope)
    scope["__init__"].__defaults__ = cls.__init__.__defaults__
    cls.__init__ = scope["__init__"]  # type: ignore[method-assign]
    del cls.__setattr__, cls.__delattr__
    return cls
