"""The kinds of field that touchpoints are made of: each with its limits, its JSON Schema and an example."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.touchpoint.identifiers import MOST, check_identifiers, check_needed_identifiers
from schemas.touchpoint.instant import DAY_PATTERN, INSTANT_PATTERN, day_number, instant_ms
from schemas.touchpoint.money import CURRENCIES, LIMIT, MONEY_PATTERN, UNSIGNED_PATTERN, money_text

TEXT_CHARACTERS = 4096
Channel = Literal["web", "app", "wristband", "till", "call_center", "email", "social", "desk", "sensor", "partner"]


def _instant(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("wrong_type", "must be a text such as 2026-05-04T10:15:30.250+02:00")
    if instant_ms(value) is None:
        message = "is no RFC 3339 time; send it as 2026-05-04T10:15:30.250+02:00, with seconds and with an offset or Z"
        raise PydanticCustomError("bad_time", message)
    return value


def _day(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("wrong_type", "must be a text such as 2026-05-04")
    if day_number(value) is None:
        raise PydanticCustomError("bad_time", "is no day of the calendar; send it as 2026-05-04")
    return value


def _signed_money(value: Any) -> Decimal:
    if not isinstance(value, (str, int, float, Decimal)) or isinstance(value, bool):
        raise PydanticCustomError("wrong_type", "must be a number or a decimal text such as 12.50")
    text = money_text(value)
    if text is None:
        message = "is no amount; send plain digits with at most 4 decimals, at most 10^12, without sign of thousands"
        raise PydanticCustomError("bad_value", message)
    return Decimal(text)


def _money(value: Any) -> Decimal:
    amount = _signed_money(value)
    if amount < 0:
        raise PydanticCustomError("bad_value", "is negative; send the amount itself, the type says which way it goes")
    return amount


def _currency(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("wrong_type", "must be a text such as EUR")
    if value not in _CURRENCIES:
        raise PydanticCustomError("bad_value", "is no ISO 4217 code; send three capital letters such as EUR")
    return value


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 5.0 is the integer 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _items(value: Any) -> Any:
    value = _whole(value)
    if isinstance(value, bool) or not isinstance(value, (int, list)):
        raise PydanticCustomError("wrong_type", "must be a list of items, or their number")
    if isinstance(value, int) and not 0 <= value <= 10**9:
        raise PydanticCustomError("bad_value", "must be from 0 to 1000000000")
    return value


def _flag_or_text(value: Any) -> Any:
    if not isinstance(value, (bool, str)):
        raise PydanticCustomError("wrong_type", "must be true, false or a text")
    if isinstance(value, str) and len(value) > TEXT_CHARACTERS:
        raise PydanticCustomError("bad_value", "is longer than 4096 characters; shorten it")
    return value


def _flag_or_count(value: Any) -> Any:
    if not isinstance(value, bool) and (not isinstance(_whole(value), int) or not 0 <= value <= 10**9):
        reason = "bad_value" if isinstance(value, (int, float)) else "wrong_type"
        raise PydanticCustomError(reason, "must be true, false or a count")
    return value


_CURRENCIES = frozenset(CURRENCIES)
_COUNT_SCHEMA: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 10**9}
_TEXT_SCHEMA: dict[str, Any] = {"type": "string", "maxLength": TEXT_CHARACTERS}
_NAMES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": ["string", "null"], "maxLength": 256},
    "propertyNames": {"minLength": 1, "maxLength": 64, "pattern": "^[^:]*$"},
    "maxProperties": MOST,
    "examples": [{"customer": "c-1001", "device": "d-77aa"}],
}


def _money_schema(pattern: str, least: int) -> WithJsonSchema:
    number = {"type": "number", "minimum": least, "maximum": LIMIT}
    said = "A number or a decimal text, at most 4 decimals and 10^12."
    forms = [number, {"type": "string", "pattern": pattern}]
    return WithJsonSchema({"anyOf": forms, "description": said, "examples": ["24.90", 24.9]})


Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"\S", examples=["a-1001"])]
"""What is looked up by this value: 1 to 128 characters, not only blanks."""
Source = Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,64}$", examples=["web-shop"])]
Text = Annotated[str, Field(max_length=TEXT_CHARACTERS)]
FullText = Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS)]
Number = Annotated[float, Field(allow_inf_nan=False, examples=[12.5])]
Seconds = Annotated[float, Field(ge=0, le=10**9, allow_inf_nan=False, examples=[42.5])]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[48.137])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[11.575])]
Count = Annotated[int, Field(ge=0, le=10**9, examples=[3]), BeforeValidator(_whole)]
PartySize = Annotated[int, Field(ge=1, le=10**9, examples=[4]), BeforeValidator(_whole)]
Version = Annotated[int, Field(ge=1, le=65_535, examples=[1]), BeforeValidator(_whole)]
Flag = Annotated[bool, Field(examples=[True])]
Items = Annotated[
    int | list[Any],
    PlainValidator(_items),
    WithJsonSchema({"anyOf": [_COUNT_SCHEMA, {"type": "array"}], "examples": [[{"product": "p-7", "quantity": 2}], 2]}),
]
FlagOrText = Annotated[
    bool | str,
    PlainValidator(_flag_or_text),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, _TEXT_SCHEMA], "examples": [True]}),
]
FlagOrCount = Annotated[
    bool | int,
    PlainValidator(_flag_or_count),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, _COUNT_SCHEMA], "examples": [2, True]}),
]
_AS_TEXT = PlainSerializer(lambda amount: format(amount, "f"), return_type=str)
SignedMoney = Annotated[Decimal, PlainValidator(_signed_money), _AS_TEXT, _money_schema(MONEY_PATTERN, -LIMIT)]
Money = Annotated[Decimal, PlainValidator(_money), _AS_TEXT, _money_schema(UNSIGNED_PATTERN, 0)]
Currency = Annotated[
    str,
    PlainValidator(_currency),
    WithJsonSchema({"type": "string", "enum": list(CURRENCIES), "examples": ["EUR"]}),
]
Instant = Annotated[
    str,
    PlainValidator(_instant),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": INSTANT_PATTERN,
            "maxLength": 64,
            "examples": ["2026-05-04T10:15:30.250+02:00", "2026-05-04 08:15:30z"],
        }
    ),
]
Day = Annotated[
    str,
    PlainValidator(_day),
    WithJsonSchema({"type": "string", "pattern": DAY_PATTERN, "examples": ["2026-07-11"]}),
]
Identifiers = Annotated[dict[str, str | None], PlainValidator(check_identifiers), WithJsonSchema(_NAMES_SCHEMA)]
NeededIdentifiers = Annotated[
    dict[str, str | None],
    PlainValidator(check_needed_identifiers),
    WithJsonSchema(_NAMES_SCHEMA | {"minProperties": 1}),
]
