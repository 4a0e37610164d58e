"""The copy of the earlier syncs of an output while the new one is collected, on a core that the calls leave idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import ConnectorHostError
from ..container import FileFormat, sniff
from .retained_syncs import prepare

__all__ = ["UnpackedOutput", "prepared_in_background"]

PAUSE = 0.1  # seconds


class UnpackedOutput:
    """The database of the output, which the thread unpacks; others may read it until the block ends.

    Without an `output`, or with one of format v3, there is none.
    """

    def __init__(self, output: Path | None = None) -> None:
        self._output = output
        self._path: Path | None = None
        self._is_known = threading.Event()

    def wait_for(self, path: Path, check: Callable[[], None]) -> Path | None:
        """Return the database of the file at `path` when it is complete; None if that is another file, or damaged.

        `check` is called while it is unpacked, and ends the waiting by an exception.
        """
        if path != self._output or sniff(path).format is not FileFormat.V1:
            return None
        while not self._is_known.wait(PAUSE):
            check()
        return self._path

    def set(self, path: Path | None) -> None:
        """End the waiting, unless it has ended before."""
        if not self._is_known.is_set():
            self._path = path
            self._is_known.set()


@contextmanager
def prepared_in_background(
    output: Path,
    work: Path,
    sync_id: str,
    report: Callable[[ConnectorHostError], None],
    *,
    expected_size: int | None = None,
) -> Iterator[UnpackedOutput]:
    """Run `prepare` in a thread of its own during the block; the end of the block waits for it.

    `expected_size` is the argument of `prepare`. `report` is called, in that thread, with the error of an output that
    cannot be added to. Nothing is raised for it: sealing the sync tries again, and the file may have been moved away by
    then. A block that raises ends the thread.
    """
    if not output.exists():
        yield UnpackedOutput()
        return
    unpacked = UnpackedOutput(output)
    cancelled = threading.Event()

    def watch(_step: str) -> None:
        if cancelled.is_set():
            raise _CancelledError

    def run() -> None:
        try:
            prepare(output, work, sync_id, expected_size=expected_size, on_unpacked=unpacked.set, watch=watch)
        except _CancelledError:
            pass
        except ConnectorHostError as error:
            report(error)
        except Exception:  # noqa: BLE001 - it occurs again, and is reported, when the sync is sealed
            return
        finally:
            unpacked.set(None)

    thread = threading.Thread(target=run, name="earlier syncs")
    thread.start()
    try:
        yield unpacked
    except BaseException:
        cancelled.set()
        raise
    finally:
        thread.join()


class _CancelledError(Exception):
    """The block has ended."""
