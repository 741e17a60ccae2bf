"""Every view answers to a reader: who may only read, with little memory, through the guard."""

import pytest

from streams.store.client import Store
from streams.store.embedded import EmbeddedStore
from streams.store.guard import examine, table_functions

ONE_PERSON = "SELECT count() FROM touchpoints_of(customer = 'customer:1')"
SPANS = (
    *("place_quarters", "agent_quarters", "call_handling"),
    *("estimate_errors", "estimate_quality", "sign_errors", "sign_quality"),
)
WITH_PARAMETERS = {"touchpoints_of", "nearest", *SPANS}
"""Views that nobody can ask without saying of whom, when or from where."""


@pytest.fixture
def embedded(store: Store) -> EmbeddedStore:
    assert isinstance(store, EmbeddedStore)
    return store


def test_every_view_answers_to_a_reader(embedded: EmbeddedStore) -> None:
    names = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
    views = {name for (name,) in embedded.query(names).rows} - WITH_PARAMETERS
    assert {"customers_exact", "visits_exact", "customer_touchpoints", "customer_touchpoints_then"} <= views
    with embedded.reader() as reader:
        answers = {view: reader.run(f"SELECT count() FROM {view}", "TabSeparated").bytes().strip() for view in views}
    assert answers.pop("place_now") == b"3", "the declared places"
    assert set(answers.values()) == {b"0"}


@pytest.mark.parametrize("view", SPANS)
def test_a_reader_may_ask_for_a_span_of_time(embedded: EmbeddedStore, view: str) -> None:
    asked = f"SELECT count() FROM {view}(since = '2026-11-22 10:00:00', until = '2026-11-22 12:00:00')"
    with embedded.reader() as reader:
        assert examine(reader, asked, table_functions(reader)).kind == "SELECT"
        assert reader.run(asked, "TabSeparated").bytes() == b"0\n"


def test_a_reader_may_ask_for_the_touchpoints_of_one_person(embedded: EmbeddedStore) -> None:
    with embedded.reader() as reader:
        assert examine(reader, ONE_PERSON, table_functions(reader)).kind == "SELECT"
        assert reader.run(ONE_PERSON, "TabSeparated").bytes() == b"0\n"
        named = "SELECT count() FROM touchpoints_of(customer = {who:String})"
        assert reader.run(named, "TabSeparated", {"who": "customer:1"}).bytes() == b"0\n"
