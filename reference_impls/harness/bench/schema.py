"""Validate records against `rb1.schema.json`, with as much of JSON Schema as that file uses and no dependency."""
import json
from collections.abc import Iterator
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("rb1.schema.json")
TYPES: dict[str, tuple[type, ...]] = {"object": (dict,), "array": (list,), "string": (str,), "integer": (int,),
                                      "number": (int, float), "boolean": (bool,), "null": (type(None),)}


def violations(record: object) -> list[str]:
    """What is wrong with a bench record, each with the path of the value: `time_ms.p50: 0 is not more than 0`."""
    return [f"{path or 'record'}: {what}" for path, what in _check(record, _rb1(), "")]


@cache
def _rb1() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


def _check(value: Any, schema: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    allowed = schema.get("type", [])
    allowed = [allowed] if isinstance(allowed, str) else allowed
    if allowed and not any(_is(value, name) for name in allowed):
        yield path, f"{_shown(value)} is not {' or '.join(allowed)}"
        return
    if "const" in schema and value != schema["const"]:
        yield path, f"{_shown(value)} is not {_shown(schema['const'])}"
    if "enum" in schema and value not in schema["enum"]:
        yield path, f"{_shown(value)} is not one of {_shown(schema['enum'])}"
    if _is(value, "number"):
        if value < schema.get("minimum", value):
            yield path, f"{value} is less than {schema['minimum']}"
        if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
            yield path, f"{value} is not more than {schema['exclusiveMinimum']}"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield path, f"has {len(value)} items"
        for index, item in enumerate(value):
            yield from _check(item, schema.get("items", {}), f"{path}[{index}]")
    if isinstance(value, dict):
        yield from _check_object(value, schema, path)
    if "if" in schema:
        branch = "else" if any(_check(value, schema["if"], path)) else "then"
        yield from _check(value, schema.get(branch, {}), path)


def _check_object(value: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name in schema.get("required", []):
        if name not in value:
            yield path, f"has no {name}"
    for name, item in value.items():
        rest = schema.get("additionalProperties", {})
        inside = schema.get("properties", {}).get(name, rest)
        if inside is False:
            yield path, f"{name} is unknown"
        else:
            yield from _check(item, inside, f"{path}.{name}".lstrip("."))


def _is(value: Any, name: str) -> bool:
    """Whether a value has a JSON type. Unlike in Python, true is not an integer, and there is no NaN."""
    return (isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
            and (not isinstance(value, float) or isfinite(value)))


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
