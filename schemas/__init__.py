"""What crosses a process: the public touchpoint, internal records, places, rows."""
