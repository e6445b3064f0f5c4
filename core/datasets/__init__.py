"""The catalogue of bundled data, and reading what a person uploads."""
