"""The output file: sealing, retained syncs, retention, conversion, and editing in place."""
