"""The command line that returns the same rows as a page."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

from ..output.terminal_text import is_printable, printable
from ..query.listing.listing_columns import ListColumn
from .open_files import OpenSync
from .page_content import PageColumn, PageQuery

__all__ = ["equivalent_command", "sort_options"]


TAKES_RULES = frozenset({"access", "entitlements", "grants", "stats", "validate"})


def equivalent_command(opened: OpenSync, name: str, *words: str, **options: str | bool | None) -> str:
    """Return `connector-host NAME -f FILE --sync-id ID --option=VALUE --flag WORDS`, quoted for a shell.

    Options that are None, empty or False are left out. The sync is named unless `sync_id=False` is passed.
    """
    with_sync = options.pop("sync_id", True)
    if opened.rules is not None and name in TAKES_RULES:
        options["rules"] = opened.rules.source
    flags = []
    for key, value in options.items():
        flag = f"--{key.replace('_', '-')}"
        flags += [flag] if value is True else [f"{flag}={value}"] if value else []
    # after `--` a word that begins with a dash is no option
    arguments = ["--", *words] if any(word.startswith("-") for word in words) else list(words)
    source = ["-f", str(opened.file.path), *(["--sync-id", opened.sync.id] if with_sync else [])]
    return " ".join(map(_quoted, ["connector-host", name, *source, *flags, *arguments]))


def _quoted(word: str) -> str:
    """Quote a word for the shell; unprintable characters become escapes that bash and zsh read."""
    if is_printable(word):
        return shlex.quote(word)
    inside = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{printable(inside)}'"


def sort_options(request: PageQuery, columns: Iterable[PageColumn | ListColumn[Any]]) -> dict[str, str | bool]:
    """Return the sort options for the order in which a list with these columns is shown."""
    sort = request.text("sort") if request.text("sort") in {column.sort for column in columns} else ""
    return {"sort": sort, "desc": bool(request.text("desc"))}
