CREATE VIEW IF NOT EXISTS visits_exact
(
    customer String COMMENT 'Known customer, else the strongest identifier itself, written type:value',
    started_at DateTime64(3, 'UTC') COMMENT 'First touchpoint of the visit',
    ended_at DateTime64(3, 'UTC') COMMENT 'Last touchpoint of the visit',
    covers_until DateTime64(3, 'UTC') COMMENT 'A touchpoint up to and at this instant still belongs to the visit: 30 min after a digital one, 4 h after a physical one, at most until 04:00 local time',
    touchpoints UInt64 COMMENT 'Touchpoints of the visit; what the company sends belongs to none',
    channels Array(LowCardinality(String)) COMMENT 'Channels of the visit, in alphabetical order',
    places Array(String) COMMENT 'Places of the visit, in alphabetical order, at most 64',
    bookings Array(String) COMMENT 'Bookings named in the visit, in alphabetical order, at most 8: parties are found by them',
    amount Decimal(38, 4) COMMENT 'Money of the visit in the currency of the installation; an order counts where it was placed, and not once it is cancelled',
    waits UInt64 COMMENT 'Finished waits that began in the visit, abandoned and timed-out ones included',
    wait_seconds Float64 COMMENT 'Length of all of them together, seconds'
)
AS WITH
    (SELECT value FROM settings FINAL WHERE name = 'timezone') AS zone,
    (SELECT value FROM settings FINAL WHERE name = 'currency') AS own_currency,
    touches AS
    (
        SELECT
            customer, toUnixTimestamp64Milli(occurred_at) AS at, CAST(channel, 'String') AS channel,
            ifNull(CAST(place, 'Nullable(String)'), '') AS place,
            if(
                JSONType(data, 'booking') = 'String' AND lengthUTF8(JSONExtractString(data, 'booking')) <= 128,
                JSONExtractString(data, 'booking'), identifiers['booking']
            ) AS booking,
            toDate(toTimeZone(occurred_at, zone)) AS day,
            toUnixTimestamp(toDateTime(concat(toString(day), ' 04:00:00'), zone)) * 1000 AS cut_today,
            toUnixTimestamp(toDateTime(concat(toString(day + 1), ' 04:00:00'), zone)) * 1000 AS cut_tomorrow,
            toInt64(assumeNotNull(least(at + gap_seconds * 1000, if(cut_today > at, cut_today, cut_tomorrow) - 1))) AS until
        FROM customer_touchpoints AS touched
        INNER JOIN touchpoint_types AS rules FINAL ON rules.type = touched.type
        WHERE customer != '' AND gap_seconds > 0
    ),
    happenings AS
    (
        SELECT customer, at, 0 AS beside, until, channel, place, booking,
            toDecimal128(0, 4) AS money, 0 AS waited, toFloat64(0) AS wait
        FROM touches
        UNION ALL
        SELECT customer, toUnixTimestamp64Milli(occurred_at), 1, -1, '', '', '', amount, 0, 0
        FROM customer_money
        WHERE currency IN ('', own_currency)
        UNION ALL
        SELECT customer, toUnixTimestamp64Milli(joined_at), 1, -1, '', '', '', 0, 1, wait_seconds
        FROM customer_waits
        WHERE customer != ''
    ),
    covered AS
    (
        SELECT *, max(until) OVER (
            PARTITION BY customer ORDER BY at, beside ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
        FROM happenings
    ),
    numbered AS
    (
        SELECT *, sum(beside = 0 AND at > covered_until) OVER (PARTITION BY customer ORDER BY at, beside) AS number
        FROM covered
    )
SELECT
    customer,
    fromUnixTimestamp64Milli(minIf(at, beside = 0), 'UTC') AS started_at,
    fromUnixTimestamp64Milli(maxIf(at, beside = 0), 'UTC') AS ended_at,
    fromUnixTimestamp64Milli(max(until), 'UTC') AS covers_until,
    countIf(beside = 0) AS touchpoints,
    arraySort(groupUniqArrayIf(channel, beside = 0)) AS channels,
    arraySlice(arraySort(groupUniqArrayIf(place, place != '')), 1, 64) AS places,
    arraySlice(arraySort(groupUniqArrayIf(booking, booking != '')), 1, 8) AS bookings,
    sum(money) AS amount,
    sum(waited) AS waits,
    sum(wait) AS wait_seconds
FROM numbered
WHERE beside = 0 OR at <= covered_until
GROUP BY customer, number
COMMENT 'Visits reckoned from the touchpoints themselves, right in whatever order they arrived: what visits must equal'
