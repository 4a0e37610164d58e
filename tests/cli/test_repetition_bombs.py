"""Files of a few kilobytes that unpack to megabytes of repetitions: reading them takes seconds at most."""

import time

import pytest

SECONDS = 5  # of processor time for one command
COMMANDS = [
    ("diff", "{sound}", "{bomb}"),
    ("diff", "{bomb}", "{sound}", "-o", "json"),
    ("access", "user:u1", "-f", "{bomb}"),
    ("why", "user:u1", "app:a1", "-f", "{bomb}"),
    ("validate", "{bomb}"),
    ("grants", "-f", "{bomb}"),
    ("grants", "-f", "{bomb}", "-o", "json"),
    ("entitlements", "-f", "{bomb}"),
]
REPEATED = {
    "entitlement of a grant": b"\x0a\x03\x12\x01x",
    "sources of a grant": b"\x2a\x05\x0a\x03\x0a\x01a",
    "annotations of a grant": b"\x22\x00",
}


@pytest.fixture
def bomb(make_c1z, organisation):
    """Write a file of which every grant ends in repetitions: `bomb(part, size)`."""

    def make(part, size):
        def tweak(db):
            db.execute("update v1_grants set data = data || ?", (part * (size // len(part)),))

        return make_c1z(organisation, name="bomb.c1z", tweak=tweak)

    return make


@pytest.mark.parametrize("part", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("size", [900_000, 4_000_000])
def test_repetitions_take_seconds_at_most(bomb, sync_file, ask, part, size):
    path = bomb(part, size)
    assert path.stat().st_size < 50_000
    codes = []
    for words in COMMANDS:
        started = time.process_time()
        done = ask(*(word.format(sound=sync_file, bomb=path) for word in words))
        assert time.process_time() - started < SECONDS, words
        assert "Traceback" not in done.err
        assert "defect" not in done.err
        codes.append(done.code)
    assert set(codes) <= {0, 1, 2}
    assert 2 in codes
