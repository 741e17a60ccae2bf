"""What would break a producer: a schema that refuses what the one before it accepted.

Producers and the pipeline are released apart, so the contract only grows: new types, new optional fields, wider limits.
"""

from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]

_UPPER: Final = ("maxLength", "maximum", "maxItems", "maxProperties")
_LOWER: Final = ("minLength", "minimum", "minItems", "minProperties")
_EXACT: Final = ("pattern", "const")
_NESTED: Final = ("items", "additionalProperties", "propertyNames")
_FOR_PEOPLE: Final = frozenset(("$schema", "title", "description", "examples", "default"))
_UNDERSTOOD: Final = frozenset(
    (*_UPPER, *_LOWER, *_EXACT, *_NESTED, *_FOR_PEOPLE, "type", "enum", "properties", "required", "anyOf")
)


def breaking_changes(before: dict[str, Json], after: dict[str, Json]) -> list[str]:
    """One sentence per change from one catalogue (type → schema) to another that an existing producer would feel."""
    changes: list[str] = []
    for name, schema in before.items():
        if name not in after:
            changes.append(f"{name}: the type was removed")
        else:
            changes += _changes(name, schema, after[name])
    return changes


def _changes(path: str, old: Json, new: Json) -> Iterator[str]:
    unknown = sorted((old.keys() | new.keys()) - _UNDERSTOOD)
    if unknown:
        # Silence would mean "compatible"; a keyword that nobody has thought about must not get that by default.
        yield f"{path}: {', '.join(unknown)} cannot be compared; teach schemas/publish/compatibility.py"
    olds, news = _alternatives(old), _alternatives(new)
    if len(olds) == len(news) == 1:
        yield from _plain_changes(path, olds[0], news[0])
        return
    for alternative in olds:
        reports = [list(_changes(path, alternative, candidate)) for candidate in news]
        yield from min(reports, key=len)  # empty where one of the new alternatives accepts as much; else the nearest
    if "anyOf" in old and "anyOf" in new:
        yield from _plain_changes(path, _beside(old), _beside(new))


def _alternatives(schema: Json) -> list[Json]:
    """One schema per alternative, each with at most one JSON type."""
    if "anyOf" in schema:
        return [form for alternative in schema["anyOf"] for form in _alternatives(alternative)]
    kinds = schema.get("type")
    return [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else [schema]


def _beside(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "anyOf"}


def _plain_changes(path: str, old: Json, new: Json) -> Iterator[str]:
    lost = _types(old) - _types(new)
    if lost:
        yield f"{path}: {', '.join(sorted(lost))} is no longer accepted"
        return  # limits of another type say nothing more
    yield from _values(path, old, new)
    yield from _limits(path, old, new)
    yield from _required(path, old, new)
    yield from _properties(path, old, new)
    for keyword in _NESTED:
        yield from _nested(f"{path} ({keyword})", old.get(keyword, True), new.get(keyword, True))


def _values(path: str, old: Json, new: Json) -> Iterator[str]:
    if "enum" not in new:
        return
    known = old.get("enum", [old["const"]] if "const" in old else None)
    gone = ["any other value"] if known is None else [value for value in known if value not in new["enum"]]
    if gone:
        yield f"{path}: {', '.join(map(str, gone))} is no longer accepted"


def _limits(path: str, old: Json, new: Json) -> Iterator[str]:
    for keyword in _UPPER:
        if keyword in new and (keyword not in old or new[keyword] < old[keyword]):
            yield f"{path}: {keyword} is now {new[keyword]}, was {old.get(keyword, 'unlimited')}"
    for keyword in _LOWER:
        if keyword in new and (keyword not in old or new[keyword] > old[keyword]):
            yield f"{path}: {keyword} is now {new[keyword]}, was {old.get(keyword, 'unlimited')}"
    for keyword in _EXACT:
        if keyword in new and new[keyword] != old.get(keyword):
            yield f"{path}: {keyword} is now {new[keyword]!r}, was {old.get(keyword, 'free')!r}"


def _required(path: str, old: Json, new: Json) -> Iterator[str]:
    for field in new.get("required", ()):
        if field not in old.get("required", ()):
            yield f"{path}.{field}: is now required"


def _properties(path: str, old: Json, new: Json) -> Iterator[str]:
    fields: Json = new.get("properties", {})
    for field, schema in old.get("properties", {}).items():
        if field not in fields:
            yield f"{path}.{field}: the field is no longer known"
        else:
            yield from _changes(f"{path}.{field}", schema, fields[field])


def _nested(path: str, old: Any, new: Any) -> Iterator[str]:
    """Schemas that may also stand as true (anything) or false (nothing)."""
    if new is True or old is False:
        return
    if new is False:
        yield f"{path}: nothing is accepted any more"
    else:
        yield from _changes(path, {} if old is True else old, new)


def _types(schema: Json) -> set[str]:
    """The JSON types that a schema without alternatives lets through."""
    kind = schema.get("type")
    names = {kind} if kind else {"array", "boolean", "null", "number", "object", "string"}
    return names | {"integer"} if "number" in names else names
