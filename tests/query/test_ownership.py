"""Who counts as the owner of a resource: what an entitlement is for, or what it is called."""

import pytest

from connector_host.model import Entitlement, Purpose, Resource, ResourceId
from connector_host.query.ownership import ownership_level


@pytest.mark.parametrize(
    ("slug", "level"),
    [
        ("owner", 1),
        ("Owners", 1),
        ("owner of all", 0),
        ("manager", 2),
        ("manage vault", 2),
        ("manage_vault", 2),
        ("allow managing", 2),
        ("manage", 2),
        ("manage group", 0),
        ("manage members", 0),
        ("allow", 0),
        ("member", 0),
        ("", 0),
        ("---", 0),
    ],
)
def test_by_what_it_is_called(slug, level):
    vault = Resource(ResourceId("vault", "v1"), "Vault")
    assert ownership_level(Entitlement(vault, slug, id="x")) == level


def test_by_its_purpose_or_where_there_is_no_slug_its_name():
    vault = Resource(ResourceId("vault", "v1"), "Vault")
    assert ownership_level(Entitlement(vault, "keys", purpose=Purpose.OWNERSHIP)) == 1
    assert ownership_level(Entitlement(vault, "", display_name="Manager", id="x")) == 2
    assert ownership_level(Entitlement(vault, "keys", display_name="Manager")) == 0
