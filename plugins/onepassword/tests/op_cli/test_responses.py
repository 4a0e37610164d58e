from __future__ import annotations

import pytest
from connector_host_onepassword.op_cli import responses
from connector_host_onepassword.op_cli.op_errors import UnexpectedAnswer
from hypothesis import given
from hypothesis import strategies as st

from connector_host import BadResponse

USER = {"id": "AAAA", "name": "A B", "email": "a@example.com", "type": "MEMBER", "state": "ACTIVE"}

LISTS = {
    "user list": responses.users,
    "group list": responses.groups,
    "vault list": responses.vaults,
    "account list": responses.local_accounts,
    "group user list": lambda answer: responses.members(answer, "gid"),
    "vault user list": lambda answer: responses.accessors(answer, "user", "vid"),
    "vault group list": lambda answer: responses.accessors(answer, "group", "vid"),
}
MAY_BE_EMPTY = {"account list", "group user list", "vault user list", "vault group list"}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (b"2.30.3\n", (2, 30, 3)),
        (b"2.18.0", (2, 18, 0)),
        (b"2.30.0-beta.1\n", (2, 30, 0)),
        (b"2.40\n", (2, 40, 0)),
        (b"3.0.0+build", (3, 0, 0)),
        (b"2.31.0-beta.01\r\n", (2, 31, 0)),
        (b"2.32.1-1\n", (2, 32, 1)),
        (b"v2.30.3\n", (2, 30, 3)),
        (b"2.31.1 (nixpkgs)\n", (2, 31, 1)),
        (b"2.30.3+nix.1\n", (2, 30, 3)),
        (b"\xef\xbb\xbf2.30.3\r\n", (2, 30, 3)),
        (b"warning: something about locales\n2.30.3\n", (2, 30, 3)),
        (b"", None),
        (b"op 2.30.3", None),
        (b"2.x", None),
        (b"\xff\xfe", None),
        (b"<html>", None),
    ],
)
def test_version(text, numbers):
    assert responses.version(text) == numbers


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("wrong", [{}, "text", 7, True, [1], ["x"], [None], [[]], [{}], [{"id": None}], [{"id": 7}]])
def test_a_wrong_shape_names_the_call(name, wrong):
    with pytest.raises(UnexpectedAnswer) as caught:
        LISTS[name](wrong)
    assert "again" not in caught.value.hint
    assert caught.value.message.startswith("op " + name)


@pytest.mark.parametrize("name", LISTS)
def test_nothing_is_an_empty_list_only_where_a_list_can_be_empty(name):
    assert LISTS[name]([]) == ()
    if name in MAY_BE_EMPTY:
        assert LISTS[name](None) == ()
    else:
        with pytest.raises(BadResponse, match="nothing where a list was expected"):
            LISTS[name](None)


def test_the_row_that_is_wrong_is_named():
    with pytest.raises(UnexpectedAnswer, match=r"op user list: row 2 has a number as 'state', not a text"):
        responses.users([USER, {**USER, "state": 1}])


@pytest.mark.parametrize("wrong", ["", "-rf", "--all", "a b", "a\nb", " a", "a\x00"])
def test_an_id_that_could_be_a_flag_is_refused(wrong):
    with pytest.raises(UnexpectedAnswer, match="no usable 'id'"):
        responses.users([{**USER, "id": wrong}])


def test_a_missing_text_is_empty_and_missing_permissions_are_unknown():
    assert responses.users([{"id": "X", "name": None}]) == (responses.OpUser("X", "", "", "", ""),)
    assert responses.groups([{"id": "x"}]) == (responses.OpGroup("x", ""),)
    assert responses.accessors([{"id": "x"}, {"id": "y", "permissions": None}], "user", "v") == (
        responses.VaultAccessor("x", None),
        responses.VaultAccessor("y", None),
    )


@pytest.mark.parametrize("wrong", ["view_items", {"view_items": True}, [1], [None], 7])
def test_permissions_are_a_list_of_texts(wrong):
    with pytest.raises(UnexpectedAnswer, match="op vault user list v: row 1 has something other than a list of texts"):
        responses.accessors([{"id": "x", "permissions": wrong}], "user", "v")


def test_a_permission_is_held_once():
    rows = responses.accessors([{"id": "x", "permissions": ["view_items", "edit_items", "view_items"]}], "user", "v")
    assert rows[0].permissions == ("view_items", "edit_items")


@pytest.mark.parametrize(
    ("role", "manager"),
    [("MANAGER", True), ("manager", True), ("MEMBER", False), ("OTHER", None), (None, None), ("", None)],
)
def test_roles(role, manager):
    assert responses.members([{"id": "x", "role": role}], "g") == (responses.GroupMember("x", manager),)


def test_local_accounts_have_plain_addresses():
    rows = responses.local_accounts(
        [{"url": "https://Example.1password.com/", "account_uuid": "A"}, {"account_uuid": "B"}]
    )
    assert [row.url for row in rows] == ["example.1password.com", ""]


def test_whoami_of_old_versions():
    assert responses.whoami({"URL": "https://x", "ServiceAccountType": "SERVICE_ACCOUNT"}) == responses.Whoami(
        "", "", "", "https://x"
    )


def test_half_a_surrogate_pair_is_replaced():
    (row,) = responses.users([{**USER, "name": "a\ud800b"}])
    assert row.name == "a\ufffdb"
    assert responses.users([{**USER, "name": "\U0001f600"}])[0].name == "\U0001f600"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*USER, "role", "permissions"]), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("name", LISTS)
@given(answer=JSON)
def test_whatever_comes_it_is_rows_or_a_bad_response(name, answer):
    try:
        rows = LISTS[name](answer)
    except (BadResponse, UnexpectedAnswer) as error:
        rows = (error.message,)
        assert rows[0].startswith("op ")
    assert isinstance(rows, tuple)


def test_words_of_1password_count_in_any_spelling():
    (user,) = responses.users([USER | {"type": "guest", "state": "Suspended "}])
    assert (user.type, user.state) == ("GUEST", "SUSPENDED")
    assert responses.account({"id": "AAAA", "type": "Business"}).type == "BUSINESS"
    (held,) = responses.accessors(
        [{"id": "AAAA", "permissions": ["View-Items", "VIEW_ITEMS", "New Right"]}], "user", "v"
    )
    assert held.permissions == ("view_items", "New Right")
