"""Run one connector: its pages, retries, checkpoint and the sealing of the file."""
