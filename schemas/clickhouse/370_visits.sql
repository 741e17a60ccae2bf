CREATE VIEW IF NOT EXISTS visits
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
    open UInt8 COMMENT '1: a touchpoint of now would still belong to it; now is up to where stitch has read, else the clock of the store'
)
AS SELECT
    customer, started_at, ended_at, covers_until, touchpoints, channels, places, bookings, amount, waits,
    wait_seconds, epoch, version,
    covers_until > (
        SELECT ifNull(min(watermark), now64(3, 'UTC'))
        FROM
        (
            SELECT argMax(watermark, at) AS watermark
            FROM pipeline
            WHERE stage = 'stitch' AND at > (SELECT max(at) FROM pipeline) - INTERVAL 10 MINUTE
            GROUP BY partition
        )
    ) AS open
FROM visits_all FINAL
WHERE epoch = (SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL)
COMMENT 'Visits: a stretch of activity of one person over all channels; of the last finished epoch; written by stitch'
