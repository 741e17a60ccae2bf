"""Brings a store up to date: tables and views by numbered files, then what is declared of places and metrics."""

import hashlib
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

from schemas.counting import TYPE_RULES
from schemas.metrics import METRICS
from schemas.place import WALKING_SPEED, Place, Places
from streams.store.client import Store
from streams.store.epochs import open_first
from streams.store.errors import StoreMisconfigured

_LEDGER = """CREATE TABLE IF NOT EXISTS migrations
(
    name String COMMENT 'File of schemas/clickhouse',
    checksum String COMMENT 'SHA-256 of its text; an applied file must never change',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied here'
)
ENGINE = ReplacingMergeTree
ORDER BY name
COMMENT 'Statements that have made this store what it is, in order of their names'"""


class Migration(NamedTuple):
    name: str
    statement: str
    checksum: str


def migrations() -> list[Migration]:
    """Every file of schemas/clickhouse in order. Raises ValueError where two have one number."""
    folder = files("schemas") / "clickhouse"
    found = sorted((path for path in folder.iterdir() if path.name.endswith(".sql")), key=lambda path: path.name)
    numbers = [path.name[:3] for path in found]
    for number in numbers:
        if numbers.count(number) > 1:
            raise ValueError(f"schemas/clickhouse: two files have the number {number}")
    return [_read(path.name, path.read_text(encoding="utf-8")) for path in found]


def migrate(
    store: Store, places: Places, *, timezone: str = "UTC", currency: str = "EUR", walking_speed: float = WALKING_SPEED
) -> list[str]:
    """Apply what is missing and return its names; a second call finds nothing to do.

    `timezone` (IANA) and `currency` (ISO 4217) are those of the installation: the exact views cut days and add money
    by them. `walking_speed`: metres of straight line per second, for walks between places.
    A store without any epoch gets its first one, finished. Raises StoreMisconfigured where an applied file
    has changed, or where the store was made by a newer program; then nothing is applied.
    """
    store.command(_LEDGER)
    known = migrations()
    applied = {row[0]: row[1] for row in store.query("SELECT name, checksum FROM migrations").rows}
    _refuse_contradictions(known, applied)
    missing = [migration for migration in known if migration.name not in applied]
    for migration in missing:
        store.command(migration.statement)
        row = orjson.dumps({"name": migration.name, "checksum": migration.checksum})
        store.insert_rows("migrations", row)
    open_first(store)
    _replace_declared(store, "places", "id", [_place_row(place) for place in places.all()])
    _replace_declared(store, "metrics", "name", [metric._asdict() for metric in METRICS])
    _replace_declared(store, "touchpoint_types", "type", [rule._asdict() for rule in TYPE_RULES])
    _replace_declared(store, "settings", "name", _settings_rows(timezone, currency, walking_speed))
    return [migration.name for migration in missing]


def _read(name: str, text: str) -> Migration:
    statement = text.replace("\r\n", "\n").strip()
    return Migration(name, statement, hashlib.sha256(statement.encode()).hexdigest())


def _refuse_contradictions(known: list[Migration], applied: dict[str, str]) -> None:
    for migration in known:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise StoreMisconfigured(
                f"{migration.name} has changed since it was applied to this store: put it back, and add a file with a "
                "higher number for what should be different"
            )
    newer = sorted(set(applied) - {migration.name for migration in known})
    if newer:
        raise StoreMisconfigured(f"this store was made by a newer program, which has also applied {', '.join(newer)}")


def _place_row(place: Place) -> dict[str, Any]:
    """The place as its table has it: the service level in columns of its own, absent texts empty."""
    row = place.model_dump(exclude={"service_level"})
    level = place.service_level.model_dump()
    row |= {f"service_level_{name}": value for name, value in level.items()}
    row |= {name: "" if row[name] is None else str(row[name]) for name in ("within", "opens", "closes", "timezone")}
    return {**row, "levers": list(place.levers), "declared": int(place.declared)}


def _settings_rows(timezone: str, currency: str, walking_speed: float) -> list[dict[str, Any]]:
    speed = "metres of straight line a second on foot; 1.1 allows for paths that are not straight (people walk 1.3)"
    return [
        {"name": "currency", "value": currency, "meaning": "amount adds up this one; others stand beside"},
        {"name": "timezone", "value": timezone, "meaning": "visits are cut at 04:00 of it"},
        {"name": "walking_metres_per_second", "value": str(walking_speed), "meaning": speed},
    ]


def _replace_declared(store: Store, table: str, key: str, wanted: list[dict[str, Any]]) -> None:
    """Make the table say what is declared now, and write nothing where it says so already."""
    answer = store.query(f"SELECT * EXCEPT (version, is_deleted) FROM {table}")
    stored = {row[key]: row for row in (dict(zip(answer.names, values, strict=True)) for values in answer.rows)}
    changed = [{**row, "is_deleted": 0} for row in wanted if stored.get(row[key]) != row]
    gone = set(stored) - {row[key] for row in wanted}
    changed += [{**stored[name], "is_deleted": 1} for name in sorted(gone)]
    if not changed:
        return
    version = store.query(f"SELECT max(version) + 1 FROM {table}", settings={"final": 0}).rows[0][0]
    lines = b"\n".join(orjson.dumps({**row, "version": version}) for row in changed)
    store.insert_rows(table, lines)
