"""Methods written by hand in NumPy, a plain sentence beside each mathematical step."""
