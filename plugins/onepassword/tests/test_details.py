"""Details: read many at a time, whatever `op` makes of it, and stored without changing what was there before."""

from __future__ import annotations

import json
import logging
from collections import Counter
from datetime import UTC, datetime

import pytest
from connector_host_onepassword import details, plugin, resources
from connector_host_onepassword.details import DetailReader, id_chunks
from connector_host_onepassword.op_cli import responses
from connector_host_onepassword.op_cli.op_errors import UnexpectedAnswer

from connector_host import (
    AccountType,
    BadResponse,
    NotFound,
    NotPermitted,
    RateLimited,
    ResourceId,
    ResourceStatus,
    Unavailable,
)

PARENT = ResourceId("account", "A")


@pytest.fixture
def session(open_session):
    return open_session(no_details=False)


def ids(standin, kind="users"):
    return [row["id"] for row in standin.tenant[kind]]


def gets(standin):
    return Counter(" ".join(one.split()[:3]) for one in standin.commands() if one.split()[1:2] == ["get"])


# ------------------------------------------------------------------------------------------- a whole account


def test_details_change_no_id_name_entitlement_or_grant(standin, open_session, everything):
    standin.serve("edge")
    plain, full = everything(open_session()), everything(open_session(no_details=False))
    for what in ("entitlements", "grants"):
        assert sorted(one.id for one in plain[what]) == sorted(one.id for one in full[what])
    names = [
        {str(one.id): (one.display_name, one.parent, one.child_types) for one in all_["resources"]}
        for all_ in (plain, full)
    ]
    assert names[0] == names[1]
    for one in plain["resources"]:
        other = next(more for more in full["resources"] if more.id == one.id)
        assert dict(one.profile or {}).items() <= dict(other.profile or {}).items()


def test_three_calls_for_all_details_of_a_small_account(standin, session, everything):
    session.identity()
    standin.forget()
    everything(session)
    assert gets(standin) == {"user get -": 1, "group get -": 1, "vault get -": 1}
    plain = 2 * len(standin.tenant["vaults"]) + len(standin.tenant["groups"])
    assert len(standin.commands()) <= plain + 10 + 3


def test_what_the_details_say(standin, open_session, everything):
    standin.change(lambda tenant: tenant["users"][2].update(state="PENDING"))
    standin.change(lambda tenant: tenant["users"][3].update(type="SERVICE_ACCOUNT"))
    found = {str(one.id): one for one in everything(open_session(no_details=False))["resources"]}
    users = [found[f"user:{name}"] for name in ids(standin)]
    (trait,) = users[1].traits
    assert (trait.account_type, trait.last_login) == (AccountType.HUMAN, datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC))
    assert users[1].created_at == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert (users[1].status.status, users[1].status.details) == (ResourceStatus.DISABLED, "SUSPENDED")
    assert trait.status == users[1].status
    assert users[1].profile["last_sign_in"] == "2024-05-06T07:08:09Z"
    assert users[2].traits[0].last_login is None
    assert users[2].profile["last_sign_in"] == "never"
    assert (users[2].status.status, users[2].status.details) == (ResourceStatus.UNSPECIFIED, "PENDING")
    assert users[0].profile["type"] == "GUEST"
    assert users[3].traits[0].account_type is AccountType.SERVICE
    owners = next(one for one in found.values() if one.display_name == "Owners")
    assert owners.profile["type"] == "OWNERS"
    assert owners.profile["permissions"] == ["CREATE_VAULTS", "MANAGE_BILLING"]
    assert (owners.description, owners.created_at) == ("desc 0", datetime(2024, 3, 1, 12, tzinfo=UTC))
    vault = found["vault:" + ids(standin, "vaults")[1]]
    assert vault.description == "about Vault 1"
    assert {"type": "USER_CREATED", "items": 1}.items() <= vault.profile.items()


def test_no_details_makes_no_such_call(standin, open_session, everything):
    everything(open_session(no_details=True))
    assert gets(standin) == {"account get": 1}


def test_one_resource_with_its_details(standin, session):
    group = ids(standin, "groups")[0]
    found = plugin.get_resource(session, ResourceId("group", group))
    assert found.profile["type"] == "OWNERS"
    assert plugin.get_resource(session, session.account_id).id == session.account_id
    assert plugin.get_resource(session, ResourceId("account", "another")) is None


def test_a_large_account_is_read_in_pages_side_by_side(standin, open_session):
    def grow(tenant):
        tenant["users"] += [{**tenant["users"][1], "id": f"U{n:025}", "email": f"x{n}@example.com"} for n in range(200)]

    standin.change(grow)
    session = open_session(no_details=False)
    kind = next(one for one in plugin.list_resource_types() if one.id == "user")
    account = plugin.list_resources(session, plugin.list_resource_types()[2], None, None)[0]
    page = plugin.list_resources(session, kind, account, None)
    assert (len(page.items), page.next_token, len(page.more_tokens)) == (0, None, 8)
    found = [one for token in page.more_tokens for one in plugin.list_resources(session, kind, account, token)]
    assert sorted(one.id.resource for one in found) == sorted(ids(standin))
    assert all("last_sign_in" in one.profile for one in found)
    assert gets(standin)["user get -"] == 8


def test_somebody_deleted_between_two_pages_is_left_out(standin, session):
    account = plugin.list_resources(session, plugin.list_resource_types()[2], None, None)[0]
    kind = next(one for one in plugin.list_resource_types() if one.id == "user")
    found = plugin.list_resources(session, kind, account, f"GONE {ids(standin)[0]}")
    assert [one.id.resource for one in found] == ids(standin)[:1]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (7, [7]), (60, [25, 25, 10]), (1000, [50] * 20)])
def test_chunks(count, sizes):
    made = id_chunks([str(n) for n in range(count)])
    assert [len(part) for part in made] == sizes
    assert [one for part in made for one in part] == [str(n) for n in range(count)]


# ------------------------------------------------------------------------------------------- what op makes of it


def test_one_that_op_cannot_give_costs_two_calls_and_nothing_else(standin, session):
    broken = ids(standin)[4]
    standin.plan(broken=[broken])
    found = session.detail_reader.read("user", ids(standin))
    assert set(found) == set(ids(standin)) - {broken}
    assert [one for one in standin.commands() if one.startswith("user get")] == [
        "user get -",
        f"user get {broken}",
        "user get -",
    ]
    assert session.detail_reader.missing == {"user": 1}


def test_the_first_the_last_and_neighbours_may_be_broken(standin, session):
    everybody = ids(standin)
    broken = {everybody[0], everybody[5], everybody[6], everybody[-1]}
    standin.plan(broken=sorted(broken))
    assert set(session.detail_reader.read("user", everybody)) == set(everybody) - broken


def test_all_broken(standin, session, caplog):
    caplog.set_level(logging.INFO)
    standin.plan(broken=ids(standin))
    assert session.detail_reader.read("user", ids(standin)) == {}
    users = session.resources("user")
    assert len(users) == len(ids(standin))
    assert users[1].status.details == "SUSPENDED", "what the list says stays"
    session.close()
    assert "users listed without their details, which op did not give: 24" in caplog.text


def test_a_version_that_does_not_take_ids_on_its_input(standin, session):
    standin.plan(no_batch=True)
    assert set(session.detail_reader.read("user", ids(standin))) == set(ids(standin))
    assert set(session.detail_reader.read("vault", ids(standin, "vaults"))) == set(ids(standin, "vaults"))
    calls = gets(standin)
    assert calls["user get -"] == 1
    assert calls["vault get -"] == 0, "it is not tried again"


def test_details_that_may_not_be_read_are_said_once_and_left_out(standin, session, caplog):
    standin.fail("group get *", "forbidden")
    groups = session.resources("group")
    assert len(groups) == len(ids(standin, "groups"))
    assert groups[0].profile.keys() == {"group_id", "group_name"}
    assert caplog.text.count("the details of groups are left out") == 1
    assert gets(standin)["group get -"] == 1
    session.resources("group")
    assert gets(standin)["group get -"] == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate-limit", RateLimited),
        ("server-fault", Unavailable),
        ("kill", Unavailable),
        ("html", BadResponse),
        ("empty", BadResponse),
        ("latin", BadResponse),
    ],
)
def test_faults_that_pass_are_the_hosts_to_repeat(standin, session, kind, error):
    standin.fail("user get -", kind, attempts=[1])
    with pytest.raises(error):
        session.resources("user")
    assert all("last_sign_in" in one.profile for one in session.resources("user"))


def test_an_answer_that_ends_between_two_objects_is_completed(standin, session):
    standin.fail("user get -", "truncated", attempts=[1])
    assert set(session.detail_reader.read("user", ids(standin))) == set(ids(standin))


def test_an_answer_that_ends_within_an_object_is_bad(standin, session):
    standin.fail("user get -", "truncated", attempts=[1])
    with pytest.raises(BadResponse, match="only part of it"):
        session.detail_reader.read("user", ids(standin)[:3])


def test_a_list_of_objects_is_taken_as_well():
    values = list(details._documents(b'[\n{"id": "a"},\n{"id": "b"}\n]\n', "op", cut=False))
    assert [value["id"] for value in values] == ["a", "b"]


def test_half_an_object_at_the_end_of_a_failed_call_is_dropped():
    assert list(details._documents(b'{"id": "a"}\n{"id": "b', "op", cut=True)) == [{"id": "a"}]
    with pytest.raises(BadResponse):
        list(details._documents(b'{"id": "a"}\n{"id": "b', "op", cut=False))


class Scripted:
    """An `op` whose answers are written down."""

    timeout = 1.0

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def attempt(self, *words, timeout, stdin):
        self.asked.append(stdin.decode().split())
        return self.answers.pop(0)

    def report_shape(self, words, value):
        pass

    def json(self, *words):
        self.asked.append(words)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_order_does_not_matter_and_strangers_are_ignored():
    reader = DetailReader(Scripted((b'{"id":"b"} {"id":"z"} {"id":"a"}', None)), logging.getLogger())
    assert set(reader.read("user", ["a", "b", "a"])) == {"a", "b"}
    assert reader.missing["user"] == 0


def test_one_that_is_silently_left_out_is_asked_for_alone():
    op = Scripted((b'{"id":"a"}', None), {"id": "b"})
    assert set(DetailReader(op, logging.getLogger()).read("user", ["a", "b"])) == {"a", "b"}
    assert op.asked == [["a", "b"], ("user", "get", "b")]


def test_one_forbidden_object_does_not_end_the_others():
    op = Scripted((b'{"id":"a"}', NotPermitted("no")), NotPermitted("no"), (b'{"id":"c"}', None))
    assert set(DetailReader(op, logging.getLogger()).read("vault", ["a", "b", "c"])) == {"a", "c"}


@pytest.mark.parametrize("value", ["text", None, {"name": "no id"}, {"id": "-x"}])
def test_a_document_without_an_id_is_an_unexpected_answer(value):
    with pytest.raises(UnexpectedAnswer, match="op user get -: an object"):
        responses.object_details(value, "op user get -")


@pytest.mark.parametrize("document", [b'"text"', b"null", b"7", b'{"name":"no id"}', b'{"id":["a"]}'])
def test_a_document_of_another_shape_costs_its_details_and_nothing_else(document):
    op = Scripted((document + b'{"id":"b","type":"MEMBER"}', None), NotFound("a"))
    reader = DetailReader(op, logging.getLogger())
    assert set(reader.read("user", ["a", "b"])) == {"b"}
    assert reader.missing == {"user": 1}


@pytest.mark.parametrize(
    ("field", "value"), [("items", "many"), ("permissions", "x"), ("last_auth_at", 7), ("type", [1]), ("state", {})]
)
def test_a_field_of_another_shape_is_left_out_counted_and_named(field, value, caplog):
    document = json.dumps({"id": "a", "description": "kept", field: value}).encode()
    reader = DetailReader(Scripted((document, None)), logging.getLogger())
    details = reader.read("vault", ["a"])["a"]
    assert details.description == "kept"
    assert reader.left_out == {f"vault.{field}": 1}
    assert f"{field!r} of vault a has an unexpected form" in caplog.text


def test_details_that_stay_unavailable_are_left_out_and_end_no_run(standin, open_session, everything, caplog):
    standin.fail("user get *", "server-fault")
    session = open_session(no_details=False)
    for _ in range(2):
        with pytest.raises(Unavailable):
            session.resources("user")
    assert len(session.resources("user")) == len(ids(standin))
    assert "the details of 12 users are left out" in caplog.text


def test_a_byte_order_mark_is_no_part_of_any_answer(standin, session):
    documents = [{"id": name} for name in ids(standin)]
    standin.fail("user get -", "text", code=0, stdout="\ufeff" + "".join(map(json.dumps, documents)))
    standin.fail("group list", "text", code=0, stdout="\ufeff" + json.dumps(standin.tenant["groups"]))
    assert len(session.detail_reader.read("user", ids(standin))) == len(documents)
    assert len(session.tenant.groups()) == len(standin.tenant["groups"])


def test_not_signed_in_for_details_alone_is_no_sign_in_that_ended(standin, session, caplog):
    standin.fail("user get *", "signed-out-whoami")
    assert len(session.resources("user")) == len(ids(standin))
    assert "the details of users are left out" in caplog.text


# ------------------------------------------------------------------------------------------- dates and states


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2024-05-06T07:08:09Z", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024-05-06T09:08:09+02:00", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("2024-05-06T07:08:09.123456789Z", datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)),
        ("05/06/2024 07:08:09", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("01/01/0001 00:00:00", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_dates(text, want):
    assert resources.parse_date(text) == want


@pytest.mark.parametrize(
    ("state", "want"),
    [
        ("ACTIVE", "ENABLED"),
        ("RECOVERY_STARTED", "ENABLED"),
        ("RECOVERY_ACCEPTED", "ENABLED"),
        ("SUSPENDED", "DISABLED"),
        ("INACTIVE", "DISABLED"),
        ("TRANSFER_SUSPENDED", "DISABLED"),
        ("DELETED", "DELETED"),
        ("PENDING", "UNSPECIFIED"),
        ("TRANSFER_STARTED", "UNSPECIFIED"),
        ("SOMETHING_NEW", "UNSPECIFIED"),
    ],
)
def test_every_state_is_kept_in_its_own_words(state, want):
    made = resources.detailed_user(responses.OpUser("U", "A B", "a@b", "MEMBER", state), PARENT, None)
    assert (made.status.status.name, made.status.details, made.profile["state"]) == (want, state, state)


def test_an_unknown_type_is_no_human():
    made = resources.detailed_user(responses.OpUser("U", "Bot", "", "ROBOT", "ACTIVE"), PARENT, None)
    assert made.traits[0].account_type is AccountType.UNSPECIFIED
    assert made.profile["type"] == "ROBOT"


def test_details_with_nothing_in_them():
    nothing = responses.ObjectDetails()
    assert resources.detailed_vault(responses.OpVault("V", "V", ""), PARENT, nothing).profile is None
    assert resources.detailed_group(responses.OpGroup("G", "G"), PARENT, nothing).profile == {
        "group_id": "G",
        "group_name": "G",
    }
    assert (
        resources.detailed_user(responses.OpUser("U", "U", "", "MEMBER", "ACTIVE"), PARENT, nothing).created_at is None
    )
