"""Who is this: which identifier holds which, as pure rules, and what actors tell each other of it."""
