"""The c1z file: one store interface whose format is chosen by the file's magic.

The only package that knows SQL, zstd or the layout of either format. `container` wraps and unwraps the file, `schema`
holds the tables of format v1 as data, `work` and `queue` are the database of a running sync, `seal` turns it into a
finished file, `store` and `v1` read one.
"""
