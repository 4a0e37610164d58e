"""The random first part of every address of the explorer, to which the cookie of a server is limited.

Browsers send a cookie to every port of a host, but only below its path. A path that no other server on this computer
knows therefore keeps the cookie from all of them. It is derived from a random key in the user's state directory, so
that addresses stay the same from one start to the next.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

__all__ = ["address_root"]

KEY_BYTES = 32
ROOT_LETTERS = 16


def address_root(port: int) -> str:
    """Return the path below which the pages of the server on a port are, like `/s/5f0c…/`.

    Without a private state directory the path is a new one each time.
    """
    key = _stored_key(_state_directory() / "explore-key") or secrets.token_bytes(KEY_BYTES)
    return f"/s/{hmac.new(key, str(port).encode(), hashlib.sha256).hexdigest()[:ROOT_LETTERS]}/"


def _state_directory() -> Path:
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state") / "connector-host"  # noqa: PTH117


def _stored_key(path: Path) -> bytes | None:
    """Read the key, or make it. Returns None if it cannot be stored where only its owner can read it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read_private(path)
        with os.fdopen(descriptor, "wb") as file:
            key = secrets.token_bytes(KEY_BYTES)
            file.write(key)
            return key
    except (OSError, RuntimeError):  # RuntimeError: there is no home directory
        return None


def _read_private(path: Path) -> bytes | None:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        owned = not hasattr(os, "getuid") or status.st_uid == os.getuid()
        if not stat.S_ISREG(status.st_mode) or not owned or status.st_mode & 0o077:
            return None
        key = file.read(KEY_BYTES)
    return key if len(key) == KEY_BYTES else None
