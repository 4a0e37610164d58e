"""The session store of a running sync on the disk: a small database beside the working database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...c1z.sqlite_connections import NEW_WORKING, open_database
from ...run import Run

__all__ = ["StoreDatabase", "kept_store"]

DDL = "create table if not exists entry (key text primary key, value text not null) without rowid"


class StoreDatabase:
    """The entries of a session store. The store calls it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, NEW_WORKING)
        self._db.execute(DDL)

    def read(self) -> dict[str, str]:
        """Return all entries."""
        return dict(self._db.execute("select key, value from entry"))

    def write(self, key: str, value: str | None) -> None:
        """Keep an entry, or with None remove it. It survives the process when this returns."""
        if value is None:
            self._db.execute("delete from entry where key = ?", (key,))
        else:
            self._db.execute("insert or replace into entry (key, value) values (?, ?)", (key, value))

    def close(self) -> None:
        """Close the database."""
        self._db.close()


@contextmanager
def kept_store(run: Run, path: Path) -> Iterator[None]:
    """Keep the session store of a run in the database at `path` for the block."""
    database = StoreDatabase(path)
    run.store.attach(database)
    try:
        yield
    finally:
        run.store.detach()
        database.close()
