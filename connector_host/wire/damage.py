"""The sentences about files that are damaged: the same hint wherever the damage is found."""

from __future__ import annotations

from ..errors import FileError

__all__ = ["DAMAGED_FILE", "damaged"]

DAMAGED_FILE = (
    "The file is damaged or was not written by a c1z writer. Ask the sender for a new copy, or create it again with a"
    " sync."
)
"""The hint of every error about damage."""


def damaged(subject: str, problem: object) -> FileError:
    """Return the error for a stored object of a kind whose bytes cannot be decoded."""
    return FileError(f"a stored {subject} is not a valid message ({problem})", hint=DAMAGED_FILE)
