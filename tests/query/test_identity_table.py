"""The flat table of people, entitlements and who holds what."""

import pytest

from connector_host import model as m
from connector_host.c1z.opening import open_store
from connector_host.output.csv_format import lines
from connector_host.query.identity_table import COLUMNS, identity_rows
from connector_host.query.sync_selection import choose_sync


def test_users_then_entitlements_then_grants_of_users(view_of, organisation):
    found = list(identity_rows(view_of(organisation)))
    assert [row[0] for row in found] == ["Identity"] * 3 + ["Entitlement"] * 4 + ["Grant"] * 6
    assert {len(row) for row in found} == {len(COLUMNS)}
    assert found[0] == ("Identity", "Lovelace", "Ada", "u1", "Enabled", "ada@example.com", *[""] * 6)
    assert found[1][4] == "Disabled"
    assert found[5] == (
        *("Entitlement", "", "", "", "", ""),
        *("Payroll read", "app:a1:read", "app", "Payroll", "", "read"),
    )
    assert found[7][:8] == (
        "Grant",
        "Lovelace",
        "Ada",
        "u1",
        "",
        "ada@example.com",
        "Platform member",
        "group:g2:member",
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (None, "Enabled"),
        (m.Status(m.ResourceStatus.DELETED), "Deleted"),
        (m.Status(m.ResourceStatus.UNSPECIFIED), "Unknown"),
    ],
)
def test_states_have_words(view_of, organisation, status, word):
    from connector_host.wire import encode
    from connector_host.wire.wire_format import block, scan

    user = m.Resource(m.ResourceId("user", "u1"), "X", traits=(m.UserTrait(),), status=status)
    data = encode.resource(user)
    if status is None:  # the encoder writes the default of the Go library; other writers leave it out
        data = b"".join(data[start:end] for tag, start, _, end in scan(data) if tag not in (0x5A, 0x22))
        data += block(b"\x22", block(b"\x0a", b"type.googleapis.com/c1.connector.v2.UserTrait"))
    view = view_of(organisation, tweak=lambda db: db.execute("update v1_resources set data = ? where id = 1", (data,)))
    assert next(iter(identity_rows(view)))[4] == word


def test_profile_values_that_are_no_text_and_addresses_that_are_not_primary_stay_empty(view_of, organisation):
    organisation.resources[0] = m.Resource(
        m.ResourceId("user", "u1"),
        "Ada",
        traits=(m.UserTrait(emails=(m.Email("ada@example.com"),)),),
        profile={"user_id": 7, "last_name": None},
    )
    assert next(iter(identity_rows(view_of(organisation))))[1:6] == ("", "", "", "Enabled", "")


def test_a_user_of_a_type_without_the_trait_holds_grants_but_is_no_identity(view_of, organisation):
    organisation.types[0] = m.ResourceType("user", "User")
    kinds = [row[0] for row in identity_rows(view_of(organisation))]
    assert (kinds.count("Identity"), kinds.count("Grant")) == (0, 6)


def test_types_without_resources_end_nothing(view_of, organisation):
    organisation.types.insert(0, m.ResourceType("contractor", "Contractor", (m.Trait.USER,)))
    assert len(list(identity_rows(view_of(organisation)))) == 13


def test_an_entitlement_that_is_missing_is_taken_from_the_grant(view_of, organisation):
    organisation.entitlements = organisation.entitlements[:3]
    last = list(identity_rows(view_of(organisation)))[-1]
    assert last[6:] == ("", "app:a1:write", "app", "Payroll", "", "")


@pytest.mark.golden
def test_the_lines_equal_those_of_the_go_tools(golden_folder):
    for path in sorted(golden_folder.glob("*/export.csv")):
        with open_store(path.with_name("sync.c1z")) as store:
            found = b"".join(lines(COLUMNS, identity_rows(store.view(choose_sync(store).sync)))).decode()
        wanted = path.read_text(encoding="utf-8")
        assert found.splitlines()[0] == wanted.splitlines()[0]
        assert sorted(found.splitlines()) == sorted(wanted.splitlines()), path
