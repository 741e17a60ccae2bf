"""The account of an import: what the store has of its lines, so that sent = stored + duplicates + rejected."""

from dataclasses import dataclass, field

from rich.table import Table

from streams.store.client import Store
from streams.topology import rows_topic

_HIGHEST = """
SELECT max(line) FROM (
    SELECT max(import_line) AS line FROM receipts WHERE import_file = {name:String}
    UNION ALL SELECT max(import_line) FROM touchpoints WHERE import_file = {name:String}
    UNION ALL SELECT max(import_line) FROM rejected WHERE import_file = {name:String}
)"""
_RECEIVED = "SELECT uniqExact(import_line) FROM receipts WHERE import_file = {name:String}"
_STORED = "SELECT count() FROM touchpoints WHERE import_file = {name:String}"
_REJECTED = """
SELECT reason, uniqExact(import_line) FROM rejected WHERE import_file = {name:String} AND row = ''
GROUP BY reason ORDER BY reason"""
_REFUSED = """
SELECT uniqExact(JSONExtractUInt(base64Decode(payload), 'import_line')) FROM rejected
WHERE reason = 'store_refused' AND topic = {topic:String}
  AND JSONExtractString(base64Decode(payload), 'import_file') = {name:String}"""
_CONFLICTS = """
SELECT count() FROM rejected WHERE reason = 'conflicting_duplicate' AND (topic, partition, offset) IN (
    SELECT topic, partition, offset FROM receipts WHERE import_file = {name:String}
)"""


@dataclass(frozen=True)
class Account:
    """Lines of one import. `duplicates` were known under their id already; `conflicts` of them said something else."""

    sent: int
    stored: int
    duplicates: int
    rejected: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0

    @property
    def missing(self) -> int:
        """0 where the account adds up; below 0 where the store has more than was sent."""
        return self.sent - self.stored - self.duplicates - sum(self.rejected.values())

    @property
    def adds_up(self) -> bool:
        return self.missing == 0

    def table(self) -> Table:
        """For people, the sum at the end."""
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column()
        table.add_column(justify="right")
        table.add_row("sent", f"{self.sent:,}")
        table.add_row("  stored", f"{self.stored:,}")
        conflicts = f" ({self.conflicts:,} said something else)" if self.conflicts else ""
        table.add_row(f"  duplicates{conflicts}", f"{self.duplicates:,}")
        for reason, count in self.rejected.items():
            table.add_row(f"  rejected: {reason}", f"{count:,}")
        table.add_row("  adds up" if self.adds_up else "  MISSING", "" if self.adds_up else f"{self.missing:,}")
        return table


def highest_line(store: Store, name: str) -> int:
    """The greatest line of this import that the store has heard of in any way, 0 if of none."""
    return int(_one(store, _HIGHEST, name))


def settle_account(store: Store, name: str, sent: int) -> Account:
    """Ask the store what became of the lines. Receipts live for 14 days, so ask soon."""
    stored = int(_one(store, _STORED, name))
    received = int(_one(store, _RECEIVED, name))
    rejected = {str(reason): int(count) for reason, count in store.query(_REJECTED, {"name": name}).rows}
    refused = int(_one(store, _REFUSED, name))
    if refused:
        rejected["store_refused"] = refused
    return Account(sent, stored, received - stored, rejected, int(_one(store, _CONFLICTS, name)))


def _one(store: Store, sql: str, name: str) -> int:
    rows = store.query(sql, {"name": name, "topic": rows_topic("touchpoints")}).rows
    return int(rows[0][0] or 0)
