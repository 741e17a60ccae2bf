ALTER TABLE receipts_fill MODIFY QUERY
SELECT topic, partition, offset, source, event_id, received_at, import_file, import_line,
       toDate(occurred_at) AS occurred_on, identifier, payload_hash
FROM touchpoints
