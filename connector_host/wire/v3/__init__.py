"""The messages of format v3: records, the envelope, and sync runs."""
