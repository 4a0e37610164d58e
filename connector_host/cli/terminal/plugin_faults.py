"""Defects of a connector outside its hooks: exceptions in its threads and destructors, which Python only prints."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import PluginError
from ...plugins.failure_location import describe_failure
from ...run import Run

__all__ = ["faults_reported"]

HINT = "This is a defect of the connector; --debug shows the traceback."


@contextmanager
def faults_reported(run: Run, connector: str) -> Iterator[None]:
    """Stop `run` with a PluginError when a thread of the connector fails, or a destructor tries to end the process.

    Other exceptions in destructors are logged. The error leaves the block. `os._exit` raises SystemExit in the block.
    """
    before = threading.excepthook, sys.unraisablehook

    def thread_failed(arguments: Any) -> None:
        error = arguments.exc_value if arguments.exc_value is not None else arguments.exc_type()
        name = arguments.thread.name if arguments.thread is not None else "of unknown name"
        run.fail(_fault(f"connector {connector!r}: its thread {name!r} failed: {describe_failure(error)}", error))

    def destructor_failed(arguments: Any) -> None:
        error = arguments.exc_value if arguments.exc_value is not None else arguments.exc_type()
        problem = f"connector {connector!r}: a destructor failed: {describe_failure(error)}"
        if isinstance(error, Exception):
            run.logger.warning("%s", problem)
        else:
            run.fail(_fault(problem, error))

    host, exit_at_once = os.getpid(), os._exit

    def exit_refused(status: int) -> None:
        if os.getpid() != host:
            exit_at_once(status)  # a child that the connector forked
        raise SystemExit(status)

    threading.excepthook, sys.unraisablehook = thread_failed, destructor_failed
    setattr(os, "_exit", exit_refused)  # noqa: B010 - mypy knows that it never returns
    try:
        yield
    except Exception as error:
        if run.fault is not None and error is not run.fault:
            raise run.fault from run.fault.__cause__
        raise
    else:
        if run.fault is not None:
            raise run.fault
    finally:
        threading.excepthook, sys.unraisablehook = before
        setattr(os, "_exit", exit_at_once)  # noqa: B010


def _fault(message: str, cause: BaseException) -> PluginError:
    fault = PluginError(message, hint=HINT)
    fault.__cause__ = cause  # for --debug
    return fault
