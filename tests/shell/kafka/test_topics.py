"""What must be true of topics before anything starts, and what a person is told where it is not."""

import re
from dataclasses import replace

import pytest

from streams.kafka.brokers import BROKERS
from streams.kafka.control import contradictions, control_facts
from streams.kafka.topics import Found, configuration, defects
from streams.topology import EVENTS, PUBLIC, STAGES, Topic, changelog, topics

KAFKA = BROKERS["kafka"]
BY_NAME = {topic.name: topic for topic in topics()}


def found(topic: Topic, partitions: int = 4) -> Found:
    """As the topic would be found after we created it."""
    return Found(partitions if topic.partitioned else 1, f"id of {topic.name}", configuration(topic, KAFKA))


@pytest.mark.parametrize("name", BY_NAME)
def test_a_topic_that_we_created_has_no_defect(name: str):
    assert defects(BY_NAME[name], found(BY_NAME[name]), 4, KAFKA) == []


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (EVENTS, {"partitions": 8}, "events has 8 partitions, TOUCHLINE_PARTITIONS says 4.*Set TOUCHLINE_PARTITIONS=8"),
        ("rows.stays", {"partitions": 2}, "rows.stays has 2 partitions, it must have one"),
        (changelog("stitch"), {"cleanup.policy": "delete"}, "cleanup.policy=delete, which deletes state by age"),
        (changelog("stitch"), {"cleanup.policy": "compact,delete"}, "cleanup.policy=compact,delete"),
        (PUBLIC, {"message.timestamp.type": "CreateTime"}, "touchpoints keeps the senders' timestamps"),
        (EVENTS, {"message.timestamp.type": "CreateTime"}, "add-config message.timestamp.type=LogAppendTime"),
        (changelog("load"), {"max.message.bytes": "1048588"}, "takes records of 1048588 bytes at most, 8388608 are"),
    ],
)
def test_what_would_lose_data_is_named_with_what_to_do(name: str, change: dict[str, object], says: str):
    topic = BY_NAME[name]
    fine = found(topic)
    partitions = int(str(change.pop("partitions", fine.partitions)))
    broken = replace(fine, partitions=partitions, config={**fine.config, **{k: str(v) for k, v in change.items()}})
    (problem,) = defects(topic, broken, 4, KAFKA)
    assert re.search(says, problem)


def test_settings_that_a_broker_does_not_tell_are_not_held_against_it():
    silent = replace(KAFKA, config_visible=False)
    assert defects(BY_NAME[changelog("stitch")], Found(4, "", {}), 4, silent) == []


def all_found(partitions: int = 4) -> dict[str, Found]:
    return {name: found(topic, partitions) for name, topic in BY_NAME.items()}


def test_the_same_facts_contradict_nothing():
    facts = control_facts(all_found(), 4, "h1:abc")
    assert contradictions({}, facts) == contradictions(facts, facts) == []


def test_another_pseudonym_key_is_refused():
    noted, facts = (control_facts(all_found(), 4, fingerprint) for fingerprint in ("h1:abc", "h1:xyz"))
    (problem,) = contradictions(noted, facts)
    assert "fingerprint h1:xyz, until now h1:abc" in problem
    assert "TOUCHLINE_PSEUDONYM_KEY" in problem


def test_another_number_of_partitions_is_refused():
    noted, facts = (control_facts(all_found(count), count, "h1:abc") for count in (4, 8))
    (problem,) = contradictions(noted, facts)
    assert "TOUCHLINE_PARTITIONS is 8, the state was written with 4: set it to 4, or" in problem


@pytest.mark.parametrize("name", [name for stage in STAGES for name in (stage.reads, changelog(stage.name))])
def test_a_topic_that_was_created_again_is_refused(name: str):
    noted = control_facts(all_found(), 4, "h1:abc")
    again = control_facts({**all_found(), name: Found(4, "a new id")}, 4, "h1:abc")
    (problem,) = contradictions(noted, again)
    assert problem.startswith(f"{name}: deleted and created again since the last start")
