"""The errors of the parsers of this package, and their conversion into errors for people.

The parsers know neither the file nor the remedy: they raise `Malformed` for impossible bytes, and `Unknown` for a
feature that another writer may use but this reader does not know. The code that knows the file turns both, with
`reading`, into one FileError or UnsupportedFormat.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import FileError, UnsupportedFormat
from ...wire.damage import DAMAGED_FILE
from ...wire.wire_format import WireError

__all__ = ["NEWER", "Malformed", "Unknown", "as_malformed", "reading"]

NEWER = (
    "The file was written by a newer or a different tool. Update connector-host, or sync again with --storage-engine"
    " sqlite."
)


class Malformed(ValueError):
    """Bytes that violate their format; the text says in which way."""


class Unknown(ValueError):
    """A feature of a format, by its name, that this version does not read."""


@contextmanager
def as_malformed() -> Iterator[None]:
    """Turn the error about a message, which does not name the file, into one that `reading` completes."""
    try:
        yield
    except FileError as error:
        raise Malformed(error.message) from error


@contextmanager
def reading(label: str) -> Iterator[None]:
    """Turn the errors of parsers into errors about the file `label`."""
    try:
        yield
    except Unknown as error:
        raise UnsupportedFormat(f"{label} is not supported by this version: {error}", hint=NEWER) from None
    except (Malformed, WireError, IndexError, struct.error) as error:
        problem = "it ends too early" if isinstance(error, (IndexError, struct.error)) else error
        raise FileError(f"{label} is damaged: {problem}", hint=DAMAGED_FILE) from error
    except OSError as error:
        raise FileError(f"{label} cannot be read ({error.strerror})", hint="Run the same command again.") from error
