"""The HTTP API over the same predict functions that the pages use."""
