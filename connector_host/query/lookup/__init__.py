"""Lookup of objects by what people call them, and by id."""
