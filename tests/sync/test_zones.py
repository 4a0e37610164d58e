"""Files written in two time zones: the times and durations are right wherever they are read."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from connector_host.c1z.v1.recorded_times import actual_time, recorded_times


def run(folder, zone, *words):
    done = subprocess.run(
        [sys.executable, "-m", "connector_host", *words],
        cwd=folder,
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize(
    "zones", [("Asia/Tokyo", "America/New_York"), ("America/New_York", "Asia/Tokyo"), ("UTC", "Asia/Kolkata")]
)
def test_times_are_right_whatever_the_zones(tmp_path, zones):
    before = datetime.now(UTC) - timedelta(seconds=2)
    for zone in zones:
        run(tmp_path, zone, "sync", "fake", "-f", "a.c1z")
    after = datetime.now(UTC) + timedelta(seconds=2)
    for reader in ("Pacific/Auckland", "UTC"):
        rows = [
            json.loads(line)
            for line in run(tmp_path, reader, "syncs", "-f", "a.c1z", "-o", "jsonl").stdout.splitlines()
        ]
        assert len(rows) == 2
        for row in rows:
            started, ended = (datetime.fromisoformat(row[name]) for name in ("startedAt", "endedAt"))
            assert before <= started <= ended <= after, row
            assert ended - started < timedelta(minutes=1)
    assert "is sound" in run(tmp_path, "UTC", "validate", "-f", "a.c1z").stdout
    run(tmp_path, "UTC", "diff", "-f", "a.c1z")


@pytest.mark.parametrize(
    ("stored", "recorded", "shown"),
    [
        ("2026-01-02T12:00:00Z", "2026-01-02T03:00:00Z", "2026-01-02T03:00:00Z"),
        ("2026-01-02T12:00:00.123456789Z", "2026-01-02T12:00:00.2Z", "2026-01-02T12:00:00.123456789Z"),
        ("2026-01-02T12:00:00Z", "", "2026-01-02T12:00:00Z"),
        ("", "2026-01-02T03:00:00Z", ""),
        ("2026-01-02T12:00:00Z", "2020-01-02T03:00:00Z", "2026-01-02T12:00:00Z"),
        ("2026-01-02T12:00:00Z", "yesterday", "2026-01-02T12:00:00Z"),
        ("no time", "2026-01-02T03:00:00Z", "no time"),
        ("2026-01-02T12:00:00Z", "2026-01-02T03:00:00", "2026-01-02T12:00:00Z"),
    ],
)
def test_a_recorded_time_counts_only_where_it_can_be_the_same_moment(stored, recorded, shown):
    assert actual_time(stored, recorded) == shown


@pytest.mark.parametrize(
    "token", ["", "{", '{"connector_host":{"started":7}}', '{"connector_host":{"account":"a"}}', "[]"]
)
def test_a_token_of_other_writers_has_no_times(token):
    assert recorded_times(token).started == ""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give a file to another user")
def test_the_owner_of_a_file_that_is_replaced_is_named(tmp_path):
    run(tmp_path, "UTC", "sync", "fake", "-f", "a.c1z")
    os.chown(tmp_path / "a.c1z", 1, -1)
    assert "who cannot read the new file" in run(tmp_path, "UTC", "sync", "fake", "-f", "a.c1z").stderr
    assert "who cannot read" not in run(tmp_path, "UTC", "sync", "fake", "-f", "a.c1z").stderr
