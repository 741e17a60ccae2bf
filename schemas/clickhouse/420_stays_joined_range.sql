ALTER TABLE stays_all
    ADD INDEX IF NOT EXISTS joined_range joined_at TYPE minmax GRANULARITY 1
