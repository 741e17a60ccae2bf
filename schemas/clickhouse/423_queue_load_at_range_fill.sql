ALTER TABLE queue_load_all
    MATERIALIZE INDEX at_range
