CREATE MATERIALIZED VIEW IF NOT EXISTS receipts_fill TO receipts
AS SELECT topic, partition, offset, source, event_id, received_at, import_file, import_line
FROM touchpoints
COMMENT 'Writes receipts from every insert into touchpoints'
