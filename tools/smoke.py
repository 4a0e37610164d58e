"""Run the main commands of connector-host once, in a folder that is removed: `python tools/smoke.py`.

It needs no shell and no POSIX, so that it shows on Windows what the tests show elsewhere. It ends with 1 if a command
ends with another exit code than it should.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

FILE = "a folder/sync Zoë.c1z"
COMMANDS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, ("--version",)),
    (0, ("plugins",)),
    (0, ("check", "fake")),
    (0, ("sync", "fake", "-f", FILE)),
    (0, ("sync", "fake", "-f", FILE)),
    (0, ("resources", "-f", FILE)),
    (0, ("grants", "-f", FILE, "-o", "json")),
    (0, ("validate", "-f", FILE)),
    (0, ("diff", "-f", FILE)),
    (0, ("expand", "-f", FILE)),
    (0, ("access", "-f", FILE, "amara.okafor@larkfield.example")),
    (0, ("export", "csv", "-f", FILE, "--out", "rows")),
    (0, ("review", "-f", FILE, "--out", "review.html")),
    (0, ("sync", "fake", "-f", "v3.c1z", "--storage-engine", "pebble")),
    (0, ("grants", "-f", "v3.c1z")),
    (5, ("access", "-f", FILE, "nobody@example.com")),
    (2, ("grants", "-f", "none.c1z")),
    (2, ("check", "onepassword", "--op-path", "no-such-op")),
)


def main() -> int:
    """Run every command; return 1 if one of them did not end as it should."""
    failures = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        (Path(folder) / "a folder").mkdir()
        for expected, words in COMMANDS:
            command = [sys.executable, "-m", "connector_host", *words]
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
            is_right = done.returncode == expected
            failures += not is_right
            print("ok  " if is_right else "FAIL", done.returncode, " ".join(words), flush=True)
            if not is_right:
                print(done.stderr.decode("utf-8", "replace"), flush=True)
        remnants = [str(path) for path in Path(folder).rglob("*") if path.name.startswith(".")]
        if remnants:
            failures += 1
            print("FAIL left behind:", *remnants)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
