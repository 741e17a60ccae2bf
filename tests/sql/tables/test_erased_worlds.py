"""A person whom the real stages were told to forget is in no table any more; others are as they were."""

import asyncio
from collections.abc import Callable

from support.identity_scene import ordered, told, world
from support.world_rows import rows_said

from schemas.rows import ROWS
from streams.sink.forget import until_forgotten
from streams.store.client import Store

Insert = Callable[..., None]


async def _at_once(_: float) -> None:
    return None


def test_who_was_erased_is_named_nowhere(store: Store, insert: Insert) -> None:
    life = [
        told(0, "account.signed_in", "customer:1 device:d1"),
        told(5, "page.viewed", "device:d1"),
        told(10, "sale.made", "customer:1 wristband:w1", place="shop", amount="5"),
        told(12, "account.signed_in", "customer:2 device:d2"),
        told(14, "page.viewed", "device:d2"),
    ]
    said = rows_said(world(*life, ordered(120, "erase", "customer:1", "")), "x")
    for table, rows in said.items():
        if rows:
            insert(table, *rows)
    asyncio.run(until_forgotten(store, _at_once))
    named = {
        table.stored_in: store.query(f"SELECT * FROM {table.stored_in}", settings={"final": 0}).rows
        for table in ROWS.values()
        if table.name != "identity_commands"
    }
    assert [table for table, rows in named.items() if "customer:1@x" in str(rows)] == []
    assert store.query("SELECT customer, touchpoints FROM customers").rows == [("customer:2@x", 2)]
    assert store.query("SELECT customer, touchpoints FROM customers_exact").rows == [("customer:2@x", 2)]
