CREATE VIEW IF NOT EXISTS customer_touchpoints
(
    customer String COMMENT 'Who it belongs to as known now, else its identifier; empty for a call or token alone, and where nobody is named',
    source LowCardinality(String) COMMENT 'Emitting service; with event_id the deduplication key',
    event_id String COMMENT 'Unique within the source',
    channel LowCardinality(String) COMMENT 'web, app, wristband, till, call_center, email, social, desk, sensor or partner',
    type LowCardinality(String) COMMENT 'What happened, from the catalogue of types',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, by the clock of the source',
    occurred_text String COMMENT 'occurred_at exactly as it was sent',
    received_at DateTime64(3, 'UTC') COMMENT 'When the broker appended the record',
    sent_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the source sent it, by its own clock; NULL if it did not say',
    identifier String COMMENT 'Strongest identifier, written type:value, where it was aggregated; empty: nobody known',
    identifiers Map(String, String) COMMENT 'Every identifier it carried, normalised; e-mail and phone as keyed hashes',
    place LowCardinality(Nullable(String)) COMMENT 'Where it happened; NULL where the type has no place',
    amount Nullable(Decimal(18, 4)) COMMENT 'Money of the touchpoint in currency; NULL where it carries none',
    currency LowCardinality(String) COMMENT 'ISO 4217 code of amount; empty without amount',
    data String COMMENT 'The fields of the type as JSON text, unknown ones included',
    extra String COMMENT 'Unknown fields beside data as JSON text; empty where there were none',
    operated_by LowCardinality(String) COMMENT 'Partner who is responsible (courier, car park); empty: ourselves',
    audience LowCardinality(String) COMMENT 'customer, staff, bot or test; boards show customers',
    schema_version UInt16 COMMENT 'Version of the contract that the source spoke',
    topic LowCardinality(String) COMMENT 'Topic of the record',
    partition UInt16 COMMENT 'Partition of the record',
    offset UInt64 COMMENT 'Offset of the record',
    payload_hash String COMMENT 'Hash of the payload, 16 hex digits; tells a repeat from a conflict',
    import_file LowCardinality(String) COMMENT 'Hash of the imported file; empty for live touchpoints',
    import_line UInt64 COMMENT 'Line within the imported file, from 1; 0 for live touchpoints',
    version UInt64 COMMENT '2^63 - (append time in ms * 2^21 + the last 21 bits of the offset): of several copies the first received wins'
)
AS SELECT
    multiIf(
        substringIndex(if(links.person = '', touched.identifier, links.person), ':', 1) IN ('call', 'token'), '',
        links.person = '', touched.identifier,
        links.person
    ) AS customer,
    touched.source AS source, touched.event_id AS event_id, touched.channel AS channel, touched.type AS type,
    touched.occurred_at AS occurred_at, touched.occurred_text AS occurred_text,
    touched.received_at AS received_at, touched.sent_at AS sent_at, touched.identifier AS identifier,
    touched.identifiers AS identifiers, touched.place AS place, touched.amount AS amount,
    touched.currency AS currency, touched.data AS data, touched.extra AS extra,
    touched.operated_by AS operated_by, touched.audience AS audience, touched.schema_version AS schema_version,
    touched.topic AS topic, touched.partition AS partition, touched.offset AS offset,
    touched.payload_hash AS payload_hash, touched.import_file AS import_file, touched.import_line AS import_line,
    touched.version AS version
FROM
(
    SELECT *, toUnixTimestamp64Milli(occurred_at) * 4 + transform(CAST(type, 'String'), ['wristband.returned', 'wristband.issued'], [0, 2], 3) AS position
    FROM touchpoints FINAL
) AS touched
ASOF LEFT JOIN
(
    SELECT identifier, from_pos, customer AS person FROM identity_links
) AS links ON links.identifier = touched.identifier AND links.from_pos <= touched.position
SETTINGS join_algorithm = 'full_sorting_merge', max_rows_in_set_to_optimize_join = 1000000
COMMENT 'Touchpoints with whom they belong to, as known now; for a bounded time; one person: touchpoints_of(customer = ...)'
