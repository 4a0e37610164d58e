"""Resources with a single owner."""

import pytest

from connector_host.query.access.sole_owners import count_sole_owners
from connector_host.query.index_loading import indexed


@pytest.mark.parametrize(
    ("holders", "count"),
    [
        ([("owner", "user", "u1")], 1),
        ([("owner", "user", "u1"), ("owner", "user", "u3")], 0),
        ([("owner", "group", "g1")], 0),
        ([("manage", "user", "u1")], 1),
        ([("owner", "user", "u1"), ("manage", "user", "u3")], 1),
        ([], 0),
    ],
)
def test_owners_are_counted_before_managers(view_of, organisation, holders, count):
    organisation.entitlements += [organisation.entitlement("app", "a1", slug) for slug in ("owner", "manage")]
    organisation.grants += [organisation.grant(f"app:a1:{slug}", kind, name) for slug, kind, name in holders]
    inherited = {"group:g1:member": False}
    organisation.grants.append(organisation.grant("app:a1:owner", "user", "u2", sources=inherited))
    view = view_of(organisation)
    with indexed(view) as index:
        assert count_sole_owners(view, index) == count
