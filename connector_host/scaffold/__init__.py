"""A new connector as a distribution: what `connector-host new` writes.

The files beside this one are the templates. `@name@` is the connector's name, `@package@` its package, `@title@` its
display name, `@distribution@` its distribution, `@host@` the version of this host.
"""

from __future__ import annotations

import keyword
import re
from importlib import metadata, resources
from pathlib import Path

from ..errors import ConfigError, FileError

__all__ = ["create"]

FILES = {
    "pyproject.toml": "pyproject.txt",
    "README.md": "readme.txt",
    ".gitignore": "gitignore.txt",
    ".github/workflows/test.yml": "workflow.txt",
    "@package@/__init__.py": "connector.txt",
    "@package@/py.typed": "",
    "tests/test_contract.py": "contract.txt",
    "tests/people.json": "people.txt",
}
"""Path in the new folder: template."""
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def create(name: str, folder: Path) -> Path:
    """Write the distribution of a connector `name` to `folder`/connector-host-`name`, and give that folder.

    Raises ConfigError for a name that cannot be one, FileError when the folder is there already or cannot be written.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} cannot be the name of a connector",
            hint="Take lower-case words joined by '-', beginning with a letter: my-app.",
        )
    words = {
        "name": name,
        "package": f"connector_host_{name.replace('-', '_')}",
        "title": name.replace("-", " ").title(),
        "distribution": f"connector-host-{name}",
        "host": ".".join(metadata.version("connector-host").split(".")[:2]),
    }
    target = folder / words["distribution"]
    try:
        target.mkdir(parents=True)
    except FileExistsError:
        raise FileError(f"{target} is there already", hint="Nothing was changed. Take another --dir or name.") from None
    except OSError as error:
        raise FileError(f"{target} cannot be made ({error.strerror})", hint="Take another --dir.") from error
    for path, template in FILES.items():
        _write(target / _filled(path, words), _filled(_template(template), words))
    return target


def _template(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8") if name else ""


def _filled(text: str, words: dict[str, str]) -> str:
    for key, value in words.items():
        text = text.replace(f"@{key}@", value)
    return text


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(
            f"{path} cannot be written ({error.strerror})", hint="Make room, remove what is there."
        ) from error
