"""Facts about people that hold in every world, asked of the oracle itself: it may not be the one that is wrong."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.identity_check import truth
from support.identity_oracle import kind_of
from support.identity_world import random_world

SEED = st.integers(0, 1 << 40)
WORLDS = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))


def known(seed):
    world = random_world(seed)
    return truth(world, world.quiet[-1])


def handed_over(known, band):
    """When the wristband went from hand to hand, as positions; a return still is the wearer's."""
    marks = [event for event in known.events if band in event.names and event.type.startswith("wristband.")]
    returned = [event.position + 1 for event in marks if event.type == "wristband.returned"]
    return sorted(returned + [event.position for event in marks if event.type == "wristband.issued"])


def lease(marks, at):
    return sum(mark <= at for mark in marks)


@WORLDS
@given(SEED)
def test_no_touchpoint_of_a_wristband_is_anybodys_who_was_never_named_with_it_in_that_lease(seed):
    all_known = known(seed)
    identity = all_known.identity
    for event in all_known.events:
        if event.names and kind_of(event.names[0]) == "wristband":
            band, marks = event.names[0], handed_over(all_known, event.names[0])
            path = identity.path(band, event.position)
            named = {
                other.names[0]
                for other in all_known.events
                if band in other.names and lease(marks, other.position) == lease(marks, event.position)
            }
            assert len(path) == 1 or path[1] in named


@WORLDS
@given(SEED)
def test_wristbands_that_only_a_booking_has_in_common_are_different_people(seed):
    all_known = known(seed)
    bands = {event.names[0] for event in all_known.events if event.names and kind_of(event.names[0]) == "wristband"}
    unnamed = [band for band in sorted(bands) if not any(run.label for run in all_known.identity.runs.get(band, []))]
    for band in unnamed:
        assert all(all_known.identity.path(band, event.position) == [band] for event in all_known.events)


@WORLDS
@given(SEED)
def test_two_customers_are_one_only_where_an_account_was_merged(seed):
    all_known = known(seed)
    merged = {
        event.data[end] for event in all_known.events if event.type == "account.merged" for end in ("from", "into")
    }
    for event in all_known.events:
        path = all_known.identity.path(event.names[0], event.position) if event.names else []
        customers = [name.removeprefix("customer:") for name in path if kind_of(name) == "customer"]
        assert len(customers) < 2 or set(customers) <= merged


@WORLDS
@given(SEED)
def test_every_touchpoint_is_exactly_one_persons_and_every_visit_of_theirs(seed):
    all_known = known(seed)
    named = [event for event in all_known.events if event.names]
    assert sum(person.touchpoints for person in all_known.people.values()) == len(named)
    for person in all_known.people.values():
        assert all(one.cover < other.start for one, other in zip(person.visits, person.visits[1:], strict=False))
        assert sum(visit.touchpoints for visit in person.visits) <= person.touchpoints
        assert sum(visit.waits for visit in person.visits) <= person.waits
