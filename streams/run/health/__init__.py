"""How a process tells that it lives, may be relied on, and what it has done."""
