"""Which account merges stand: the earliest of each customer, in order of time, as long as no circle closes."""

from itertools import permutations

from streams.stitch.identity.merges import earliest_of, verdicts


def merge(at, from_, into):
    return ((at, "crm", "e"), from_, into)


def test_the_earliest_merge_of_a_customer_stands():
    assert earliest_of("a", {"b": (5, "crm", "e"), "c": (3, "crm", "e")}, ()) == merge(3, "a", "c")


def test_what_is_unlinked_is_passed_over():
    assert earliest_of("a", {"b": (5, "crm", "e"), "c": (3, "crm", "e")}, {"c"}) == merge(5, "a", "b")
    assert earliest_of("a", {"b": (5, "crm", "e")}, {"b"}) is None


def test_the_merge_that_would_close_a_circle_is_refused_whatever_came_first():
    merges = [merge(1, "a", "b"), merge(2, "b", "c"), merge(3, "c", "a"), merge(4, "d", "c")]
    for order in permutations(merges):
        assert verdicts(order) == {"a": "b", "b": "c", "c": "", "d": "c"}


def test_a_refused_merge_closes_nothing_for_others():
    assert verdicts([merge(1, "a", "b"), merge(2, "b", "a"), merge(3, "c", "b")]) == {"a": "b", "b": "", "c": "b"}
