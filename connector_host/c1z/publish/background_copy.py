"""Lay out the earlier syncs of an output while the new one is collected: it takes a core that the calls leave idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import ConnectorHostError
from .retained_syncs import prepare

__all__ = ["prepared_ahead"]


@contextmanager
def prepared_ahead(
    output: Path, work: Path, sync_id: str, tell: Callable[[ConnectorHostError], None]
) -> Iterator[None]:
    """Run `prepare` in a thread of its own beside the block, which the end of the block waits for.

    `tell` hears, in that thread, of an output that cannot be added to; nothing is raised for it, because whoever seals
    the sync asks again, and the file may have been moved away by then. A block that raises ends the thread, too.
    """
    if not output.exists():
        yield
        return
    over = threading.Event()

    def watch(_step: str) -> None:
        if over.is_set():
            raise _OverError

    def run() -> None:
        try:
            prepare(output, work, sync_id, watch=watch)
        except _OverError:
            pass
        except ConnectorHostError as error:
            tell(error)
        except Exception:  # noqa: BLE001 - it is met again, and reported, where the sync is sealed
            return

    thread = threading.Thread(target=run, name="earlier syncs")
    thread.start()
    try:
        yield
    except BaseException:
        over.set()
        raise
    finally:
        thread.join()


class _OverError(Exception):
    """The block has ended."""
