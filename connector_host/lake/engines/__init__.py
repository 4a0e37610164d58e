"""Engines that answer SQL about a lake: DuckDB in this process, or Apache Spark. Both have the same views."""
