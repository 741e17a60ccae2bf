"""Why a record is refused: the closed list of reasons, in the order in which one of several defects is named."""

from typing import Literal, NamedTuple, get_args

Reason = Literal[
    "empty",
    "too_large",
    "not_utf8",
    "not_json",
    "not_an_object",
    "too_deep",
    "missing_field",
    "wrong_type",
    "bad_value",
    "unknown_channel",
    "unknown_type",
    "bad_identifier",
    "too_many_identifiers",
    "bad_time",
    "time_out_of_range",
    "conflicting_duplicate",
    "store_refused",
]

REASONS: tuple[Reason, ...] = get_args(Reason)
RANK: dict[str, int] = {reason: rank for rank, reason in enumerate(REASONS)}


class Defect(NamedTuple):
    """What is wrong with a record: `field` is a dotted path ('' for the record as a whole), `detail` says the fix."""

    reason: Reason
    field: str
    detail: str


class ContractError(ValueError):
    """A touchpoint that breaks the contract, for callers who ask before they send."""

    def __init__(self, defect: Defect) -> None:
        super().__init__(f"{defect.reason}: {defect.detail}")
        self.reason: Reason = defect.reason
        self.field = defect.field
        self.detail = defect.detail


def first(defects: list[Defect]) -> Defect:
    """Of several defects the one whose reason is listed first; among equals the first found."""
    return min(defects, key=lambda defect: RANK[defect.reason])
