"""The sink behind the settings: which broker it reads, and under which name."""

from streams.kafka.arrival import Outage
from streams.kafka.quiet import make_quiet
from streams.run.app import connection_of
from streams.run.settings import Settings
from streams.sink.run import Sink
from streams.store.client import Store


def new_sink(settings: Settings, store: Store) -> Sink:
    """Raises ValueError where the settings contradict each other."""
    connection = connection_of(settings)
    outage = Outage(connection.servers)
    make_quiet(connection.servers, outage)
    return Sink(connection, store, outage, shared=settings.broker == "kafka", name=settings.worker_id)
