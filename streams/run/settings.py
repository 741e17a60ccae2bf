"""Every setting, from TOUCHLINE_* and an optional file; read once at the border and passed on as arguments."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.place import WALKING_SPEED


class LogSettings(BaseSettings):
    """What must be known before anything can be said."""

    model_config = SettingsConfigDict(
        env_prefix="TOUCHLINE_", env_file=os.environ.get("TOUCHLINE_ENV_FILE"), frozen=True, extra="ignore"
    )

    log: Literal["json", "text"] | None = Field(None, description="unless said: text on a terminal, JSON elsewhere")


class Settings(LogSettings):
    """Secrets are never printed: their type shows stars."""

    kafka: str = Field("127.0.0.1:9092", description="bootstrap servers, comma-separated")
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_tls: bool | None = Field(None, description="TLS to the broker; unless said, where there is a user name")
    kafka_unencrypted: bool = Field(False, description="allow a password without TLS, in a network that you trust")
    kafka_ca: Path | None = Field(None, description="certificates (PEM) to trust instead of the system's")
    broker: Literal["kafka", "embedded"] = Field(
        "kafka", description="what the broker can do: see streams/kafka/brokers.py"
    )
    partitions: Annotated[int, Field(ge=1, le=256)] = Field(4, description="of touchpoints and all keyed topics")
    replication: Annotated[int, Field(ge=1)] = 1
    clickhouse: str = Field("http://127.0.0.1:8123", description="http(s)://user:password@host:port, or chdb:///path")
    places: Path | None = Field(None, description="places.json; a place that is not in it works with defaults")
    data_dir: Path = Field(Path("data"), description="where the embedded store and the pseudonym key live")
    clock: Literal["append", "event"] = "append"
    timezone: str = "UTC"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    walking_metres_per_second: Annotated[float, Field(ge=0.2, le=5)] = Field(
        WALKING_SPEED, description="of straight line, for walks between places"
    )
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(None, description="of phone numbers without +")
    pseudonym_key: SecretStr | None = Field(
        None, description="secret of the HMAC over e-mail and phone, 16 bytes or more"
    )
    pseudonym_key_id: Annotated[str, Field(pattern=r"^h[0-9]{1,3}$")] = "h1"
    from_epoch: Annotated[int, Field(ge=1)] = Field(1, description="a worker waits until this epoch is to be served")
    allowed_lateness_seconds: Annotated[int, Field(ge=0)] = 3_600
    reject_limit: Annotated[float, Field(ge=0, le=1)] = Field(
        0.5, description="share of refused touchpoints above which a partition pauses instead of dead-lettering; 0: off"
    )
    reject_least: Annotated[int, Field(ge=1)] = Field(1_000, description="so many touchpoints are looked at, at least")
    deduplication_window_seconds: Annotated[int, Field(ge=0)] = 26 * 3_600
    listen: str = Field("127.0.0.1", description="where page and SQL endpoint listen; 0.0.0.0 inside a container")
    page_writes: bool = Field(False, description="the page may send staff, opening hours and answers to advice")
    page_hosts: str = Field(
        "", description="names, comma-separated, under which it may, besides localhost and addresses"
    )
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        0, description="/metrics, /healthz and /readyz of worker and sink; 0: none"
    )
    watchdog_seconds: Annotated[float, Field(ge=3)] = Field(
        180.0, description="work without progress for so long ends the process; a third of it, if nothing moves at all"
    )
    stop_seconds: Annotated[float, Field(gt=0)] = Field(
        20.0, description="how long a graceful end may take; below what the supervisor waits before it kills"
    )
    worker_id: str = Field("worker-1", description="static group membership: one per worker, stable over restarts")

    @property
    def with_tls(self) -> bool:
        """Where nobody says anything, a user name brings TLS with it."""
        return self.kafka_username is not None if self.kafka_tls is None else self.kafka_tls


def log_style() -> Literal["json", "text"] | None:
    """None, too, where the setting is wrong: whoever reads all settings says so."""
    try:
        return LogSettings().log
    except ValidationError:
        return None


def child_environment(**overrides: str) -> dict[str, str]:
    """This process's environment for a child, with settings by field name laid over it."""
    return {**os.environ, **{f"TOUCHLINE_{name.upper()}": value for name, value in overrides.items()}}
