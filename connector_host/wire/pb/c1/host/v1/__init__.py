"""Generated from proto/; not to be edited."""
