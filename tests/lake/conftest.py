"""A lake of two applications and the personnel system over three days, and a way to ask it."""

import shutil

import pytest

from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.file_adding import add_file, open_lake_for_adding
from connector_host.lake.lake_catalog import Lake

TOKEN = '{"connector_host":{"connector":"%s","account":"example.com"}}'
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")


def hr(organisation):
    """Ada and Bob work here; two named Carol are in HR only."""
    organisation.types = organisation.types[:1]
    organisation.resources = [
        organisation.user("7", "Ada Lovelace", "ada@example.com"),
        organisation.user("8", "Bob Able", "bob@example.com"),
        organisation.user("9", "Carol Dee", "carol@example.com"),
        organisation.user("10", "Carol Dee", "c.dee@example.com"),
    ]
    organisation.entitlements, organisation.grants = [], []
    return organisation


def bank(organisation):
    """Approve and pay are entitlements of an application of its own; Ada's login there is an address of hers."""
    organisation.types = [organisation.types[0], organisation.types[2]]
    m = organisation.m
    organisation.resources = [
        organisation.user("a", "A. Lovelace", "ada@example.com"),
        organisation.user("r", "Robot", "robot@example.com"),
        m.Resource(m.ResourceId("app", "ledger"), "Ledger", traits=(m.AppTrait(),)),
    ]
    organisation.entitlements = [organisation.entitlement("app", "ledger", "approve")]
    organisation.grants = [
        organisation.grant("app:ledger:approve", "user", "a"),
        organisation.grant("app:ledger:approve", "user", "r"),
    ]
    return organisation


def payroll(organisation, day):
    """Day 1: as it is. Day 2: Bob has left Engineering. Day 3: he is back, and Robert is gone."""
    if day == 2:
        organisation.grants = [grant for grant in organisation.grants if grant.principal_id.resource != "u2"]
    if day == 3:
        organisation.resources = [item for item in organisation.resources if item.id.resource != "u3"]
    return organisation


@pytest.fixture(scope="session")
def shared_lake(c1z_writer, new_organisation, tmp_path_factory):
    """Sources `hr`, `bank` and `payroll`; payroll has three syncs, a day each. Nobody may change it."""
    folder = tmp_path_factory.mktemp("shared")
    lake = open_lake_for_adding(str(folder / "lake"))
    for number, day in enumerate(DAYS, 1):
        times = {"started_at": f"{day} 10:00:00", "ended_at": f"{day} 10:00:01", "sync_token": TOKEN % "payroll"}
        content = payroll(new_organisation(), number)
        add_file(lake, c1z_writer(folder, content, ids=(f"payroll{number}",), **times), source="payroll")
    times = {"started_at": "2026-03-03 11:00:00", "ended_at": "2026-03-03 11:00:01"}
    for name, make in (("hr", hr), ("bank", bank)):
        token = TOKEN % name
        path = c1z_writer(folder, make(new_organisation()), ids=(f"{name}1",), **times, sync_token=token)
        add_file(lake, path, source=name)
    return lake


@pytest.fixture
def days_lake(shared_lake, tmp_path):
    """A copy of that lake, to be changed."""
    shutil.copytree(shared_lake.store.url, tmp_path / "lake")
    return Lake.open(str(tmp_path / "lake"))


@pytest.fixture(scope="session")
def reading(shared_lake):
    """The lake, open for questions."""
    with open_reading(shared_lake) as opened:
        yield opened
