"""Connectors that are one file in a folder, for a quick start: `--plugins-dir`, or `CONNECTOR_HOST_PLUGINS_DIR`.

Each `NAME.py` of the folder is the connector `NAME`; files whose names begin with `_` are ignored. The code runs with
the rights of the user of the host, so a folder or file that others could have written is not used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..trusted_paths import find_risk

__all__ = ["FilePoint", "SingleFile", "plugin_folders", "single_files"]

log = logging.getLogger(__name__)


class FilePoint(NamedTuple):
    """The entry point of a single file."""

    name: str
    path: Path

    def load(self) -> Any:
        """Import the file as a module of its own. Any error of its code passes through."""
        module_name = f"connector_host_file_{self.name}"
        spec = importlib.util.spec_from_file_location(module_name, self.path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.path} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module  # dataclasses and pickles look their module up
        try:
            # compiled here: the loader would run bytecode from __pycache__, which others may have put there
            exec(compile(self.path.read_bytes(), str(self.path), "exec"), module.__dict__)  # noqa: S102 - as it does
        except BaseException:
            del sys.modules[module_name]
            raise
        return module


class SingleFile(NamedTuple):
    """A file of a plugins folder. `version` is a hash of its content; `problem` is why it may not be used, or empty."""

    point: FilePoint
    version: str
    problem: str


def plugin_folders(variable: str) -> list[Path]:
    """Return the folders that the environment variable names, each once; a name that is no folder is logged."""
    folders = []
    for text in dict.fromkeys(os.environ.get(variable, "").split(os.pathsep)):
        if not text:
            continue
        if Path(text).is_dir():
            folders.append(Path(text))
        else:
            log.warning("%s names %s, which is not a folder", variable, text)
    return folders


def single_files(variable: str) -> Iterator[SingleFile]:
    """Yield each connector file of the folders that the environment variable names."""
    for folder in plugin_folders(variable):
        folder_problem = _problem(folder)
        for path in sorted(folder.glob("*.py")):
            if path.name.startswith("_"):
                continue
            try:
                version = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
                problem = folder_problem or _problem(path)
            except OSError as error:
                version, problem = "?", f"{path} cannot be read ({error.strerror})"
            yield SingleFile(FilePoint(path.stem, path.absolute()), version, problem)


def _problem(path: Path) -> str:
    """Return why the code at `path` is not run: another user could have written it; '' if nobody could."""
    risk = find_risk(path)
    return f"{path} is not run: {risk}" if risk else ""
