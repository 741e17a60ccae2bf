CREATE TABLE IF NOT EXISTS stays_all
(
    place LowCardinality(String) COMMENT 'Where; empty for a call whose queue nobody has named',
    token String COMMENT 'The call or token as sent, else the identifier',
    customer String COMMENT 'Known customer, else the identifier itself, written type:value; empty for a call or token alone',
    joined_at DateTime64(3, 'UTC') COMMENT 'Joined the queue, or was first seen at the place',
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Service started; NULL while waiting and where there was none',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Service ended, left or timed out; NULL while the stay lasts',
    outcome LowCardinality(String) COMMENT 'Empty while open; served, abandoned, timed_out, left, abandoned_before_queue',
    wait_seconds Nullable(Float64) COMMENT 'Seconds from joining to start or leaving; NULL while unknown',
    service_seconds Nullable(Float64) COMMENT 'Seconds from start to end of service; NULL while unknown',
    server String COMMENT 'Who or what served, as sent; empty if not said',
    identifier String COMMENT 'The thing in the hand, full key type:value',
    nth UInt32 COMMENT 'Counts stays of the same place, thing and joined_at, from 0',
    kind LowCardinality(String) COMMENT 'queue (waits, then is served), presence (is there) or menu (a call before any queue)',
    guessed UInt8 COMMENT '1: the end is a guess (time-out, seen elsewhere, closing)',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: the stay turned out not to exist; readers do not see such rows',
    INDEX ended_range ended_at TYPE minmax GRANULARITY 1,
    INDEX started_range started_at TYPE minmax GRANULARITY 1,
    INDEX identifier_filter identifier TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX customer_filter customer TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY (epoch, toYear(joined_at))
ORDER BY (epoch, toDate(joined_at), place, identifier, joined_at, nth)
COMMENT 'Stays of every epoch; read stays'
