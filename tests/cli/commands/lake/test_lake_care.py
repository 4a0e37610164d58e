"""The exit code of `lake verify`."""

from pathlib import Path


def test_damage_is_a_finding(ask, sync_file):
    ask("lake", "add", sync_file, "--source", "hr")
    next(Path("lake/data/grants").glob("**/*.parquet")).unlink()
    result = ask("lake", "verify", "-o", "json")
    assert result.code == 1
    assert "is missing" in result.json["findings"][0]["finding"]
