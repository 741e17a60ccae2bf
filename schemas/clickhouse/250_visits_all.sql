CREATE TABLE IF NOT EXISTS visits_all
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
    wait_seconds Float64 COMMENT 'Length of all of them together, seconds',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: the visit is part of another now, or of another customer; readers do not see such rows',
    INDEX ended_range ended_at TYPE minmax GRANULARITY 1,
    INDEX covers_range covers_until TYPE minmax GRANULARITY 1,
    INDEX customer_filter customer TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY (epoch, toYear(started_at))
ORDER BY (epoch, toDate(started_at), customer, started_at)
COMMENT 'Visits of every epoch; read visits'
