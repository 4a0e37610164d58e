"""Discovery from metadata alone, and loading that no broken connector can spoil."""

import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

import connector_host as ch
from connector_host.errors import ConfigError, PluginError
from connector_host.plugins import loading
from connector_host.plugins.discovery import COMMANDS, OBSERVERS, discover, is_name

INFO = ch.ConnectorInfo("Example", api=ch.HOST_API)


def module(**functions):
    """A connector as a module: the two hooks it must have, and what is given."""
    made = types.ModuleType("example")
    functions = {"connector_info": lambda: INFO, "list_resource_types": lambda: (), **functions}
    for name, function in functions.items():
        if function is not None:
            setattr(made, name, ch.hookimpl(function))
    return made


def connector(**functions):
    return loading.make_connector(module(**functions), "example", version="1.0", distribution="example-dist")


# --------------------------------------------------------------------------------------------- discovery


def test_discover_reads_metadata_and_imports_nothing(site):
    site.add("alpha", "raise AssertionError('imported')", summary="First.")
    entry = next(one for one in discover() if one.name == "alpha")
    assert (entry.distribution, entry.version, entry.summary, entry.problem) == ("alpha", "1.0", "First.", "")
    assert "alpha" not in sys.modules


def test_discover_sees_only_what_the_allow_list_has(site, monkeypatch):
    site.add("alpha")
    site.add("beta")
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS", "beta, gamma")
    assert [entry.name for entry in discover()] == ["beta"]
    with pytest.raises(ConfigError, match="installed, but CONNECTOR_HOST_PLUGINS does not list it"):
        loading.load("alpha")


def test_an_empty_allow_list_is_none(site, monkeypatch):
    site.add("alpha")
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS", "")
    assert "alpha" in [entry.name for entry in discover()]


def test_two_distributions_of_one_name_are_refused_naming_both_and_harm_no_other(site):
    site.add("one-dist", points=["same = one_dist"])
    site.add("two-dist", points=["same = two_dist"])
    site.add("other")
    with pytest.raises(PluginError, match=r"'same' is offered by one-dist 1\.0 and two-dist 1\.0"):
        loading.load("same")
    assert loading.load("other").name == "other"


def test_a_second_copy_of_a_distribution_later_on_the_path_is_not_a_clash(site, tmp_path, monkeypatch):
    site.add("alpha", version="2.0")
    later = tmp_path / "later" / "alpha-1.0.dist-info"
    later.mkdir(parents=True)
    (later / "METADATA").write_text("Metadata-Version: 2.1\nName: Alpha\nVersion: 1.0\n")
    (later / "entry_points.txt").write_text("[connector_host]\nalpha = alpha\n")
    monkeypatch.syspath_prepend(str(tmp_path / "later"))
    monkeypatch.syspath_prepend(str(site.folder))
    assert loading.load("alpha").version == "2.0"


@pytest.mark.parametrize("name", ["-f", "a b", "ä", "a/b", "", ".x"])
def test_a_name_that_no_command_line_or_config_file_takes_is_refused(name):
    assert not is_name(name)


def test_a_bad_name_is_a_problem_of_that_entry_alone(site):
    site.add("weird", points=["--file = weird", "good = weird"])
    problems = {entry.name: entry.problem for entry in discover()}
    assert "may hold only" in problems["--file"]
    assert problems["good"] == ""


@pytest.mark.parametrize("text", ["[connector_host]\nno equals sign\n", "[connector_host\n", "[connector_host]\n= x\n"])
def test_damaged_metadata_hides_no_other_distribution(site, text):
    (site.add("damaged") / "entry_points.txt").write_text(text)
    site.add("fine")
    assert "fine" in [entry.name for entry in discover()]


def test_metadata_that_is_not_text_hides_no_other_distribution(site):
    (site.add("damaged") / "entry_points.txt").write_bytes(b"[connector_host]\n\xff\xfe = x\n")
    site.add("fine")
    assert loading.load("fine").name == "fine"


def test_entry_points_without_metadata_beside_them_are_listed(site):
    (site.add("bare") / "METADATA").unlink()
    assert loading.load("bare").distribution in {"bare", "?"}


def test_unknown_names_what_is_near_and_how_to_install(site):
    site.add("onepass")
    with pytest.raises(ConfigError, match=r"installed: .*onepass") as near:
        loading.load("onepss")
    assert near.value.hint == "Did you mean onepass?"
    with pytest.raises(ConfigError) as far:
        loading.load("zzzz")
    assert "pip install connector-host-zzzz" in far.value.hint
    assert far.value.exit_code == 2


# --------------------------------------------------------------------------------------------- loading


def test_an_entry_point_with_a_slip_is_told_apart_from_a_module_that_lacks_something(site):
    site.add("slip", points=["slip = slipp"])
    with pytest.raises(PluginError, match=r"the entry point of slip \(slip 1.0\) names the module slipp, which is not"):
        loading.load("slip")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import no_such_module", "No module named 'no_such_module'"),
        ("def broken(:", "at .*broken.py:1"),
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("1/0", "ZeroDivisionError"),
        ("x = 1", "has no hook"),
    ],
)
def test_a_connector_that_cannot_be_imported_names_its_distribution_and_harms_no_other(site, code, says):
    site.add("broken", code, version="3.2")
    site.add("fine")
    with pytest.raises(PluginError, match=says) as failure:
        loading.load("broken")
    assert "broken 3.2" in failure.value.message
    assert failure.value.hint
    assert failure.value.exit_code == 70
    assert loading.load("fine").hooks == {"connector_info", "list_resource_types"}


def test_an_entry_that_names_nothing_is_a_plugin_error(site):
    site.add("gone", points=["gone = gone:missing"])
    site.add("odd", points=["odd = not a module!"])
    with pytest.raises(PluginError, match="missing"):
        loading.load("gone")
    with pytest.raises(PluginError, match="odd"):
        loading.load("odd")


def test_ctrl_c_during_an_import_is_not_swallowed(site):
    site.add("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        loading.load("slow")


def test_only_the_named_connector_is_imported(site):
    site.add("alpha")
    site.add("beta")
    loading.load("alpha")
    assert "alpha" in sys.modules
    assert "beta" not in sys.modules


def test_an_object_with_hooks_is_a_connector(site):
    site.add(
        "object",
        """
        from connector_host import *
        class Plugin:
            @hookimpl
            def connector_info(self): return ConnectorInfo("Object", api=1)
            @hookimpl
            def list_resource_types(self): return [ResourceType("user")]
        plugin = Plugin()
        """,
        points=["object = object:plugin", "type = object:Plugin"],
    )
    assert loading.load("object").list_resource_types(None, None).items == [ch.ResourceType("user")]
    with pytest.raises(PluginError, match="names the class Plugin"):
        loading.load("type")


def test_misspelt_hook_suggests_the_right_one():
    with pytest.raises(PluginError, match="no hook 'list_grant'") as failure:
        connector(list_grant=lambda resource: [])
    assert failure.value.hint == "Did you mean list_grants?"


def test_an_optional_hook_may_be_unknown():
    plugin = module()
    plugin.of_the_future = ch.hookimpl(optionalhook=True)(lambda: 1)
    assert "of_the_future" not in loading.make_connector(plugin, "example").hooks


def test_a_hook_may_have_another_name_in_the_module():
    plugin = module()
    plugin.members = ch.hookimpl(specname="list_grants")(lambda resource: [])
    assert "list_grants" in loading.make_connector(plugin, "example").hooks


@pytest.mark.parametrize("missing", ["connector_info", "list_resource_types"])
def test_required_hooks(missing):
    with pytest.raises(PluginError, match=f"lacks the hook {missing}"):
        connector(**{missing: None})


async def _asynchronous(resource):
    return []


def _generator(resource):
    yield 1


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda resource, resorce_id: [], "unknown argument 'resorce_id'"),
        (lambda resource, page_token=None: [], "'page_token' with a default"),
        (lambda resource, *, page_token: [], "'page_token' with a default or as keyword-only"),
        (lambda *args: [], "takes \\*args"),
        (lambda resource, **rest: [], "takes \\*rest"),
        (_asynchronous, "is asynchronous"),
        (_generator, "is a generator"),
    ],
)
def test_a_signature_that_could_not_be_called_as_meant_is_refused(function, says):
    with pytest.raises(PluginError, match=f"list_grants.*{says}") as failure:
        connector(list_grants=function)
    assert failure.value.hint


def test_an_argument_of_ones_own_with_a_default_is_fine():
    assert connector(list_grants=lambda resource, cache={}: [1]).list_grants(None, None, None, None).items == [1]


@pytest.mark.parametrize(
    ("info", "says"),
    [
        (None, "gave nothing, not a ConnectorInfo"),
        ("example", "gave a str"),
        (ch.ConnectorInfo("x", api=ch.HOST_API + 1), "written for host API 2; this host has 1"),
        (ch.ConnectorInfo("x", api=0), "written for host API 0"),
        (ch.ConnectorInfo("x", api="1"), "wrong field"),
        (ch.ConnectorInfo(None, api=1), "wrong field"),
        (ch.ConnectorInfo("x", api=1, concurrency=0), "concurrency of 0"),
        (ch.ConnectorInfo("x", api=1, rate_limits=(ch.RateLimit(0, 1),)), "rate limit"),
        (ch.ConnectorInfo("x", api=1, rate_limits="5/s"), "wrong field"),
    ],
)
def test_a_wrong_description_is_refused(info, says):
    with pytest.raises(PluginError, match=says):
        connector(connector_info=lambda: info)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("address", "gave a str, not a list of Option"),
        (["address"], "a str among the options"),
        ([ch.Option(name="a"), ch.Option(name="a")], "a is declared twice"),
        ([ch.Option(name="a", type=ch.OptionType.BOOL), ch.Option(name="no-a")], "no-a is declared twice"),
        ([ch.Option(name="a"), ch.Option(name="no-a", type=ch.OptionType.BOOL)], "no-a is declared twice"),
        ([ch.Option(name="a", type="decimal")], "not an OptionType"),
        ([ch.Option(name="a", default="x", type=ch.OptionType.INT)], "a: default: 'x' is not a whole number"),
        ([ch.Option(name="a", choices="user")], "choices is not a tuple"),
        ([ch.Option(name="a", required_when=True)], "required_when is not a function"),
        ([ch.Option(name="a", secret=True, type=ch.OptionType.INT)], "a secret must be of type STR"),
    ],
)
def test_wrong_options_are_refused(options, says):
    with pytest.raises(PluginError, match=says):
        connector(connector_options=lambda: options)


def test_a_failure_while_describing_is_a_defect_of_the_connector():
    with pytest.raises(PluginError, match="connector_options failed: option name 'Bad Name'") as failure:
        connector(connector_options=lambda: [ch.Option(name="Bad Name")])
    assert failure.value.exit_code == 70
    with pytest.raises(PluginError, match="connector_info failed: ZeroDivisionError"):
        connector(connector_info=lambda: 1 / 0)


# --------------------------------------------------------------------------------------------- the facade

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
        (None, "gave nothing, not a list or a Page"),
        ("items", "gave a str, not a list or a Page"),
        ({"a": 1}, "gave a dict"),
        (iter([]), "gave a list_iterator"),
        (ch.Page("items"), "items are a str"),
        (ch.Page(None), "items are nothing"),
        (ch.Page({}), "items are a dict"),
        (ch.Page([], next_token=5), "next_token is an int"),
        (ch.Page([], more_tokens="ab"), "more_tokens"),
        (ch.Page([], more_tokens=("a", "")), "more_tokens"),
    ],
)
def test_an_answer_of_the_wrong_type_names_connector_and_hook(hook, answer, says):
    with pytest.raises(PluginError, match=f"connector example: {hook} gave .*") as failure:
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
    with pytest.raises(PluginError, match="check_session gave nothing"):
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
    with pytest.raises(PluginError, match="get_resource gave a str"):
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


# --------------------------------------------------------------------------------------------- observers

OBSERVER = """
from connector_host import hookimpl
@hookimpl
def page_synced(hook, count): ...
"""


def test_observers_load_and_broken_ones_are_logged_and_left_out(site, caplog):
    site.add("watch", OBSERVER, group=OBSERVERS)
    site.add("boom", "1/0", group=OBSERVERS)
    site.add("typo", OBSERVER.replace("page_synced", "page_sinced"), group=OBSERVERS)
    site.add("nosy", group=OBSERVERS)
    site.add("idle", "x = 1", group=OBSERVERS)
    assert [one.__name__ for one in loading.load_observers()] == ["watch"]
    assert len(caplog.messages) == 4
    for said in ("ZeroDivisionError", "no hook 'page_sinced'", "connector_info is not a hook of observers", "no hook"):
        assert any(said in message for message in caplog.messages)


def test_groups_do_not_mix(site):
    site.add("watch", OBSERVER, group=OBSERVERS)
    assert "watch" not in [entry.name for entry in discover()]
    assert discover(COMMANDS) == []
