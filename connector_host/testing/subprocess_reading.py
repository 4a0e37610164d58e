"""Reading of a connector in a second process, where process-dependent values, like `hash()` of a text, differ."""

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
"""{hook: {subject: {name of an item: count}}}."""
TIMEOUT = 120
"""Seconds."""


def read_in_subprocess(connector: str, options: Mapping[str, Any]) -> Names:
    """Read the installed connector of that name in a second process with this process's environment.

    Raises Problem when it cannot be read there.
    """
    words = [sys.executable, "-m", __name__]
    request = json.dumps({"connector": connector, "options": dict(options)}, default=str)
    environ = {**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    try:
        process = subprocess.run(
            words, input=request, capture_output=True, text=True, check=False, timeout=TIMEOUT, env=environ
        )
    except subprocess.TimeoutExpired:
        raise Problem(f"reading the connector in a second process took more than {TIMEOUT} s.") from None
    if process.returncode:
        raise Problem(f"the connector cannot be read in a second process: {process.stderr.strip()[-2000:]}.")
    listed = json.loads(process.stdout)
    return {hook: {subject: Counter(names) for subject, names in subjects.items()} for hook, subjects in listed.items()}


def main() -> None:
    """Run as the second process: read the connector named on standard input, write its listings to standard output."""
    request = json.loads(sys.stdin.read())
    with redirect_stdout(sys.stderr):
        harness = Harness(request["connector"], request["options"])
        session = harness.open()
        try:
            reading = harness.read(session)
        finally:
            harness.close(session)
    sys.stdout.write(json.dumps({hook: reading.by_hook(hook) for hook in LIST_HOOKS}))


if __name__ == "__main__":
    main()
