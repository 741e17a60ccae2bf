"""What `staffing` must say, from scratch: the stays of 15 whole minutes counted anew, servers tried one by one."""

from typing import Any

from schemas.place import Place
from streams.load.erlang import patient_queue
from streams.load.erlang_a import impatient_queue

MINUTE = 60_000


def measured(stays: list[dict[str, Any]], at: int) -> dict[str, Any]:
    """Counts and means over (floor(at) - 15 min, floor(at)], floor to the whole minute; means in seconds."""
    until = at // MINUTE * MINUTE

    def recent(time: int | None) -> bool:
        return time is not None and until - 15 * MINUTE < time <= until

    queue = [s for s in stays if s["m"] == "queue"]
    services = [s["en"] - s["st"] for s in queue if s["st"] is not None and recent(s["en"]) and not s["g"]]
    gave_up = [s["en"] - s["j"] for s in queue if s["st"] is None and s["out"] == "abandoned" and recent(s["en"])]
    served = [s["st"] - s["j"] for s in queue if recent(s["st"])]
    return {
        "arrivals": sum(recent(s["j"]) for s in queue),
        "services": len(services),
        "service_seconds": sum(services) / len(services) / 1_000 if services else None,
        "waits": len(served) + len(gave_up),
        "abandons": len(gave_up),
        "patience_seconds": sum(served + gave_up) / len(gave_up) / 1_000 if gave_up else None,
    }


def required(place: Place, seen: dict[str, Any], state: str) -> tuple[int | None, str]:
    """The least number of servers, tried from 1 on, or the reason."""
    level, seconds = place.service_level, place.target_wait_seconds
    seconds = level.within_seconds if place.kind == "call_queue" else seconds
    if state != "open":
        return None, state
    if seen["arrivals"] < 5:
        return None, "too_few_arrivals"
    if seen["services"] < 5:
        return None, "too_few_services"
    if seen["service_seconds"] == 0:
        return None, "no_service_time"
    if seconds is None:
        return None, "no_target"
    servers = 1
    while _service_level(seen, servers, seconds, level.short_abandon_seconds) < level.goal:
        servers += 1
    return max(servers, place.min_servers), ""


def _service_level(seen: dict[str, Any], servers: int, seconds: float, short: float) -> float:
    arrivals, service, patience = seen["arrivals"] / 900, seen["service_seconds"], seen["patience_seconds"]
    if seen["abandons"] >= 3 and patience:
        return impatient_queue(servers, arrivals, service, patience).service_level(seconds, short)
    return patient_queue(servers, arrivals, service).service_level(seconds)
