"""The golden examples: what is good passes and what is bad fails, here and for a second reader."""

from typing import Any

import pytest
from jsonschema import Draft7Validator
from support.touchpoints import RECEIVED_MS, golden

from schemas.publish.json_schema import all_schemas
from schemas.touchpoint import AHEAD_MS, TYPES, find_defect, parse

Json = dict[str, Any]
LATEST_MS = RECEIVED_MS + AHEAD_MS
READERS = {name: Draft7Validator(schema) for name, schema in all_schemas().items()}


def _by_name(goodness: str) -> dict[str, list[Json]]:
    examples: dict[str, list[Json]] = {}
    for name, example in golden(goodness):
        examples.setdefault(name, []).append(example)
    return examples


GOOD, BAD = _by_name("good"), _by_name("bad")


def _beyond_json_schema(bad: Json) -> bool:
    """Decimals of a number, days of a month, the present, and the forms of e-mail and phone."""
    money = bad["field"] in ("data.amount", "data.value", "data.price", "data.discount")
    day = bad["reason"] == "bad_time" and ("02-29" in str(bad) or "02-30" in str(bad))
    form = bad["field"] in ("identifiers.email", "identifiers.phone")
    return money or day or form or bad["reason"] == "time_out_of_range"


def test_every_type_has_good_and_bad_examples() -> None:
    assert set(GOOD) == set(TYPES)
    assert set(BAD) == {*TYPES, "envelope"}
    assert {example["type"] for examples in GOOD.values() for example in examples} == set(TYPES)


@pytest.mark.parametrize("name", GOOD)
def test_good_examples_keep_the_contract(name: str) -> None:
    for example in GOOD[name]:
        assert find_defect(example, LATEST_MS) is None
        assert type(parse(example, LATEST_MS)) is TYPES[name]


@pytest.mark.parametrize("name", BAD)
def test_bad_examples_are_refused_for_their_reason(name: str) -> None:
    for bad in BAD[name]:
        defect = find_defect(bad["touchpoint"], LATEST_MS)
        assert defect is not None, bad
        assert (defect.reason, defect.field) == (bad["reason"], bad["field"]), bad
        assert defect.detail.startswith(bad["field"] or "the record")


@pytest.mark.parametrize("name", TYPES)
def test_a_second_reader_judges_the_examples_the_same(name: str) -> None:
    reader = READERS[name]
    Draft7Validator.check_schema(reader.schema)
    assert all(reader.is_valid(example) for example in GOOD[name])
    for bad in BAD[name] + (BAD["envelope"] if name == "page.viewed" else []):
        assert not reader.is_valid(bad["touchpoint"]) or _beyond_json_schema(bad), bad
