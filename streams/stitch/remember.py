"""Has this touchpoint been here before? Ids are remembered within the deduplication window, in pages where many."""

from typing import Final

from streams.stitch import ids
from streams.stitch.actor import MOST_INLINE, NO_PAGES, Actor, IdPage, id_page
from streams.stitch.state import StitchState, round_after

_MOST_BYTES: Final = MOST_INLINE * ids.RECORD


def known_payload(state: StitchState, key: str, actor: Actor, name: bytes) -> bytes | None:
    """The payload hash of the first copy, None if this is the first."""
    # Nearly always nowhere among its bytes; if it is, it may be so by accident, across two records.
    payload = ids.find(actor.ids, name) if name in actor.ids else None
    if payload is None and actor.id_pages is not NO_PAGES:
        payload = state.paged_ids(key, actor).get(name)
    return payload


def remember(state: StitchState, key: str, actor: Actor, name: bytes, at: int, payload: bytes) -> None:
    """`actor` is a copy for writing."""
    if len(actor.ids) >= _MOST_BYTES:
        _turn_page(state, key, actor)
    actor.ids += ids.pack(name, at, payload)
    if actor.due is None:
        state.wake(key, actor, round_after(at + state.window_ms))


def newest(state: StitchState, key: str, actor: Actor) -> int | None:
    """Time (ms) of the newest id in the entry and in its oldest page; None without ids.

    When that has expired there is something to forget: often enough for an identifier that is not heard of any more.
    """
    times = [ids.newest(actor.ids)] if actor.ids else []
    page = state.get(id_page(key, actor.id_pages[0])) if actor.id_pages is not NO_PAGES else None
    if isinstance(page, IdPage):
        times.append(ids.newest(page.ids))
    return max(times, default=None)


def forget(state: StitchState, key: str, actor: Actor, oldest: int) -> None:
    """Forget what occurred before `oldest` (ms)."""
    if actor.ids:
        actor.ids = ids.since(actor.ids, oldest)
    _drop_pages(state, key, actor, oldest)


def _turn_page(state: StitchState, key: str, actor: Actor) -> None:
    if state.watermark is not None:
        oldest = state.watermark - state.window_ms
        actor.ids = ids.since(actor.ids, oldest)
        _drop_pages(state, key, actor, oldest)
    if len(actor.ids) < _MOST_BYTES // 2:
        return
    known = state.paged_ids(key, actor)
    known.update((name, payload) for name, _, payload in ids.each(actor.ids))
    first, after = actor.id_pages
    state.put(id_page(key, after), IdPage(actor.ids))
    actor.id_pages, actor.ids = (first, after + 1), b""


def _drop_pages(state: StitchState, key: str, actor: Actor, oldest: int) -> None:
    """From the front, as far as all in them is older: an id far in the future keeps the pages behind it for a day."""
    first, after = actor.id_pages
    while first < after:
        page = state.get(id_page(key, first))
        if isinstance(page, IdPage):
            if ids.newest(page.ids) >= oldest:
                break
            known = state.paged_ids(key, actor)
            for name, _, _ in ids.each(page.ids):
                known.pop(name, None)
        state.drop(id_page(key, first))
        first += 1
    actor.id_pages = (first, after) if first < after else NO_PAGES
    if first == after:
        state.forget_paged_ids(key)
