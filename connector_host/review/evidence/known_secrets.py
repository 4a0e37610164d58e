"""Secrets that must not leave this machine inside evidence: values of the environment, and the search for them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...secret import Redactor

__all__ = ["KnownSecrets"]

SECRET_NAME = re.compile(
    r"(^|_)(TOKEN|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|KEY|PAT)(_|$)|^OP_SESSION_", re.IGNORECASE
)
SHORTEST = 8
SPELLING = 12  # bytes, at most, of a letter of a secret as JSON, HTML, URLs and the like spell it
BLOCK = 1 << 20


class KnownSecrets:
    """The secrets that environment variables, and the options of connectors in the config file, hold.

    Their names tell that they are secrets: those with `token`, `password`, `key` and the like in them. A secret is
    found in every spelling that `secret.Redactor` masks.
    """

    def __init__(self, environ: Mapping[str, str], connectors: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        named = {name: value for name, value in environ.items() if SECRET_NAME.search(name)}
        for connector, options in (connectors or {}).items():
            for option, value in options.items():
                if isinstance(value, str) and SECRET_NAME.search(option.replace("-", "_")):
                    named[f"{connector}.{option} of the config file"] = value
        long = {name: value.strip() for name, value in named.items() if len(value.strip()) >= SHORTEST}
        self._values = {name: _redactor(value) for name, value in long.items()}
        self._overlap = SPELLING * max(map(len, long.values()), default=0)

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
            text = data.decode("utf-8", "replace")
            for name, redactor in self._values.items():
                if redactor.whole_values(text) != text:
                    return name
            end = data[-self._overlap :]
        return ""


def _redactor(value: str) -> Redactor:
    redactor = Redactor()
    redactor.add(value)
    return redactor
