ALTER TABLE epochs
    ADD COLUMN IF NOT EXISTS dropped_at Nullable(DateTime64(3, 'UTC'))
        COMMENT 'When a later epoch made its rows superfluous: they are dropped; NULL while they are kept'
