"""What is left of a world when somebody was erased, read plainly: who they were then decides what goes, for ever.

All that lies at or before the command and reaches the person upwards goes: their touchpoints, whatever carries an
identifier of theirs, their waits and stays. Nobody else has more or less by it.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from support.identity_check import TIMER_WAIT, Truth, truth
from support.identity_oracle import LEASED, Event, Identity, identify, kind_of, position, unlinked_pairs
from support.identity_people import IN_HAND, House, people_of, waits_of
from support.identity_world import PLACES, World


class Erasure(NamedTuple):
    """Of `who`, at `at` (append time, ms)."""

    who: str
    at: int


class Forgotten(NamedTuple):
    """What goes: by who was who when the command was read, and by what was learned since. `whole`: identifiers of
    which all goes that is not later, what they were linked to included."""

    erasure: Erasure
    identities: tuple[Identity, ...]
    whole: frozenset[str]

    def touches(self, name: str, pos: int) -> bool:
        """Whether what lies at this identifier, at this position on its line, is the person's."""
        theirs, who = self.whole | {self.erasure.who}, self.erasure.who
        paths = [identity.path(name, pos) for identity in self.identities]
        if kind_of(who) in LEASED and who not in self.whole:  # what others had of it is theirs
            return any(path[-1] == who or not self.whole.isdisjoint(path) for path in paths)
        return any(not theirs.isdisjoint(path) for path in paths)

    def has(self, event: Event) -> bool:
        return bool(event.names) and event.t <= self.erasure.at and self.touches(event.names[0], event.position)

    def has_been(self, thing: str, joined: int) -> bool:
        """Whether a stay that began then was the person's."""
        return joined <= self.erasure.at and self.touches(thing, position(joined))

    def has_forgotten(self, event: Event) -> bool:
        """Whether the thing in the hand knows nothing of it any more, so that no later stay depends on it."""
        thing = min(event.names, key=lambda name: IN_HAND.index(kind_of(name)), default="")
        return event.t <= self.erasure.at and thing in self.whole

    def learn(self, known: Truth, identity: Identity) -> "Forgotten":
        """Who turns out to be theirs with something as old goes, too, and stays theirs with what is later."""
        more = self._replace(identities=(*self.identities, identity))
        old = {name for event in known.events if event.t <= self.erasure.at for name in event.names}
        old |= {*identity.merged}
        whole = {name for name in old if kind_of(name) not in LEASED and more.touches(name, 0)}
        return more._replace(whole=self.whole | whole)


def forgotten(known: Truth, erasure: Erasure) -> Forgotten:
    """`known`: all that had come when the command was read."""
    named = [*(run.label for run in known.identity.runs.get(erasure.who, ()) if run.label)]
    standing = unlinked_pairs(known.commands)
    named += [one.second for one in known.commands if one.first == erasure.who and frozenset(one[:2]) in standing]
    itself = frozenset() if named and kind_of(erasure.who) in LEASED else frozenset({erasure.who})
    return Forgotten(erasure, (), itself).learn(known, known.identity)


def left(world: World, gone: Forgotten, time: int) -> tuple[Truth, bool]:
    """What is known at a time after the erasure, and whether more would go by what was learned since. `world`:
    without the command."""
    told = truth(world, time)
    commands = [command for command in told.commands if command.first not in gone.whole]
    identity = identify(told.events, commands, dict.fromkeys(gone.whole, gone.erasure.at))
    more = gone.learn(told, identity)
    events = [event for event in told.events if not gone.has(event)]
    lines = [event for event in told.events if not gone.has_forgotten(event)]
    waits, stays = waits_of(lines, PLACES, time - TIMER_WAIT)
    waits = [wait for wait in waits if not gone.has_been(wait.thing, wait.joined)]
    stays = {key: stay for key, stay in stays.items() if not gone.has_been(key[1], key[2])}
    people = people_of(events, waits, identity, House("EUR", ZoneInfo(world.zone), PLACES))
    known = told._replace(events=events, identity=identity, people=people, stays=stays)
    return known, more.whole > gone.whole or any(map(more.has, events))
