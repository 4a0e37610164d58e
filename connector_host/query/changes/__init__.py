"""The changes between two syncs: by object, by field, and as a report."""
