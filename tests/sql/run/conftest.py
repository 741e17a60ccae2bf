"""The product's own tables for tests of commands that examine them."""

from collections.abc import Iterator

import pytest
from support.engine import Engine


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("store"))
    yield engine
    engine.close()


@pytest.fixture
def engine(opened: Engine) -> Engine:
    """Empty."""
    opened.clear()
    for table in ("receipts", "rejected_audit"):
        opened.store.command(f"TRUNCATE TABLE {table}")
    return opened
