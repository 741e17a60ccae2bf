CREATE VIEW IF NOT EXISTS stays
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
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower'
)
AS SELECT
    place, token, customer, joined_at, started_at, ended_at, outcome, wait_seconds, service_seconds, server,
    identifier, nth, kind, guessed, epoch, version
FROM stays_all FINAL
WHERE epoch = (SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL)
COMMENT 'One person, call or ticket at one place: joined, started, ended; of the last finished epoch; written by stitch'
