CREATE VIEW IF NOT EXISTS touchpoints_of
AS WITH
    mine AS (SELECT DISTINCT identifier FROM identity_links WHERE customer = {customer:String})
SELECT
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
    WHERE identifier IN (SELECT identifier FROM mine UNION ALL SELECT {customer:String})
) AS touched
ASOF LEFT JOIN
(
    SELECT identifier, from_pos, customer AS person FROM identity_links
    WHERE identifier IN (SELECT identifier FROM mine UNION ALL SELECT {customer:String})
) AS links ON links.identifier = touched.identifier AND links.from_pos <= touched.position
WHERE customer = {customer:String}
SETTINGS join_algorithm = 'full_sorting_merge', max_rows_in_set_to_optimize_join = 1000000
COMMENT 'Touchpoints of one person, as customer_touchpoints has them: SELECT ... FROM touchpoints_of(customer = ''customer:1'')'
