"""A whole reading, recorded from the stand-in and answered again without it: the connector asks the same each time."""

import os
import shutil

from connector_host.testing import Harness, recorded_command


def test_a_recorded_run_gives_the_same_without_op(standin, tmp_path, monkeypatch):
    standin.serve("team")
    cassette = tmp_path / "op.jsonl"

    def read():
        harness = Harness("onepassword", {"no-details": True})
        session = harness.open()
        try:
            return harness.read(session)
        finally:
            harness.close(session)

    with recorded_command("op", cassette, record=True):
        first = read()
    assert first.grants
    monkeypatch.setenv(
        "PATH", os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if p != str(standin.bin))
    )
    assert shutil.which("op") is None
    with recorded_command("op", cassette, record=False):
        again = read()
    for hook in ("list_resources", "list_entitlements", "list_grants"):
        assert again.by_hook(hook) == first.by_hook(hook)
