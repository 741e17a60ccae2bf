"""What `touchline up` decides before anything runs."""

import socket
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from streams.run.up import CannotStartError, Ports, zone_where_it_is


@pytest.mark.parametrize("utc_hour", range(24))
def test_the_resort_lies_where_it_is_afternoon(utc_hour: int) -> None:
    now = datetime(2026, 3, 1, utc_hour, 20, tzinfo=timezone.utc)
    zone = zone_where_it_is(14, int(now.timestamp() * 1_000))
    assert now.astimezone(ZoneInfo(zone)).hour == 14


def test_a_taken_port_is_named_with_its_holder_and_the_flag_that_helps() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CannotStartError, match=rf"port {port}.*pid \d+.*--http-port"):
            Ports(kafka=1, http=port, page=2).check()
