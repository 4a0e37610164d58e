"""The JSON of many grants at a time is that of each grant, whatever its row holds."""

import shutil
from contextlib import ExitStack, closing

import apsw
import pytest

from connector_host.c1z import container
from connector_host.c1z.types import GrantFilter
from connector_host.c1z.v1.guarded_database import GuardedDatabase
from connector_host.c1z.v1.reader import V1Store
from connector_host.errors import FileError
from connector_host.model import ResourceId
from connector_host.query.listing.listings import grants_as_json, list_grants, open_listing

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


@pytest.fixture(scope="module")
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


def texts_until_error(texts):
    """Return what is yielded, and the start of the message of the FileError that ends it."""
    read = []
    try:
        read.extend(texts)
    except FileError as error:
        return read, error.message.partition(":")[0]
    return read, ""


@pytest.mark.parametrize("assignments", MUTATIONS.values(), ids=list(MUTATIONS))
def test_pieces_are_the_texts_of_the_grants_joined(mutated, assignments):
    view = mutated(assignments)
    with open_listing(view) as source:
        single, problem = texts_until_error(grant.json for grant in list_grants(source))
        joined, problem_of_pieces = texts_until_error(grants_as_json(source))
    assert problem_of_pieces == problem
    assert b",".join(joined) == b",".join(single)
    if not problem:
        assert len(single) == 620
        assert len(joined) < 400
        batches = list(view.grant_batches())
        assert [row for batch in batches for row in batch.rows(None)] == list(view.grants())
        assert [*batches[-1].rows([3])] == [list(batches[-1].rows(None))[3]]


@pytest.mark.parametrize(
    "where", [{"resource_type": "app"}, {"entitlement": "group:g1:member"}, {"principal": ResourceId("user", "u1")}]
)
def test_grants_of_a_filter_come_in_batches_too(mutated, where):
    view, wanted = mutated("id = id"), GrantFilter(**where)
    rows = [row for batch in view.grant_batches(wanted) for row in batch.rows(None)]
    assert rows == list(view.grants(wanted)) != []
