"""What every command shares."""

from typing import Any

import pytest
from kafka.errors import KafkaError

from streams.run import command
from streams.sources import producer


def test_what_a_command_sends_travels_by_the_settings_of_the_connection(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    ca = tmp_path / "ca.pem"
    for name, value in {"USERNAME": "till", "PASSWORD": "s3cret", "MECHANISM": "SCRAM-SHA-256", "CA": str(ca)}.items():
        monkeypatch.setenv(f"TOUCHLINE_KAFKA_{name}", value)
    clients: list[dict[str, Any]] = []
    monkeypatch.setattr(producer, "_await_broker", lambda *_: None)

    def unanswered(**options: Any) -> None:
        clients.append(options)
        raise KafkaError("nobody there")

    monkeypatch.setattr(producer, "KafkaProducer", unanswered)
    with pytest.raises(producer.BrokerUnreachableError):
        command.producer()
    (options,) = clients
    assert options["security_protocol"] == "SASL_SSL"
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == ("SCRAM-SHA-256", "till")
    assert options["ssl_cafile"] == str(ca)
