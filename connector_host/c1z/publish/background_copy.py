"""The copy of the earlier syncs of an output while the new one is collected, on a core that the calls leave idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import ConnectorHostError
from .retained_syncs import prepare

__all__ = ["prepared_in_background"]


@contextmanager
def prepared_in_background(
    output: Path,
    work: Path,
    sync_id: str,
    report: Callable[[ConnectorHostError], None],
    *,
    expected_size: int | None = None,
) -> Iterator[None]:
    """Run `prepare` in a thread of its own during the block; the end of the block waits for it.

    `expected_size` is the argument of `prepare`.
    `report` is called, in that thread, with the error of an output that cannot be added to. Nothing is raised for it:
    sealing the sync tries again, and the file may have been moved away by then. A block that raises ends the thread.
    """
    if not output.exists():
        yield
        return
    cancelled = threading.Event()

    def watch(_step: str) -> None:
        if cancelled.is_set():
            raise _CancelledError

    def run() -> None:
        try:
            prepare(output, work, sync_id, expected_size=expected_size, watch=watch)
        except _CancelledError:
            pass
        except ConnectorHostError as error:
            report(error)
        except Exception:  # noqa: BLE001 - it occurs again, and is reported, when the sync is sealed
            return

    thread = threading.Thread(target=run, name="earlier syncs")
    thread.start()
    try:
        yield
    except BaseException:
        cancelled.set()
        raise
    finally:
        thread.join()


class _CancelledError(Exception):
    """The block has ended."""
