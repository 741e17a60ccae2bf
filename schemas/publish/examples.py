"""Golden examples of each type, good and bad, made from its schema: what a producer's own tests can run against.

Why a bad one is bad follows from what was done to a good one, never from asking the validator.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.publish.samples import SAMPLES, sample
from schemas.touchpoint.instant import DAY_PATTERN, INSTANT_PATTERN
from schemas.touchpoint.reasons import Reason

Json = dict[str, Any]
OCCURRED_AT = "2025-07-05T14:03:20.250+02:00"
_ENVELOPE = ("event_id", "source", "channel", "type", "occurred_at")
_OWN = ("event_id", "type", "data")
_OTHER_KINDS: tuple[tuple[str, Any], ...] = (
    ("number", 4.5),
    ("string", "text"),
    ("boolean", True),
    ("array", []),
    ("object", {}),
)


class Bad(NamedTuple):
    """A touchpoint that is refused for `reason`, naming `field`."""

    reason: Reason
    field: str
    touchpoint: Json


def good_examples(name: str, schema: Json) -> list[Json]:
    """The least that will do, everything at once, and null where a field may be absent."""
    least, most = _least(name, schema), _most(name, schema)
    nothing = {field: None for field in schema["properties"] if field not in schema["required"] and field not in least}
    return [
        {"event_id": f"{name}-1", **least},
        {"event_id": f"{name}-2", **most, "trace": "kept as it is", "data": {**most["data"], "note": "kept as it is"}},
        {"event_id": f"{name}-3", **least, **nothing, "occurred_at": "2025-07-05 12:03:20z"},
    ]


def bad_examples(name: str, schema: Json) -> list[Bad]:
    """What goes wrong with this type in particular."""
    base = {"event_id": f"{name}-bad", **_least(name, schema)}
    return [*_bad_envelope(base, schema), *_bad_data(base, schema)]


def bad_envelopes(schema: Json) -> list[Bad]:
    """What goes wrong with every type, shown once (with `page.viewed`)."""
    base = {"event_id": "envelope-bad", **_least("page.viewed", schema)}
    bad = [Bad("missing_field", field, _without(base, field)) for field in _ENVELOPE]
    for field in _known(schema):
        bad += _wrong(base, field, schema["properties"][field], needed=field in schema["required"])
    nine = {f"kind_{number}": "value" for number in range(9)}
    return [
        *bad,
        Bad("unknown_channel", "channel", {**base, "channel": "fax"}),
        Bad("unknown_type", "type", {**base, "type": "page.vieved"}),
        Bad("wrong_type", "identifiers.customer", {**base, "identifiers": {"customer": 1001}}),
        Bad("bad_identifier", "identifiers.email", {**base, "identifiers": {"email": "anna at example.org"}}),
        Bad("bad_identifier", "identifiers.phone", {**base, "identifiers": {"phone": "ask reception"}}),
        Bad("bad_identifier", "identifiers.device", {**base, "identifiers": {"device": "d" * 257}}),
        Bad("bad_identifier", "identifiers.a:b", {**base, "identifiers": {"a:b": "c"}}),
        Bad("too_many_identifiers", "identifiers", {**base, "identifiers": nine}),
        *(Bad("bad_time", "occurred_at", {**base, "occurred_at": text}) for text in _BAD_TIMES),
        Bad("time_out_of_range", "occurred_at", {**base, "occurred_at": "1989-12-31T23:59:59Z"}),
        Bad("time_out_of_range", "occurred_at", {**base, "occurred_at": "9999-12-31T23:59:59Z"}),
        Bad("missing_field", "event_id", {**_without(base, "event_id"), "channel": "fax", "type": "page.vieved"}),
        Bad("unknown_channel", "channel", {**base, "channel": "fax", "occurred_at": "yesterday"}),
    ]


_BAD_TIMES = (
    *("yesterday", "2025-07-05", "2025-07-05T14:03:20", "2025-07-05T14:03Z", "2025-02-29T14:03:20Z"),
    *("2025-07-05T14:03:60Z", "2025-07-05T24:00:00Z", "2025-07-05T14:03:20,250Z", "2025-07-05T14:03:20+25:00"),
)


def _least(name: str, schema: Json) -> Json:
    fields: Json = {"source": "example", "channel": "web", "type": name, "occurred_at": OCCURRED_AT}
    for field in ("identifiers", "place"):
        if field in schema["required"] or (name == "presence.seen" and field == "place"):
            fields[field] = SAMPLES[field]
    data = schema["properties"]["data"]
    if "data" in schema["required"]:
        fields["data"] = {field: sample(field, data["properties"][field]) for field in data["required"]}
    return fields


def _most(name: str, schema: Json) -> Json:
    properties = schema["properties"]
    fields = {field: sample(field, properties[field]) for field in properties if field not in _OWN}
    data = data_schema(schema)["properties"]
    return {**fields, "type": name, "data": {field: sample(field, data[field]) for field in data}}


def data_schema(schema: Json) -> Json:
    """The object form of `data`, with or without null beside it."""
    data: Json = schema["properties"]["data"]
    return data if "properties" in data else next(form for form in data["anyOf"] if "properties" in form)


def _known(schema: Json) -> list[str]:
    return [field for field in schema["properties"] if field not in ("type", "occurred_at", "identifiers", "data")]


def _bad_envelope(base: Json, schema: Json) -> Iterator[Bad]:
    for field in ("identifiers", "place"):
        if field in schema["required"]:
            yield Bad("missing_field", field, _without(base, field))
            yield Bad("missing_field", field, {**base, field: None})
    if "identifiers" in schema["required"]:
        yield Bad("missing_field", "identifiers", {**base, "identifiers": {}})
    if "place" in base and "place" not in schema["required"]:
        yield Bad("missing_field", "place", _without(base, "place"))
        yield Bad("missing_field", "place", {**_without(base, "place"), "data": {"x": 4.5}})
    yield Bad("wrong_type", "data", {**base, "data": ["a list"]})
    yield Bad("bad_time", "occurred_at", {**base, "occurred_at": "2025-07-05 14:03"})


def _bad_data(base: Json, schema: Json) -> Iterator[Bad]:
    data = data_schema(schema)
    good: Json = base.get("data", {})
    needed = data.get("required", [])
    if needed:
        yield Bad("missing_field", f"data.{needed[0]}", _without(base, "data"))
    for field, kind in data["properties"].items():
        if field in needed:
            yield Bad("missing_field", f"data.{field}", {**base, "data": _without(good, field)})
        for bad in _wrong(good, field, kind, needed=field in needed):
            yield Bad(bad.reason, f"data.{bad.field}", {**base, "data": bad.touchpoint})


def _wrong(holder: Json, field: str, kind: Json, *, needed: bool) -> Iterator[Bad]:
    """`holder` with this one field wrong in each way that its schema rules out."""
    forms = kind.get("anyOf", [kind])
    accepted = {one for form in forms for one in _types(form)}
    if not accepted:
        return  # anything goes
    if needed:
        yield Bad("missing_field", field, {**holder, field: None})
    other = next(value for name, value in _OTHER_KINDS if name not in accepted and not _is_whole(name, accepted))
    yield Bad("wrong_type", field, {**holder, field: other})
    for value in _outside(kind):
        reason: Reason = "bad_time" if _is_time(kind) else "unknown_channel" if field == "channel" else "bad_value"
        yield Bad(reason, field, {**holder, field: value})


def _is_time(kind: Json) -> bool:
    return kind.get("pattern") in (INSTANT_PATTERN, DAY_PATTERN)


def _types(form: Json) -> list[str]:
    types = form.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _is_whole(name: str, accepted: set[str]) -> bool:
    """4.5 is a number of the wrong value where whole numbers are asked for; another kind shows the type better."""
    return name == "number" and "integer" in accepted


def _outside(kind: Json) -> Iterator[Any]:
    """Values of the right type beyond each limit. Texts of thousands of characters are left to other tests."""
    if "enum" in kind:
        yield "no such value"
        return
    if _is_time(kind):
        yield from ("soon", "2025-02-30")
        return
    if any("pattern" in form for form in kind.get("anyOf", [])):  # money
        yield from ("12.34567", 12.34567, "12,50", "1e3", 10**12 + 1)
        if kind["anyOf"][0].get("minimum") == 0:
            yield -1
        return
    if kind.get("minLength"):
        yield ""
    if "S" in kind.get("pattern", ""):
        yield "   "
    if kind.get("pattern", "").startswith("^[a-z0-9"):
        yield "Web Shop"
    if kind.get("maxLength", 4096) < 1024:
        yield "x" * (kind["maxLength"] + 1)
    for form in kind.get("anyOf", [kind]):
        if "minimum" in form:
            yield form["minimum"] - 1
        if "maximum" in form:
            yield form["maximum"] + 1


def _without(holder: Json, field: str) -> Json:
    return {name: value for name, value in holder.items() if name != field}
