"""The file for a secret that a change returns. It is created before the change: the secret exists only once."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from types import TracebackType

from ....c1z import ksuid
from ....errors import ConfigError, FileError
from ....operating_system import DESCRIPTOR_FLAGS
from ....secret import Secret

__all__ = ["FirstSecret"]

log = logging.getLogger(__name__)


class FirstSecret:
    """A private file for a secret, created empty on entry and removed on exit if there was no secret.

    `name` stands for the secret in messages. `path` None: a new file in `folder`. `shown`: on standard output instead;
    then no file is created. ConfigError if the file exists, FileError if it cannot be created.
    """

    def __init__(self, path: Path | None, folder: Path, *, shown: bool, name: str = "first secret") -> None:
        self._name = name
        self._path = None if shown else path or folder / f"connector-host-secret-{ksuid.new()}.txt"
        self._handle = -1
        self._kept = False
        self.to_show: Secret | None = None

    def __enter__(self) -> FirstSecret:
        if self._path is None:
            return self
        try:
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | DESCRIPTOR_FLAGS, 0o600)
        except FileExistsError:
            raise ConfigError(
                f"{self._path} exists already", hint="Choose another file: this one may hold a secret that is in use."
            ) from None
        except OSError as error:
            raise FileError(f"the secret file {self._path} cannot be created: {error.strerror or error}") from error
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        if self._path is not None and not self._kept:
            self._path.unlink(missing_ok=True)

    def keep(self, secret: Secret) -> None:
        """Write the secret. One that cannot be written is shown after all: it must not be lost."""
        if self._path is None:
            self.to_show = secret
            return
        try:
            data = f"{secret.reveal()}\n".encode()
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        except OSError as error:
            log.warning("%s cannot be written (%s); the secret is shown instead", self._path, error.strerror or error)
            self.to_show = secret
            return
        self._kept = True
        log.info("The %s of the account is in %s; only you can read it.", self._name, self._path)

    def show(self) -> None:
        """Print the secret if it is to be shown, past everything that masks secrets."""
        if self.to_show is not None:
            sys.stdout.write(f"secret: {self.to_show.reveal()}\n")
            sys.stdout.flush()
