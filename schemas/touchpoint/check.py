"""One JSON object against the contract: the models find every defect, this names the one that is listed first."""

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.touchpoint.base import Touchpoint
from schemas.touchpoint.catalogue import TYPES
from schemas.touchpoint.decode import as_bytes, decode, json_kind
from schemas.touchpoint.instant import AHEAD_MS, EARLIEST_MS, instant_ms
from schemas.touchpoint.reasons import RANK, ContractError, Defect, Reason, first

_VALIDATE = {name: model.__pydantic_validator__.validate_python for name, model in TYPES.items()}
_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def find_defect(touchpoint: dict[str, Any], latest_ms: int | None = None) -> Defect | None:
    """None if the object keeps the contract. `latest_ms`: the latest allowed occurred_at; None asks no such thing."""
    kind = touchpoint.get("type")
    validate = _VALIDATE.get(kind) if isinstance(kind, str) else None
    if validate is None:
        return first([*_defects(Touchpoint, touchpoint), *_unknown_type(kind)])
    try:
        validate(touchpoint)
    except ValidationError as error:
        return first([_defect(detail, touchpoint) for detail in error.errors(include_url=False)])
    # A valid touchpoint has a valid time; only its range is left, and that reason is the last.
    return out_of_range(instant_ms(touchpoint["occurred_at"]) or 0, latest_ms)


def out_of_range(at_ms: int, latest_ms: int | None) -> Defect | None:
    if at_ms < EARLIEST_MS:
        return Defect("time_out_of_range", "occurred_at", "occurred_at is before 1990; correct the emitter's clock")
    if latest_ms is not None and at_ms > latest_ms:
        hours = AHEAD_MS // 3_600_000
        detail = f"occurred_at is more than {hours} h ahead of the broker's time; correct the emitter's clock or zone"
        return Defect("time_out_of_range", "occurred_at", detail)
    return None


def parse(value: bytes | dict[str, Any], latest_ms: int | None = None) -> Touchpoint:
    """The touchpoint as its model, from the bytes or the dictionary that would be sent. Raises ContractError."""
    payload = as_bytes(value) if isinstance(value, dict) else value
    found = payload if isinstance(payload, Defect) else decode(payload)
    defect = found if isinstance(found, Defect) else find_defect(found, latest_ms)
    if defect is not None:
        raise ContractError(defect)
    assert isinstance(found, dict)
    return TYPES[found["type"]].model_validate(found)


def _defects(model: type[Touchpoint], touchpoint: dict[str, Any]) -> list[Defect]:
    try:
        model.model_validate(touchpoint)
    except ValidationError as error:
        return [_defect(detail, touchpoint) for detail in error.errors(include_url=False)]
    return []


def _unknown_type(kind: Any) -> list[Defect]:
    if not isinstance(kind, str):
        return []  # missing or of the wrong type: the envelope has said so
    return [
        Defect("unknown_type", "type", f"type {kind[:64]!r} is not in the catalogue; see schemas/json for the types")
    ]


def _defect(error: ErrorDetails, touchpoint: dict[str, Any]) -> Defect:
    """A defect from one of pydantic's errors: reason, dotted path, and a sentence that begins with the path."""
    context: dict[str, Any] = error.get("ctx", {})
    field = ".".join(map(str, error["loc"]))
    if "field" in context:
        field = f"{field}.{context['field']}" if field else context["field"]
    code, value = error["type"], error["input"]
    if code == "missing" or value is None:
        return Defect("missing_field", *_missing(field, touchpoint))
    if code in RANK:
        reason: Reason = code  # type: ignore[assignment]  # RANK holds the reasons
        return Defect(reason, field, f"{field} {error['msg']}")
    if code in _EXPECTED:
        return Defect("wrong_type", field, f"{field} is {json_kind(value)}; it must be {_EXPECTED[code]}")
    if code == "literal_error":
        return _not_in_list(field, value, context)
    return Defect("bad_value", field, f"{field}: {error['msg'][:1].lower()}{error['msg'][1:]}; correct the value")


def _missing(field: str, touchpoint: dict[str, Any]) -> tuple[str, str]:
    kind = touchpoint.get("type")
    if field == "data" and isinstance(kind, str) and kind in TYPES:
        field = f"data.{_first_needed(TYPES[kind])}"
    return field, f"{field} is missing; {kind[:64] if isinstance(kind, str) else 'every touchpoint'} needs it"


def _first_needed(model: type[Touchpoint]) -> str:
    """The first field that the model's `data` cannot do without."""
    data = model.model_fields["data"].annotation
    assert isinstance(data, type)
    assert issubclass(data, BaseModel)
    return next(info.alias or name for name, info in data.model_fields.items() if info.is_required())


def _not_in_list(field: str, value: Any, context: dict[str, Any]) -> Defect:
    if not isinstance(value, str):
        return Defect("wrong_type", field, f"{field} is {json_kind(value)}; it must be a text")
    reason: Reason = "unknown_channel" if field == "channel" else "bad_value"
    return Defect(reason, field, f"{field} {value[:64]!r} is not known; send one of {context.get('expected')}")
