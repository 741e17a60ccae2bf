ALTER TABLE queue_load_all
    ADD INDEX IF NOT EXISTS at_range at TYPE minmax GRANULARITY 1
