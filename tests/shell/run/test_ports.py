"""A port that is taken is named with its holder."""

import os
import socket

from streams.run.ports import holder, is_free


def test_a_listening_port_is_taken_and_its_holder_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert f"(pid {os.getpid()})" in holder(port)


def test_a_port_is_free_once_its_holder_has_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert is_free(port)
