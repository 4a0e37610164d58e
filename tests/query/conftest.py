"""Views of small files."""

import shutil
from contextlib import ExitStack, closing

import apsw
import pytest

from connector_host.c1z import container
from connector_host.c1z.opening import open_store
from connector_host.c1z.v1.guarded_database import GuardedDatabase
from connector_host.c1z.v1.reader import V1Store


@pytest.fixture
def view_of(make_c1z):
    """`view_of(organisation, ...)`: the view of the newest sync of a file made for the test; `sync=0` for the first."""
    with ExitStack() as stack:

        def view(*organisations, sync=-1, **options):
            store = stack.enter_context(open_store(make_c1z(*organisations, **options)))
            return store.view(store.syncs()[sync])

        yield view


MUTATED = "group:g2:member:user:u5"
MUTATIONS = {
    "nothing": "id = id",
    "another id in the row": "external_id = 'x'",
    "an id with escapes": """external_id = 'a"b\\' || char(1), data = cast(substr(data, 1, 20) as blob)""",
    "no id": "external_id = ''",
    "bytes as id": "external_id = x'ff00'",
    "a number as id": "external_id = 7",
    "no text in a column": "principal_resource_id = x'ff'",
    "another principal": "principal_resource_id = 'u6'",
    "another type": "principal_resource_type_id = 'group'",
    "no entitlement": "entitlement_id = ''",
    "a truncated message": "data = cast(substr(data, 1, length(data) - 3) as blob)",
    "a message without its end": "data = x'0a05'",
    "an empty message": "data = x''",
    "a text as message": "data = 'text'",
    "a slim message": "data = cast(x'1a03' || 'abc' as blob)",
    "a message with an empty id": "data = cast(substr(data, 1, instr(data, x'1a17')) || x'00' as blob)",
    "an unknown field": "data = cast(data || x'3a0161' as blob)",
    "an annotation that is none": "data = cast(data || x'2203ffffff' as blob)",
    "a second id": "data = cast(data || x'1a0178' as blob)",
    "a second principal": "data = cast(data || x'1200' as blob)",
    "a large message": "data = cast(data || x'3af0a212' || zeroblob(299376) as blob)",
    "an expansion": "expansion = x'0a0178'",
    "a gap": "id = id + 1000000",
}


@pytest.fixture(params=MUTATIONS.values(), ids=list(MUTATIONS))
def mutation(request):
    """Assignments for `mutated`, one kind of odd row after the other."""
    return request.param


@pytest.fixture(scope="session")
def database(tmp_path_factory, c1z_writer, new_organisation):
    """The database of a file with 620 grants on two entitlements, some with sources."""
    organisation = new_organisation()
    organisation.grants += [organisation.grant("group:g2:member", "user", f"u{n}") for n in range(4, 300)]
    derived = {"group:g2:member": True}
    organisation.grants += [
        organisation.grant("group:g1:member", "user", f"u{n}é", sources=derived if n % 3 else None)
        for n in range(4, 320)
    ]
    organisation.resources += [organisation.user(f"u{n}", f"User {n}", f"{n}@x.example") for n in range(4, 100)]
    folder = tmp_path_factory.mktemp("grants")
    container.unpack(c1z_writer(folder, organisation), folder / "database")
    return folder / "database"


@pytest.fixture
def mutated(database, tmp_path):
    """The view of that database in which one grant has other columns."""
    with ExitStack() as stack:

        def view(assignments):
            path = tmp_path / "database"
            shutil.copyfile(database, path)
            with closing(apsw.Connection(str(path))) as db:
                db.execute(f"update v1_grants set {assignments} where external_id = ?", (MUTATED,))
                assert db.changes() == 1
            store = V1Store(path, stack.enter_context(closing(GuardedDatabase(path, "file"))))
            return store.view(store.syncs()[-1])

        yield view
