CREATE VIEW IF NOT EXISTS customer_touchpoints_then
(
    customer String COMMENT 'Who it belonged to as known when it was received, else its identifier; empty for a call or token alone, and where nobody is named',
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
    if(substringIndex(touched.person_6, ':', 1) IN ('call', 'token'), '', touched.person_6) AS customer,
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
    SELECT
        climbing.* EXCEPT (person_5),
        if(held.after = '', climbing.person_5, held.after) AS person_6
    FROM
    (
        SELECT
            climbing.* EXCEPT (person_4),
            if(held.after = '', climbing.person_4, held.after) AS person_5
        FROM
        (
            SELECT
                climbing.* EXCEPT (person_3),
                if(held.after = '', climbing.person_3, held.after) AS person_4
            FROM
            (
                SELECT
                    climbing.* EXCEPT (person_2),
                    if(held.after = '', climbing.person_2, held.after) AS person_3
                FROM
                (
                    SELECT
                        climbing.* EXCEPT (person_1),
                        if(held.after = '', climbing.person_1, held.after) AS person_2
                    FROM
                    (
                        SELECT
                            climbing.* EXCEPT (person_0),
                            if(held.after = '', climbing.person_0, held.after) AS person_1
                        FROM
                        (
                            SELECT
                                gathered.*,
                                arrayFilter(
                                    told -> (last_mark = 0 OR told.1 >= last_mark) AND (next_mark = 0 OR told.1 < next_mark), evidence
                                ) AS lease,
                                arrayFilter(told -> told.5, lease) AS earlier,
                                if(notEmpty(earlier), earlier[-1].4, lease[1].4) AS label,
                                arrayFilter(command -> command.3 = label, commands)[-1].4 AS is_unlinked,
                                if(
                                    label = '' OR is_unlinked OR length(arrayDistinct(arrayMap(told -> told.4, lease))) > 16, hand, label
                                ) AS person_0
                            FROM
                            (
                                SELECT
                                    handed.occurred_at AS occurred_at, handed.identifier AS identifier, handed.source AS source,
                                    handed.event_id AS event_id,
                                    any(handed.channel) AS channel, any(handed.type) AS type, any(handed.occurred_text) AS occurred_text,
                                    any(handed.received_at) AS received_at, any(handed.sent_at) AS sent_at,
                                    any(handed.identifiers) AS identifiers, any(handed.place) AS place, any(handed.amount) AS amount,
                                    any(handed.currency) AS currency, any(handed.data) AS data, any(handed.extra) AS extra,
                                    any(handed.operated_by) AS operated_by, any(handed.audience) AS audience,
                                    any(handed.schema_version) AS schema_version, any(handed.topic) AS topic,
                                    any(handed.partition) AS partition, any(handed.offset) AS offset, any(handed.payload_hash) AS payload_hash,
                                    any(handed.import_file) AS import_file, any(handed.import_line) AS import_line,
                                    any(handed.version) AS version,
                                    any(handed.moment) AS moment, any(handed.hand) AS hand,
                                    maxIf(lines.lease_position, is_mark AND lines.known_at <= handed.received_at AND lines.lease_position <= hand_position) AS last_mark,
                                    minIf(lines.lease_position, is_mark AND lines.known_at <= handed.received_at AND lines.lease_position > hand_position) AS next_mark,
                                    arraySort(groupArrayIf(
                                        tuple(lines.position, lines.source, lines.event_id, lines.other, lines.position <= hand_position),
                                        is_evidence AND lines.other != '' AND lines.known_at <= handed.received_at
                                    )) AS evidence,
                                    arraySort(groupArrayIf(
                                        tuple(lines.known_at, lines.version, lines.other, is_off), lines.other != '' AND NOT is_evidence AND lines.known_at <= handed.received_at
                                    )) AS commands
                                FROM
                                (
                                    SELECT
                                        touched.*,
                                        startsWith(touched.identifier, 'call:') OR startsWith(touched.identifier, 'token:') AS is_made,
                                        if(is_made AND held.after != '', held.after, touched.identifier) AS hand,
                                        if(hand != touched.identifier, toUnixTimestamp64Milli(held.at) * 4 + 3, touched.position) AS hand_position
                                    FROM
                                    (
                                        SELECT
                                            *, toUnixTimestamp64Milli(occurred_at) * 4 + transform(CAST(type, 'String'), ['wristband.returned', 'wristband.issued'], [0, 2], 3) AS position,
                                            (toInt128(toUnixTimestamp64Milli(received_at)) + 1) * toInt128('18446744073709551616') AS moment
                                        FROM touchpoints FINAL
                                    ) AS touched
                                    ASOF LEFT JOIN
                                    (
                                        SELECT
                                            identifier, after, ifNull(evidence_at, known_at) AS at,
                                            toInt128(toUnixTimestamp64Milli(known_at)) * toInt128('18446744073709551616') + version AS moment
                                        FROM identity_ledger
                                        WHERE change = 'holder' AND substringIndex(identifier, ':', 1) NOT IN ('wristband', 'device', 'cookie')
                                    ) AS held ON held.identifier = touched.identifier AND held.moment < touched.moment
                                ) AS handed
                                LEFT JOIN
                                (
                                    SELECT
                                        identifier, other, change IN ('issued', 'returned', 'holder') AND isNotNull(evidence_at) AS is_evidence,
                                        change IN ('issued', 'returned') AS is_mark, change = 'unlinked' AS is_off, known_at, version,
                                        toUnixTimestamp64Milli(ifNull(evidence_at, known_at)) * 4
                                            + transform(CAST(change, 'String'), ['returned', 'issued'], [0, 2], if(startsWith(identifier, 'wristband:'),
                                                transform(CAST(evidence_type, 'String'), ['wristband.returned', 'wristband.issued'], [0, 2], 3), 3))
                                            AS position,
                                        CAST(evidence_source, 'String') AS source, evidence_event_id AS event_id,
                                        position + (change = 'returned') AS lease_position
                                    FROM identity_ledger
                                    WHERE change IN ('issued', 'returned', 'holder', 'unlinked', 'relinked')
                                        AND substringIndex(identifier, ':', 1) IN ('wristband', 'device', 'cookie')
                                ) AS lines ON lines.identifier = handed.hand
                                GROUP BY occurred_at, identifier, source, event_id
                            ) AS gathered
                        ) AS climbing
                        ASOF LEFT JOIN
                        (
                            SELECT
                                identifier, after, ifNull(evidence_at, known_at) AS at,
                                toInt128(toUnixTimestamp64Milli(known_at)) * toInt128('18446744073709551616') + version AS moment
                            FROM identity_ledger
                            WHERE change = 'holder' AND substringIndex(identifier, ':', 1) NOT IN ('wristband', 'device', 'cookie')
                        ) AS held ON held.identifier = climbing.person_0 AND held.moment < climbing.moment
                    ) AS climbing
                    ASOF LEFT JOIN
                    (
                        SELECT
                            identifier, after, ifNull(evidence_at, known_at) AS at,
                            toInt128(toUnixTimestamp64Milli(known_at)) * toInt128('18446744073709551616') + version AS moment
                        FROM identity_ledger
                        WHERE change = 'holder' AND substringIndex(identifier, ':', 1) NOT IN ('wristband', 'device', 'cookie')
                    ) AS held ON held.identifier = climbing.person_1 AND held.moment < climbing.moment
                ) AS climbing
                ASOF LEFT JOIN
                (
                    SELECT
                        identifier, after, ifNull(evidence_at, known_at) AS at,
                        toInt128(toUnixTimestamp64Milli(known_at)) * toInt128('18446744073709551616') + version AS moment
                    FROM identity_ledger
                    WHERE change = 'holder' AND substringIndex(identifier, ':', 1) NOT IN ('wristband', 'device', 'cookie')
                ) AS held ON held.identifier = climbing.person_2 AND held.moment < climbing.moment
            ) AS climbing
            ASOF LEFT JOIN
            (
                SELECT
                    identifier, after, ifNull(evidence_at, known_at) AS at,
                    toInt128(toUnixTimestamp64Milli(known_at)) * toInt128('18446744073709551616') + version AS moment
                FROM identity_ledger
                WHERE change = 'holder' AND substringIndex(identifier, ':', 1) NOT IN ('wristband', 'device', 'cookie')
            ) AS held ON held.identifier = climbing.person_3 AND held.moment < climbing.moment
        ) AS climbing
        ASOF LEFT JOIN
        (
            SELECT
                identifier, after, ifNull(evidence_at, known_at) AS at,
                toInt128(toUnixTimestamp64Milli(known_at)) * toInt128('18446744073709551616') + version AS moment
            FROM identity_ledger
            WHERE change = 'holder' AND substringIndex(identifier, ':', 1) NOT IN ('wristband', 'device', 'cookie')
        ) AS held ON held.identifier = climbing.person_4 AND held.moment < climbing.moment
    ) AS climbing
    ASOF LEFT JOIN
    (
        SELECT
            identifier, after, ifNull(evidence_at, known_at) AS at,
            toInt128(toUnixTimestamp64Milli(known_at)) * toInt128('18446744073709551616') + version AS moment
        FROM identity_ledger
        WHERE change = 'holder' AND substringIndex(identifier, ':', 1) NOT IN ('wristband', 'device', 'cookie')
    ) AS held ON held.identifier = climbing.person_5 AND held.moment < climbing.moment
) AS touched
SETTINGS join_algorithm = 'full_sorting_merge', max_rows_in_set_to_optimize_join = 1000000, max_threads = 1,
    max_block_size = 8192, max_read_buffer_size = 65536, preferred_block_size_bytes = 100000
COMMENT 'Touchpoints with whom they belonged to as known when they were received, from identity_ledger; for a bounded time'
