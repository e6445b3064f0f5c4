"""The hub's own machinery: registry, contract, errors, settings, artifacts, jobs and store."""
