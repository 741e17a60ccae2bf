ALTER TABLE stays_all
    MATERIALIZE INDEX joined_range
