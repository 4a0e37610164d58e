"""`sync` of a part of the application."""

import json

import pytest

FAKE = ("sync", "fake", "--groups", "4", "--members", "3", "--nested", "0", "--users", "9", "-f", "s.c1z", "-o", "json")


@pytest.fixture
def fake(site, tmp_path):
    (tmp_path / "work").mkdir()
    return lambda *words: site.run(*FAKE, *words, cwd=tmp_path / "work")


def totals(done):
    assert done.returncode == 0, done.stderr
    return {name: number for name, number in json.loads(done.stdout)["totals"].items() if name != "expanded"}


def test_parts_are_chosen_by_flags(fake):
    part = fake("--skip-entitlements-and-grants")
    assert totals(part) == {"resource_types": 2, "resources": 13, "entitlements": 0, "grants": 0}
    part = fake("--sync-resource-types", "group")
    assert totals(part) == {"resource_types": 1, "resources": 4, "entitlements": 4, "grants": 0}
    assert (
        "12 grant(s) to principals of the type 'user' were dropped, because that type is not among"
        " --sync-resource-types." in part.stderr
    )
    part = fake("--sync-resource-types", "group", "--sync-resource-types", "user")
    assert totals(part) == {"resource_types": 2, "resources": 13, "entitlements": 4, "grants": 12}


def test_an_unknown_type_is_a_usage_error_that_leaves_nothing(fake, tmp_path):
    done = fake("--sync-resource-types", "group,robot")
    assert done.returncode == 2
    assert "invalid resource type 'robot' in filter" in done.stderr
    assert "The connector has group, user." in done.stderr
    assert list((tmp_path / "work").iterdir()) == []


def test_single_resources_are_chosen_by_flags(fake):
    part = fake("--sync-resources", "group:g000001,bid:r:group/g000002")
    assert totals(part) == {"resource_types": 2, "resources": 2, "entitlements": 2, "grants": 6}
    part = fake("--sync-resources", "group:g000001", "--skip-grants")
    assert totals(part) == {"resource_types": 2, "resources": 1, "entitlements": 1, "grants": 0}
    part = fake("--sync-resources", "group:g000001,group:none")
    assert "group:none does not exist in the application" in part.stderr


def test_a_wrong_resource_is_a_usage_error_that_points_at_it(fake, tmp_path):
    done = fake("--sync-resources", "bid:r:group")
    assert done.returncode == 2
    assert "bid:r:group\n" in done.stderr
    assert "      ^" in done.stderr
    done = fake("--skip-grants")
    assert done.returncode == 2
    assert "skip-grants can only be set within a targeted sync" in done.stderr
    done = fake("--sync-resources", "group:none")
    assert done.returncode == 5
    assert list((tmp_path / "work").iterdir()) == []


def test_the_help_says_what_a_choice_of_types_costs(fake):
    text = " ".join(fake("--help").stdout.split())
    assert "Grants to principals of other types are left out" in text
