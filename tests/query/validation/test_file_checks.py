"""Whether a file is sound to upload."""

import copy

import pytest

from connector_host import model as m
from connector_host.c1z.opening import open_store
from connector_host.query.validation.file_checks import validate_file
from connector_host.query.validation.finding_counts import FindingSeverity, FindingTally, with_article


@pytest.fixture
def findings(make_c1z):
    """The findings of a file made for the test as (severity, text, count, example)."""

    def found(*organisations, **options):
        with open_store(make_c1z(*organisations, **options)) as store:
            verdict = validate_file(store)
        assert verdict.sound == all(one.severity is FindingSeverity.NOTE for one in verdict.findings)
        return {(one.severity.value, one.text): (one.count, one.example) for one in verdict.findings}

    return found


GOOD_STATS = (
    '{"resource_types":3,"resources":6,"entitlements":4,"grants":8,"resources_by_resource_type":{"app":1,"group":2,"user":3},'
    '"grants_by_resource_type":{"app":4,"group":4},"entitlements_by_resource_type":{"app":2,"group":2}}'
)


def test_a_sound_file_has_no_findings(findings, organisation):
    assert findings(organisation, stats=GOOD_STATS) == {}


def test_counts_that_are_not_there_or_not_true(findings, organisation):
    assert ("note", "the sync carries no counts; readers count anew each time") in findings(organisation)
    found = findings(organisation, stats=GOOD_STATS.replace('"grants":8', '"grants":9'))
    assert found == {
        ("warning", "the counts stored with the sync are not those of its rows"): (1, "grants: 9 stored, 8 counted")
    }


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"ended_at": None}, ("error", "no sync of the file is finished")),
        ({"sync_type": "partial"}, ("warning", "the newest finished sync is of type partial, not full")),
        ({"sync_type": "strange"}, ("warning", "the type of a sync is unknown")),
        ({"started_at": "2027-01-01 00:00:00"}, ("warning", "a sync ended before it began")),
        ({"started_at": "yesterday"}, ("error", "a time of a sync cannot be read")),
        ({"started_at": "20260102"}, ("error", "a time of a sync cannot be read")),
        ({"ended_at": "2026-13-99 00:00:00"}, ("error", "a time of a sync cannot be read")),
        ({"sync_token": "{"}, ("error", "the token of a sync is not JSON: Go tools cannot resume it")),
        ({"supports_diff": 0}, ("note", "the sync is not marked as expanded: grants through groups may be missing")),
    ],
)
def test_what_is_odd_about_a_sync(findings, organisation, columns, wanted):
    assert wanted in findings(organisation, stats=GOOD_STATS, **columns)


def test_an_id_that_is_no_ksuid_and_a_newer_unfinished_sync(findings, organisation):
    def change(db):
        db.execute("update v1_sync_runs set sync_id = 'mine', ended_at = null where id = 2")
        db.execute("update v1_sync_runs set sync_type = 'full' where id = 1")

    found = findings(copy.deepcopy(organisation), organisation, tweak=change)
    assert found["warning", "the id of a sync is not a KSUID"] == (1, "mine")
    assert found["note", "a newer sync is unfinished"] == (1, "mine")
    assert ("error", "the database is damaged") in found  # rows of a sync that is not listed


def test_empty_syncs(findings, organisation):
    organisation.types, organisation.resources, organisation.entitlements, organisation.grants = [], [], [], []
    found = findings(organisation)
    assert ("error", "the sync has no resource types") in found
    assert ("warning", "the sync has no resources") in found


def test_a_sync_without_grants_is_only_a_note(findings, organisation):
    organisation.grants = []
    assert findings(organisation, supports_diff=1)["note", "the sync has no grants"] == (1, "")


def test_references_that_lead_nowhere(findings, organisation):
    organisation.resources = organisation.resources[1:]
    organisation.entitlements = organisation.entitlements[:3]
    found = findings(organisation)
    assert found["error", "a grant names an entitlement that is not in the sync"][0] == 1
    assert found["warning", "a grant names a principal that is not in the sync"] == (
        4,
        "app:a1:read:user:u1 names user:u1",
    )


def test_a_principal_of_another_system_is_no_dangling_reference(findings, organisation):
    stand_in, entitlement = m.ResourceId("user", "elsewhere"), organisation.grants[0].entitlement
    match = m.External(stand_in, m.ExternalResourceMatchID("7"))
    organisation.grants = [*organisation.grants, m.Grant(entitlement, match)]
    assert ("warning", "a grant names a principal that is not in the sync") not in findings(organisation)
    organisation.grants = [*organisation.grants[:-1], m.Grant(entitlement, stand_in)]
    assert ("warning", "a grant names a principal that is not in the sync") in findings(organisation)


def test_messages_that_say_something_else_than_their_rows(findings, organisation):
    def change(db):
        db.execute("update v1_resources set external_id = 'user:other' where id = 1")
        db.execute("update v1_grants set principal_resource_id = 'u3' where id = 8")
        db.execute("update v1_entitlements set resource_id = 'g2' where id = 1")
        db.execute("update v1_resource_types set external_id = 'human' where id = 1")

    found = findings(organisation, tweak=change)
    assert found["warning", "a resource has another id in its message than in its row"] == (1, "user:other: user:u1")
    assert found["warning", "a grant differs from its row"] == (1, "app:a1:write:user:u1")
    assert found["warning", "an entitlement is on another resource than its row says"] == (1, "group:g1:member")
    assert ("warning", "a resource type has another id in its message than in its row") in found
    assert found["error", "a resource names a type that is not in the sync"][0] == 3


def test_messages_that_cannot_be_read_are_counted_not_fatal(findings, organisation):
    def change(db):
        for table in ("v1_resources", "v1_grants", "v1_entitlements", "v1_resource_types"):
            db.execute(f"update {table} set data = x'0a7f' where id <= 2")

    found = findings(organisation, tweak=change)
    for kind in ("a resource", "a grant", "an entitlement", "a resource type"):
        assert found["error", f"{kind} cannot be read"][0] == 2


def test_names_traits_and_slugs(findings, organisation):
    organisation.resources[0] = m.Resource(m.ResourceId("user", "u1"), "x" * 1100)
    organisation.resources[1] = organisation.user("u2", "", "bob@example.com")
    organisation.entitlements[3] = m.Entitlement(organisation.resources[5], "", id="app:a1:write")
    found = findings(organisation)
    assert found["warning", "a resource has a display name of over 1024 bytes"] == (1, "user:u1")
    assert found["warning", "a resource lacks the user trait that its type has"] == (1, "user:u1")
    assert found["note", "a resource has no display name"] == (1, "user:u2")
    assert found["warning", "an entitlement has no slug"] == (1, "app:a1:write")


def test_expansions_that_cannot_be_followed(findings, organisation):
    organisation.grants[4] = organisation.grant("app:a1:read", "group", "g1", expand=("group:g2:member", "gone:x:y"))
    organisation.grants[7] = organisation.grant("app:a1:write", "user", "u1", sources={"gone:x:z": True})
    found = findings(organisation)
    refused = "a grant passes on an entitlement of another resource than its principal: Go refuses to expand it"
    assert found["error", refused] == (1, "app:a1:read:group:g1 names group:g2:member")
    assert found["warning", "a grant passes on an entitlement that is not in the sync"][0] == 1
    assert found["warning", "a grant is derived from an entitlement that is not in the sync"][0] == 1


def test_a_tally_counts_and_keeps_the_first_example():
    tally = FindingTally()
    tally.add(FindingSeverity.NOTE, "b", "one")
    tally.add(FindingSeverity.ERROR, "a")
    tally.add(FindingSeverity.NOTE, "b", "two", 3)
    assert [(one.text, one.count, one.example) for one in tally.findings()] == [("a", 1, ""), ("b", 4, "one")]
    assert (with_article("entitlement"), with_article("grant")) == ("an entitlement", "a grant")


@pytest.mark.golden
@pytest.mark.parametrize(
    "name", ["onepassword-business", "onepassword-team", "scenario-cycles", "scenario-nested", "synthetic"]
)
def test_files_of_the_go_tools_are_sound(golden_folder, name):
    with open_store(golden_folder / name / "sync.c1z") as store:
        verdict = validate_file(store)
    assert verdict.findings == []
    assert verdict.counted == verdict.sync.stats


def test_what_cannot_be_read_at_all_is_a_finding_too(make_c1z, organisation):
    def change(db):
        db.execute("alter table v1_grants rename to lost")
        db.execute("create table v1_grants (id integer primary key, external_id text, sync_id text)")

    with open_store(make_c1z(organisation, tweak=change)) as store:
        verdict = validate_file(store)
    assert verdict.sync is not None
    texts = {one.text: one.example for one in verdict.findings}
    assert "v1_grants has no column" in texts["the file cannot be read to its end"]
    assert "the database is damaged" in texts
