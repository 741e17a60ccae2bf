"""Ways in: the producer, emit, import and the simulator."""
