"""Processes: how the stages are put together and kept running."""
