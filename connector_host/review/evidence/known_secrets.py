"""Secrets that must not leave this machine inside evidence: values of the environment, and the search for them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["KnownSecrets"]

SECRET_NAME = re.compile(
    r"(^|_)(TOKEN|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|KEY|PAT)(_|$)|^OP_SESSION_", re.IGNORECASE
)
SHORTEST = 8
BLOCK = 1 << 20


class KnownSecrets:
    """The secrets that environment variables hold, by the names of the variables; `more` are others by their names."""

    def __init__(self, environ: Mapping[str, str], more: Mapping[str, str] | None = None) -> None:
        named = {name: value for name, value in environ.items() if SECRET_NAME.search(name)}
        self._values = [
            (name, value.strip().encode(errors="surrogateescape"))
            for name, value in {**named, **(more or {})}.items()
            if len(value.strip()) >= SHORTEST
        ]
        self._overlap = max((len(value) for _, value in self._values), default=1) - 1

    def find(self, path: Path) -> str:
        """Return the name of a secret that a file holds, in the parts of a workbook, too; empty if it holds none."""
        if not self._values:
            return ""
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    with archive.open(info) as part:
                        if name := self._search(iter(lambda part=part: part.read(BLOCK), b"")):  # type: ignore[misc]
                            return name
            return ""
        with path.open("rb") as file:
            return self._search(iter(lambda: file.read(BLOCK), b""))

    def _search(self, blocks: Iterator[bytes]) -> str:
        end = b""
        for block in blocks:
            data = end + block
            for name, value in self._values:
                if value in data:
                    return name
            end = data[-self._overlap :] if self._overlap else b""
        return ""
