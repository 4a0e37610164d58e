"""Many changes from a file: all checked first, made one by one, and how far it came if it is killed."""

import json
import signal
import time

import pytest

LINES = [
    {"principal": "bob", "entitlement": "group:g1:member"},
    {"principal": "cat2@example.com", "entitlement": "box:b1:fill"},
    {"principal": "ann", "entitlement": "group:g1:member"},
]


@pytest.fixture
def changes(tmp_path):
    """Write a file of changes; JSON lines from dicts, text as it is."""

    def make(*lines, name="changes.jsonl"):
        path = tmp_path / name
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join([*texts, ""]), encoding="utf-8")
        return path

    return make


def test_many_grants(workshop, changes):
    done = workshop.child("grant", "--from-file", changes(LINES[0], "", *LINES[1:]))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "line 1: done: grant In one (group:g1:member) to Bob (user:bob)",
        "  add grant group:g1:member to user:bob",
        "line 3: done: grant fill (box:b1:fill) to Cat (user:cat2)",
        "  add grant box:b1:fill to user:cat2",
        "line 4: already: grant In one (group:g1:member) to Ann (user:ann) (nothing to do)",
        "",
        "3 changes: 2 done, 1 already",
    ]
    assert {"group:g1:member:user:bob", "box:b1:fill:user:cat2"} <= workshop.held()
    assert [line["event"] for line in workshop.audit()] == ["begin", "end"] * 3


def test_revocations_as_csv_by_grant_or_by_names(workshop, changes):
    path = changes(
        "\ufeffgrant, principal,entitlement", "group:g1:member:user:ann,,", ',bob,"group:g2:member"', name="c.csv"
    )
    done = workshop.run("revoke", "--from-file", path, "-o", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["summary"] == {"done": 2}
    assert [one["line"] for one in told["changes"]] == [2, 3]
    assert workshop.held() == {"box:b1:open:group:g2"}


def test_a_dry_run_of_many(workshop, changes):
    before = workshop.scenario.read_bytes()
    done = workshop.run("grant", "--from-file", changes(*LINES), "--dry-run", "-o", "json")
    assert json.loads(done.stdout)["summary"] == {"already": 1, "planned": 2}
    assert workshop.scenario.read_bytes() == before


def test_one_unknown_line_and_nothing_is_done(workshop, changes):
    before = workshop.scenario.read_bytes()
    bad = [{"principal": "dan", "entitlement": "group:g1:member"}, {"principal": "Cat", "entitlement": "box:b1:open"}]
    bad += [{"principal": "bob"}, {"principal": "group:g1", "entitlement": "group:g2:member"}]
    done = workshop.run("grant", "--from-file", changes(LINES[0], *bad))
    assert (done.returncode, done.stdout) == (2, "")
    assert "4 of 5 lines cannot be done" in done.stderr
    told = [line.strip() for line in done.stderr.splitlines() if line.startswith("  line ")]
    assert [line.split(":")[0] for line in told] == ["line 2", "line 3", "line 4", "line 5"]
    assert "user:cat2" in told[1]
    assert workshop.scenario.read_bytes() == before
    assert not workshop.audit_file.exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no changes"),
        ('{"principal": "bob"', "line 1: not valid JSON"),
        ('{"principle": "bob"}', "line 1: unknown key 'principle'"),
        ('{"principal": 7}', "line 1: principal is not a text"),
        ('{"principal": "bob", "entitlement": "x"}\n[1]', "line 2: not a JSON object"),
        ("principal,right\nbob,x", "line 1: unknown column 'right'"),
        ("principal,principal\nbob,x", "named twice"),
        ("principal,entitlement\nbob", "line 2: 1 cells under 2 columns"),
        ('principal,entitlement\nbob,"x', "line 2: not valid CSV"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(workshop, changes, text, problem):
    done = workshop.run("grant", "--from-file", changes(text))
    assert done.returncode == 2
    assert problem in done.stderr
    assert not workshop.audit_file.exists()


def test_files_that_cannot_be_read(workshop, tmp_path, changes):
    assert "cannot be read" in workshop.run("grant", "--from-file", tmp_path / "none.csv").stderr
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in workshop.run("grant", "--from-file", tmp_path / "bytes.csv").stderr
    assert "exclude each other" in workshop.run("grant", "--from-file", changes(*LINES), "--principal", "bob").stderr


def failing(workshop, changes, kind, *words):
    plan = json.dumps([{"hook": "grant", "kind": kind, "resource": "group:g1", "times": 0}])
    return workshop.run("grant", "--from-file", changes(*LINES), "-o", "json", "--faults", plan, *words)


def test_after_a_failure_the_others_are_made(workshop, changes):
    done = failing(workshop, changes, "not_permitted")
    assert done.returncode == 6
    told = json.loads(done.stdout)
    assert told["summary"] == {"done": 1, "failed": 2}
    assert told["changes"][0]["error"]["exitCode"] == 4
    assert "box:b1:fill:user:cat2" in workshop.held()


def test_or_not(workshop, changes):
    done = failing(workshop, changes, "not_permitted", "--stop-on-error")
    assert done.returncode == 6
    assert json.loads(done.stdout)["summary"] == {"failed": 1, "notBegun": 2}
    assert "box:b1:fill:user:cat2" not in workshop.held()


def test_signed_out_is_the_end(workshop, changes):
    done = failing(workshop, changes, "auth_expired")
    assert done.returncode == 3
    assert json.loads(done.stdout)["summary"] == {"failed": 1, "notBegun": 2}


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def slow(workshop, changes):
    """The second of the three changes takes long."""
    plan = json.dumps([{"hook": "grant", "kind": "latency", "resource": "box:b1", "seconds": 60}])
    process = workshop.start("grant", "--from-file", changes(*LINES), "--faults", plan)
    wait_for(lambda: workshop.audit_file.exists() and workshop.audit_file.read_text().count("\n") == 3)
    yield process
    process.kill()
    process.communicate()


def test_killed_in_the_middle_the_record_says_how_far_it_came(workshop, slow):
    slow.kill()
    slow.communicate()
    lines = [(line["event"], line["entitlement"], line["principal"]) for line in workshop.audit()]
    first, second = ("group:g1:member", "user:bob"), ("box:b1:fill", "user:cat2")
    assert lines == [("begin", *first), ("end", *first), ("begin", *second)]
    assert "group:g1:member:user:bob" in workshop.held()
    assert workshop.run("grant", "--from-file", workshop.folder / "changes.jsonl").returncode == 0
    assert "box:b1:fill:user:cat2" in workshop.held()


def test_stopped_by_a_signal_it_shows_how_far_it_came(workshop, slow):
    slow.send_signal(signal.SIGTERM)
    out, err = slow.communicate(timeout=20)
    assert slow.returncode == 143, err
    assert "line 1: done" in out
    assert "1 done, 1 failed, 1 not begun" in out
    assert str(workshop.audit_file) in err
    assert [line["event"] for line in workshop.audit()] == ["begin", "end", "begin", "end"]
