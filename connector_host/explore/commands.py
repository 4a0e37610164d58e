"""The command line that gives the same answer as a page."""

from __future__ import annotations

import shlex

from .book import Opened

__all__ = ["command"]


def command(one: Opened, name: str, *words: str, **options: str | None) -> str:
    """`connector-host NAME WORDS -f FILE --sync-id ID --option=VALUE`; options that are None or empty are left out."""
    given = [f"--{key.replace('_', '-')}={value}" for key, value in options.items() if value]
    # a word that looks like an option would be taken for one
    marked = ["--", *words] if any(word.startswith("-") for word in words) else list(words)
    where = ["-f", str(one.file.path), "--sync-id", one.sync.id]
    return shlex.join(["connector-host", name, *where, *given, *marked])
