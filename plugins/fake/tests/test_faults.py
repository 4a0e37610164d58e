import json
import subprocess
import sys
import threading
import time

import pytest
from connector_host_fake.faults import FaultLedger, HookCall, parse_faults

from connector_host import (
    AuthError,
    BadResponse,
    ConfigError,
    ConnectorError,
    NotFound,
    NotPermitted,
    RateLimited,
    ResourceId,
    Run,
    Unavailable,
)

SIZES = {"users": 20, "groups": 4, "members": 10}
GRANTS_OF_0 = {"hook": "list_grants", "resource": "group:g000000"}


@pytest.fixture
def grants(connector):
    """One page of the grants of group 0."""
    return lambda session, token=None, group=0: connector.list_grants(
        session, connector.get_resource(session, ResourceId("group", f"g{group:06d}"), None), token, 4
    )


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


# ----------------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("unavailable", Unavailable),
        ("rate_limit", RateLimited),
        ("not_found", NotFound),
        ("not_permitted", NotPermitted),
        ("bad_response", BadResponse),
        ("permanent", RuntimeError),
    ],
)
def test_errors_once_then_all_is_well(open_session, grants, faults, kind, error):
    session = open_session(faults=faults({**GRANTS_OF_0, "kind": kind}), **SIZES)
    with pytest.raises(error, match="list_grants of group:g000000: planned fault") as caught:
        grants(session)
    assert isinstance(caught.value, ConnectorError) is (kind != "permanent")
    assert len(grants(session).items) == 4
    session.close()


def test_the_wait_of_a_rate_limit(open_session, grants, faults):
    plan = faults({**GRANTS_OF_0, "kind": "rate_limit", "retry_after": 2.5}, {**GRANTS_OF_0, "kind": "rate_limit"})
    session = open_session(faults=plan, **SIZES)
    waits = []
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            grants(session)
        waits.append(caught.value.retry_after)
    assert waits == [2.5, None]


def test_a_wrong_type_comes_last(open_session, grants, faults):
    page = grants(open_session(faults=faults({**GRANTS_OF_0, "kind": "wrong_type"}), **SIZES))
    assert len(page.items) == 5
    assert page.items[4] == {"kind": "wrong_type"}
    assert page.next_token == "4"


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_looping_token(open_session, grants, faults, length):
    session = open_session(faults=faults({**GRANTS_OF_0, "kind": "looping_token", "length": length}), **SIZES)
    seen, token = [], None
    while token not in seen:
        seen.append(token)
        token = grants(session, token).next_token
    assert len(seen) == length + 1
    session.close()


def test_loop_tokens_mean_nothing_without_the_fault(open_session, grants):
    with pytest.raises(ConfigError, match="is not a page token"):
        grants(open_session(**SIZES), "loop:0:1")


def test_an_expired_sign_in_lasts_until_the_session_is_reopened(open_session, grants, faults, tmp_path):
    run = Run()
    flags = {
        "faults": faults({**GRANTS_OF_0, "kind": "auth_expired"}, {**GRANTS_OF_0, "kind": "unavailable", "attempt": 2}),
        "calls": str(tmp_path / "calls"),
        **SIZES,
    }
    session = open_session(run, **flags)
    with pytest.raises(AuthError, match="planned fault"):
        grants(session)
    with pytest.raises(AuthError, match="the sign-in has expired"):
        grants(session, group=1)
    session.close()  # the next fault is still to come: no complaint
    again = open_session(run, **flags)
    with pytest.raises(Unavailable):  # attempt 2, counted over both sessions
        grants(again)
    assert grants(again).items
    again.close()
    calls = [
        (line["resource"], line["attempt"], line["fault"])
        for line in lines(tmp_path / "calls")
        if line["hook"] == "list_grants"
    ]
    assert calls == [
        ("group:g000000", 1, "auth_expired"),
        ("group:g000000", 2, "unavailable"),
        ("group:g000000", 3, None),
    ]


def test_a_session_that_will_not_open(open_session, faults):
    run, plan = Run(), faults({"hook": "open_session", "kind": "auth_expired", "attempt": 2, "times": 0})
    open_session(run, faults=plan)
    for _ in range(2):
        with pytest.raises(AuthError):
            open_session(run, faults=plan)
    open_session(faults=plan)  # another run counts anew


def test_kill_ends_the_process_and_leaves_the_record(tmp_path, faults):
    code = """
import sys
from connector_host import ResourceId, Run
from connector_host.options import resolve
from connector_host.plugins.loading import load
c = load("fake")
flags = {"users": 5, "faults": sys.argv[1], "calls": sys.argv[2] + "/calls", "faults-report": sys.argv[2] + "/report"}
s = c.open_session(resolve(c.options, flags=flags, environ={}), Run())
c.check_session(s)
kind = c.list_resource_types(s, None).items[0]
c.list_resources(s, kind, None, None, 2)
c.list_resources(s, kind, None, "2", 2)
print("still here")
"""
    plan = faults({"hook": "any", "kind": "kill", "skip": 4})
    done = subprocess.run(
        [sys.executable, "-c", code, plan, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (-9, "", "")
    assert [line["hook"] for line in lines(tmp_path / "calls")] == [
        "open_session",
        "check_session",
        "list_resource_types",
        "list_resources",
        "list_resources",
    ]
    assert [(line["event"], line["kind"], line["page_token"]) for line in lines(tmp_path / "report")] == [
        ("fired", "kill", "2")
    ]


# ----------------------------------------------------------------------------------------------- when


def events(faults, plan, calls):
    ledger = FaultLedger(parse_faults(faults(*plan)))
    return [ledger.enter(call)[1] is not None for call in calls]


A, B = HookCall("list_grants", "group", "group:a"), HookCall("list_grants", "group", "group:b")
A2 = HookCall("list_grants", "group", "group:a", "50")


@pytest.mark.parametrize(
    ("fault", "calls", "expected"),
    [
        ({}, [A, A, B], [1, 0, 0]),
        ({"attempt": 2}, [A, B, A, B], [0, 0, 1, 0]),
        ({"times": 2}, [A, A, A], [1, 1, 0]),
        ({"times": 2}, [A, B, A], [1, 1, 0]),
        ({"times": 0}, [A, B, A], [1, 1, 1]),
        ({"attempt": 2, "times": 2}, [A, A, A, A], [0, 1, 1, 0]),
        ({"skip": 2}, [A, B, A, A], [0, 0, 1, 0]),
        ({"resource": "group:b"}, [A, B], [0, 1]),
        ({"type": "group"}, [A], [1]),
        ({"type": "user"}, [A], [0]),
        ({"page_token": ""}, [A2, A], [0, 1]),
        ({"page_token": "50"}, [A, A2], [0, 1]),
        ({"hook": "list_resources"}, [A], [0]),
        ({"hook": "any"}, [HookCall("check_session")], [1]),
        ({"hook": "any", "kind": "wrong_type"}, [HookCall("check_session"), A], [0, 1]),
    ],
)
def test_when_a_fault_happens(faults, fault, calls, expected):
    plan = [{"hook": "list_grants", "kind": "unavailable", **fault}]
    assert events(faults, plan, calls) == [bool(one) for one in expected]


def test_faults_of_one_call_happen_one_at_a_time_in_order(open_session, grants, faults):
    plan = faults({**GRANTS_OF_0, "kind": "unavailable"}, {**GRANTS_OF_0, "kind": "not_permitted"})
    session = open_session(faults=plan, **SIZES)
    for error in (Unavailable, NotPermitted):
        with pytest.raises(error):
            grants(session)
    assert grants(session).items
    session.close()


def test_a_share_is_the_same_for_the_same_seed(faults):
    calls = [HookCall("list_grants", "group", f"group:{i}") for i in range(400)]
    text = faults({"hook": "list_grants", "kind": "unavailable", "share": 0.1, "times": 0})

    def chosen(seed, order):
        ledger = FaultLedger(parse_faults(text), seed)
        return {call.resource for call in order if ledger.enter(call)[1]}

    assert chosen(1, calls) == chosen(1, calls[::-1])
    assert chosen(1, calls) != chosen(2, calls)
    assert 20 <= len(chosen(1, calls)) <= 60


def test_threads_share_one_count(open_session, connector, faults):
    session = open_session(faults=faults({"hook": "check_session", "kind": "unavailable", "times": 50}))
    failed = []

    def ask():
        for _ in range(50):
            try:
                connector.check_session(session)
            except Unavailable:
                failed.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 50
    session.close()


def test_subjects_of_the_list_hooks(connector, open_session, scenario_file, walk, tmp_path):
    walk(open_session(scenario=scenario_file(), calls=str(tmp_path / "calls")), 1)
    seen = [(line["hook"], line["type"], line["resource"], line["page_token"]) for line in lines(tmp_path / "calls")]
    assert seen[:3] == [
        ("open_session", "", "", ""),
        ("list_resource_types", "", "", ""),
        ("list_resources", "user", "", ""),
    ]
    assert ("list_resources", "user", "", "1") in seen
    assert ("list_resources", "box", "group:g1", "") in seen
    assert ("list_entitlements", "group", "group:g1", "") in seen
    assert ("list_grants", "group", "group:g1", "1") in seen
    assert {line["attempt"] for line in lines(tmp_path / "calls")} == {1}


# ----------------------------------------------------------------------------------------------- the end


def test_a_fault_that_never_happened_is_an_error_at_the_end(open_session, grants, faults, tmp_path):
    plan = faults(
        {**GRANTS_OF_0, "kind": "unavailable"},
        {"hook": "list_grants", "resource": "group:g9", "page_token": "", "kind": "kill"},
        {"hook": "check_session", "kind": "latency", "times": 3},
    )
    session = open_session(faults=plan, faults_report=str(tmp_path / "report"), **SIZES)
    with pytest.raises(Unavailable):
        grants(session)
    with pytest.raises(ConfigError) as caught:
        session.close()
    assert caught.value.message == (
        "planned fault never fired: [1] kill at list_grants resource='group:g9' page_token='' (happened 0 of 1 times);"
        " [2] latency at check_session (happened 0 of 3 times)"
    )
    session.close()  # only once
    assert [line["event"] for line in lines(tmp_path / "report")] == ["fired", "unfired", "unfired"]


def test_a_stopped_run_is_not_blamed(open_session, faults, tmp_path):
    run = Run()
    session = open_session(
        run, faults=faults({"hook": "grant", "kind": "kill"}), faults_report=str(tmp_path / "report")
    )
    run.stop()
    session.close()
    assert [line["event"] for line in lines(tmp_path / "report")] == ["unfired"]


def test_close_from_many_threads_complains_once(open_session, faults):
    session = open_session(faults=faults({"hook": "grant", "kind": "kill"}))
    complaints = []

    def close():
        try:
            session.close()
        except ConfigError:
            complaints.append(1)

    threads = [threading.Thread(target=close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert complaints == [1]


# ----------------------------------------------------------------------------------------------- latency


def test_latency_of_every_call_and_of_one(open_session, connector, faults):
    session = open_session(latency="0.02", faults=faults({"hook": "check_session", "kind": "latency", "seconds": 0.1}))
    spent = []
    for _ in range(2):
        started = time.monotonic()
        connector.check_session(session)
        spent.append(time.monotonic() - started)
    assert spent[0] >= 0.12
    assert 0.02 <= spent[1] < 0.1


def test_a_stop_ends_a_wait(open_session, connector):
    run = Run()
    session = open_session(run, users=1, latency="0")
    slow = open_session(run, users=1, faults='[{"hook": "check_session", "kind": "latency", "seconds": 60}]')
    assert connector.check_session(session)
    timer = threading.Timer(0.05, run.stop)
    timer.start()
    started = time.monotonic()
    with pytest.raises(Unavailable, match="the run was stopped"):
        connector.check_session(slow)
    assert time.monotonic() - started < 10
    timer.join()


def test_jitter_depends_on_seed_call_and_attempt_only():
    first, again, other = FaultLedger(seed=1), FaultLedger(seed=1), FaultLedger(seed=2)
    values = [first.jitter(call, attempt) for call in (A, B, A2) for attempt in (1, 2)]
    assert values == [again.jitter(call, attempt) for call in (A, B, A2) for attempt in (1, 2)]
    assert values != [other.jitter(call, attempt) for call in (A, B, A2) for attempt in (1, 2)]
    assert len(set(values)) == 6
    assert all(0 <= value < 1 for value in values)


# ----------------------------------------------------------------------------------------------- wrong plans


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("[", r"--faults: "),
        ("{}", r"--faults: Expected `array`, got `object`"),
        ('[{"hook": "list_grants"}]', r"missing required field `kind` - at `\$\[0\]`"),
        ('[{"hook": "list_grant", "kind": "kill"}]', r"Invalid enum value 'list_grant'"),
        ('[{"hook": "list_grants", "kind": "boom"}]', r"Invalid enum value 'boom'"),
        ('[{"hook": "list_grants", "kind": "kill", "atempt": 1}]', r"unknown field `atempt`"),
        ('[{"hook": "list_grants", "kind": "kill", "attempt": 0}]', r"Expected `int` >= 1"),
        ('[{"hook": "list_grants", "kind": "latency", "seconds": -1}]', r"Expected `float` >= 0"),
        ('[{"hook": "grant", "kind": "wrong_type"}]', r"\[0\]: wrong_type is for list hooks, not for grant"),
        ("no-such-file.json", r"faults file no-such-file\.json: No such file"),
        ("a\0b", r"faults file a\x00b: embedded null"),
    ],
)
def test_a_wrong_plan_names_the_place(open_session, plan, message):
    with pytest.raises(ConfigError, match=message):
        open_session(faults=plan)


def test_a_plan_in_a_file(open_session, connector, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text('[{"hook": "check_session", "kind": "bad_response"}]')
    session = open_session(faults=str(path))
    with pytest.raises(BadResponse):
        connector.check_session(session)
    path.write_text("[7]")
    with pytest.raises(ConfigError, match=r"faults file .*: Expected `object`, got `int`"):
        open_session(faults=str(path))
