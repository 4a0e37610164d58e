"""The owner of a file that a command replaces: the new file is private to the user of this run."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..trusted_paths import other_owner

__all__ = ["reported_owner"]

log = logging.getLogger(__name__)


@contextmanager
def reported_owner(path: Path) -> Iterator[None]:
    """Log it if the block takes the file at `path` from another user, who cannot read the new one."""
    owner = other_owner(path)
    yield
    if owner and path.exists() and not other_owner(path):
        quoted = shlex.quote(str(path))
        log.warning("%s belonged to %s, who cannot read the new file. Run: chown %s %s", path, owner, owner, quoted)
