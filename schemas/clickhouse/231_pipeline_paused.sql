ALTER TABLE pipeline
    ADD COLUMN IF NOT EXISTS paused String COMMENT 'Why the stage waits for a person here, such as too many refused touchpoints; empty: it does not'
