"""The producer that a service imports: checks a touchpoint against the contract, sends it, says what was not delivered.

    from streams.sources.producer import Producer, new_event_id, now

    with Producer("127.0.0.1:9092", source="web") as producer:
        producer.send(
            event_id=new_event_id(), type="page.viewed", channel="web", occurred_at=now(),
            identifiers={"cookie": "c-17"}, data={"page": "/tickets"},
        )

Leaving the block waits until the broker has everything, or raises DeliveryError naming what it has not.
"""

import atexit
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timezone
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal

import orjson
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError
from pydantic import BaseModel

from schemas.touchpoint import AHEAD_MS, ContractError, Defect, find_defect
from schemas.touchpoint.decode import decode
from streams.sources.delivery import BufferFullError, Deliveries, Delivery, DeliveryError, Failure, Position
from streams.topology import PUBLIC

__all__ = [
    "BrokerUnreachableError",
    "BufferFullError",
    "ContractError",
    "DeliveryError",
    "Failure",
    "Position",
    "Producer",
    "new_event_id",
    "now",
]

FLUSH_STEP_SECONDS = 1.0


class BrokerUnreachableError(ConnectionError):
    """No broker answered at the given address, or it refused what was asked of it."""


def now() -> str:
    """This moment as `occurred_at` wants it: RFC 3339 in UTC with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_event_id() -> str:
    """A fresh id. Make it once per event and keep it when you send the event again: a second copy counts once."""
    return uuid.uuid4().hex


class Producer:
    """Thread-safe. Keeps at most `buffer_bytes` of unacknowledged events; a full buffer makes `send` wait."""

    def __init__(
        self,
        bootstrap: str,
        *,
        source: str | None = None,
        topic: str = PUBLIC,
        idempotent: bool = True,
        linger_ms: int = 20,
        batch_bytes: int = 256 << 10,
        buffer_bytes: int = 32 << 20,
        compression: Literal["gzip"] | None = None,
        max_block_seconds: float = 60.0,
        delivery_seconds: float = 120.0,
        username: str | None = None,
        password: str | None = None,
        mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512",
        tls: bool = False,
        ca_file: str | None = None,
        on_failure: Callable[[Failure], None] | None = None,
    ) -> None:
        """`source` is filled in where an event has none; `on_failure` is called on the sending thread, once per event.

        `idempotent`: the client's own retries leave no second copy. Say False where the broker cannot (the embedded
        one); then a retry may leave a copy, which the processor counts once by its id. gzip is the one codec that every
        worker reads. An event that is not acknowledged within `delivery_seconds` has failed.
        `ca_file`: certificates (PEM) to trust instead of the system's.
        Raises BrokerUnreachableError.
        """
        self._source, self._topic, self._max_block, self._idempotent = source, topic, max_block_seconds, idempotent
        self._deliveries = Deliveries(buffer_bytes, delivery_seconds, on_failure)
        self._renewal = threading.Lock()
        self._closed = self._stuck = False
        self._options = {
            "bootstrap_servers": bootstrap.split(","),
            "acks": "all",
            "enable_idempotence": idempotent,
            "linger_ms": linger_ms,
            "batch_size": batch_bytes,
            "compression_type": compression,
            "max_request_size": 2 << 20,
            "max_block_ms": int(max_block_seconds * 1_000),
            "bootstrap_timeout_ms": int(max_block_seconds * 1_000),
            "delivery_timeout_ms": int(delivery_seconds * 1_000),
            "request_timeout_ms": int(min(30.0, delivery_seconds / 2) * 1_000),
            "reconnect_backoff_max_ms": 1_000,  # a broker that is back is found within a second, not within thirty
            "allow_auto_create_topics": False,
            **_access(username, password, mechanism, tls=tls, ca_file=ca_file),
        }
        _await_broker(bootstrap, max_block_seconds)
        try:
            self._client = KafkaProducer(**self._options)
        except KafkaError as error:
            raise BrokerUnreachableError(f"no answer from the broker at {bootstrap}: {error}") from error
        atexit.register(self._at_exit)

    def send(self, touchpoint: Mapping[str, Any] | BaseModel | None = None, /, **fields: Any) -> "Future[Position]":
        """Check one touchpoint, given whole or by fields, and put it on its way; the result is known when it arrived.

        Raises ContractError (reason, field, detail) and sends nothing where the contract is broken, BufferFullError
        where the broker does not keep up. A failed delivery is in the future, in `on_failure` and in the next `flush`.
        """
        key, value = checked(touchpoint, fields, self._source)
        return self.send_checked(key, value)

    def send_checked(self, key: str, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> "Future[Position]":
        """Send bytes that were checked before, under their key `source:event_id`; only Touchline sets headers."""
        if self._closed:
            raise ValueError("the producer is closed")
        self._stuck = self._deliveries.expire() or self._stuck
        if self._stuck:
            self._renew()
        delivery = self._deliveries.begin(key, len(key) + len(value), self._max_block)
        try:
            acknowledged = self._client.send(self._topic, value, key=key.encode(), headers=list(headers))
        except KafkaError as error:
            self._failed(delivery, error)
        else:
            acknowledged.add_callback(self._arrived, delivery)
            acknowledged.add_errback(self._failed, delivery)
        return delivery.future

    def flush(self, timeout_seconds: float = float("inf")) -> None:
        """Wait until everything sent so far has arrived or failed; raise DeliveryError if anything failed since.

        Never longer than the limits of the deliveries. What is still on its way after `timeout_seconds` has not failed
        yet: that too is a DeliveryError, of the event `*`.
        """
        deadline = time.monotonic() + timeout_seconds
        while not self._deliveries.wait(0) and time.monotonic() < deadline:
            with suppress(KafkaError):  # whatever it says, each delivery says it too
                self._client.flush(min(FLUSH_STEP_SECONDS, max(0.0, deadline - time.monotonic())))
            # The last answers are handed out just after the client's own flush returns.
            if not self._deliveries.wait(0.05):
                self._stuck = self._deliveries.expire() or self._stuck
        failures, count = self._deliveries.take_failures()
        if not self._deliveries.wait(0):
            failures, count = (*failures, Failure("*", f"still on the way after {timeout_seconds:g} s")), count + 1
        if count:
            raise DeliveryError(failures, count)

    def close(self) -> None:
        """Flush and end; a second call does nothing. Raises DeliveryError as `flush` does, and ends all the same."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self._at_exit)
        try:
            self.flush()
        finally:
            _end(self._client)

    def __enter__(self) -> "Producer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except DeliveryError:
            if error is None:
                raise
            # The block failed for a reason of its own, which is the one to be seen.

    def _renew(self) -> None:
        """Go on with a fresh client; while the broker cannot be reached the old one stays."""
        with self._renewal:
            if not self._stuck:
                return  # another thread has done it
            try:
                fresh = KafkaProducer(**self._options)
            except KafkaError:
                return
            stuck, self._client, self._stuck = self._client, fresh, False
        _end(stuck)

    def _arrived(self, delivery: Delivery, metadata: Any) -> None:
        self._deliveries.arrived(delivery, Position(metadata.topic, metadata.partition, metadata.offset))

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        # A client that gives up on an event may never send again (kafka-python 3.0, with idempotence).
        self._stuck = self._stuck or (self._idempotent and isinstance(error, KafkaTimeoutError))
        self._deliveries.failed(delivery, self._why(error))

    def _why(self, error: Exception) -> str:
        if isinstance(error, KafkaTimeoutError) and "metadata" in str(error):
            return f"the broker knows no topic {self._topic!r}, or does not answer; create it or correct the address"
        if isinstance(error, KafkaTimeoutError):
            return f"not acknowledged in time: {error}"
        return f"{type(error).__name__}: {error}"

    def _at_exit(self) -> None:
        """The service ended without closing: what is buffered still goes out, and what cannot is said."""
        try:
            self.close()
        except DeliveryError as error:
            print(f"touchline producer: {error}", file=sys.stderr)


def checked(
    touchpoint: Mapping[str, Any] | BaseModel | None, fields: Mapping[str, Any], source: str | None
) -> tuple[str, bytes]:
    """Key and value of the touchpoint as it goes over the wire; raises ContractError where it breaks the contract."""
    if isinstance(touchpoint, BaseModel):
        touchpoint = touchpoint.model_dump(mode="json", exclude_unset=True, by_alias=True)
    event = {**(touchpoint or {}), **fields}
    if source is not None and "source" not in event:
        event["source"] = source
    try:
        # A datetime becomes RFC 3339, with its offset if it has one: without, the check below refuses it.
        value = orjson.dumps(event, default=_plain)
    except orjson.JSONEncodeError as error:
        detail = f"the touchpoint is not JSON: {error}; use texts, numbers, lists and objects"
        raise ContractError(Defect("not_json", "", detail)) from error
    found = check(value)
    return f"{found['source']}:{found['event_id']}", value


def check(value: bytes) -> dict[str, Any]:
    """The object in these bytes, if it keeps the contract now; raises ContractError where it does not."""
    found = decode(value)
    defect = found if isinstance(found, Defect) else find_defect(found, int(time.time() * 1_000) + AHEAD_MS)
    if defect is not None:
        raise ContractError(defect)
    assert isinstance(found, dict)
    return found


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _end(client: KafkaProducer) -> None:
    """Nothing of it is still awaited. A stuck one would wait for ever, so its sender is told to drop everything."""
    client._sender.force_close()  # INTERNAL: close() alone gives up at its own flush and leaves the sender running
    with suppress(KafkaError):
        client.close(timeout=1)


def _await_broker(bootstrap: str, patience_seconds: float) -> None:
    """Return once somebody listens at one of the addresses; the client itself would leave its sockets open."""
    deadline = time.monotonic() + patience_seconds
    while True:
        for address in bootstrap.split(","):
            host, _, port = address.strip().rpartition(":")
            if not host or not port.isdigit():
                raise BrokerUnreachableError(f"no broker at {address!r}: write it as host:port")
            try:
                socket.create_connection((host.strip("[]"), int(port)), timeout=patience_seconds).close()
            except OSError as error:
                reason = error
            else:
                return
        if time.monotonic() >= deadline:
            raise BrokerUnreachableError(f"no broker at {bootstrap}: {reason}; is it running, is the address right?")
        time.sleep(0.2)


def _access(
    username: str | None, password: str | None, mechanism: str, *, tls: bool, ca_file: str | None
) -> dict[str, Any]:
    options: dict[str, Any] = {"ssl_cafile": ca_file} if tls and ca_file else {}
    if username is None:
        return options | {"security_protocol": "SSL" if tls else "PLAINTEXT"}
    return options | {
        "security_protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": username,
        "sasl_plain_password": password,
    }
