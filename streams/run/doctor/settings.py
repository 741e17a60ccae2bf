"""Settings that would lose, mix up or expose something one day, although everything works now."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from streams.run.doctor.facts import Facts, TopicFacts
from streams.store.engines import harm_of
from streams.store.epochs import DERIVED

Setting = tuple[Literal["note", "warning", "lost"], str, str, str]
"""Level, what it is about, what is the matter, what to do."""

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
MOST_SKEW_SECONDS = 2.0
LEAST_FREE_BYTES, LEAST_FREE_SHARE = 2 << 30, 0.05
LETTERS_KEPT_DAYS, LETTERS_WARN_DAYS = 30, 7
FACTS: Final = ("touchpoints", *DERIVED)
_TTL = re.compile(r"\sTTL\s")


def settings_findings(facts: Facts) -> Iterator[Setting]:
    for refusal in facts.refusals:
        yield ("warning", "topics", refusal, "a worker that starts now refuses to serve")
    if facts.missing_topics:
        yield ("warning", "topics", f"missing: {', '.join(facts.missing_topics)}", "`touchline topics` creates them")
    if not facts.embedded:
        yield from _replication(facts)
        yield from _retention(facts.topics)
    yield from _store(facts)
    yield from _clocks(facts)
    yield from _letters(facts)
    yield from _key(facts)


def _replication(facts: Facts) -> Iterator[Setting]:
    if facts.nodes > 1:
        single = [topic.name for topic in facts.topics if topic.replication == 1]
        if single:
            yield (
                "warning",
                "replication",
                f"{_named(single)} on one of {facts.nodes} brokers only: that one's disk is all there is of them",
                "kafka-reassign-partitions to three replicas; TOUCHLINE_REPLICATION=3 for new topics",
            )
    weak = [topic.name for topic in facts.topics if topic.replication >= 3 and _insync(topic) < 2]
    if weak:
        yield (
            "warning",
            "min.insync.replicas",
            f"1 for {_named(weak)}: a write counts as safe with one copy",
            "kafka-configs --alter --add-config min.insync.replicas=2",
        )
    stiff = [topic.name for topic in facts.topics if topic.replication > 1 and _insync(topic) >= topic.replication]
    if stiff:
        yield (
            "warning",
            "min.insync.replicas",
            f"as many as replicas for {_named(stiff)}: one broker that restarts stops every write",
            "one less than replicas",
        )
    unclean = [topic.name for topic in facts.topics if topic.config.get("unclean.leader.election.enable") == "true"]
    if unclean:
        yield (
            "warning",
            "unclean.leader.election.enable",
            f"true for {_named(unclean)}: a broker that missed records may become the one that counts",
            "set it to false",
        )


def _insync(topic: TopicFacts) -> int:
    return int(topic.config.get("min.insync.replicas", "1"))


def _retention(topics: Iterable[TopicFacts]) -> Iterator[Setting]:
    for topic in topics:
        policy = topic.config.get("cleanup.policy", "delete")
        if topic.compacted:
            continue  # what is wrong there is a refusal
        if "compact" in policy:
            yield (
                "warning",
                topic.name,
                f"cleanup.policy={policy}: of several records with one key the older ones go",
                "set cleanup.policy=delete",
            )
        kept = int(topic.config.get("retention.ms", "-1"))
        needed = topic.needed_hours
        if kept >= 0 and (needed is None or kept < needed * HOUR_MS):
            wanted = -1 if needed is None else needed * HOUR_MS
            yield (
                "warning",
                topic.name,
                f"keeps its records for {kept / HOUR_MS:,.1f} h"
                + ("" if needed is None else f", {needed} h are needed")
                + ": what is not read by then is lost",
                f"kafka-configs --alter --topic {topic.name} --add-config retention.ms={wanted}",
            )
        if int(topic.config.get("retention.bytes", "-1")) >= 0:
            yield (
                "warning",
                topic.name,
                f"keeps {int(topic.config['retention.bytes']):,} bytes at most: a burst deletes what is not read yet",
                f"kafka-configs --alter --topic {topic.name} --add-config retention.bytes=-1",
            )


def _store(facts: Facts) -> Iterator[Setting]:
    engines = facts.store.engines
    for name, engine in sorted(engines.items()):
        harm = harm_of(name, engine)
        if harm is not None:
            yield ("warning", f"table {name}", harm.what, harm.fix)
    expiring = [name for name in FACTS if _TTL.search(engines.get(name, ""))]
    if expiring:
        yield (
            "warning",
            "TTL",
            f"rows of {_named(expiring)} expire: a rebuild cannot bring them back, and refuses without --forget",
            "ALTER TABLE … REMOVE TTL, unless this is meant",
        )
    if facts.store.readers_final is False:
        yield (
            "warning",
            "readers",
            "no settings profile of the store has final = 1: readers count replaced rows twice",
            "give readers the profile of docker/clickhouse/readers.xml",
        )
    for name, free, total in facts.store.disks:
        if free < LEAST_FREE_BYTES or free < LEAST_FREE_SHARE * total:
            yield (
                "warning",
                f"disk {name} of the store",
                f"{free / (1 << 30):,.1f} GiB of {total / (1 << 30):,.1f} GiB are free",
                "when it is full the sink waits: nothing is lost until Kafka's retention",
            )


def _clocks(facts: Facts) -> Iterator[Setting]:
    skews = [("store", facts.store.skew_seconds)]
    if facts.broker_skew_seconds is not None:
        skews.append(("broker", facts.broker_skew_seconds))
    for whose, skew in skews:
        if abs(skew) > MOST_SKEW_SECONDS:
            yield (
                "warning",
                f"clock of the {whose}",
                f"{abs(skew):,.1f} s {'ahead of' if skew > 0 else 'behind'} this machine's",
                "let all machines keep time by NTP; delays are off by so much",
            )


def _letters(facts: Facts) -> Iterator[Setting]:
    count, oldest = facts.store.open_letters, facts.store.oldest_open_ms
    if not count or oldest is None:
        return
    left = LETTERS_KEPT_DAYS - (facts.at_ms - oldest) / DAY_MS
    level: Literal["note", "warning"] = "warning" if left < LETTERS_WARN_DAYS else "note"
    yield (
        level,
        "dead letters",
        f"{count:,} that nobody has dealt with; the oldest is deleted in {max(0.0, left):,.1f} days",
        "`touchline rejected list`",
    )


def _key(facts: Facts) -> Iterator[Setting]:
    if not facts.key_file:
        return
    if facts.key_file_open:
        yield ("warning", "pseudonym key", f"{facts.key_file} can be read by others", f"chmod 600 {facts.key_file}")
    level: Literal["note", "warning"] = "note" if facts.embedded else "warning"
    yield (
        level,
        "pseudonym key",
        f"lies in {facts.key_file}, beside the data: who gets one has both",
        "keep it elsewhere and give it as TOUCHLINE_PSEUDONYM_KEY; it is the same key, or nobody is known any more",
    )


def _named(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
