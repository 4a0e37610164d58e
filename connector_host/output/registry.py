"""Deprecated: `Screen` and `write_pieces` are in `connector_host.output.screen`, the formats in `output.writers`."""

from __future__ import annotations

import warnings

from .screen import Screen, write_pieces
from .writers import BUILT_IN, GROUP
from .writers import find_writer as find
from .writers import writer_names as names

__all__ = ["BUILT_IN", "GROUP", "Screen", "find", "names", "write_pieces"]

warnings.warn(f"{__name__} is now in connector_host.output.screen and .writers", DeprecationWarning, stacklevel=2)
