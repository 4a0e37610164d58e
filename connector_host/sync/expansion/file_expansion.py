"""Expansion of a finished file, and its rollback."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ...c1z.publish.editing import SyncEditor, edit_sync
from ...errors import FileError, PluginError, PreconditionError, Stopped
from ...run import Run
from ..observers import Observers
from ..outcome.sync_token import expanded_token, rolled_back_token
from .expander import ExpansionResult, expand
from .rollback import RolledBack, roll_back

__all__ = ["expand_file", "roll_back_file"]

SYNC_AGAIN = "The file is not consistent. Create it again with a sync."


def expand_file(path: Path, sync_id: str, out: Path | None, run: Run, observers: Observers) -> ExpansionResult:
    """Expand sync `sync_id` of the file at `path`, in place or into the new file `out`.

    Grants that expansion made before stay and get what they lack; to do it anew, roll back first.
    """
    with edit_sync(path, sync_id, out) as work:
        _needs_finished(work, path)
        observers.working("expanding")
        work.rows.prepare()
        try:
            result = expand(work.rows, UnstoredProgress(work, run, observers))
            with work.transaction():
                work.rows.finish()
        except PluginError as error:  # of the connector that wrote the file, or of a file that was changed since
            raise FileError(f"{path} cannot be expanded: {error.message}", hint=SYNC_AGAIN) from error
        work.set_run(token=expanded_token(work.token), supports_diff=True)
    return result


def roll_back_file(
    path: Path, sync_id: str, out: Path | None, *, preserve_suspect: bool = False, dry_run: bool = False
) -> RolledBack:
    """Roll back the expansion of sync `sync_id` of the file at `path`, in place or into the new file `out`."""
    with edit_sync(path, sync_id, out, write=not dry_run) as work:
        _needs_finished(work, path)
        if not work.supports_diff:
            raise PreconditionError(
                f"sync {sync_id} of {path} was never expanded (it lacks the supports_diff mark)",
                hint="There is nothing to roll back.",
            )
        with work.transaction():
            result = roll_back(work.rows, preserve_suspect=preserve_suspect, write=not dry_run)
            work.set_run(token=rolled_back_token(work.token), supports_diff=True)
    return result


def _needs_finished(work: SyncEditor, path: Path) -> None:
    if not work.finished:
        raise PreconditionError(
            f"sync {work.sync_id} of {path} is not finished", hint="Let it finish, or name another with --sync-id."
        )


class UnstoredProgress:
    """The checkpoint of an expansion of a private copy: none, since a stopped one is thrown away."""

    done = 0

    def __init__(self, editor: SyncEditor, run: Run, observers: Observers) -> None:
        self._editor, self._run, self._observers = editor, run, observers

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: all or nothing."""
        return self._editor.transaction()

    def finished(self, nodes: int, created: int, dropped_edges: int) -> None:
        """Store nothing."""

    def report(self, nodes: int, of: int) -> None:
        """Report progress to observers; Stopped when the run is to end."""
        if self._run.stopping.is_set():
            raise Stopped("stopped; the file is as it was")
        self._observers.working("expanding", nodes, of)
