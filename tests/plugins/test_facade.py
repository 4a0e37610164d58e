"""The typed facade over a connector's hooks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import connector_host as ch
from connector_host.errors import ConfigError, PluginError
from connector_host.plugins import loading
from tests.plugins.conftest import connector

LISTS = {
    "list_resources": (None, None, None, None, None),
    "list_entitlements": (None, None, None, None),
    "list_static_entitlements": (None, None, None, None),
    "list_grants": (None, None, None, None),
}


@pytest.mark.parametrize("hook", LISTS)
def test_a_list_hook_that_is_not_there_has_nothing(hook):
    assert getattr(connector(), hook)(*LISTS[hook]) == ch.Page(())


@pytest.mark.parametrize("hook", [*LISTS, "list_resource_types"])
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "returned nothing, not a list or a Page"),
        ("items", "returned a str, not a list or a Page"),
        ({"a": 1}, "returned a dict"),
        (iter([]), "returned a list_iterator"),
        (ch.Page("items"), "items are a str"),
        (ch.Page(None), "items are nothing"),
        (ch.Page({}), "items are a dict"),
        (ch.Page([], next_token=5), "next_token is an int"),
        (ch.Page([], more_tokens="ab"), "more_tokens"),
        (ch.Page([], more_tokens=("a", "")), "more_tokens"),
    ],
)
def test_an_answer_of_the_wrong_type_names_connector_and_hook(hook, answer, says):
    with pytest.raises(PluginError, match=f"connector example: {hook} returned .*") as failure:
        getattr(connector(**{hook: lambda: answer}), hook)(*LISTS.get(hook, (None, None)))
    assert says in failure.value.message


@given(
    items=st.lists(st.integers()),
    token=st.one_of(st.none(), st.text()),
    more=st.lists(st.text(min_size=1)).map(tuple),
    insert=st.booleans(),
)
def test_a_page_passes_unchanged_but_for_an_empty_token(items, token, more, insert):
    page = ch.Page(items, token, more, insert)
    answer = connector(list_grants=lambda: page).list_grants(None, None, None, None)
    assert answer == ch.Page(items, token or None, more, insert)
    assert answer.items is items


@given(st.lists(st.integers()), st.booleans())
def test_a_plain_sequence_is_the_only_page(items, as_tuple):
    given_items = tuple(items) if as_tuple else items
    assert connector(list_grants=lambda: given_items).list_grants(None, None, None, None) == ch.Page(given_items)


def test_hooks_get_the_arguments_they_declare_and_no_others():
    seen = {}

    def list_resources(page_size, parent, session):
        seen.update(page_size=page_size, parent=parent, session=session)
        return []

    made = connector(list_resources=list_resources)
    made.list_resources("S", "T", "P", "token", 7)
    assert seen == {"page_size": 7, "parent": "P", "session": "S"}
    assert made.accepts("list_resources", "page_size")
    assert not made.accepts("list_resources", "page_token")
    assert not made.accepts("list_grants", "page_token")


@pytest.mark.parametrize("error", [ch.RateLimited("slow", retry_after=3), ch.NotFound("gone"), KeyError("x")])
def test_errors_of_a_hook_pass_through_as_they_are(error):
    def list_grants():
        raise error

    with pytest.raises(type(error)) as failure:
        connector(list_grants=list_grants).list_grants(None, None, None, None)
    assert failure.value is error


def test_check_session():
    assert connector().check_session(None) == ch.Identity()
    given_identity = ch.Identity("acme", "bob", limits=("cannot see audit logs",))
    assert connector(check_session=lambda: given_identity).check_session(None) == given_identity
    with pytest.raises(PluginError, match="check_session returned nothing"):
        connector(check_session=lambda: None).check_session(None)
    with pytest.raises(PluginError, match="wrong field"):
        connector(check_session=lambda: ch.Identity("acme", limits="one sentence")).check_session(None)


def test_open_session_gets_options_and_run_and_may_be_absent():
    assert connector().open_session({}, None) is None
    made = connector(open_session=lambda options: options["a"])
    assert made.open_session({"a": 1}, None) == 1
    with pytest.raises(PluginError, match="connector example: open_session failed: KeyError: 'a'"):
        made.open_session({}, None)


def test_get_resource():
    resource_id = ch.ResourceId("user", "1")
    assert connector().get_resource(None, resource_id, None) is None
    made = connector(get_resource=lambda resource_id, parent: ch.Resource(resource_id, parent=parent))
    assert made.get_resource(None, resource_id, None) == ch.Resource(resource_id)
    with pytest.raises(PluginError, match="get_resource returned a str"):
        connector(get_resource=lambda resource_id: "bob").get_resource(None, None, None)


CHANGES = {
    "grant": ("principal", "entitlement"),
    "revoke": ("grant",),
    "create_account": ("request",),
    "delete_resource": ("resource",),
    "set_status": ("resource", "status"),
}


@pytest.mark.parametrize("hook", CHANGES)
def test_a_change_that_cannot_be_done_dry_is_not_done(hook):
    done = []
    made = connector(**{hook: lambda session: done.append(1) or ch.Change(outcome=ch.Outcome.DONE)})
    with pytest.raises(ConfigError, match=f"cannot do a dry run of {hook}"):
        getattr(made, hook)(None, *CHANGES[hook], True)
    assert done == []
    assert getattr(made, hook)(None, *CHANGES[hook], False).outcome is ch.Outcome.DONE
    assert done == [1]


@pytest.mark.parametrize("hook", CHANGES)
def test_a_change_says_whether_it_is_dry_and_is_checked(hook):
    seen = []
    made = connector(**{hook: lambda dry_run: seen.append(dry_run) or ch.Change(outcome="planned")})
    getattr(made, hook)(None, *CHANGES[hook], True)
    assert seen == [True]
    with pytest.raises(ConfigError, match=f"no hook {hook}"):
        getattr(connector(), hook)(None, *CHANGES[hook], False)
    for wrong in (None, ch.Change(outcome="maybe")):
        with pytest.raises(PluginError, match=hook):
            getattr(connector(**{hook: lambda answer=wrong: answer}), hook)(None, *CHANGES[hook], False)


def test_capabilities_are_what_the_type_claims_and_the_hooks_can_do():
    made = connector(grant=lambda: None, delete_resource=lambda: None)
    types_ = [
        ch.ResourceType("user", can=frozenset({ch.Can.DELETE, ch.Can.SET_STATUS})),
        ch.ResourceType("group", can=frozenset(ch.Can)),
        ch.ResourceType("role", can=frozenset()),
        ch.ResourceType("undeclared"),
        ch.ResourceType("holds-nothing", skip_entitlements_and_grants=True),
    ]
    assert loading.capabilities(made, types_) == {
        "user": {ch.Can.DELETE},
        "group": {ch.Can.GRANT, ch.Can.DELETE},
        "role": frozenset(),
        "undeclared": {ch.Can.GRANT, ch.Can.DELETE},
        "holds-nothing": {ch.Can.DELETE},
    }
