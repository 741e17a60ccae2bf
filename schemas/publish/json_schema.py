"""JSON Schema (draft 7) of each type, made from its model: what any reader can check without this package."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from schemas.touchpoint import TYPES, Touchpoint

DIALECT = "http://json-schema.org/draft-07/schema#"


class _Untitled(GenerateJsonSchema):
    """Field names say what pydantic's titles would say again."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # whatever the field, no title
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """`null` beside what the field holds; a type with limits stays in one piece."""
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str) and "enum" not in inner and "const" not in inner:
            return {**inner, "type": [inner["type"], "null"]}
        if "anyOf" in inner:
            return {**inner, "anyOf": [*inner["anyOf"], {"type": "null"}]}
        return {"anyOf": [inner, {"type": "null"}]}


def schema_of(model: type[Touchpoint]) -> dict[str, Any]:
    """The schema of one type in one piece, without references."""
    schema = model.model_json_schema(schema_generator=_Untitled)
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inline(schema, definitions)
    return {"$schema": DIALECT, "title": inlined["properties"]["type"]["const"], **inlined}


def all_schemas() -> dict[str, dict[str, Any]]:
    return {name: schema_of(model) for name, model in TYPES.items()}


def _inline(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_inline(below, definitions) for below in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str):
        target = dict(definitions[reference.rpartition("/")[2]])
        target.pop("title", None)
        beside = {key: below for key, below in value.items() if key != "$ref"}
        return _inline({**target, **beside}, definitions)
    return {key: _inline(below, definitions) for key, below in value.items() if not _is_noise(key, below)}


def _is_noise(key: str, value: Any) -> bool:
    """The models' class names, and defaults that only say that a field may be absent."""
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
