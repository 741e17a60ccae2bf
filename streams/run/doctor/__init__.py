"""Examining a running pipeline from outside."""
