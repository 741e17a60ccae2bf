"""Rows into the store until they are stored."""
