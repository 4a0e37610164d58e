"""Finding who is meant."""

import pytest

from connector_host.errors import ConfigError, NotFoundInFile
from connector_host.model import Grant, Resource, ResourceId
from connector_host.query.lookup.principal_names import find_principal, find_resource, parse_whole_id


@pytest.mark.parametrize(
    "text",
    ["user:u1", "u1", "ada@example.com", "ADA@Example.COM", "ada", "Ada Lovelace", " ada lovelace "],
)
def test_a_person_is_found_by_id_address_login_or_name(view_of, organisation, text):
    found = find_principal(view_of(organisation), text)
    assert found.id == ResourceId("user", "u1")
    assert found.label == "Ada Lovelace, ada@example.com, user:u1"


def test_letters_beyond_ascii_are_compared_without_case(view_of, organisation):
    organisation.resources.append(organisation.user("u9", "ÅSA Straße", "åsa@example.com"))
    view = view_of(organisation)
    for text in ("åsa strasse", "Åsa Straße", "Åsa@Example.com"):
        assert find_principal(view, text).id == ResourceId("user", "u9")


def test_an_id_goes_before_an_address_and_an_address_before_a_name(view_of, organisation):
    organisation.resources += [
        organisation.user("u7", "bob@example.com", "seven@example.com"),
        organisation.user("ada@example.com", "Eight", "eight@example.com"),
    ]
    view = view_of(organisation)
    assert find_principal(view, "bob@example.com").id == ResourceId("user", "u2")
    assert find_principal(view, "ada@example.com").id == ResourceId("user", "ada@example.com")


def test_of_several_those_that_hold_grants_go_before_others(view_of, organisation):
    assert find_principal(view_of(organisation), "Bob").id == ResourceId("user", "u2")


def test_who_can_be_several_is_asked_back_with_the_candidates(view_of, organisation):
    for name in ("t1", "t2"):
        organisation.resources.append(organisation.user(name, "Twin", f"{name}@example.com"))
        organisation.grants.append(organisation.grant("app:a1:write", "user", name))
    with pytest.raises(ConfigError, match="'twin' can mean any of 2") as caught:
        find_principal(view_of(organisation), "twin")
    assert "Twin, t1@example.com, user:t1; Twin, t2@example.com, user:t2" in caught.value.hint


def test_a_bare_id_of_two_types_is_asked_back(view_of, organisation):
    organisation.resources += [Resource(ResourceId("app", "x"), "One"), Resource(ResourceId("group", "x"), "Two")]
    with pytest.raises(ConfigError, match="any of 2"):
        find_principal(view_of(organisation), "x")


def test_nobody_comes_with_those_near(view_of, organisation):
    view = view_of(organisation)
    with pytest.raises(NotFoundInFile, match="'love'") as caught:
        find_principal(view, "love")
    assert "Ada Lovelace" in caught.value.hint
    with pytest.raises(NotFoundInFile, match="'zoe'") as caught:
        find_principal(view, "zoe")
    assert caught.value.hint == "`connector-host resources` lists those of the file."
    with pytest.raises(ConfigError, match="empty"):
        find_principal(view, "  ")


def test_who_only_grants_name_is_found_by_the_whole_id(view_of, organisation):
    organisation.grants.append(organisation.grant("app:a1:write", "user", "ghost"))
    found = find_principal(view_of(organisation), "user:ghost")
    assert (found.id, found.resource, found.label) == (ResourceId("user", "ghost"), None, "user:ghost")


def test_ids_with_colons_are_read_in_every_way(view_of, organisation):
    organisation.resources.append(organisation.user("a:b:c", "Colon", "c@example.com"))
    view = view_of(organisation)
    assert find_principal(view, "user:a:b:c").id == ResourceId("user", "a:b:c")
    assert find_principal(view, "a:b:c").id == ResourceId("user", "a:b:c")
    assert parse_whole_id("t:y:i", {ResourceId("t:y", "i")}.__contains__) == ResourceId("t:y", "i")
    assert parse_whole_id("nothing", lambda _: True) is None


def test_a_resource_is_found_and_one_with_entitlements_goes_first(view_of, organisation):
    organisation.resources.append(organisation.user("u8", "Payroll", "payroll@example.com"))
    view = view_of(organisation)
    assert find_resource(view, "payroll").id in (ResourceId("app", "a1"), ResourceId("user", "u8"))
    assert find_resource(view, "Payroll").id != ResourceId("user", "u2")
    assert find_resource(view, "Engineering").id == ResourceId("group", "g1")


def test_a_damaged_resource_that_could_be_meant_is_an_error(view_of, organisation):
    from connector_host.errors import FileError

    def break_it(db):
        db.execute("update v1_resources set data = ? where id = 2", (b"\x1a\x7fbob",))

    with pytest.raises(FileError):
        find_principal(view_of(organisation, tweak=break_it), "Bob")


def test_grants_do_not_have_to_be_of_listed_types(view_of, organisation):
    organisation.grants.append(
        Grant(organisation.entitlements[3], ResourceId("robot", "r2"), id="app:a1:write:robot:r2")
    )
    assert find_principal(view_of(organisation), "robot:r2").id == ResourceId("robot", "r2")
