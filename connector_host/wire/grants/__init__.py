"""Packing of grants for the working database of a sync."""
