"""Annotations: unknown ones pass through unchanged, known ones are checked and encoded."""
