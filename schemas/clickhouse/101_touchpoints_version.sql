ALTER TABLE touchpoints
    COMMENT COLUMN version '2^63 - (append time in ms * 2^21 + the last 21 bits of the offset): of several copies the first received wins'
