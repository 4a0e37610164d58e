"""The examples and figures of README.md."""

import re
from collections import Counter
from pathlib import Path

import pytest
from connector_host_fake.faults import Fault, FaultKind
from connector_host_fake.scenario_format import (
    ScenarioEntitlement,
    ScenarioGrant,
    ScenarioIdentity,
    ScenarioResource,
    ScenarioTicket,
    ScenarioType,
)

from connector_host import RateLimited

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_examples_work_together(connector, open_session, walk, tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text(re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)[1], encoding="utf-8")
    seen = walk(open_session(scenario=path))
    assert seen.grant_ids() == ["group:staff:member:user:ann"]
    plan = re.search(r"--faults '(.*?)'", TEXT)[1]
    session = open_session(scenario=path, faults=plan)
    staff = seen.resources[0]
    with pytest.raises(RateLimited) as caught:
        connector.list_grants(session, staff, None, None)
    assert caught.value.retry_after == 2
    assert connector.list_grants(session, staff, None, None).items
    session.close()


def test_the_figures_of_the_default_organisation(open_session, walk):
    kinds = Counter(item.id.resource_type for item in walk(open_session()).resources)
    accounts, groups = re.search(r"(\d+) accounts, (\d+) groups", TEXT).groups()
    assert (kinds["user"], kinds["group"]) == (int(accounts), int(groups))


@pytest.mark.parametrize(
    "part",
    [ScenarioType, ScenarioResource, ScenarioEntitlement, ScenarioGrant, ScenarioIdentity, ScenarioTicket, Fault],
)
def test_every_key_is_described(part):
    described = set(re.findall(r"\w+", TEXT))
    assert set(part.__struct_fields__) <= described


def test_every_kind_and_option_is_described(connector):
    rows = {name for row in re.findall(r"^\| ([\w, ]+) \|", TEXT, re.MULTILINE) for name in row.split(", ")}
    assert {str(kind) for kind in FaultKind} <= rows
    assert [one.name for one in connector.options if one.flag not in TEXT] == []
