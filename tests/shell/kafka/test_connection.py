"""Where the broker is and how to log in."""

import ssl

import pytest

from streams.kafka.connection import Connection

TLS = ssl.create_default_context()


def test_several_servers_are_several_addresses():
    connection = Connection("one:9092, two:9093")
    assert connection.client() == {"bootstrap_servers": ["one:9092", "two:9093"], "security_protocol": "PLAINTEXT"}
    assert connection.faust_urls() == ["kafka://one:9092", "kafka://two:9093"]
    assert connection.faust_credentials() is None


def test_a_password_goes_through_tls_in_the_words_of_each_client():
    connection = Connection("broker:9092", username="touchline", password="secret", tls=TLS)
    assert connection.client()["security_protocol"] == "SASL_SSL"
    assert connection.faust_credentials().protocol.value == "SASL_SSL"
    assert connection.client()["sasl_plain_password"] == connection.faust_credentials().password == "secret"


def test_a_password_never_travels_in_the_clear_to_another_machine():
    with pytest.raises(ValueError, match="would travel in the clear"):
        Connection("broker:9092", username="touchline", password="secret")
    assert Connection("127.0.0.1:9092", username="touchline", password="secret").client()["security_protocol"] == (
        "SASL_PLAINTEXT"
    )


def test_a_password_travels_without_tls_where_somebody_has_asked_for_it():
    asked = Connection("broker:9092", username="touchline", password="secret", unencrypted=True)
    assert asked.client()["security_protocol"] == "SASL_PLAINTEXT"


def test_the_password_is_never_printed():
    assert "secret" not in repr(Connection("broker:9092", username="touchline", password="secret", tls=TLS))


@pytest.mark.parametrize("servers", ["broker", "broker:9092,other", "kafka://broker:9092/x"])
def test_what_is_no_list_of_servers_is_refused(servers: str):
    with pytest.raises(ValueError, match="no comma-separated list of host:port"):
        Connection(servers)


@pytest.mark.parametrize("half", [{"username": "touchline"}, {"password": "secret"}])
def test_half_a_login_is_refused(half: dict[str, str]):
    with pytest.raises(ValueError, match="belong together"):
        Connection("127.0.0.1:9092", **half)
