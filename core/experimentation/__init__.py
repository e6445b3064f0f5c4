"""Experiments: which of two versions is really better."""
