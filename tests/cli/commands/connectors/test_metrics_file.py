"""`sync` with its bounds, and what `--metrics` says of each end."""

import json
import logging
import stat

import pytest

from connector_host.cli.commands.connectors.metrics_file import check_metrics, recorded
from connector_host.errors import AuthError, FileError
from connector_host.secret import Redactor
from connector_host.sync.outcome.run_summary import RunSummary

FAKE = ("sync", "fake", "--groups", "8", "--members", "10", "--nested", "1", "-f", "s.c1z", "--metrics", "m.json")


@pytest.fixture
def fake(site, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(*words, **settings):
        done = site.run(*FAKE, *words, **settings)
        return done, json.loads((tmp_path / "work" / "m.json").read_text())

    return run


def test_success_shrinking_and_a_spent_deadline(fake, tmp_path):
    done, found = fake("--users", "40", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert {**json.loads(done.stdout), "exit_code": 0, "error": None} == found
    assert found["totals"]["resources"] == 48
    assert stat.S_IMODE((tmp_path / "work" / "m.json").stat().st_mode) == 0o600

    done, found = fake("--users", "10")
    assert done.returncode == found["exit_code"] == 7
    assert found["error"]["kind"] == "ShrinkGuard"
    assert "48 resources are now 18" in found["error"]["message"]
    assert "48 resources are now 18" in done.stderr
    assert found["sync_id"]
    assert found["seconds"] > 0

    done, found = fake("--users", "10", "--shrink-threshold", "80")
    assert done.returncode == found["exit_code"] == 0, done.stderr
    assert found["resumed"]

    done, found = fake("--users", "10", "--deadline", "1.2", "--latency", "0.3")
    assert done.returncode == found["exit_code"] == 8
    assert "the deadline of 1.2 seconds has passed" in done.stderr
    assert "run the same command again" in found["error"]["hint"]

    done, found = fake("--users", "10", "--rate-limit", "2/0.05")
    assert done.returncode == 0, done.stderr
    assert found["counters"]["paced"] > 0
    assert found["resumed"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--deadline", "0"], "--deadline: 0 is not more than 0"),
        (["--deadline", "soon"], "--deadline: 'soon' is not a number"),
        (["--shrink-threshold", "101"], "--shrink-threshold: 101 is not a percentage from 0 to 100"),
        (["--rate-limit", "10"], "--rate-limit: '10' is neither CALLS/SECONDS nor none"),
        (["--rate-limit", "0/1"], "--rate-limit: '0/1' is neither"),
        (["--rate-limit", "1/nan"], "--rate-limit: '1/nan' is neither"),
        (["--metrics", "."], "cannot be written"),
        (["--metrics", "no/where.json"], "no/where.json cannot be written"),
    ],
)
def test_wrong_bounds_are_refused_before_anything_is_done(site, tmp_path, words, says):
    (tmp_path / "work").mkdir()
    done = site.run(*FAKE, *words, cwd=tmp_path / "work")
    assert done.returncode == 2
    assert says in done.stderr
    assert list((tmp_path / "work").iterdir()) == []


def test_secrets_are_masked_in_every_text(tmp_path):
    redactor = Redactor()
    redactor.add('hush"hush')
    summary = RunSummary(connector="x", warnings=['it said hush"hush'], counters={'dropped grants:hush"hush': 1})
    with pytest.raises(AuthError), recorded(tmp_path / "m.json", summary, redactor):
        raise AuthError('wrong: hush"hush', hint='not hush"hush')
    text = (tmp_path / "m.json").read_text()
    assert "hush" not in text
    assert json.loads(text)["exit_code"] == 3


def test_defects_and_interrupts_are_recorded_too(tmp_path):
    for error, code in ((ZeroDivisionError("x"), 70), (KeyboardInterrupt(), 130)):
        with pytest.raises(type(error)), recorded(tmp_path / "m.json", RunSummary(connector="x"), Redactor()):
            raise error
        assert json.loads((tmp_path / "m.json").read_text())["exit_code"] == code


def test_a_metrics_file_that_cannot_be_written_hides_no_error(tmp_path, caplog):
    path = tmp_path / "gone" / "m.json"
    with pytest.raises(FileError):
        check_metrics(path)
    with (
        pytest.raises(AuthError),
        caplog.at_level(logging.WARNING),
        recorded(path, RunSummary(connector="x"), Redactor()),
    ):
        raise AuthError("first")
    assert "m.json cannot be written" in caplog.text
    with pytest.raises(FileError), recorded(path, RunSummary(connector="x"), Redactor()):
        pass
