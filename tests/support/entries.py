"""A producer whose broker is a list: it checks the contract as the real one does."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import orjson

from streams.sources.delivery import DeliveryError, Failure, Position
from streams.sources.producer import Producer, checked


class ListProducer(Producer):
    """`away`: the broker takes nothing."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.away = False

    def send(self, touchpoint: Any = None, /, **fields: Any) -> "Future[Position]":
        key, value = checked(touchpoint, fields, None)
        future: Future[Position] = Future()
        if self.away:
            future.set_exception(DeliveryError((Failure(key, "not acknowledged in time"),), 1))
        else:
            self.sent.append(orjson.loads(value))
            future.set_result(Position("touchpoints", 0, len(self.sent) - 1))
        return future

    def close(self) -> None:
        pass

    def last(self) -> Mapping[str, Any]:
        return self.sent[-1]
