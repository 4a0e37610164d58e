"""The rows of a review are the grants of the file: each once, held as `why` says."""

import copy
import datetime

import pytest

from connector_host.c1z.opening import open_store
from connector_host.model import AccountType, Email, Purpose, ResourceStatus, Status, UserTrait
from connector_host.query.access.access_paths import explain_access
from connector_host.query.access.principal_access import is_direct
from connector_host.review.review_model import OptionalColumn
from connector_host.wire import stored_grants

ORDERS = ("principal", "resource", "owner")


def every_row(path, view_rows):
    """Hold the rows of a review against the file's own queries."""
    with open_store(path) as store:
        view = store.view(store.syncs()[-1])
        grants = {row.id: row for row in view.grants()}
        assert sorted(row.grant for row in view_rows) == sorted(grants)
        for row in view_rows:
            stored_row = grants[row.grant]
            assert (row.principal.id, row.entitlement.id) == (str(stored_row.principal_id), stored_row.entitlement)
            assert row.direct == is_direct(stored_grants.sources(stored_row.data), stored_row.entitlement)
            found = explain_access(view, stored_row.principal_id, stored_row.entitlement, 1000)
            last = {reason.edges[-1].source for reason in found.reasons if reason.edges}
            assert {via.id for via in row.via} == last | set(found.unexplained)
            assert row.direct == any(not reason.edges for reason in found.reasons)


@pytest.mark.parametrize("order", ORDERS)
def test_every_grant_once_and_via_as_why_says(reviewed, sync_file, order):
    with reviewed(sync_file, order=order) as review:
        every_row(sync_file, list(review.rows()))
        assert [summary.grants for summary in review.summaries()] == [8]


@pytest.mark.golden
def test_so_it_is_in_the_files_of_the_go_tools(reviewed, golden_folder):
    for name in ("onepassword-team", "scenario-nested"):
        path = golden_folder / name / "sync.c1z"
        with reviewed(path) as review:
            every_row(path, list(review.rows()))


@pytest.mark.golden
def test_in_circles_via_says_what_the_file_does(reviewed, golden_folder):
    """Expansion takes a circle of groups for one: a grant's sources then are not all that `why` finds."""
    path = golden_folder / "scenario-cycles" / "sync.c1z"
    with reviewed(path) as review, open_store(path) as store:
        rows = {row.grant: row for row in review.rows()}
        for grant in store.view(store.syncs()[-1]).grants():
            row = rows.pop(grant.id)
            assert {via.id for via in row.via} == set(stored_grants.sources(grant.data)) - {grant.entitlement}
    assert not rows


def test_rows_are_put_together_as_asked(reviewed, sync_file):
    with reviewed(sync_file) as review:
        names = [row.principal.name for row in review.rows()]
        assert names == sorted(names, key=str.casefold)
        found = {order: list(review.rows(review.order.__class__(order))) for order in ORDERS}
    names = [(row.entitlement.resource_name, row.entitlement.name) for row in found["resource"]]
    assert names == sorted(names, key=lambda one: tuple(map(str.casefold, one)))
    assert {frozenset(row.grant for row in rows) for rows in found.values()} == {
        frozenset(row.grant for row in found["owner"])
    }


def test_owners_are_those_given_an_owning_entitlement(reviewed, make_c1z, organisation):
    organisation.entitlements += [
        organisation.entitlement("group", "g1", "manager"),
        organisation.entitlement("app", "a1", "manage_app"),
        organisation.entitlement("app", "a1", "custody", purpose=Purpose.OWNERSHIP),
    ]
    organisation.grants += [
        organisation.grant("group:g1:manager", "user", "u2"),
        organisation.grant("group:g1:manager", "user", "u1"),
        organisation.grant("app:a1:manage_app", "user", "u2"),
        organisation.grant("app:a1:custody", "user", "u1"),
        organisation.grant("app:a1:custody", "group", "g1", expand=("group:g1:member",)),
        organisation.grant("app:a1:custody", "user", "u3", sources={"group:g1:member": True}),
    ]
    with reviewed(make_c1z(organisation), order="owner") as review:
        rows = list(review.rows())
    owners = {row.entitlement.resource_id: row.entitlement.owner for row in rows}
    assert owners == {"group:g1": "Ada Lovelace; Bob", "group:g2": "", "app:a1": "Ada Lovelace; Engineering"}
    order = list(dict.fromkeys(row.entitlement.owner for row in rows))
    assert order == ["Ada Lovelace; Bob", "Ada Lovelace; Engineering", ""]


def test_what_has_changed_since_the_sync_before(reviewed, make_c1z, organisation):
    earlier = copy.deepcopy(organisation)
    organisation.grants[2] = organisation.grant("group:g1:member", "user", "u3")
    organisation.grants[5] = organisation.grant("app:a1:read", "user", "u2")
    with reviewed(make_c1z(earlier, organisation)) as review:
        changes = {row.grant: (row.change, row.details) for row in review.rows() if row.change}
        (summary,) = review.summaries()
        told = [(change.section, change.mark, change.id) for change in review.changes()]
        (facts,) = review.facts
    assert changes == {
        "group:g1:member:user:u3": ("new", ""),
        "app:a1:read:user:u2": ("changed", "held: inherited → direct; through: Engineering member → -"),
    }
    assert summary.new == 1
    assert ("Memberships", "removed", "group:g1:member:user:u2") in told
    assert facts.compared is not None
    assert facts.compared.file == facts.file
    assert OptionalColumn.CHANGE not in facts.missing


def test_compared_with_another_file_or_a_named_sync(reviewed, make_c1z, organisation):
    old = make_c1z(organisation, name="old.c1z")
    organisation.grants.pop()
    new = make_c1z(organisation, name="new.c1z")
    with reviewed(new) as review:
        assert review.facts[0].compared is None
        assert list(review.changes()) == []
        assert review.facts[0].missing[OptionalColumn.CHANGE]
    with reviewed(new, since=(str(old),)) as review:
        assert [(one.mark, one.id) for one in review.changes()] == [("removed", "app:a1:write:user:u1")]


def test_what_deserves_a_look(reviewed, make_c1z, organisation):
    m = organisation.m
    signed_in = datetime.datetime(2025, 6, 1, tzinfo=datetime.UTC)

    def user(name, **trait):
        return m.Resource(m.ResourceId("user", name), name, traits=(UserTrait(**trait),))

    organisation.resources += [
        user("robot", account_type=AccountType.SERVICE),
        user("sleeper", last_login=signed_in, account_type=AccountType.HUMAN),
        m.Resource(m.ResourceId("user", "visitor"), "visitor", traits=(UserTrait(),), profile={"type": "GUEST"}),
        m.Resource(
            m.ResourceId("user", "left"),
            "left",
            traits=(UserTrait(emails=(Email("left@example.com", is_primary=True),)),),
            status=Status(ResourceStatus.DELETED),
        ),
    ]
    organisation.entitlements.append(organisation.entitlement("app", "a1", "admin"))
    organisation.grants += [
        organisation.grant("app:a1:admin", "user", name) for name in ("robot", "sleeper", "visitor", "left", "nobody")
    ]
    with reviewed(make_c1z(organisation)) as review:
        (summary,) = review.summaries()
        (facts,) = review.facts
        rows = {row.principal.resource: row.principal for row in review.rows()}
    found = {one.key: one for one in summary.findings}
    names = {key: [who.name for who, _ in one.principals] for key, one in found.items()}
    assert names["disabled"] == ["Bob"]
    assert (names["deleted"], names["guests"], names["service"]) == (["left"], ["visitor"], ["robot"])
    assert names["long"] == ["sleeper"]
    assert sorted(names["never"]) == ["Ada Lovelace", "Bob", "left"]
    assert names["lost"] == ["user:nobody"]
    assert (found["privileged"].count, summary.privileged) == (5, 5)
    assert OptionalColumn.SIGNED_IN not in facts.missing
    assert any("1 principals that the sync does not hold" in gap for gap in facts.gaps)
    assert rows["sleeper"].signed_in == signed_in
    assert (rows["sleeper"].account, rows["visitor"].account, rows["nobody"].missing) == ("human", "guest", True)


def test_what_the_connector_does_not_give_is_named(reviewed, make_c1z, organisation):
    m = organisation.m
    organisation.resources = [
        m.Resource(one.id, one.display_name, traits=tuple(UserTrait() for _ in one.traits))
        if one.id.resource_type == "user"
        else one
        for one in organisation.resources
    ]
    with reviewed(make_c1z(organisation)) as review:
        (facts,) = review.facts
        (summary,) = review.summaries()
    assert {OptionalColumn.MAIL, OptionalColumn.SIGNED_IN, OptionalColumn.OWNER} <= set(facts.missing)
    assert all(one.not_given for one in summary.findings if one.key in {"never", "long"})


def test_gaps_are_told(reviewed, make_c1z, organisation):
    organisation.grants = [grant for grant in organisation.grants if grant.sources is None]
    token = (
        '{"connector_host":{"connector":"staff","account":"Acme","limits":["Cannot see guests."],'
        '"unread":["group:g9 (list_grants): no"],"only":["user"],"without":["grant expansion"]}}'
    )
    path = make_c1z(organisation, sync_token=token, supports_diff=0, sync_type="partial")
    with reviewed(path) as review:
        (facts,) = review.facts
    told = "\n".join(facts.gaps)
    for part in (
        "of type partial",
        "Cannot see guests",
        "group:g9",
        "Only these",
        "grant expansion",
        "expand` adds",
    ):
        assert part in told, part
    assert facts.system == "staff Acme"
    assert OptionalColumn.VIA in facts.missing
    with reviewed(make_c1z(organisation, ended_at=None, sync_token="x")) as review:
        assert "not finished" in review.facts[0].gaps[0]
        assert review.facts[0].ended is None


def test_several_files_and_their_syncs(reviewed, make_c1z, organisation):
    from connector_host.errors import ConfigError, NotFoundInFile

    one = make_c1z(organisation, name="one.c1z")
    two = make_c1z(copy.deepcopy(organisation), organisation, name="two.c1z")
    with reviewed(one, two, one) as review:
        assert [facts.system for facts in review.facts] == ["one", "two", "one (2)"]
        assert [row.system for row in review.rows()] == [0] * 8 + [1] * 8 + [2] * 8
        newest = review.facts[1].sync_id
    with open_store(two) as store:
        older = store.syncs()[0].id
    with reviewed(two, sync_ids=(older,)) as review:
        assert review.facts[0].sync_id == older != newest
    for wanted, error in (
        ({"sync_ids": ("x",)}, NotFoundInFile),
        ({"sync_ids": (older, newest)}, ConfigError),
        ({"since": (older, older)}, ConfigError),
        ({"since": (newest,)}, ConfigError),
    ):
        with pytest.raises(error), reviewed(two, **wanted):
            pass


def test_a_file_that_is_replaced_meanwhile_is_noticed(sync_file):
    from connector_host.errors import FileError
    from connector_host.review import file_facts as facts

    found = facts.fingerprint(sync_file)
    facts.check_unchanged(sync_file, found)
    sync_file.write_bytes(sync_file.read_bytes() + b"x")
    with pytest.raises(FileError, match="replaced"):
        facts.check_unchanged(sync_file, found)


def test_who_and_what_only_grants_name_is_shown_by_its_id(reviewed, make_c1z, organisation):
    organisation.grants.append(organisation.grant("nowhere:x:y", "user", "ghost"))
    path = make_c1z(organisation)
    with reviewed(path) as review:
        row = next(row for row in review.rows() if row.principal.resource == "ghost")
    shown = (row.principal.name, row.entitlement.name, row.entitlement.missing, row.entitlement.resource_id)
    assert shown == ("user:ghost", "nowhere:x:y", True, "nowhere:x")
