"""Bytes become a touchpoint or a dead letter."""
