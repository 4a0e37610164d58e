"""One identity across sources: by address, alias and mapping file. A conflict is shown, never decided."""

import pytest

from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.engines.lake_views import PersonMapping
from connector_host.lake.file_adding import add_file, open_lake_for_adding
from connector_host.lake.questions.people_questions import list_conflicts, list_people


@pytest.fixture
def people_lake(make_c1z, organisation, tmp_path):
    """Make a lake of accounts: `people_lake({"hr": [(id, address, aliases), ...], ...})`."""
    lake = open_lake_for_adding(str(tmp_path / "people"))
    m = organisation.m

    def make(sources):
        for name, accounts in sources.items():
            content = type(organisation)()
            content.entitlements, content.grants, content.types = [], [], content.types[:1]
            content.resources = [
                m.Resource(
                    m.ResourceId("user", key),
                    key.title(),
                    traits=(
                        m.UserTrait(
                            emails=tuple(
                                m.Email(text, is_primary=text == address) for text in (address, *aliases) if text
                            ),
                            account_type=m.AccountType.SERVICE if key == "bot" else m.AccountType.HUMAN,
                        ),
                    ),
                )
                for key, address, aliases in accounts
            ]
            add_file(lake, make_c1z(content, name=f"{name}.c1z", ids=(f"id{name}",)), source=name)
        return lake

    return make


def people(lake, *mappings):
    with open_reading(lake, mappings=mappings) as reading:
        sql = "select person, source, account, matched_by from accounts order by 2, 3"
        conflicts = [(row[0], row[2], row[5]) for row in list_conflicts(reading).rows]
        return [tuple(row) for row in reading.engine.query(sql).rows], conflicts, list_people(reading)


def test_accounts_with_one_address_are_one_person(people_lake):
    lake = people_lake({"hr": [("zoe", "Zoe@example.com", ())], "git": [("z", "zoe@EXAMPLE.com", ())]})
    accounts, conflicts, listed = people(lake)
    assert {account[0] for account in accounts} == {"zoe@example.com"}
    assert conflicts == []
    assert listed.rows[0][2:4] == (2, ["git", "hr"])


def test_an_alias_leads_to_its_owner(people_lake):
    lake = people_lake({"hr": [("zoe", "zoe@example.com", ("z@home.example",))], "git": [("z", "z@home.example", ())]})
    accounts, conflicts, _ = people(lake)
    assert accounts == [("zoe@example.com", "git", "z", "alias"), ("zoe@example.com", "hr", "zoe", "address")]
    assert conflicts == []


def test_an_alias_of_two_people_is_a_conflict(people_lake):
    lake = people_lake(
        {
            "hr": [
                ("zoe", "zoe@example.com", ("team@example.com",)),
                ("max", "max@example.com", ("team@example.com",)),
            ],
            "git": [("t", "team@example.com", ())],
        }
    )
    accounts, conflicts, listed = people(lake)
    assert ("team@example.com", "git", "t", "address") in accounts
    assert {(source, account) for source, account, _ in conflicts} == {("git", "t"), ("hr", "zoe"), ("hr", "max")}
    assert any("is not clear: 3 accounts" in note for note in listed.notes)


def test_an_alias_that_is_the_address_of_a_colleague_is_a_conflict(people_lake):
    lake = people_lake({"hr": [("zoe", "zoe@example.com", ("max@example.com",)), ("max", "max@example.com", ())]})
    accounts, conflicts, _ = people(lake)
    assert [account[0] for account in accounts] == ["max@example.com", "zoe@example.com"]
    assert {reason for _, _, reason in conflicts} == {"another account of the same source has this address"}


def test_a_mapping_decides(people_lake):
    lake = people_lake({"hr": [("zoe", "zoe@example.com", ())], "git": [("z", "", ()), ("bot", "zoe@example.com", ())]})
    accounts, _, listed = people(lake)
    assert accounts == [
        ("git:user:bot", "git", "bot", "none"),
        ("git:user:z", "git", "z", "none"),
        ("zoe@example.com", "hr", "zoe", "address"),
    ]
    assert any("2 accounts" in note for note in listed.notes)
    accounts, _, _ = people(lake, PersonMapping("git", "z", "zoe@example.com"))
    assert ("zoe@example.com", "git", "z", "mapping") in accounts


def test_a_mapping_to_two_people_is_a_conflict(people_lake):
    lake = people_lake({"git": [("z", "", ())]})
    lines = [PersonMapping("git", "z", "zoe"), PersonMapping("git", "user:z", "max")]
    accounts, conflicts, _ = people(lake, *lines)
    assert accounts == [("git:user:z", "git", "z", "none")]
    assert conflicts == [("git", "z", "the mapping file names several people for it")]
