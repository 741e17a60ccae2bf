"""Where the broker is and how to log in, in the words of each client library."""

import ssl
from dataclasses import dataclass, field
from typing import Any, Literal

import faust
from faust.types.auth import CredentialsT

from streams.kafka.brokers import BROKERS, Abilities

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True)
class Connection:
    """`servers`: host:port, comma-separated. A password travels only through TLS, except to this machine itself, or
    where somebody has asked for it (`unencrypted`)."""

    servers: str
    broker: Literal["kafka", "embedded"] = "kafka"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"
    tls: ssl.SSLContext | None = None
    unencrypted: bool = False

    def __post_init__(self) -> None:
        if not all(server.rpartition(":")[2].isdigit() for server in self.addresses):
            raise ValueError(f"kafka: {self.servers!r} is no comma-separated list of host:port")
        if (self.username is None) != (self.password is None):
            raise ValueError("kafka: user name and password belong together; one of them is missing")
        if self.username and self.tls is None and not self.unencrypted and not all(map(_is_local, self.addresses)):
            raise ValueError(
                "kafka: a password without TLS would travel in the clear: leave TOUCHLINE_KAFKA_TLS out or set it to "
                "true, or, inside a network that you trust, set TOUCHLINE_KAFKA_UNENCRYPTED=true"
            )

    @property
    def addresses(self) -> list[str]:
        return [server.strip() for server in self.servers.split(",") if server.strip()]

    @property
    def abilities(self) -> Abilities:
        return BROKERS[self.broker]

    @property
    def _protocol(self) -> str:
        return ("SASL_" if self.username else "") + ("SSL" if self.tls else "PLAINTEXT")

    def client(self) -> dict[str, Any]:
        """Arguments that aiokafka's and kafka-python's clients share."""
        arguments: dict[str, Any] = {"bootstrap_servers": self.addresses, "security_protocol": self._protocol}
        if self.tls:
            arguments["ssl_context"] = self.tls
        if self.username:
            arguments |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return arguments

    def faust_urls(self) -> list[str]:
        return [f"kafka://{address}" for address in self.addresses]

    def faust_credentials(self) -> CredentialsT | None:
        if self.username:
            return faust.SASLCredentials(
                username=self.username, password=self.password, mechanism=self.mechanism, ssl_context=self.tls
            )
        return faust.SSLCredentials(context=self.tls) if self.tls else None


def _is_local(address: str) -> bool:
    return address.rpartition(":")[0].strip("[]") in {"localhost", "127.0.0.1", "::1"}
