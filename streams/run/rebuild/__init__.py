"""A new epoch from what is stored."""
