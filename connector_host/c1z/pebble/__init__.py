"""Format v3 of the c1z file, the storage half: the envelope, and the Pebble database in it.

It handles keys and values as bytes, without their meaning. `envelope` packs and unpacks the file, `database` reads and
writes the folder of files; the other modules are the parts of a database: `version` (the live tables), `record_log` and
`wal`, `blocks` and `block_formats`. The formats are described in docs/c1z-v3.md.
"""
