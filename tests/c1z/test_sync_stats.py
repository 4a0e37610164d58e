"""The counts of a sync."""

from contextlib import closing

import apsw
import pytest

from connector_host.c1z import sync_stats
from connector_host.c1z.v1 import schema


@pytest.fixture
def db():
    with closing(apsw.Connection(":memory:")) as connection:
        schema.create_tables(connection)
        yield connection


def add(db, table, *, sync_id="s", **columns):
    columns |= {"data": b"", "sync_id": sync_id, "discovered_at": "2026-01-01 10:00:00"}
    db.execute(
        f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})", tuple(columns.values())
    )


@pytest.mark.golden
def test_the_text_is_that_of_the_go_tools(golden_v1, plain):
    seen = 0
    for path in golden_v1:
        file = plain(path)
        if "stats" not in {row[1] for row in file.ask("pragma table_info(v1_sync_runs)")}:
            continue
        with closing(apsw.Connection(str(file.database))) as db:
            db.pragma("journal_mode", "delete")
            for sync_id, sync_type, text in file.ask(
                "select sync_id, sync_type, stats from v1_sync_runs where stats is not null"
            ):
                assert sync_stats.to_json(sync_stats.compute(db, sync_id, sync_type)) == text
                seen += 1
    assert seen > 8


def test_every_type_is_named_and_zeros_are_left_out(db):
    for name in ("user", "app", "group"):
        add(db, "v1_resource_types", external_id=name)
    add(db, "v1_resource_types", external_id="other", sync_id="t")
    for number in range(3):
        add(db, "v1_resources", resource_type_id="user", external_id=f"user:{number}")
    add(db, "v1_resources", resource_type_id="untyped", external_id="untyped:1")
    add(db, "v1_resources", resource_type_id="app", external_id="app:1", sync_id="t")
    counted = sync_stats.compute(db, "s")
    assert counted.resources == 4
    assert sync_stats.to_json(counted) == (
        '{"resource_types":3,"resources":4,"resources_by_resource_type":{"app":0,"group":0,"user":3}}'
    )


def test_an_empty_sync(db):
    assert sync_stats.to_json(sync_stats.compute(db, "s")) == "{}"


def test_a_sync_of_resources_only_counts_no_access(db):
    add(db, "v1_resource_types", external_id="user")
    add(db, "v1_entitlements", resource_type_id="user", resource_id="1", external_id="e")
    assert "entitlements" not in sync_stats.to_json(sync_stats.compute(db, "s", "resources_only"))
    assert sync_stats.to_json(sync_stats.compute(db, "s", "full")).endswith(
        '"entitlements_by_resource_type":{"user":1}}'
    )


def test_assets_count_and_may_be_absent(db):
    add(db, "v1_assets", external_id="a", content_type="x")
    assert sync_stats.to_json(sync_stats.compute(db, "s")) == '{"assets":1}'
    db.execute("drop table v1_assets")
    assert sync_stats.to_json(sync_stats.compute(db, "s")) == "{}"


def test_names_are_escaped_and_sorted_as_go_does(db):
    for name in ("n", "nested", "N", "<&>", "\u2028", "é", "😀", 'q"\\'):
        add(db, "v1_resource_types", external_id=name)
    assert sync_stats.to_json(sync_stats.compute(db, "s")) == (
        '{"resource_types":8,"resources_by_resource_type":'
        '{"\\u003c\\u0026\\u003e":0,"N":0,"n":0,"nested":0,"q\\"\\\\":0,"é":0,"\\u2028":0,"😀":0}}'
    )
