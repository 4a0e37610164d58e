"""Files under a root folder, as a machine whose root it is would see them: a link never leads out of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from connector_host import BadResponse, ConfigError, NotFound, NotPermitted

__all__ = ["RootFolder"]

MOST_LINKS = 40
MOST_BYTES = 64 << 20


class RootFolder:
    """The root folder of a machine. Names in it have no leading slash: `etc/passwd`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, name: str) -> str:
        r"""The whole of a text file; bytes that are no UTF-8 are written as `\xff`.

        NotFound, NotPermitted, ConfigError for what is no regular file or too large, else BadResponse.
        """
        return self.data(name).decode("utf-8", "backslashreplace")

    def data(self, name: str) -> bytes:
        """The whole of a file. Raises as `text`."""
        try:
            with open(self._resolved(name), "rb", opener=_opened) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ConfigError(f"{name} is no regular file")
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise _said(name, error) from error
        if len(data) > MOST_BYTES:
            raise ConfigError(f"{name} is larger than {MOST_BYTES >> 20} MiB")
        return data

    def optional(self, name: str) -> str:
        """The text of a file, empty where it is not there or may not be read."""
        try:
            return self.text(name)
        except (NotFound, NotPermitted):
            return ""

    def names(self, name: str) -> list[str]:
        """What is in a folder, sorted; nothing if there is no such folder. NotPermitted, BadResponse."""
        try:
            return sorted(path.name for path in self._resolved(name).iterdir())
        except OSError as error:
            said = _said(name, error)
            if isinstance(said, NotFound):
                return []
            raise said from error

    def _resolved(self, name: str) -> Path:
        """Where a name leads, each link on the way followed inside the root."""
        waiting = [part for part in name.split("/") if part not in ("", ".")][::-1]
        at: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                at = at[:-1]
                continue
            path = self.folder.joinpath(*at, part)
            if not path.is_symlink():
                at.append(part)
                continue
            links += 1
            if links > MOST_LINKS:
                raise ConfigError(f"{name}: its links lead in a circle")
            target = str(path.readlink())
            at = [] if target.startswith("/") else at
            waiting += [part for part in target.split("/") if part not in ("", ".")][::-1]
        return self.folder.joinpath(*at)


def _opened(path: str, flags: int) -> int:
    """Without waiting at a pipe or taking a terminal."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _said(name: str, error: OSError) -> ConfigError | NotFound | NotPermitted | BadResponse:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return NotFound(f"{name} is not there")
    if isinstance(error, PermissionError):
        return NotPermitted(f"{name} may not be read by this account", hint="Run it as root.")
    if isinstance(error, IsADirectoryError):
        return ConfigError(f"{name} is no regular file")
    return BadResponse(f"{name} cannot be read: {error.strerror or error}")
