"""The file for the secrets that a change returns. It is created before the change: they exist only once."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from ....c1z import ksuid
from ....credentials import NamedSecret
from ....errors import ConfigError, FileError
from ....operating_system import DESCRIPTOR_FLAGS
from ....output.terminal_text import printable
from ....provision.audit_record import valid_text

__all__ = ["SecretFile"]

log = logging.getLogger(__name__)


class SecretFile:
    """A private file for the secrets of a change, created empty on entry and removed on exit if there was no secret.

    `name` stands for the secret in messages. `path` None: a new file in `folder`. `shown`: on standard output instead;
    then no file is created. ConfigError if the file exists, FileError if it cannot be created.
    """

    def __init__(self, path: Path | None, folder: Path, *, shown: bool, name: str = "first secret") -> None:
        self._name = name
        self._path = None if shown else path or folder / f"connector-host-secret-{ksuid.new()}.txt"
        self._handle = -1
        self._kept = False
        self._secrets: tuple[NamedSecret, ...] = ()
        self.to_show: tuple[NamedSecret, ...] = ()

    def __enter__(self) -> SecretFile:
        if self._path is None:
            return self
        try:
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | DESCRIPTOR_FLAGS, 0o600)
        except FileExistsError:
            raise ConfigError(f"{self._path} exists already", hint=_hint(self._path)) from None
        except OSError as error:
            raise FileError(
                f"the secret file {self._path} cannot be created: {error.strerror or error}",
                hint="Nothing was changed. Choose a file in another folder with --secret-file.",
            ) from error
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._handle >= 0:
            with suppress(OSError):  # a secret is on the disk already
                os.close(self._handle)
        if self._path is not None and not self._kept:
            self._path.unlink(missing_ok=True)

    def keep(self, secrets: Sequence[NamedSecret]) -> None:
        """Write the secrets, with those of earlier calls. If they cannot be written they are shown: none is lost."""
        self._secrets = (*self._secrets, *secrets)
        if self._path is None:
            self.to_show = self._secrets
            return
        try:
            data = valid_text(_file_text(self._secrets)).encode()
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.ftruncate(self._handle, 0)
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        except OSError as error:
            log.warning("%s cannot be written (%s); the secret is shown instead", self._path, error.strerror or error)
            self.to_show = self._secrets
            return
        self._kept = True
        if len(self._secrets) == 1:
            log.info("The %s of the account is in %s; only you can read it.", self._name, self._path)
        else:
            log.info("%d secrets of the account are in %s; only you can read it.", len(self._secrets), self._path)

    def show(self) -> None:
        """Print the secrets that are to be shown, past everything that masks secrets."""
        for named_secret in self.to_show:
            sys.stdout.write(f"{printable(named_secret.name)}: {valid_text(named_secret.value.reveal())}\n")
        sys.stdout.flush()


def _hint(path: Path) -> str:
    """Return what to do about a file that exists: a run that was killed leaves it empty, before or after its change."""
    with suppress(OSError):
        if path.is_file() and not path.stat().st_size:
            return (
                "It is empty: a run that was stopped may have left it. See in the application whether that run made "
                "its change: then its secret is lost, and you need a new one. Delete the file and start again."
            )
    return "Choose another file: this one may hold a secret that is in use."


def _file_text(secrets: Sequence[NamedSecret]) -> str:
    """Return the content of the file: the only secret as it is, several as a JSON object by name."""
    if len(secrets) == 1:
        return f"{secrets[0].value.reveal()}\n"
    return json.dumps({entry.name: entry.value.reveal() for entry in secrets}, indent=2, ensure_ascii=False) + "\n"
