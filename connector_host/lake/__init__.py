"""The access lake: Parquet files of many syncs of many sources, and questions across them (docs/lake.md).

The packages pyarrow, duckdb, fsspec and sqlglot are the extra `connector-host[lake]`; each is imported where it is
used.
"""
