"""Read a connector in a process of its own: what hangs on the process, like `hash()` of a text, is another there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

from .harness import LIST_HOOKS, Harness, Problem

__all__ = ["read_in_subprocess"]

Names = dict[str, dict[str, Counter[str]]]
"""By hook, by subject: how often each name of an item."""
LONGEST = 120
"""Seconds."""


def read_in_subprocess(connector: str, options: Mapping[str, Any]) -> Names:
    """What the installed connector of that name lists in another process, which gets the environment as it is.

    Problem when it cannot be read there.
    """
    words = [sys.executable, "-m", __name__]
    given = json.dumps({"connector": connector, "options": dict(options)}, default=str)
    environ = {**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    try:
        done = subprocess.run(
            words, input=given, capture_output=True, text=True, check=False, timeout=LONGEST, env=environ
        )
    except subprocess.TimeoutExpired:
        raise Problem(f"reading it in a process of its own took more than {LONGEST} s.") from None
    if done.returncode:
        raise Problem(f"it cannot be read in a process of its own: {done.stderr.strip()[-2000:]}.")
    found = json.loads(done.stdout)
    return {hook: {subject: Counter(names) for subject, names in subjects.items()} for hook, subjects in found.items()}


def main() -> None:
    """The other process."""
    given = json.loads(sys.stdin.read())
    with redirect_stdout(sys.stderr):
        harness = Harness(given["connector"], given["options"])
        session = harness.open()
        try:
            reading = harness.read(session)
        finally:
            harness.close(session)
    sys.stdout.write(json.dumps({hook: reading.by_hook(hook) for hook in LIST_HOOKS}))


if __name__ == "__main__":
    main()
