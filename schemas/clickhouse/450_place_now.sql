CREATE VIEW IF NOT EXISTS place_now
(
    place String COMMENT 'A declared place',
    name String COMMENT 'Name for people; the id where none was given',
    site String COMMENT 'Site that the place belongs to; empty where none was given',
    kind LowCardinality(String) COMMENT 'queue, virtual_queue, call_queue, checkout, area, desk or parking',
    lat Nullable(Float64) COMMENT 'Latitude, degrees; NULL where none was declared',
    lon Nullable(Float64) COMMENT 'Longitude, degrees; NULL where none was declared',
    opens String COMMENT 'Opening time of day, HH:MM:SS in time_zone; empty where none was given',
    closes String COMMENT 'Closing time of day, HH:MM:SS in time_zone; empty where none was given',
    time_zone String COMMENT 'IANA name: that of the place, else of the installation',
    state String COMMENT 'open, closed or paused by what was last said; open where nobody said anything',
    waiting Nullable(UInt32) COMMENT 'People waiting at the last snapshot; NULL without one',
    being_served Nullable(UInt32) COMMENT 'People being served at the last snapshot; NULL without one',
    servers Nullable(UInt32) COMMENT 'Servers at work as last said, else by plan; NULL where unknown',
    wait_p50_seconds Nullable(Float64) COMMENT 'Expected wait of who joins now, median, seconds; NULL: see wait_reason',
    wait_p90_seconds Nullable(Float64) COMMENT 'The wait that nine of ten who join now will not exceed, seconds',
    wait_method String COMMENT 'gamma-starts: from service starts of 15 min; free-server: nobody waits, fewer served than servers',
    wait_reason String COMMENT 'Why the wait is unknown: closed, paused, no_snapshot, no_news, too_few_starts, no_queue; else empty',
    wait_samples Nullable(UInt32) COMMENT 'Intervals between service starts that the wait rests on; NULL for free-server',
    snapshot_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of the last snapshot: nothing has changed since, up to as_of',
    as_of Nullable(DateTime64(3, 'UTC')) COMMENT 'Everything up to then is in these figures; NULL where no stage has reported',
    behind_seconds Nullable(Float64) COMMENT 'How far as_of lies behind the clock of the store, seconds'
)
AS WITH
    (
        SELECT min(watermark) FROM
        (
            SELECT watermark FROM pipeline
            WHERE stage = 'load' AND at > (SELECT max(at) FROM pipeline) - INTERVAL 10 MINUTE
            ORDER BY at DESC LIMIT 1 BY partition
        )
    ) AS known_until,
    (SELECT ifNull(known_until, max(at)) FROM queue_load) AS now_there,
    (SELECT value FROM settings FINAL WHERE name = 'timezone') AS installed_zone,
    last AS
    (
        SELECT
            place, toNullable(at) AS at, toNullable(waiting) AS waiting, toNullable(being_served) AS being_served,
            servers, estimate_p50_seconds, estimate_p90_seconds, estimate_reason, estimate_samples, state
        FROM queue_load
        WHERE at > now_there - INTERVAL 1 DAY
        ORDER BY at DESC LIMIT 1 BY place
    )
SELECT
    declared.id AS place,
    if(declared.name = '', declared.id, declared.name) AS name,
    declared.site AS site,
    declared.kind AS kind,
    declared.lat AS lat,
    declared.lon AS lon,
    declared.opens AS opens,
    declared.closes AS closes,
    if(declared.timezone = '', ifNull(installed_zone, 'UTC'), declared.timezone) AS time_zone,
    if(last.state = '', 'open', toString(last.state)) AS state,
    last.waiting AS waiting,
    last.being_served AS being_served,
    ifNull(last.servers, declared.servers) AS servers,
    multiIf(wait_method = 'free-server', 0, wait_method = 'gamma-starts', last.estimate_p50_seconds, NULL)
        AS wait_p50_seconds,
    multiIf(wait_method = 'free-server', 0, wait_method = 'gamma-starts', last.estimate_p90_seconds, NULL)
        AS wait_p90_seconds,
    multiIf(
        wait_reason != '', '',
        last.waiting = 0 AND last.being_served < servers, 'free-server',
        'gamma-starts'
    ) AS wait_method,
    multiIf(
        state != 'open', state,
        isNull(last.at), 'no_snapshot',
        last.waiting = 0 AND last.being_served < servers, '',
        last.waiting + last.being_served > 0 AND last.at < now_there - INTERVAL 16 MINUTE, 'no_news',
        last.at < now_there - INTERVAL 16 MINUTE, 'too_few_starts',
        isNull(last.estimate_p50_seconds), toString(last.estimate_reason),
        ''
    ) AS wait_reason,
    if(wait_method = 'gamma-starts', toNullable(last.estimate_samples), NULL) AS wait_samples,
    last.at AS snapshot_at,
    known_until AS as_of,
    if(isNull(known_until), NULL, dateDiff('millisecond', known_until, now64(3)) / 1000) AS behind_seconds
FROM places AS declared FINAL
LEFT JOIN last ON last.place = declared.id
COMMENT 'Every declared place now: state, who is there, and how long somebody will wait who joins, or why nobody can say'
