"""Checks that a file is sound: its storage, its syncs, and the messages in it."""
