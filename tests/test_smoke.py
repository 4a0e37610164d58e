"""`tools/smoke.py`, which the workflow runs on Windows, runs here as well."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_command_ends_as_it_should():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "smoke.py")], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("ok ") > 10
