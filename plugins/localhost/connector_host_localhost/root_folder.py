"""Files below a root folder, read as the machine with that root would read them: links never lead out of it."""

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
        r"""Return a text file; bytes that are not UTF-8 become `\xff`.

        Raises NotFound, NotPermitted, ConfigError if it is no regular file or too large, else BadResponse.
        """
        return self.data(name).decode("utf-8", "backslashreplace")

    def data(self, name: str) -> bytes:
        """Return the bytes of a file. Raises as `text`."""
        try:
            with open(self._resolved(name), "rb", opener=_opened) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ConfigError(f"{name} is no regular file")
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise _translate(name, error) from error
        if len(data) > MOST_BYTES:
            raise ConfigError(f"{name} is larger than {MOST_BYTES >> 20} MiB")
        return data

    def optional(self, name: str) -> str:
        """Return the text of a file, empty if it does not exist or may not be read."""
        try:
            return self.text(name)
        except (NotFound, NotPermitted):
            return ""

    def names(self, name: str) -> list[str]:
        """Return the sorted names in a folder, empty if it does not exist. Raises NotPermitted, BadResponse."""
        try:
            return sorted(path.name for path in self._resolved(name).iterdir())
        except OSError as error:
            translated = _translate(name, error)
            if isinstance(translated, NotFound):
                return []
            raise translated from error

    def _resolved(self, name: str) -> Path:
        """Return the path of a name, following each link inside the root."""
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
                raise ConfigError(f"{name}: its links form a loop")
            target = str(path.readlink())
            at = [] if target.startswith("/") else at
            waiting += [part for part in target.split("/") if part not in ("", ".")][::-1]
        return self.folder.joinpath(*at)


def _opened(path: str, flags: int) -> int:
    """Open a file without waiting for a pipe or acquiring a terminal."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _translate(name: str, error: OSError) -> ConfigError | NotFound | NotPermitted | BadResponse:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return NotFound(f"{name} does not exist")
    if isinstance(error, PermissionError):
        return NotPermitted(f"{name} may not be read by this account", hint="Run it as root.")
    if isinstance(error, IsADirectoryError):
        return ConfigError(f"{name} is no regular file")
    return BadResponse(f"{name} cannot be read: {error.strerror or error}")
