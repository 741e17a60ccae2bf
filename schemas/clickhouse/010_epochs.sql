CREATE TABLE IF NOT EXISTS epochs
(
    epoch UInt16 COMMENT 'Number of a run of the pipeline over the whole history; rows of derived tables carry it',
    started_at DateTime64(3, 'UTC') COMMENT 'When this epoch began to write rows',
    finished_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it had caught up; the public views show the highest epoch that has finished'
)
ENGINE = ReplacingMergeTree
ORDER BY epoch
COMMENT 'Epochs of the derived tables: stays, queue_load and identifiers show the last finished one'
