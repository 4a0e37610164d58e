"""The command line that gives the same answer as a page."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from ..output.terminal_text import is_printable, printable
from .open_files import OpenSync
from .page_content import PageColumn, PageRequest

__all__ = ["equivalent_command", "sort_options"]


def equivalent_command(one: OpenSync, name: str, *words: str, **options: str | bool | None) -> str:
    """`connector-host NAME -f FILE --sync-id ID --option=VALUE --flag WORDS`; what is None, empty or False is left out.

    Without `sync_id=False` the sync is named.
    """
    named = options.pop("sync_id", True)
    given = []
    for key, value in options.items():
        flag = f"--{key.replace('_', '-')}"
        given += [flag] if value is True else [f"{flag}={value}"] if value else []
    # a word that looks like an option would be taken for one
    marked = ["--", *words] if any(word.startswith("-") for word in words) else list(words)
    where = ["-f", str(one.file.path), *(["--sync-id", one.sync.id] if named else [])]
    return " ".join(map(_quoted, ["connector-host", name, *where, *given, *marked]))


def _quoted(word: str) -> str:
    """A word for the shell. What is not to be shown as it is stands as the escape that bash and zsh read."""
    if is_printable(word):
        return shlex.quote(word)
    inside = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{printable(inside)}'"


def sort_options(ask: PageRequest, columns: Iterable[PageColumn]) -> dict[str, str | bool]:
    """The options for the order that a list with these columns was put in."""
    sort = ask.text("sort") if ask.text("sort") in {column.sort for column in columns} else ""
    return {"sort": sort, "desc": bool(ask.text("desc"))}
