"""How loaded is each place: keyed by place."""
