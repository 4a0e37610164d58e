"""The two syncs that `diff` compares, from the words on the command line."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ....c1z.opening import open_store
from ....c1z.types import Store, View
from ....errors import ConfigError, NotFoundInFile, PreconditionError
from ....query.sync_selection import choose_sync, finished_syncs, newest_full, sync_by_id
from ...read_command import file_of

__all__ = ["DiffSides"]

TWO_SYNCS = "Keep more syncs in the file, or name two files: `diff OLD.c1z NEW.c1z`."
SUFFIX = ".c1z"


class DiffSides:
    """Opens the files of a comparison, each once; `stack` closes them."""

    def __init__(self, stack: ExitStack, file: str | None) -> None:
        self._stack = stack
        self._file = file
        self._stores: dict[Path, Store] = {}

    def newest_two(self) -> tuple[View, View]:
        """Return the two newest finished full syncs of the file. Raises PreconditionError if it has fewer."""
        store = self._opened(file_of(self._file))
        syncs = store.syncs()
        newest = newest_full(syncs)
        if newest is None:
            raise PreconditionError(f"{store.path} holds no finished full sync.", hint=TWO_SYNCS)
        before = newest_full(sync for sync in finished_syncs(syncs) if sync.id != newest.id)
        if before is None:
            raise PreconditionError(f"{store.path} holds one finished full sync only.", hint=TWO_SYNCS)
        return store.view(before), store.view(newest)

    def compared(self, first_name: str, second_name: str | None) -> tuple[View, View]:
        """Return the syncs of two names; without the second, the one that a command reads in the file.

        Raises FileError for a file that does not exist, NotFoundInFile for an unknown sync, ConfigError for the same
        sync twice.
        """
        first = self._side(first_name)
        if second_name is not None:
            second = self._side(second_name)
        else:
            store = self._opened(file_of(self._file))
            second = store.view(choose_sync(store).sync)
        of_files = Path(first_name).exists() or (second_name is not None and Path(second_name).exists())
        if first.sync.id == second.sync.id and len(self._stores) < 2 and not of_files:
            raise ConfigError(f"Both sides are the sync {first.sync.id}.", hint=TWO_SYNCS)
        return first, second

    def _side(self, name: str) -> View:
        path, separator, sync_id = name.rpartition("@")
        if separator and not Path(name).exists() and _is_file(path):
            store = self._opened(Path(path))
            return store.view(sync_by_id(store, store.syncs(), sync_id))
        if _is_file(name):
            store = self._opened(Path(name))
            return store.view(choose_sync(store).sync)
        file = file_of(self._file)
        if self._file is None and not file.exists():
            raise ConfigError(
                f"{name!r} does not exist: it is no file, and {file} is no file whose syncs it could be.",
                hint="Name two files, `diff OLD.c1z NEW.c1z`, or a file with --file and the ids of two of its syncs.",
            )
        store = self._opened(file)
        try:
            return store.view(sync_by_id(store, store.syncs(), name))
        except NotFoundInFile as error:
            raise NotFoundInFile(f"{error.message.rstrip('.')}, and no file has that name.", hint=error.hint) from None

    def _opened(self, path: Path) -> Store:
        if path not in self._stores:
            self._stores[path] = self._stack.enter_context(open_store(path))
        return self._stores[path]


def _is_file(name: str) -> bool:
    """Return True for a file that exists, and for what can only be meant as one: a path or a name that ends in .c1z."""
    path = Path(name)
    return path.exists() or path.suffix == SUFFIX or len(path.parts) > 1
