"""Format v3 of the c1z file, the storage half: the envelope, and the Pebble database in it.

Knows keys and values as bytes, nothing of what connectors put there. `envelope` wraps and unwraps the file, `database`
reads and writes the folder in between; the other modules are the parts of a database: `version` (which tables are
live), `record_log` and `wal`, `blocks`, `row_table` and `columnar_table`. docs/c1z-v3.md tells the formats.
"""
