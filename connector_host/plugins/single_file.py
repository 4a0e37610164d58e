"""Connectors that are one file in a folder, for a quick start: `--plugins-dir`, or `CONNECTOR_HOST_PLUGINS_DIR`.

Each `NAME.py` of the folder is the connector `NAME`; files whose names begin with `_` are left alone. The code runs
with the rights of whoever runs the host, so a folder or file that others could have written is not used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .discovery import FOLDERS

__all__ = ["FilePoint", "folders", "single_files"]

log = logging.getLogger(__name__)


class FilePoint(NamedTuple):
    """What an entry point is to a distribution, for a file."""

    name: str
    path: Path

    def load(self) -> Any:
        """Import the file as a module of its own. Raises whatever it raises."""
        module_name = f"connector_host_file_{self.name}"
        spec = importlib.util.spec_from_file_location(module_name, self.path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.path} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module  # dataclasses and pickles look their module up
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[module_name]
            raise
        return module


def folders() -> list[Path]:
    """The folders named, each once; one that is none is logged and left out."""
    found = []
    for text in dict.fromkeys(os.environ.get(FOLDERS, "").split(os.pathsep)):
        if not text:
            continue
        if Path(text).is_dir():
            found.append(Path(text))
        else:
            log.warning("%s names %s, which is not a folder", FOLDERS, text)
    return found


def single_files() -> Iterator[tuple[FilePoint, str, str]]:
    """Each file with a version made from its content, and what speaks against its use ('': nothing)."""
    for folder in folders():
        around = _danger(folder)
        for path in sorted(folder.glob("*.py")):
            if path.name.startswith("_"):
                continue
            try:
                version = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
                problem = around or _danger(path)
            except OSError as error:
                version, problem = "?", f"{path} cannot be read ({error.strerror})"
            yield FilePoint(path.stem, path.absolute()), version, problem


def _danger(path: Path) -> str:
    """Why code at `path` might be somebody else's; '' when only the user or the administrator can have put it there."""
    found = path.stat()
    if found.st_uid not in {0, os.getuid()}:
        return f"{path} belongs to another user, so it is not run"
    if found.st_mode & stat.S_IWOTH:
        return f"everybody may write to {path}, so it is not run; try: chmod o-w {path}"
    return ""
