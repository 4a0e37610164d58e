"""The working state of a running sync: its folder, its database, and the queue of pages that are left to fetch."""
