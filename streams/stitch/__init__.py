"""Who is this, where are they, what has just become true: keyed by identifier."""
