CREATE VIEW IF NOT EXISTS customer_money
(
    customer String COMMENT 'Who it belongs to as known now, as in customer_touchpoints',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was sold, refunded, booked or, of an order, placed first',
    source LowCardinality(String) COMMENT 'Source of that touchpoint',
    event_id String COMMENT 'Its event_id',
    is_order UInt8 COMMENT '1: an order, once, by its earliest placing; cancelled ones are not here',
    amount Decimal(38, 4) COMMENT 'What it adds, negative for a refund',
    currency String COMMENT 'ISO 4217 code of amount'
)
AS SELECT
    customer, occurred_at, source, event_id, 0 AS is_order,
    CAST(if(money = 'subtracts', -1, 1) * assumeNotNull(amount), 'Decimal(38, 4)') AS amount, CAST(currency, 'String') AS currency
FROM customer_touchpoints AS touched
INNER JOIN touchpoint_types AS rules FINAL ON rules.type = touched.type
WHERE customer != '' AND isNotNull(amount)
    AND (
        money IN ('adds', 'subtracts')
        OR money = 'adds_without_order' AND NOT multiIf(
            JSONType(data, 'order') = 'String', lengthUTF8(JSONExtractString(data, 'order')) BETWEEN 1 AND 128,
            JSONType(data, 'order') = 'Bool', JSONExtractBool(data, 'order'),
            JSONExtractFloat(data, 'order') != 0
        )
    )
UNION ALL
SELECT
    customer,
    minIf(orders.occurred_at, money = 'order_placed') AS occurred_at,
    argMinIf(orders.source, first, money = 'order_placed') AS source,
    argMinIf(orders.event_id, first, money = 'order_placed') AS event_id,
    1 AS is_order,
    CAST(argMinIf(ifNull(orders.amount, 0), first, money = 'order_placed'), 'Decimal(38, 4)') AS amount,
    CAST(argMinIf(orders.currency, first, money = 'order_placed'), 'String') AS currency
FROM
(
    SELECT
        customer, occurred_at, source, event_id, amount, currency, money, (occurred_at, source, event_id) AS first,
        JSONType(data, 'order') = 'String' AND lengthUTF8(JSONExtractString(data, 'order')) <= 128 AS is_named,
        if(is_named, tuple(JSONExtractString(data, 'order'), ''), tuple(CAST(source, 'String'), event_id)) AS name
    FROM customer_touchpoints AS touched
    INNER JOIN touchpoint_types AS rules FINAL ON rules.type = touched.type
    WHERE customer != '' AND money IN ('order_placed', 'order_cancelled') AND (money = 'order_placed' OR is_named)
) AS orders
GROUP BY customer, is_named, name
HAVING countIf(money = 'order_placed') > 0 AND countIf(money = 'order_cancelled') = 0
COMMENT 'What the touchpoints of a customer are worth: each sale, refund and booking, each order once and not once it is cancelled'
