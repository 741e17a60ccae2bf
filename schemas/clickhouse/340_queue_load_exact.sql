CREATE VIEW IF NOT EXISTS queue_load_exact
(
    place LowCardinality(String) COMMENT 'The place',
    at DateTime64(3, 'UTC') COMMENT 'An instant at which somebody joined, started, ended or left; the counts hold until the next',
    waiting Int64 COMMENT 'People waiting from this instant on',
    being_served Int64 COMMENT 'People being served from this instant on',
    present Int64 COMMENT 'Everybody there from this instant on: waiting, being served or just present, a known customer once'
)
AS WITH
    queue_edges AS
    (
        SELECT place, edge.1 AS at, edge.2 AS waiting_change, edge.3 AS served_change, 0 AS present_change
        FROM stays
        ARRAY JOIN
            [
                (toNullable(joined_at), 1, 0),
                (ifNull(started_at, ended_at), -1, if(isNull(started_at), 0, 1)),
                (ended_at, 0, if(isNull(started_at), 0, -1))
            ] AS edge
        WHERE kind = 'queue' AND place != '' AND isNotNull(edge.1)
    ),
    person_edges AS
    (
        SELECT place, if(customer = '', identifier, customer) AS person, edge.1 AS at, sum(edge.2) AS change
        FROM stays
        ARRAY JOIN [(toNullable(joined_at), 1), (ended_at, -1)] AS edge
        WHERE kind IN ('queue', 'presence') AND place != '' AND isNotNull(edge.1)
        GROUP BY place, person, at
    ),
    person_counts AS
    (
        SELECT place, at, change, sum(change) OVER (PARTITION BY place, person ORDER BY at) AS things
        FROM person_edges
    ),
    edges AS
    (
        SELECT place, assumeNotNull(at) AS at, waiting_change, served_change, present_change FROM queue_edges
        UNION ALL
        SELECT place, assumeNotNull(at), 0, 0, toInt64(things > 0) - toInt64(things - change > 0) FROM person_counts
    ),
    instants AS
    (
        SELECT
            place, at,
            sum(waiting_change) AS waiting_change, sum(served_change) AS served_change,
            sum(present_change) AS present_change
        FROM edges
        GROUP BY place, at
    )
SELECT
    place, at,
    sum(waiting_change) OVER curve AS waiting,
    sum(served_change) OVER curve AS being_served,
    sum(present_change) OVER curve AS present
FROM instants
WINDOW curve AS (PARTITION BY place ORDER BY at)
COMMENT 'The exact curve of people at each place: a sweep over stays, right in whatever order they arrived'
