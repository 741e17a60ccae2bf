"""The time line: piece by piece in any order it is what it is at once, and what is cut off is settled."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from support.stitch_world import MINUTE, PLACES

from streams.stitch.evidence import AT, CODES, LEFT, NOTED, Evidence, closing, handing_over
from streams.stitch.line import Line, fold
from streams.stitch.stay import ENDED, JOINED, NOWHERE, PlaceRule, Rules
from streams.stitch.waits import waits_of

RULES = Rules(PLACES)
CARRIED = sorted({code for kind, code in CODES.items() if not kind.startswith("call.")})
CALLED = sorted({code for kind, code in CODES.items() if kind.startswith("call.")})
TIMES = st.integers(1, 40).map(lambda number: number * 10 * MINUTE)


def one_of(codes: list[int], places: list[str]) -> st.SearchStrategy[Evidence]:
    servers = st.sampled_from(["", "ann"])
    ids = st.integers(0, 99).map(str)
    told = st.tuples(TIMES, st.sampled_from(codes), st.just("gate"), ids, st.sampled_from(places), servers)
    handed_over = st.builds(handing_over, TIMES, st.just("gate"), ids)
    closed = st.builds(closing, st.sampled_from([place for place in places if place]), TIMES)
    return told | closed if codes is CALLED else told | closed | handed_over


def things(codes: list[int], places: list[str]) -> st.SearchStrategy[list[Evidence]]:
    return st.lists(one_of(codes, places), max_size=25, unique=True)


EVIDENCE = things(CARRIED, ["ride", "shop", "park", "app-queue"]) | things(CALLED, ["", "sales", "complaints"])


@settings(deadline=None)
@given(EVIDENCE, st.randoms(use_true_random=False))
def test_evidence_folded_in_piece_by_piece_gives_the_line_of_all_at_once(evidence, rnd):
    line = Line(RULES, NOWHERE, [])
    for one in rnd.sample(evidence, len(evidence)):
        line.insert(RULES, one)
    assert line.instants == Line(RULES, NOWHERE, evidence).instants


@settings(deadline=None)
@given(EVIDENCE, st.data())
def test_each_piece_says_which_ended_stays_it_took_away_and_which_it_gave(evidence, data):
    line, ended = Line(RULES, NOWHERE, []), set()
    for one in data.draw(st.permutations(evidence)):
        taken, given_ = line.insert(RULES, one)
        ended = (ended - set(taken)) | set(given_)
        assert ended == {stay for instant in line.instants for stay in instant[3]}
        assert sorted(line.over(0, None)) == sorted(stay for instant in line.instants for stay in instant[3])
        assert line.waits == sorted(waits_of(line.over(0, None)))


@settings(deadline=None)
@given(EVIDENCE, TIMES, st.integers(0, 60))
def test_what_is_cut_off_is_settled_and_the_rest_goes_on_from_there(evidence, horizon, hours):
    as_of = horizon + hours * 60 * MINUTE
    line = Line(RULES, NOWHERE, evidence)
    final = line.cut(horizon)
    rest = set(fold(RULES, line.carry, [one for one in evidence if one[AT] >= horizon], as_of))
    settled = set(fold(RULES, NOWHERE, evidence, as_of)) - rest
    assert all(stay[ENDED] is not None and stay[ENDED] < horizon for stay in settled)
    going_on, timed_out = line.now(as_of)
    assert {*going_on, *timed_out, *(stay for instant in line.instants for stay in instant[3])} == rest
    assert settled == set(final)
    assert sorted(line.over(0, None)) == sorted(stay for instant in line.instants for stay in instant[3])
    assert line.waits == sorted(waits_of(line.over(0, None)))
    assert settled | rest == set(fold(RULES, NOWHERE, evidence, as_of))


@settings(deadline=None)
@given(EVIDENCE, TIMES, TIMES)
def test_what_is_over_can_be_asked_for_by_when_it_began(evidence, first, after):
    line = Line(RULES, NOWHERE, evidence)
    asked = {stay for stay in line.over(0, None) if first <= stay[JOINED] < after}
    assert set(line.over(first, after)) == asked


def test_all_codes_have_a_place_in_the_life_cycle():
    assert sorted(set(CODES.values())) == list(range(LEFT + 1))
    assert CODES["photo.taken"] == CODES["bus.boarded"] == NOTED


class CountingRules(Rules):
    """Notes how often the machine looks at a place."""

    looks = 0

    def of(self, place: str) -> PlaceRule:
        self.looks += 1
        return super().of(place)


def test_ten_thousand_pieces_in_wild_order_cost_a_few_steps_each():
    codes = [CODES[kind] for kind in ("presence.seen", "queue.joined", "service.started", "service.ended")]
    evidence = [(n * 30, codes[n % 4], "gate", f"e{n}", f"ride-{n // 4 % 5}", "") for n in range(10_000)]
    random.Random(1).shuffle(evidence)
    rules = CountingRules(PLACES)
    line = Line(rules, NOWHERE, [])
    for one in evidence:
        line.insert(rules, one)
    assert rules.looks < 25 * len(evidence)
