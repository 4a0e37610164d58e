"""The store of a connector's run: small texts by key, shared by its sessions and kept for a sync that resumes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from .errors import PluginError

__all__ = ["OpenedBackend", "SessionStore", "StoreBackend"]

MOST_KEY_BYTES = 1024
MOST_VALUE_BYTES = 1 << 20
MOST_BYTES = 64 << 20


class StoreBackend(Protocol):
    """A place on the disk that keeps the entries (for the host)."""

    def read(self) -> dict[str, str]:
        """Return all entries."""

    def write(self, key: str, value: str | None) -> None:
        """Keep an entry, or with None remove it."""


OpenedBackend = tuple[StoreBackend, dict[str, str]]
"""A place, and the entries that it has."""


class SessionStore:
    """Texts by key. Threads may share it.

    In a sync the entries are in the work folder: a run that resumes finds those of the run before, from the first list
    hook on. They are removed when the file is written. In other commands they are in memory.

    A key has at most 1 KiB, a value 1 MiB, all together 64 MiB; more is a PluginError. Do not store secrets: the work
    folder is private, but not encrypted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, str] = {}
        self._size = 0
        self._backend: StoreBackend | None = None
        self._opening = threading.Lock()
        self._open_backend: Callable[[], OpenedBackend | None] | None = None

    def get(self, key: str) -> str | None:
        """Return the text of a key, None if there is none."""
        self._use()
        with self._lock:
            return self._entries.get(key)

    def keys(self, start: str = "") -> list[str]:
        """Return the keys that begin with a text."""
        self._use()
        with self._lock:
            return [key for key in self._entries if key.startswith(start)]

    def set(self, key: str, value: str) -> None:
        """Store a text under a key, in place of an earlier one."""
        self._use()
        size = _size(key, "key", MOST_KEY_BYTES) + _size(value, "value", MOST_VALUE_BYTES)
        with self._lock:
            total = self._size - self._size_of(key) + size
            if total > MOST_BYTES:
                raise PluginError(
                    f"the session store is full: it holds {MOST_BYTES >> 20} MiB at most",
                    hint="Delete entries that are no longer needed, or store less.",
                )
            self._entries[key] = value
            self._size = total
            if self._backend is not None:
                self._backend.write(key, value)

    def delete(self, key: str) -> None:
        """Remove a key; without it nothing happens."""
        self._use()
        with self._lock:
            self._size -= self._size_of(key)
            if self._entries.pop(key, None) is not None and self._backend is not None:
                self._backend.write(key, None)

    def attach(self, backend: StoreBackend) -> None:
        """Keep the entries in `backend` from now on, beside those that it has (for the host)."""
        self._attach(backend, backend.read())

    def _attach(self, backend: StoreBackend, entries: dict[str, str]) -> None:
        """Keep the entries in `backend`, which holds `entries`."""
        with self._lock:
            for key, value in self._entries.items():
                backend.write(key, value)
            self._entries = {**entries, **self._entries}
            self._size = sum(map(self._size_of, self._entries))
            self._backend = backend

    def attach_when_used(self, open_backend: Callable[[], OpenedBackend | None]) -> None:
        """Attach what `open_backend` returns when an entry is next read or written; None: nothing (for the host)."""
        with self._opening:
            self._open_backend = open_backend

    def _use(self) -> None:
        if self._open_backend is None:
            return
        with self._opening:
            open_backend, self._open_backend = self._open_backend, None
            if open_backend is not None and (opened := open_backend()) is not None:
                self._attach(*opened)

    def detach(self) -> None:
        """Keep the entries in memory only from now on (for the host)."""
        with self._opening:
            self._open_backend = None
        with self._lock:
            self._backend = None

    def clear(self) -> None:
        """Forget all entries, and keep new ones in memory only (for the host)."""
        self.detach()
        with self._lock:
            self._entries, self._size = {}, 0

    def _size_of(self, key: str) -> int:
        value = self._entries.get(key)
        return 0 if value is None else len(key.encode()) + len(value.encode())


def _size(text: object, part: str, most: int) -> int:
    if not isinstance(text, str):
        raise PluginError(f"the {part} of an entry of the session store is {type(text).__name__}, not a text")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise PluginError(f"the {part} of an entry of the session store is not valid Unicode text") from None
    if size > most:
        raise PluginError(
            f"the {part} of an entry of the session store has {size:,} bytes; {most:,} are allowed",
            hint="Store less, or in several entries.",
        )
    return size
