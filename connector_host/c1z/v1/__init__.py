"""Format v1: SQLite in zstd data."""
