"""`lake verify`, `lake prune` and `lake compact`."""

from pathlib import Path


def test_damage_is_a_finding(ask, sync_file):
    ask("lake", "add", sync_file, "--source", "hr")
    next(Path("lake/data/grants").glob("**/*.parquet")).unlink()
    result = ask("lake", "verify", "-o", "json")
    assert result.code == 1
    assert "is missing" in result.json["findings"][0]["finding"]


def test_prune_and_compact(ask, make_c1z, organisation):
    ask("lake", "add", make_c1z(organisation, organisation), "--source", "hr")
    assert "2 syncs: 10 files merged into 5" in ask("lake", "compact").err
    shown = ask("lake", "prune", "--keep-daily", "1", "--keep-monthly", "0", "--dry-run")
    assert "To be removed: 1 sync" in shown.out
    assert ask("lake", "prune", "--keep-daily", "1", "--keep-monthly", "0", "-o", "json").json["removed"]
    assert ask("lake", "stats", "-o", "json").json["sources"][0]["syncs"] == 1
