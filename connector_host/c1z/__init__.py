"""The c1z file: one store interface whose format is chosen by the file's magic.

`opening` opens a file of either format, `types` has the interface and its rows, `container` packs and unpacks the
database of format v1, `connect` opens every SQLite database. `v1` and `v3` are the two formats, `pebble` is the storage
engine of format v3, and `publish` writes the output file of a sync.
"""
