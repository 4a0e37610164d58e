"""The errors of the archive reader for a damaged or unusual ZIP file."""

from __future__ import annotations

import lzma
import zipfile
import zlib

__all__ = ["ARCHIVE_ERRORS"]

ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # an unknown compression
    RuntimeError,  # an encrypted part
    ValueError,  # a name that is not UTF-8, a negative place
    OverflowError,
)
"""A place that cannot be read is an OSError as well: bzip2 says so of damaged data."""
