"""What parsers of this package raise, and how it becomes the error that a person sees.

The parsers know neither the file nor what to do about it: they raise `Malformed` for bytes that cannot be, `Unknown`
for what another writer may rightly have written but this reader does not know. Whoever knows the file turns both, with
`reading`, into one FileError or UnsupportedFormat.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import FileError, UnsupportedFormat
from ...wire.wire_format import WireError
from ..zstd_frames import AGAIN

__all__ = ["NEWER", "Malformed", "Unknown", "as_malformed", "reading"]

NEWER = (
    "It was written by a newer or another tool than this version knows. Look for a newer connector-host, or sync again"
    " with --storage-engine sqlite."
)


class Malformed(ValueError):
    """Bytes that are not what their format says; the text tells what is wrong with them."""


class Unknown(ValueError):
    """Something of a format, by its name, that this version does not read."""


@contextmanager
def as_malformed() -> Iterator[None]:
    """Raise the error about a message that does not know its file as one that will be told with it."""
    try:
        yield
    except FileError as error:
        raise Malformed(error.message) from error


@contextmanager
def reading(label: str) -> Iterator[None]:
    """Raise what parsers find as an error about the file `label`."""
    try:
        yield
    except Unknown as error:
        raise UnsupportedFormat(f"{label}: {error}: this version does not read that", hint=NEWER) from None
    except (Malformed, WireError, IndexError, struct.error) as error:
        problem = "it ends too early" if isinstance(error, (IndexError, struct.error)) else error
        raise FileError(f"{label} is damaged: {problem}", hint=AGAIN) from error
    except OSError as error:
        raise FileError(f"{label} cannot be read ({error.strerror})", hint="Run the same command again.") from error
