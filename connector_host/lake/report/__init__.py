"""The report of a lake: one HTML page with charts and tables that needs nothing else."""
