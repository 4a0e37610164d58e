"""Calls made at the same time, where the next step needs all of their results."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

__all__ = ["run_parallel"]


def run_parallel(*calls: Callable[[], Any]) -> list[Any]:
    """Make all calls at the same time and return their results, in order; the first error in that order is raised."""
    results: list[Any] = [None] * len(calls)
    errors: list[BaseException | None] = [None] * len(calls)

    def work(number: int) -> None:
        try:
            results[number] = calls[number]()
        except BaseException as error:  # noqa: BLE001  raised again below, in the caller's thread
            errors[number] = error

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(1, len(calls))]
    for thread in threads:
        thread.start()
    work(0)
    for thread in threads:
        thread.join()
    for error in errors:
        if error is not None:
            raise error
    return results
