"""Finding what is meant."""

import pytest

from connector_host.errors import ConfigError, NotFoundInFile
from connector_host.model import ResourceId
from connector_host.query.lookup.entitlement_names import find_entitlements

ADA = ResourceId("user", "u1")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("app:a1:read", ["app:a1:read"]),
        ("payroll READ", ["app:a1:read"]),
        ("Payroll", ["app:a1:read", "app:a1:write"]),
        ("a1", ["app:a1:read", "app:a1:write"]),
        ("group:g1", ["group:g1:member"]),
    ],
)
def test_by_the_entitlement_or_by_what_it_is_on(view_of, organisation, text, wanted):
    assert find_entitlements(view_of(organisation), text, ADA) == wanted


def test_of_one_name_those_held_go_first_and_else_it_is_asked_back(view_of, organisation):
    organisation.entitlements = [
        organisation.entitlement("group", name, "member", display_name="Membership") for name in ("g1", "g2")
    ]
    organisation.grants = [organisation.grant("group:g2:member", "user", "u1")]
    view = view_of(organisation)
    assert find_entitlements(view, "membership", ADA) == ["group:g2:member"]
    with pytest.raises(ConfigError, match="any of 2 entitlements") as caught:
        find_entitlements(view, "membership", ResourceId("user", "u2"))
    assert "group:g1:member; group:g2:member" in caught.value.hint


def test_nothing_of_that_name(view_of, organisation):
    view = view_of(organisation)
    with pytest.raises(NotFoundInFile, match="No entitlement and no resource matches"):
        find_entitlements(view, "vault", ADA)
    with pytest.raises(NotFoundInFile, match="Ada Lovelace, .* has no entitlements"):
        find_entitlements(view, "user:u1", ADA)
