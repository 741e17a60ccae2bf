"""What must be there before anything runs: topics as they must be, tables up to date."""

import asyncio

from schemas.place import read_places
from streams.kafka.topics import RefusedError, prepare_topics
from streams.run.app import connection_of
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of
from streams.store.errors import StoreError
from streams.store.migrate import migrate
from streams.store.opening import connect


def ensure_topics(settings: Settings) -> list[str]:
    """Names of the topics that it created. Raises ValueError with what to do where one is not as it must be."""
    try:
        return asyncio.run(
            prepare_topics(
                connection_of(settings),
                partitions=settings.partitions,
                replication=settings.replication,
                fingerprint=pseudonymiser_of(settings).fingerprint,
            )
        ).created
    except RefusedError as error:
        raise ValueError(str(error)) from None


def ensure_tables(settings: Settings) -> list[str]:
    """Names of the statements that it applied. Raises ValueError with what to do."""
    store = connect(settings.clickhouse)
    try:
        places = read_places(settings.places)
        return migrate(
            store,
            places,
            timezone=settings.timezone,
            currency=settings.currency,
            walking_speed=settings.walking_metres_per_second,
        )
    except StoreError as error:
        raise ValueError(str(error)) from None
    finally:
        store.close()
