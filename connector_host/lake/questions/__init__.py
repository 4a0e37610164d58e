"""Questions to a lake: one module each, from an engine to a table of values."""
