"""A new connector as a distribution: the templates that `connector-host new` fills in.

`common/` has the files of every distribution, each other folder those of one template. `@name@` is the name of the
connector, `@package@` its package, `@title@` its display name, `@distribution@` its distribution, `@host@` the version
of this host; `@extra@`, `@source@` and `@next@` come from the template.
"""

from __future__ import annotations

import keyword
import os
import re
import shutil
from importlib import metadata, resources
from pathlib import Path

from msgspec import Struct

from ..errors import ConfigError, FileError

__all__ = ["TEMPLATES", "connector_name", "create"]

PREFIX = "connector-host-"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
COMMON = {
    "pyproject.toml": "common/pyproject.txt",
    "README.md": "common/readme.txt",
    ".gitignore": "common/gitignore.txt",
    ".github/workflows/test.yml": "common/workflow.txt",
    "@package@/py.typed": "",
    "tests/test_contract.py": "common/contract.txt",
}
"""Path in the new folder: template file."""


class Template(Struct, frozen=True):
    """One kind of connector: its files, the extra of the host it needs, and two phrases of the README."""

    summary: str
    files: dict[str, str]
    source: str
    next: str
    extra: str = ""


TEMPLATES = {
    "files": Template(
        "people and teams of a JSON file",
        {"@package@/__init__.py": "files/connector.txt", "@package@/sample.json": "files/sample.txt"},
        "the file `sample.json`",
        "Another file is read with `--people FILE`.",
    ),
    "http": Template(
        "people and teams of an HTTP API, with pages and a token",
        {
            "@package@/__init__.py": "http/connector.txt",
            "@package@/sample_api.py": "http/sample_api.txt",
            "@package@/sample.json": "files/sample.txt",
        },
        "a sample API (`sample_api.py`)",
        "A real API is read with `--url` and `--token` (or BATON_TOKEN).",
        "[http]",
    ),
    "sql": Template(
        "people and teams of an SQL database",
        {"@package@/__init__.py": "sql/connector.txt", "@package@/sample.sql": "sql/sample.txt"},
        "a sample database (`sample.sql`)",
        "An SQLite file is read with `--database FILE`.",
    ),
    "command": Template(
        "people and teams that a program prints",
        {
            "@package@/__init__.py": "command/connector.txt",
            "@package@/sample_program.py": "command/sample_program.txt",
            "@package@/sample.json": "files/sample.txt",
        },
        "the output of a sample program (`sample_program.py`)",
        "Another program is run with `--program FILE`.",
    ),
    "minimal": Template(
        "people in the source code, in 20 lines",
        {"@package@/__init__.py": "minimal/connector.txt"},
        "a table in its source",
        "Begin with `open_session`, which signs in.",
    ),
}
"""The templates by name."""


def connector_name(name: str) -> str:
    """Return the name of a connector: that of a distribution without its prefix `connector-host-`."""
    return name.removeprefix(PREFIX)


def create(name: str, folder: Path, template: str = "files") -> Path:
    """Write the distribution of a connector `name` to `folder`/connector-host-`name`, and return that folder.

    Raises ConfigError for an invalid name or an unknown template, FileError if the folder exists or cannot be written.
    """
    name = connector_name(name)
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} cannot be the name of a connector",
            hint="Use lower-case words joined by '-' that begin with a letter: my-app.",
        )
    chosen = TEMPLATES.get(template)
    if chosen is None:
        raise ConfigError(f"there is no template {template!r}", hint=f"Choose one of: {', '.join(TEMPLATES)}.")
    words = {
        "name": name,
        "package": f"connector_host_{name.replace('-', '_')}",
        "title": name.replace("-", " ").title(),
        "distribution": f"{PREFIX}{name}",
        "host": ".".join(metadata.version("connector-host").split(".")[:2]),
        "extra": chosen.extra,
        "source": chosen.source,
        "next": chosen.next,
    }
    target = folder / words["distribution"]
    if os.path.lexists(target):
        raise FileError(f"{target} exists already", hint="Nothing was changed. Choose another name, or another --dir.")
    unfinished = folder / f".{target.name}.new"  # what a killed run left is written again
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for path, source in {**COMMON, **chosen.files}.items():
            _write(unfinished / _filled(path, words), _filled(_template(source), words))
        unfinished.rename(target)
    except OSError as error:
        raise FileError(
            f"{target} cannot be created ({error.strerror})", hint="Make room, or choose another --dir."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _template(source: str) -> str:
    return resources.files(__package__).joinpath(*source.split("/")).read_text(encoding="utf-8") if source else ""


def _filled(text: str, words: dict[str, str]) -> str:
    for key, value in words.items():
        text = text.replace(f"@{key}@", value)
    return text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
