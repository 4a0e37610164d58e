"""`connector-host sync --all`: the syncs of several connectors."""
