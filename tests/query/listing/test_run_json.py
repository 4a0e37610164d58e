"""The JSON of runs of grants is that of each grant."""

import pytest

from connector_host.c1z.opening import open_store
from connector_host.c1z.publish.conversion import convert
from connector_host.query.listing.listings import grants_as_json, list_grants, open_listing

NAMES = {
    "plain": [f"u{n:03}" for n in range(40)],
    "of all lengths": ["x" * n for n in range(1, 200, 7)],
    "escaped": [f'a"\\\n\x7f\x1f{n}é' for n in range(20)],
    "few": ["v1", "v2"],
}
SOURCES = {"group:g1:member": True, "group:g2:member": False}


@pytest.fixture(params=NAMES.values(), ids=list(NAMES))
def v3_view(request, make_c1z, organisation, tmp_path):
    """The view of a file with runs of grants, some with sources, and of principals that the sync lacks."""
    names = request.param
    organisation.resources += [organisation.user(name, f"User {name}", "") for name in names[::2]]
    for kind, entitlement in (("user", "group:g1:member"), ("user", "app:a1:read"), ("ga:\x01", "app:a1:write")):
        organisation.grants += [
            organisation.grant(entitlement, kind, name, sources=None if n % 3 or kind != "user" else SOURCES)
            for n, name in enumerate(names)
        ]
    path = make_c1z(organisation)
    with open_store(path) as store:
        sync_id = store.syncs()[0].id
    convert(path, tmp_path / "v3.c1z", "v3", sync_id)
    with open_store(tmp_path / "v3.c1z") as store:
        yield store.view(store.syncs()[0])


def test_pieces_are_the_texts_of_the_grants_joined(v3_view):
    with open_listing(v3_view) as source:
        single = [grant.json for grant in list_grants(source)]
    with open_listing(v3_view) as source:
        assert b",".join(grants_as_json(source)) == b",".join(single)
    batches = list(v3_view.grant_batches())
    assert [row for batch in batches for row in batch.rows(None)] == list(v3_view.grants())
    assert any(batch.run for batch in batches) == (len(single) > 20)
