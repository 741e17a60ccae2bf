"""Who may ask: everybody on this machine, or who knows the password."""

from base64 import b64encode

import pytest
from support.http_ask import ask

from streams.store.endpoint import endpoint_app
from streams.store.opening import connect
from streams.store.request import is_local_name


@pytest.fixture(scope="module")
def guarded(serve: object) -> int:
    port: int = serve(user="analyst", password="s3cret")  # type: ignore[operator]
    return port


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("analyst", "wrong"),
        basic("other", "s3cret"),
        basic("analyst", ""),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Bearer s3cret"},
        {"X-ClickHouse-User": "analyst", "X-ClickHouse-Key": "wrong"},
    ],
)
def test_without_the_password_nothing_is_told(guarded: int, headers: dict[str, str]) -> None:
    answer = ask(guarded, "SELECT 1", headers=headers)
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (401, "516")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "headers",
    [
        basic("analyst", "s3cret"),
        {"X-ClickHouse-User": "analyst", "X-ClickHouse-Key": "s3cret"},
        {"Authorization": "Bearer s3cret", "X-ClickHouse-User": "analyst"},
        basic("analyst", "s3cret") | {"Host": "store.example"},
    ],
)
def test_with_the_password_it_is(guarded: int, headers: dict[str, str]) -> None:
    assert ask(guarded, "SELECT 1", headers=headers).text == "1\n"


def test_the_password_may_stand_in_the_url(guarded: int) -> None:
    assert ask(guarded, "SELECT 1", user="analyst", password="s3cret").text == "1\n"


def test_a_ping_needs_none(guarded: int) -> None:
    assert ask(guarded, method="GET", path="/ping").text == "Ok.\n"


def test_without_a_password_any_name_and_password_are_taken(port: int) -> None:
    assert ask(port, "SELECT 1", headers=basic("default", "")).text == "1\n"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8123", "127.0.0.1:8123", "[::1]:8123", "a.localhost", "10.0.0.7"]
)
def test_this_machine_is_named_so(host: str) -> None:
    assert is_local_name(host)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8123", "127.0.0.1.evil.example", "", ":8123"])
def test_any_other_name_is_a_strangers(host: str) -> None:
    assert not is_local_name(host)


def test_a_web_page_that_points_its_name_here_learns_nothing(port: int) -> None:
    answer = ask(port, "SELECT 1", headers={"Host": "evil.example"})
    assert answer.status == 403
    assert b"1\n" not in answer.body


def test_a_server_needs_no_endpoint() -> None:
    with pytest.raises(ValueError, match="answers itself"):
        endpoint_app(connect("http://127.0.0.1:8123"))
