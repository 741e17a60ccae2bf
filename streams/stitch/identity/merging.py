"""Account merges: which stand is judged in one place, and each customer that is concerned hears its verdict."""

from typing import Any

from schemas.erased import label_of
from streams.outbox import Outbox
from streams.stitch.actor import MERGES_OF, Grave, MergesOf
from streams.stitch.identity.graves import bury, is_erased
from streams.stitch.identity.ledger import Evidence, tell_changes
from streams.stitch.identity.merges import Merge, earliest_of, verdicts
from streams.stitch.identity.stable import CUSTOMER
from streams.stitch.state import StitchState, note


def merged(state: StitchState, message: dict[str, Any], out: Outbox) -> None:
    """`account.merged` says that one customer is another from then on."""
    from_, into, when = message["f"], message["w"], (message["t"], message["s"], message["e"])
    if from_ == into or not (from_.startswith(CUSTOMER) and into.startswith(CUSTOMER)):
        return
    if state.graves and is_erased(state, message["t"], from_):
        return
    known = merges_of(state, from_)
    earlier = known.into.get(into)
    if earlier is not None and earlier <= when:
        return
    state.put(MERGES_OF + from_, known._replace(into={**known.into, into: when}))
    note(state.merges, into, from_)
    _judge(state, {from_, into}, Evidence(message["o"][4], when, "account.merged"), out)
    if state.graves and is_erased(state, message["t"], into) and merges_of(state, from_).verdict != into:
        _forget_name(state, from_, into, message["t"])  # else it is a child that comes late, and hears of the erasure


def unlinked(state: StitchState, message: dict[str, Any], out: Outbox) -> None:
    """Two customers are not, or may again be, one: whichever of them was merged into the other."""
    one, other, on = message["i"], message["w"], message["on"]
    command = (message["t"], message["o"][1], message["o"][2], on)
    evidence = Evidence(message["o"][4], None, "", message.get("c", ""), message.get("by", ""))
    for from_, into in ((one, other), (other, one)):
        known = merges_of(state, from_)
        if known.off.get(into, (-1,)) < command:
            state.put(MERGES_OF + from_, known._replace(off={**known.off, into: command}))
    tell_changes(state, one, [("unlinked" if on else "relinked", "", "", other, "by command")], evidence, out)
    _judge(state, {one, other}, evidence, out)


def forget(state: StitchState, erased: str, grave: Grave) -> None:
    """No merge of then names that customer any more. It changes nobody's: whoever was merged into it is erased, too."""
    bury(state, grave, erased)
    known = merges_of(state, erased)
    for other in sorted({*known.into, *known.off, *state.merges.get(erased, ())}):
        _forget_name(state, other, erased, grave.at)
        if erased not in merges_of(state, other).into and erased in state.merges:
            state.merges[erased].discard(other)
    into = {other: when for other, when in known.into.items() if when[0] > grave.at}
    for other in known.into.keys() - into.keys():
        state.merges.get(other, set()).discard(erased)
    if into:
        off = {other: command for other, command in known.off.items() if other in into}
        state.put(MERGES_OF + erased, MergesOf(into, off, known.verdict if known.verdict in into else ""))
    elif state.get(MERGES_OF + erased) is not None:
        state.drop(MERGES_OF + erased)


def _forget_name(state: StitchState, customer: str, erased: str, at: int) -> None:
    """In merges of then (ms) and before; whoever comes back is named by what is later."""
    known, label = merges_of(state, customer), label_of(customer, erased)
    into = {other: when for other, when in known.into.items() if other != erased or when[0] > at}
    gone = erased not in into
    off = {label if other == erased and gone else other: command for other, command in known.off.items()}
    verdict = "" if known.verdict == erased and gone else known.verdict
    if known != (known := MergesOf(into, off, verdict)):
        state.put(MERGES_OF + customer, known)


def merges_of(state: StitchState, from_: str) -> MergesOf:
    entry = state.get(MERGES_OF + from_)
    return entry if isinstance(entry, MergesOf) else MergesOf({}, {}, "")


def standing(known: MergesOf, from_: str) -> Merge | None:
    off = {into for into, command in known.off.items() if command[3]}
    return earliest_of(from_, known.into, {into for into in known.into if into in off or label_of(from_, into) in off})


def _judge(state: StitchState, start: set[str], evidence: Evidence, out: Outbox) -> None:
    """Everybody who hangs together with these; circles are nowhere else."""
    around = _connected(state, start)
    found = {from_: standing(merges_of(state, from_), from_) for from_ in around}
    verdict = verdicts(merge for merge in found.values() if merge is not None)
    for from_ in sorted(around):
        known, now, merge = merges_of(state, from_), verdict.get(from_, ""), found[from_]
        if now != known.verdict:
            state.put(MERGES_OF + from_, known._replace(verdict=now))
        elif from_ not in start or merge is None:
            continue
        state.owe(from_).verdict = state.owed_version()
        if now != known.verdict or not now:
            refused = merge is not None and not now
            change = "merge_refused" if refused else "merged" if now else "merge_withdrawn"
            rule = "closes a circle" if refused else "earliest, no circle" if now else "unlinked"
            other = merge[2] if merge is not None else known.verdict
            tell_changes(state, from_, [(change, known.verdict, now, other, rule)], evidence, out)


def _connected(state: StitchState, start: set[str]) -> set[str]:
    found, ahead = set(start), [*start]
    while ahead:
        one = ahead.pop()
        for other in (*merges_of(state, one).into, *state.merges.get(one, ())):
            if other not in found:
                found.add(other)
                ahead.append(other)
    return found
