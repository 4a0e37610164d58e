import pytest

from connector_host import ConfigError
from connector_host.options import resolve


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"users": "-1"}, "--users: -1 is negative"),
        ({"users": "many"}, "--users: 'many' is not a whole number"),
        ({"latency": "-0.5"}, "--latency: -0.5 is not a number of seconds from 0 to 86400"),
        ({"latency": "nan"}, "--latency: 'nan' is not a number"),
        ({"latency": "1e300"}, "--latency: 1e\\+300 is not a number of seconds"),
        ({"latency_jitter": "inf"}, "--latency-jitter: 'inf' is not a number"),
        ({"scenario": "x.json", "groups": "1"}, "--scenario and --groups contradict each other"),
        ({"scenario": "x.json", "users": "0"}, "--scenario and --users contradict each other"),
        ({"writable": True}, "--writable needs --scenario"),
        ({"writable": True, "users": "1"}, "--writable needs --scenario"),
        ({"calls": "/none/calls"}, "/none/calls cannot be written: No such file"),
        ({"faults_report": "/none/report"}, "/none/report cannot be written: No such file"),
    ],
)
def test_wrong_options(open_session, flags, message):
    with pytest.raises(ConfigError, match=message):
        open_session(**flags)


def test_only_the_data_affects_rows(connector):
    assert {one.name for one in connector.options if one.affects_rows} == {
        "scenario",
        "users",
        "groups",
        "members",
        "nested",
        "etags",
    }


def test_the_environment(connector):
    found = resolve(connector.options, flags={}, environ={"BATON_FAULTS": "[]", "BATON_USERS": "7"})
    assert (found["faults"], found["users"], found["groups"]) == ("[]", 7, None)


def test_a_session_needs_no_options_at_all(connector, walk):
    from connector_host import Run

    assert walk(connector.open_session({}, Run())).resources


def test_what_it_says_of_itself(connector):
    assert connector.info.concurrency == 8
    assert connector.info.api == 1
    assert connector.hooks >= {"list_grants", "grant", "revoke", "create_account", "delete_resource", "set_status"}
    for hook in ("grant", "revoke", "create_account", "delete_resource", "set_status"):
        assert connector.accepts(hook, "dry_run")
