CREATE TABLE IF NOT EXISTS identifiers_all
(
    identifier String COMMENT 'Identifier, written type:value',
    first_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'Earliest touchpoint that counts here; NULL where all came too late',
    last_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'Latest touchpoint that counts here; NULL where all came too late',
    touchpoints UInt64 COMMENT 'Touchpoints aggregated here, each counted once',
    orders UInt64 COMMENT 'Orders placed',
    amount Decimal(38, 4) COMMENT 'Money in the currency of the installation',
    other_currencies Map(String, Decimal(38, 4)) COMMENT 'Money in other currencies, never added to amount',
    late UInt64 COMMENT 'Touchpoints beyond the deduplication window: stored, not counted in the numbers beside',
    duplicates UInt64 COMMENT 'Copies that were recognised and not counted',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY epoch
ORDER BY (epoch, identifier)
COMMENT 'Counts per identifier, every epoch; read identifiers'
