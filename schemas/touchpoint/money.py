"""Money as touchpoints write it: a number or a decimal text, at most 4 decimals and 10¹²; currencies of ISO 4217."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

LIMIT = 10**12
_UP_TO_LIMIT = r"([0-9]{1,12}(\.[0-9]{1,4})?|10{12}(\.0{1,4})?)"
MONEY_PATTERN = f"^-?{_UP_TO_LIMIT}$"
UNSIGNED_PATTERN = f"^{_UP_TO_LIMIT}$"
_MONEY = re.compile(f"-?{_UP_TO_LIMIT}")

_LISTS = cast(dict[str, list[str]], json.loads(Path(__file__).with_name("currencies.json").read_bytes()))
CURRENCIES = tuple(sorted(_LISTS["current"] + _LISTS["withdrawn"]))
"""Current codes and those withdrawn since 1990, because imports carry old receipts."""


def money_text(value: Any) -> str | None:
    """The amount as a plain decimal text (`12.5`, never an exponent or `-0`); None if the value is not money.

    A JSON number is read as the shortest decimal that gives the same double: 12.30 is `12.3`, exact below 5 × 10¹¹.
    """
    if isinstance(value, str):
        text = value
    elif isinstance(value, Decimal):
        text = format(value, "f")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        text = repr(value).removesuffix(".0") if abs(value) <= LIMIT else ""
    else:
        return None
    if _MONEY.fullmatch(text) is None:
        return None
    return text.removeprefix("-") if text[0] == "-" and not Decimal(text) else text
