"""Listings of a sync: their rows, columns and counts, for commands, pages and exports."""
