"""The AsyncAPI 3 document: the topics that services use, one message per type, written as plain YAML."""

import json
import re
from typing import Any

from pydantic import TypeAdapter

from schemas.publish.examples import good_examples
from schemas.rejection import Rejected
from schemas.touchpoint.catalogue import GROUPS, type_name

Json = dict[str, Any]
VERSION = "1.0.0"
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_NOT_BARE = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_JSON_SCHEMA = "application/schema+json;version=draft-07"
_ABOUT = (
    "Services send touchpoints, one JSON object per record; what cannot be taken comes back on touchpoints.rejected "
    "with the reason. The contract only grows: unknown fields are kept, and no field is taken away or narrowed."
)


def asyncapi(schemas: dict[str, Json]) -> Json:
    """The document as one object; the schemas of the types stay in their own files beside it."""
    messages = {name: _message(name, group, schemas[name]) for group in GROUPS for name in _names(group)}
    references = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Touchline",
            "version": VERSION,
            "description": _ABOUT,
            "tags": [{"name": g} for g in GROUPS],
        },
        "defaultContentType": "application/json",
        "channels": {
            "touchpoints": {
                "address": "touchpoints",
                "description": "Keyed by source and event_id, so that copies of a touchpoint meet in one partition.",
                "messages": references,
            },
            "rejected": {
                "address": "touchpoints.rejected",
                "description": "Dead letters, with the exact bytes, the reason and how to put it right.",
                "messages": {"rejected": {"$ref": "#/components/messages/rejected"}},
            },
        },
        "operations": {
            "receiveTouchpoints": {"action": "receive", "channel": {"$ref": "#/channels/touchpoints"}},
            "sendRejected": {"action": "send", "channel": {"$ref": "#/channels/rejected"}},
        },
        "components": {"messages": {**messages, "rejected": _rejected()}},
    }


def _names(group: Any) -> list[str]:
    return [type_name(model) for model in GROUPS[group]]


def _message(name: str, group: str, schema: Json) -> Json:
    return {
        "name": name,
        "summary": schema["description"],
        "tags": [{"name": group}],
        "payload": {"schemaFormat": _JSON_SCHEMA, "schema": {"$ref": f"json/{name}.json"}},
        "examples": [{"name": "least", "payload": good_examples(name, schema)[0]}],
    }


def _rejected() -> Json:
    schema = TypeAdapter(Rejected).json_schema()
    return {
        "name": "rejected",
        "summary": "One refused record or row.",
        "payload": {"schemaFormat": _JSON_SCHEMA, "schema": schema},
    }


def yaml(value: Any, indent: int = 0) -> str:
    """YAML of a JSON value: blocks for objects and lists, JSON's own spelling for names and values."""
    margin = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{margin}{_name(name)}:{_below(below, indent)}" for name, below in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{margin}-{_below(below, indent)}" for below in value)
    return f"{margin}{json.dumps(value, ensure_ascii=False)}\n"


def _name(name: str) -> str:
    """Bare where no reader of YAML could take it for anything but a text."""
    return name if _BARE.fullmatch(name) and name.lower() not in _NOT_BARE else json.dumps(name)


def _below(value: Any, indent: int) -> str:
    if isinstance(value, (dict, list)) and value:
        return "\n" + yaml(value, indent + 1)
    return f" {json.dumps(value, ensure_ascii=False)}\n"
