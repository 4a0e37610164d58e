"""A small helper process that kills the children of a host that died without doing so itself (SIGKILL, a crash).

The kernel's parent-death signal is of no use here: it is cleared when a set-group-id program starts, as the packaged
`op` is. The helper is a shell that reads the process groups at work from a pipe. The pipe ends when the host ends,
however it ends, and the helper then kills the groups that are left. Windows does the same with job objects: see
`windows_job`.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable

__all__ = ["OrphanWatch"]

SHELL = "/bin/sh"
SCRIPT = """
groups=
while read -r action group; do
    case $action in
    add) groups="$groups $group" ;;
    *)
        rest=
        for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
        groups=$rest
        ;;
    esac
done
for each in $groups; do kill -s KILL -- "-$each"; done
"""


class OrphanWatch:
    """The helper of one `Op`. Safe to use from several threads. Without a shell it does nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._helper: subprocess.Popen[bytes] | None = None
        self._started = sys.platform == "win32"

    def add(self, group: int) -> None:
        """Register a process group, which is killed if the host dies."""
        self._tell(f"add {group}\n", start=True)

    def remove(self, group: int) -> None:
        """Forget a process group that has ended."""
        self._tell(f"remove {group}\n", start=False)

    def close(self) -> None:
        """End the helper. May be called repeatedly."""
        with self._lock:
            helper, self._helper = self._helper, None
        if helper is not None:
            _close(helper)

    def _tell(self, line: str, *, start: bool) -> None:
        with self._lock:
            if start and not self._started:
                self._started = True
                self._helper = _start_helper()
            if self._helper is not None and self._helper.stdin is not None:
                try:
                    self._helper.stdin.write(line.encode())
                except OSError:  # somebody killed the helper; the host works without it
                    _close(self._helper)
                    self._helper = None


def _start_helper() -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(
            [SHELL, "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={},
            start_new_session=True,
        )
    except OSError:
        return None


def _close(helper: subprocess.Popen[bytes]) -> None:
    actions: tuple[Callable[[], object], ...] = (lambda: helper.stdin and helper.stdin.close(), lambda: helper.wait(2))
    for action in actions:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            action()
