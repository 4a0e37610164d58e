"""Whole syncs of the golden inputs give the rows of the Go tools, by the definition in their README."""

import json
import logging
from pathlib import Path

import pytest

from connector_host import Run
from connector_host.options import resolve
from connector_host.plugins.loading import load
from connector_host.sync.engine import SyncSettings, run_sync
from connector_host.wire import stored_grants

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"
pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden files of the Go tools are not beside the checkout"),
]
TABLES = ("resource_types", "resources", "entitlements", "grants")
FILES = ["scenario-nested", "scenario-cycles", "synthetic"]
RUN_COLUMNS = ("sync_type", "supports_diff", "grants_backfilled", "stats")


@pytest.fixture
def fake(tmp_path, unpacked):
    def run(name, **settings):
        flags = {"users": 50, "groups": 12, "members": 20, "nested": 2}
        if name != "synthetic":
            flags = {"scenario": str(GOLDEN / name / "scenario.json")}
        connector = load("fake")
        options = resolve(connector.options, flags=flags, environ={})
        settings = SyncSettings(file=tmp_path / "sync.c1z", **settings)
        run_sync(connector, options, settings, Run(logging.getLogger("fake")))
        return unpacked(settings.file)

    return run


def emitted(rows):
    """What the connector itself gave, of the grants of a file with expansion."""
    kept = {}
    for name, row in rows.items():
        sources = stored_grants.sources(row["data"])
        if not sources or row["entitlement_id"] in sources:
            kept[name] = {**row, "data": stored_grants.with_sources(row["data"], {})}
    return kept


@pytest.mark.parametrize("page_size", [1, 2, 50])
@pytest.mark.parametrize("name", FILES)
def test_what_the_connector_gave_is_stored_as_go_stores_it(fake, unpacked, name, page_size):
    ours = fake(name, page_size=page_size, skip_grant_expansion=True)
    theirs = unpacked(GOLDEN / name / "sync.c1z")
    for table in TABLES[:3]:
        assert ours.rows(table) == theirs.rows(table)
    assert ours.rows("grants") == emitted(theirs.rows("grants"))


@pytest.mark.parametrize("page_size", [1, 2, 50])
@pytest.mark.parametrize("name", FILES)
def test_with_expansion_every_row_is_the_same(fake, unpacked, name, page_size):
    ours, theirs = fake(name, page_size=page_size), unpacked(GOLDEN / name / "sync.c1z")
    for table in TABLES:
        assert ours.rows(table) == theirs.rows(table)
    mine, goes = ours.runs()[-1], theirs.runs()[-1]
    assert {name: mine[name] for name in RUN_COLUMNS} == {name: goes[name] for name in RUN_COLUMNS}
    assert json.loads(mine["sync_token"])["needs_expansion"] is True
