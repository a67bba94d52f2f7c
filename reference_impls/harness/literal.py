"""Read the dataclasses of card.py as literals from a module that is never run, and check them against their types."""
import ast
import re
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Generic, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from reference_impls.harness.answer import wrong_figures
from reference_impls.harness.card import Arm, Card, Case, Claim, Curve, Experiment, Scaling, Training

CALLS = {kind.__name__: kind for kind in (Card, Claim, Experiment, Training, Scaling, Arm, Case, Curve)}
HINTS = {name: get_type_hints(kind) for name, kind in CALLS.items()}
EXPECTATION = re.compile(r"tie|[<>]-?\d+(\.\d+)?(e-?\d+)?")
T = TypeVar("T")


class CardError(ValueError):
    """A card that cannot be read; the message gives `path:line:col` and what to do about it."""


@dataclass(frozen=True)
class Declared(Generic[T]):
    """The value of `NAME = Kind(...)` at the top level of a module, its place, and the docstring's first line."""

    value: T
    node: ast.expr
    summary: str


def declared(path: Path, name: str, kind: type[T]) -> Declared[T]:
    """Read the docstring and one literal of a module.

    Raises:
        CardError: it is missing or not a literal, has an unknown or missing field, or a wrong type.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CardError(f"{path}:{line}:1: is not UTF-8; save it as UTF-8") from None
    tree = _header(source, name, path)
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            value = _value(node.value, path)
            if not isinstance(value, kind):
                reject(path, node.value, f"{name} must be a {kind.__name__}(...)")
            return Declared(value, node.value, (ast.get_docstring(tree) or "").partition("\n")[0])
    raise CardError(f"{path}:1:1: no {name} = {kind.__name__}(...) at the top level")


def _header(source: str, name: str, path: Path) -> ast.Module:
    """The module, parsed only to the end of `name = ...(`: a tenth of the work of parsing all of it."""
    card = source.find(f"\n{name} = ")
    end = source.find("\n)\n", card)
    for text in ([source[:end + 3]] if card >= 0 and end >= 0 else []) + [source]:
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError) as error:
            problem = error
    line, column = getattr(problem, "lineno", 1) or 1, getattr(problem, "offset", 1) or 1
    raise CardError(f"{path}:{line}:{column}: {getattr(problem, 'msg', problem)}; fix the Python syntax")


def reject(path: Path, node: ast.expr, problem: str) -> NoReturn:
    """Report what is wrong with an expression, and where.

    Raises:
        CardError: always.
    """
    raise CardError(f"{path}:{node.lineno}:{node.col_offset + 1}: {problem}")


def _value(node: ast.expr, path: Path) -> Any:
    """The value of a literal. Adjacent strings and unary minus are literals; names and operators are not."""
    match node:
        case ast.Constant(value=value) if isinstance(value, str | int | float | bool | NoneType):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.List(elts=items):
            return [_value(item, path) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item, path) for item in items)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {_value(key, path): _value(value, path) for key, value in zip(keys, values) if key is not None}
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            return _build(name, node, path)
    reject(path, node, f"{ast.unparse(node)[:40]!r} is computed; a card is read, never run: write the literal value")


def _build(name: str, node: ast.Call, path: Path) -> Any:
    """Build one card dataclass, checking its fields against their types."""
    declared = fields(CALLS[name])
    if len(node.args) > len(declared):
        reject(path, node, f"{name} has {len(declared)} fields, but {len(node.args)} are given")
    given = {each.name: argument for each, argument in zip(declared, node.args)}
    for keyword in node.keywords:
        if keyword.arg not in HINTS[name]:
            reject(path, keyword.value, f"{name} has no field {keyword.arg!r}; it has {', '.join(HINTS[name])}")
        given[keyword.arg] = keyword.value
    for each in declared:
        if each.name not in given and each.default is MISSING and each.default_factory is MISSING:
            reject(path, node, f"{name} needs {each.name!r}")
    values = {key: _value(argument, path) for key, argument in given.items()}
    for key, value in values.items():
        if not _fits(value, HINTS[name][key]):
            hint = str(HINTS[name][key]).replace("typing.", "").replace("reference_impls.harness.card.", "")
            reject(path, given[key], f"{name}.{key} must be {hint}")
    if name == "Arm" and not EXPECTATION.fullmatch(values["expect"]):
        reject(path, given["expect"], f"expect {values['expect']!r} must be '>number', '<number' or 'tie'")
    if name == "Training" and (values["goal"] == "tie" or not EXPECTATION.fullmatch(values["goal"])):
        reject(path, given["goal"], f"goal {values['goal']!r} must be '>number' or '<number'")
    if name == "Experiment" and values["measures"][:1] != [values["metric"]]:
        reject(path, given["measures"], f"measures must begin with the metric, {values['metric']!r}")
    if name == "Experiment" and (wrong := wrong_figures(values["answer"], values["arms"], values["measures"])):
        reject(path, given["answer"], f"the answer names {wrong[0]}, not a figure of an arm - see harness/answer.py")
    return CALLS[name](**values)


def _fits(value: object, hint: Any) -> bool:
    """Whether a literal fits a type, for the few kinds of types that cards use."""
    origin, arguments = _parts(hint)
    if origin is Literal:
        return value in arguments
    if origin in (Union, UnionType):
        return any(_fits(value, option) for option in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(key, arguments[0]) and _fits(item, arguments[1])
                                               for key, item in value.items())
    return isinstance(value, (int, float) if hint is float else hint)


@cache      # cards have few types and thousands of values
def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    return get_origin(hint), get_args(hint)
