"""One script per claim of speed or quality; each prints a table against a named peer, budget or published value."""
