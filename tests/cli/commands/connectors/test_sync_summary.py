"""The end of a sync as a person and as a program reads it."""

import json
import logging

import pytest

from connector_host.cli.commands.connectors.sync_summary import UPLOAD, show_summary
from connector_host.cli.output_option import output_format
from connector_host.sync.outcome.run_summary import RunSummary


@pytest.fixture
def summary():
    return RunSummary(
        connector="fake",
        account="Acme",
        user="bob",
        plan="business",
        mode="service",
        limits=("Cannot see archived vaults.",),
        sync_id="2abc",
        file="my sync.c1z",
        seconds=75.2,
        application_seconds=60.0,
        waiting_seconds=10.0,
        counts={
            "group": {"resources": 2000, "entitlements": 2000, "grants": 1_000_000},
            "user": {"resources": 52_000, "entitlements": 0, "grants": 0},
        },
        totals={"resource_types": 2, "resources": 54_000, "entitlements": 2000, "grants": 1_000_000, "expanded": 7},
        previous={"resource_types": 2, "resources": 54_100, "entitlements": 2000, "grants": 999_000, "expanded": 7},
        counters={"skipped": 3, "retried": 0, "dropped_grants": 1200},
        warnings=["odd name", "odd name", "clock is not UTC"],
        bytes=39_000_000,
    )


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, "connector_host")
    return lambda: [(entry.levelname, entry.getMessage()) for entry in caplog.records]


def test_the_table_is_the_result_and_the_rest_is_narration(summary, capsys, said):
    show_summary(summary, output_format("table"))
    out, err = capsys.readouterr()
    assert out == (
        "RESOURCE TYPE  RESOURCES  ENTITLEMENTS     GRANTS\n"
        "group              2,000         2,000  1,000,000\n"
        "user              52,000             0          0\n"
        "total             54,000         2,000  1,000,000\n"
        "change              -100             =     +1,000\n"
    )
    assert err == ""
    assert said() == [
        ("INFO", "Account: Acme as bob, business, service"),
        ("WARNING", "Cannot see archived vaults."),
        ("WARNING", "odd name (2 times)"),
        ("WARNING", "clock is not UTC"),
        ("INFO", "Events: 3 skipped, 1,200 dropped grants"),
        ("INFO", "7 of 1,000,000 grants are inherited through groups."),
        ("INFO", "Took 1 min 15 s (1 min 0 s in calls, 10 s waiting)"),
        ("INFO", "Wrote my sync.c1z (39 MB)"),
        ("INFO", "Next: connector-host validate 'my sync.c1z'"),
        ("INFO", "To look at it: connector-host explore -f 'my sync.c1z'"),
        ("INFO", UPLOAD % "'my sync.c1z'"),
    ]


def test_the_first_sync_of_nothing(capsys, said):
    show_summary(RunSummary(connector="fake", file="a.c1z"), output_format("table"))
    assert capsys.readouterr().out == (
        "RESOURCE TYPE  RESOURCES  ENTITLEMENTS  GRANTS\ntotal                  0             0       0\n"
    )
    assert [text for _, text in said()] == [
        "Took 0.0 s",
        "Wrote a.c1z (0 bytes)",
        "Next: connector-host validate a.c1z",
        "To look at it: connector-host explore -f a.c1z",
        UPLOAD % "a.c1z",
    ]


def test_what_was_not_read_is_named_up_to_a_number(summary, said):
    summary.unread = [f"group:{number} (list_grants)" for number in range(12)]
    show_summary(summary, output_format("json"))
    (text,) = [text for level, text in said() if text.startswith("Not read")]
    assert text.startswith("Not read (12): group:0 (list_grants); group:1")
    assert text.endswith("group:9 (list_grants); and 2 more")


def test_json_has_everything(summary, capsys):
    show_summary(summary, output_format("json"))
    whole = json.loads(capsys.readouterr().out)
    assert set(whole) == set(RunSummary.__struct_fields__)
    assert whole["counts"]["group"]["grants"] == 1_000_000
    assert whole["limits"] == ["Cannot see archived vaults."]


def test_a_resumed_run_says_so(summary, said):
    summary.resumed = True
    show_summary(summary, output_format("csv"))
    assert ("INFO", "Wrote my sync.c1z (39 MB), resumed from a checkpoint") in said()


def test_calls_side_by_side_may_take_longer_than_the_run(summary, said):
    summary.application_seconds = 300.0
    show_summary(summary, output_format("table"))
    assert ("INFO", "Took 1 min 15 s (5 min 0 s in calls, several at a time, 10 s waiting)") in said()


def test_csv_has_plain_numbers(summary, capsys):
    show_summary(summary, output_format("csv"))
    assert capsys.readouterr().out.splitlines() == [
        "resource type,resources,entitlements,grants",
        "group,2000,2000,1000000",
        "user,52000,0,0",
        "total,54000,2000,1000000",
        "change,-100,0,1000",
    ]
