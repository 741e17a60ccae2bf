CREATE VIEW IF NOT EXISTS place_quarters
AS WITH
    (from_ms, until_ms, quarter_ms) -> greatest(0, least(until_ms, quarter_ms + 900000) - greatest(from_ms, quarter_ms)) AS overlap,
    toUnixTimestamp64Milli(toDateTime64({since:DateTime64(3, 'UTC')}, 3, 'UTC')) AS since_ms,
    intDiv(since_ms, 900000) * 900000 AS first_ms,
    intDiv(toUnixTimestamp64Milli(toDateTime64({until:DateTime64(3, 'UTC')}, 3, 'UTC')) + 899999, 900000) * 900000
        AS last_ms,
    ifNull(
        (
            SELECT max(toUnixTimestamp64Milli(at)) FROM queue_load
            WHERE at >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY
        ),
        0
    ) AS known_ms,
    least(last_ms, known_ms) AS until_ms,
    happened AS
    (
        SELECT
            place, kind, outcome, guessed, wait_seconds, service_seconds,
            toUnixTimestamp64Milli(joined_at) AS joined_ms,
            toUnixTimestamp64Milli(started_at) AS started_ms,
            toUnixTimestamp64Milli(ended_at) AS ended_ms,
            ifNull(started_ms, ended_ms) AS waited_ms,
            ifNull(ended_ms, until_ms) AS inside_ms,
            arrayJoin(
                range(
                    greatest(first_ms, intDiv(joined_ms, 900000) * 900000), least(inside_ms + 1, last_ms), 900000
                )
            ) AS quarter_ms
        FROM stays
        WHERE kind IN ('queue', 'presence') AND joined_at < fromUnixTimestamp64Milli(last_ms, 'UTC')
            AND (isNull(ended_at) OR ended_at >= toStartOfFifteenMinutes({since:DateTime64(3, 'UTC')}))
    ),
    worked AS
    (
        SELECT
            place, state, servers,
            toUnixTimestamp64Milli(at) AS from_ms,
            leadInFrame(toUnixTimestamp64Milli(at), 1, until_ms)
                OVER (PARTITION BY place ORDER BY at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS to_ms
        FROM staffing
        WHERE at >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY AND at < fromUnixTimestamp64Milli(last_ms, 'UTC')
    ),
    pieces AS
    (
        SELECT
            place, quarter_ms,
            intDiv(joined_ms, 900000) * 900000 = quarter_ms AS arrived,
            ifNull(intDiv(started_ms, 900000) * 900000 = quarter_ms, 0) AS started,
            ifNull(intDiv(ended_ms, 900000) * 900000 = quarter_ms, 0)
                AND (kind = 'presence' OR isNotNull(started_ms)) AS ended,
            ifNull(intDiv(waited_ms, 900000) * 900000 = quarter_ms, 0) AND kind = 'queue' AS waited,
            waited AND isNull(started_ms) AND outcome = 'abandoned' AS walked_away,
            waited AND isNull(started_ms) AND outcome = 'timed_out' AS timed_out,
            if(waited, wait_seconds, NULL) AS wait_seconds,
            if(ended AND kind = 'queue' AND NOT guessed, service_seconds, NULL) AS service_seconds,
            if(kind = 'queue', overlap(joined_ms, least(ifNull(waited_ms, until_ms), until_ms), quarter_ms), toInt64(0))
                AS waiting_ms,
            if(isNull(started_ms), toInt64(0), overlap(assumeNotNull(started_ms), least(inside_ms, until_ms), quarter_ms)) AS busy_ms,
            overlap(joined_ms, least(inside_ms, until_ms), quarter_ms) AS present_ms,
            toInt64(0) AS staffed_ms, toInt64(0) AS known_staff_ms
        FROM happened
        UNION ALL
        SELECT
            place,
            arrayJoin(range(greatest(first_ms, intDiv(from_ms, 900000) * 900000), to_ms, 900000)) AS quarter_ms,
            0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0,
            if(state = 'open', toInt64(ifNull(servers, 0)), toInt64(0)) * overlap(from_ms, to_ms, quarter_ms),
            if(state = 'open' AND isNull(servers), toInt64(0), overlap(from_ms, to_ms, quarter_ms))
        FROM worked
    )
SELECT
    place,
    fromUnixTimestamp64Milli(pieces.quarter_ms, 'UTC') AS quarter,
    overlap(first_ms, until_ms, pieces.quarter_ms) / 1000 AS seconds,
    sum(arrived) AS arrivals,
    sum(started) AS starts,
    sum(ended) AS ends,
    sum(walked_away) AS walk_aways,
    sum(pieces.timed_out) AS timed_out,
    count(pieces.wait_seconds) AS waits,
    sum(pieces.wait_seconds) / waits AS wait_mean_seconds,
    max(pieces.wait_seconds) AS longest_wait_seconds,
    count(pieces.service_seconds) AS services,
    sum(pieces.service_seconds) / services AS service_mean_seconds,
    if(seconds = 0, NULL, sum(waiting_ms) / 1000 / seconds) AS waiting_mean,
    if(seconds = 0, NULL, sum(busy_ms) / 1000 / seconds) AS being_served_mean,
    if(seconds = 0, NULL, sum(present_ms) / 1000 / seconds) AS inside_mean,
    inside_mean / any(declared.capacity) AS occupancy,
    sum(busy_ms) / 1000 AS busy_seconds,
    if(sum(known_staff_ms) = 0, NULL, sum(staffed_ms) / 1000) AS staffed_seconds,
    if(staffed_seconds > 0, busy_seconds / staffed_seconds, NULL) AS utilisation
FROM pieces
LEFT JOIN places AS declared FINAL ON declared.id = pieces.place
GROUP BY place, pieces.quarter_ms
COMMENT 'What happened at each place in each 15 min: SELECT ... FROM place_quarters(since = ''2026-11-22 10:00:00'', until = ''2026-11-22 12:00:00''); times in UTC'
