"""Checks of hooks, descriptions and options."""

import pytest

import connector_host as ch
from connector_host.errors import PluginError
from connector_host.plugins import loading
from tests.plugins.conftest import connector, module


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
        (None, "returned nothing, not a ConnectorInfo"),
        ("example", "returned a str"),
        (ch.ConnectorInfo("x", api=ch.HOST_API + 1), "written for host API 2; this host has 1"),
        (ch.ConnectorInfo("x", api=0), "written for host API 0"),
        (ch.ConnectorInfo("x", api="1"), "wrong field"),
        (ch.ConnectorInfo(None, api=1), "wrong field"),
        (ch.ConnectorInfo("x", api=1, concurrency=0), "concurrency of 0"),
        (ch.ConnectorInfo("x", api=1, rate_limits=(ch.RateLimit(0, 1),)), "rate limit"),
        (ch.ConnectorInfo("x", api=1, rate_limits=(ch.RateLimit(1, float("inf")),)), "rate limit"),
        (
            ch.ConnectorInfo("x", api=1, rate_limits=(ch.RateLimit(1, 1, ("list_user",)),)),
            "'list_user', which does not",
        ),
        (ch.ConnectorInfo("x", api=1, rate_limits="5/s"), "wrong field"),
        (ch.ConnectorInfo("caf\udce9", api=1), "not valid Unicode text"),
    ],
)
def test_a_wrong_description_is_refused(info, says):
    with pytest.raises(PluginError, match=says):
        connector(connector_info=lambda: info)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("address", "returned a str, not a list of Option"),
        (["address"], "a str among the options"),
        ([ch.Option(name="a"), ch.Option(name="a")], "a is declared twice"),
        ([ch.Option(name="a", type=ch.OptionType.BOOL), ch.Option(name="no-a")], "no-a is declared twice"),
        ([ch.Option(name="a"), ch.Option(name="no-a", type=ch.OptionType.BOOL)], "no-a is declared twice"),
        ([ch.Option(name="a", type="decimal")], "not an OptionType"),
        ([ch.Option(name="a", default="x", type=ch.OptionType.INT)], "a: default: 'x' is not a whole number"),
        ([ch.Option(name="a", choices="user")], "choices is not a tuple"),
        ([ch.Option(name="a", default="x", check=lambda value: False)], "returned bool instead of a sentence or None"),
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
