"""Format v3: records in a Pebble database, in an envelope."""
