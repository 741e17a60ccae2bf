"""Two processes with one id: a static member that was replaced is told so, and leaves the place to its successor."""

from contextlib import suppress
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from streams.kafka.arrival import reachable
from streams.kafka.connection import Connection
from streams.kafka.ending import refuse


class Membership:
    """One static member of a group. `setting` names where its id comes from, for the person who must change it.

    The group takes whoever joins last under an id for the one member of that name, and the one before would only join
    again, for ever in turn. A member that was merely forgotten (it was away for longer than a session) joins again.
    """

    def __init__(self, connection: Connection, group: str, instance_id: str, worker_id: str) -> None:
        self._connection, self._group, self._instance_id = connection, group, instance_id
        self._worker_id = worker_id
        self._coordinator: Any = None

    def follow(self, consumer: Any) -> None:
        """INTERNAL: the started consumer's coordinator, which calls `reset_generation` when the group disowns it."""
        coordinator = consumer._coordinator
        joins_again = coordinator.reset_generation

        def reset_generation() -> None:
            if not coordinator._closing.done():  # who leaves is forgotten, too, and needs no reason
                self.refuse_if_replaced()
            joins_again()

        coordinator.reset_generation = reset_generation
        self._coordinator = coordinator

    def refuse_if_replaced(self) -> None:
        """End this process if another one is the member now. Blocks for a moment; does nothing where it cannot tell."""
        ours = self._coordinator.member_id if self._coordinator is not None else ""
        host = self._replaced_on(ours) if ours else None
        if host is not None:
            refuse(
                f"another process runs with TOUCHLINE_WORKER_ID={self._worker_id} and has taken the place of this one: "
                "give each process an id of its own",
                group=self._group,
                its_host=host.lstrip("/"),
            )

    def _replaced_on(self, ours: str) -> str | None:
        """The host of another member with our id."""
        with suppress(KafkaError, OSError, TimeoutError, KeyError):
            if not reachable(self._connection):
                return None
            admin = KafkaAdminClient(**self._connection.client(), client_id="touchline-membership")
            try:
                members = admin.describe_groups([self._group])[self._group]["members"]
            finally:
                admin.close()
            for member in members:
                if member["group_instance_id"] == self._instance_id and member["member_id"] != ours:
                    return str(member["client_host"])
        return None
