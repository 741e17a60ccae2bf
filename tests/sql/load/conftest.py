"""One store for all tests of what load writes."""

from collections.abc import Iterator

import pytest

from schemas.place import Places
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = connect(f"chdb://{tmp_path_factory.mktemp('store')}")
    migrate(opened, Places())
    yield opened
    opened.close()
