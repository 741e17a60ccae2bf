"""Whatever load writes, the real engine takes, and gives back what was said."""

import pytest
from support.load_log import Shell, fact, log_of, stay, watermark

from schemas.place import Place
from streams.store.client import Store

T = 1_700_000_000_000


@pytest.fixture(scope="module")
def said() -> Shell:
    """Rows with and without an estimate, a load, servers, a sign; open and closed; a place with an odd name."""
    queue = [stay("A", f"token:{n}", T + n, T + 10_000 * n, T + 10_000 * n + 900_000) for n in range(6)]
    told = [fact("A", "staff.assigned", T, count=3), fact("A", "wait.posted", T, minutes=12.5)]
    odd = stay("\x00\x1f \n\t\\'\" ż", "device:1", T, m="presence")
    log = log_of(*queue, *told, fact("A", "place.closed", T + 100_000), odd, watermark(T + 3_600_000))
    return Shell((Place(id="A", target_wait_seconds=5, capacity=6),)).run(log)


def test_every_column_of_every_row_comes_back(store: Store, said: Shell) -> None:
    store.command("TRUNCATE TABLE queue_load_all")
    store.insert_rows("queue_load_all", b"\n".join(said.said))
    names = [name for name in said.rows[0] if name != "at"]
    answer = store.query(f"SELECT toUnixTimestamp64Milli(at), {', '.join(names)} FROM queue_load_all")
    stored = {tuple(row) for row in answer.rows}
    assert {row["estimate_method"] for row in said.rows} == {"", "gamma-starts"}
    assert stored == {(round(row["at"] * 1_000), *(row[name] for name in names)) for row in said.rows}


def test_a_row_has_exactly_the_columns_of_the_table(store: Store, said: Shell) -> None:
    described = [row[0] for row in store.query("DESCRIBE TABLE queue_load_all").rows]
    assert all(list(row) == described for row in said.rows)
