"""What people are told of a changed object."""

from datetime import UTC, datetime

from connector_host import model as m
from connector_host.query.changes.field_changes import entitlement_details, grant_details, resource_details

ID = m.ResourceId("user", "u")


def said(details):
    return [str(one) for one in details]


def test_every_field_of_a_resource_is_told():
    old = m.Resource(
        ID, "Name", traits=(m.UserTrait(emails=(m.Email("a@x", is_primary=True),)),), profile={"a": {"b": 1}, "c": "x"}
    )
    new = m.Resource(
        ID,
        "Other",
        m.ResourceId("org", "o"),
        "Text",
        (
            m.UserTrait(
                emails=(m.Email("b@x"), m.Email("a@x", is_primary=True)),
                login="log",
                employee_ids=("7",),
                account_type=m.AccountType.SERVICE,
                last_login=datetime(2026, 1, 2, tzinfo=UTC),
                mfa_enabled=True,
                sso_enabled=False,
                structured_name=m.StructuredName("A", "B"),
                status=m.Status(m.ResourceStatus.DISABLED, "left"),
            ),
            m.GroupTrait(),
        ),
        ("user",),
        {"a": {"b": 2}, "c": None},
        m.Status(m.ResourceStatus.DISABLED, "gone"),
        "icon",
        datetime(2026, 1, 1, tzinfo=UTC),
        skip_grants=True,
        annotations=(m.Annotation("c1.connector.v2.ExternalLink", b"x"),),
    )
    found = dict(line.split(": ", 1) for line in said(resource_details(old, new)))
    assert found["name"] == "Name → Other"
    assert found["description"] == "- → Text"
    assert found["parent"] == "- → org:o"
    assert found["status"] == "- → disabled (gone)"
    assert found["account status"] == "- → disabled (left)"
    assert found["e-mail"] == "a@x → a@x, b@x"
    assert found["profile.a.b"] == "1 → 2"
    assert found["profile.c"] == "x → null"
    assert found["mfa"] == "- → on"
    assert found["sso"] == "- → off"
    assert found["traits"] == "UserTrait → UserTrait, GroupTrait"
    assert found["annotations"].startswith("- → ExternalLink#")
    assert {"login", "employee id", "account type", "last login", "structured name", "icon", "created"} <= set(found)
    assert {"child types", "skipped"} <= set(found)
    assert resource_details(new, new) == ()


def test_an_entitlement_is_told_without_the_copy_of_its_resource():
    old = m.Entitlement(m.Resource(ID, "One"), "read", grantable_to=("user",))
    new = m.Entitlement(
        m.Resource(ID, "Renamed"), "write", m.Purpose.PERMISSION, "Write", "d", (m.ResourceType("group"),), old.id
    )
    assert said(entitlement_details(old, new)) == [
        "name: - → Write",
        "description: - → d",
        "slug: read → write",
        "purpose: unspecified → permission",
        "grantable to: user → group",
    ]


def test_a_grant_is_told_by_how_it_is_held():
    held = m.Entitlement(m.Resource(ID), "read")
    old = m.Grant(held, ID)
    new = m.Grant(
        held,
        ID,
        m.GrantExpandable(("s",), resource_type_ids=("user",)),
        annotations=(m.Annotation("c1.connector.v2.GrantImmutable"),),
        sources={"s": True, "t": False},
    )
    assert said(grant_details(old, new, str.upper)) == [
        "held: direct → inherited",
        "through: - → S, T (indirect)",
        "passes on to: - → S (user)",
    ]
