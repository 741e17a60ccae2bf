CREATE TABLE IF NOT EXISTS customers_all
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
    audiences Array(LowCardinality(String)) COMMENT 'Audiences of the touchpoints: customer, staff, bot, test; boards show customers',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: this customer is somebody else now, or was erased; readers do not see such rows',
    INDEX last_seen_range last_seen TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY epoch
ORDER BY (epoch, customer)
COMMENT 'Customers of every epoch; read customers'
