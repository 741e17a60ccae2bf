CREATE VIEW IF NOT EXISTS customers_exact
(
    customer String COMMENT 'Known customer, else the strongest identifier itself, written type:value',
    first_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'Earliest touchpoint; NULL where all came too late',
    last_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'Latest touchpoint; NULL where all came too late',
    touchpoints UInt64 COMMENT 'Touchpoints over all identifiers of this customer, each counted once',
    visits UInt64 COMMENT 'Visits: stretches of activity over all channels, see visits',
    orders UInt64 COMMENT 'Orders placed and not cancelled',
    amount Decimal(38, 4) COMMENT 'Sales, orders not cancelled, bookings, meals and subscriptions without an order, less refunds; in the currency of the installation',
    other_currencies Map(String, Decimal(38, 4)) COMMENT 'The same in other currencies, never added to amount',
    is_returning UInt8 COMMENT '1: two visits or more',
    waits UInt64 COMMENT 'Finished waits, abandoned and timed-out ones included, see waits',
    wait_seconds Float64 COMMENT 'Length of all of them together, seconds',
    consents Map(String, UInt8) COMMENT 'Latest word per purpose: 1 granted, 0 withdrawn; a purpose that is missing was never asked',
    audiences Array(LowCardinality(String)) COMMENT 'Audiences of the touchpoints: customer, staff, bot, test; boards show customers'
)
AS WITH
    (SELECT value FROM settings FINAL WHERE name = 'currency') AS own_currency,
    facts AS
    (
        SELECT
            customer, toNullable(min(occurred_at)) AS first_at, toNullable(max(occurred_at)) AS last_at, count() AS touched,
            0 AS visited, 0 AS ordered, '' AS currency, toDecimal128(0, 4) AS money, 0 AS waited, toFloat64(0) AS wait,
            '' AS purpose, 0 AS granted, groupUniqArray(CAST(audience, 'String')) AS heard_by
        FROM customer_touchpoints
        WHERE customer != ''
        GROUP BY customer
        UNION ALL
        SELECT customer, NULL, NULL, 0, count(), 0, '', 0, 0, 0, '', 0, [] FROM visits_exact GROUP BY customer
        UNION ALL
        SELECT
            customer, NULL, NULL, 0, 0, sum(is_order), if(currency = own_currency, '', currency) AS of, sum(amount),
            0, 0, '', 0, []
        FROM customer_money
        GROUP BY customer, of
        UNION ALL
        SELECT customer, NULL, NULL, 0, 0, 0, '', 0, count(), sum(wait_seconds), '', 0, []
        FROM customer_waits
        WHERE customer != ''
        GROUP BY customer
        UNION ALL
        SELECT
            customer, NULL, NULL, 0, 0, 0, '', 0, 0, 0, JSONExtractString(data, 'purpose') AS of,
            argMax(JSONExtractBool(data, 'granted'), (occurred_at, source, event_id)), []
        FROM customer_touchpoints
        WHERE customer != '' AND type = 'consent.changed'
        GROUP BY customer, of
    )
SELECT
    customer,
    min(first_at) AS first_seen,
    max(last_at) AS last_seen,
    sum(touched) AS touchpoints,
    sum(visited) AS visits,
    sum(ordered) AS orders,
    sumIf(money, currency = '') AS amount,
    mapFromArrays(
        groupArrayIf(currency, currency != '' AND money != 0), groupArrayIf(money, currency != '' AND money != 0)
    ) AS other_currencies,
    visits >= 2 AS is_returning,
    sum(waited) AS waits,
    sum(wait) AS wait_seconds,
    mapFromArrays(groupArrayIf(purpose, purpose != ''), groupArrayIf(granted, purpose != '')) AS consents,
    arrayFilter(
        audience -> has(arrayFlatten(groupArray(heard_by)), audience), ['customer', 'staff', 'bot', 'test']
    ) AS audiences
FROM facts
GROUP BY customer
SETTINGS max_threads = 1, max_block_size = 8192, max_read_buffer_size = 65536, preferred_block_size_bytes = 100000
COMMENT 'Customers reckoned from the touchpoints themselves, right in whatever order they arrived: what customers must equal'
