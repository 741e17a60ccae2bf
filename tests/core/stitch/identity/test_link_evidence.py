"""Each link's row names the touchpoint that says so, with its type, also where that type did something else."""

import pytest
from support.identity_road import Road
from support.identity_scene import told, world


@pytest.mark.parametrize("kind", ["wristband.returned", "wristband.issued"])
def test_a_phone_that_is_named_when_a_wristband_changes_hands_is_linked_by_that_and_not_cut(kind):
    day = world(told(0, "page.viewed", "device:d"), told(5, kind, "wristband:w device:d customer:1"))
    road = Road(day)
    road.read_until(day.quiet[-1])
    [row] = [row for (name, _), row in road.reader.rows("identity_links").items() if name == "device:d"]
    assert (row["holder"], row["evidence_type"]) == ("customer:1", kind)
    [linked] = [row for row in road.reader.ledger.values() if row["identifier"] == "device:d"]
    assert linked["evidence_type"] == kind
