"""The public contract: what a touchpoint is. `parse` checks one, `TYPES` has the model of each type."""

from schemas.touchpoint.base import Data, Touchpoint
from schemas.touchpoint.catalogue import GROUPS, TYPES, AnyTouchpoint
from schemas.touchpoint.check import find_defect, parse
from schemas.touchpoint.decode import MAX_BYTES, MAX_DEPTH
from schemas.touchpoint.instant import AHEAD_MS, EARLIEST_MS, instant_ms
from schemas.touchpoint.money import money_text
from schemas.touchpoint.reasons import REASONS, ContractError, Defect, Reason

__all__ = [
    "AHEAD_MS",
    "EARLIEST_MS",
    "GROUPS",
    "MAX_BYTES",
    "MAX_DEPTH",
    "REASONS",
    "TYPES",
    "AnyTouchpoint",
    "ContractError",
    "Data",
    "Defect",
    "Reason",
    "Touchpoint",
    "find_defect",
    "instant_ms",
    "money_text",
    "parse",
]
