"""A lake on S3, as moto's server offers it on this machine. Run by `tox -e s3`; skipped without s3fs and moto."""

import os
import threading
import urllib.request
import uuid

import pytest

pytest.importorskip("s3fs", reason="s3fs is not installed: tox -e s3")
pytest.importorskip("moto", reason="moto is not installed: tox -e s3")

from connector_host.lake.lake_catalog import Lake
from connector_host.lake.object_store import open_object_store

pytestmark = pytest.mark.filterwarnings("ignore")  # of botocore and moto


@pytest.fixture
def s3(monkeypatch):
    """A server with an empty bucket; returns its `ThreadedMotoServer` and the URL of a lake."""
    import boto3
    from moto import server

    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    endpoint = f"http://127.0.0.1:{running.get_host_and_port()[1]}"
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"lake-{uuid.uuid4().hex}"  # moto keeps its buckets for the life of the process
    boto3.client("s3").create_bucket(Bucket=bucket)
    yield running, f"s3://{bucket}/lake"
    running.stop()


def test_every_command_on_s3(ask, s3, make_c1z, organisation):
    _, url = s3
    path = make_c1z(organisation, organisation)
    lake = ("--lake", url)
    assert [row["result"] for row in ask("lake", "add", path, "--source", "hr", *lake, "-o", "json").json["added"]] == [
        "added"
    ] * 2
    assert [row["result"] for row in ask("lake", "add", path, "--source", "hr", *lake, "-o", "json").json["added"]] == [
        "present"
    ] * 2
    assert len(ask("lake", "access", "ada@example.com", *lake, "-o", "json").json["access"]) == 4
    assert ask("lake", "diff", "--from", "2026-01-01", *lake).code == 0
    assert ask("lake", "timeline", "ada@example.com", *lake).code == 0
    assert ask("lake", "compact", *lake).code == 0
    assert ask("lake", "verify", *lake).code == 0
    assert ask("lake", "prune", "--keep-daily", "1", "--keep-monthly", "0", "--grace", "0", *lake).code == 0
    assert ask("lake", "sql", "select count(*) as n from history.grants", *lake, "-o", "csv").lines == ["n", "8"]
    assert ask("lake", "sql", f"select * from read_text('{url}/lake.json')", *lake).code == 2


def test_of_two_writers_at_once_one_wins(s3):
    _, url = s3
    results = []
    stores = [open_object_store(url) for _ in range(8)]
    start = threading.Barrier(8)

    def write(store, content):
        start.wait()
        results.append(store.create("commits/a/b.1.json", content))

    threads = [threading.Thread(target=write, args=(store, b"%d" % number)) for number, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]


def test_a_server_that_goes_away(ask, s3, make_c1z, organisation, monkeypatch):
    running, url = s3
    ask("lake", "add", make_c1z(organisation), "--source", "hr", "--lake", url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    running.stop()
    result = ask("lake", "add", make_c1z(organisation, name="b.c1z", ids=("b1",)), "--source", "hr", "--lake", url)
    assert result.code == 2
    assert f"Lake {url}: cannot read lake.json" in result.err
    assert "AWS_ACCESS_KEY_ID" in result.err


def test_no_credentials_and_no_bucket(ask, s3, make_c1z, organisation, monkeypatch):
    _, url = s3
    result = ask("lake", "add", make_c1z(organisation), "--source", "hr", "--lake", "s3://no-such-bucket-here/lake")
    assert result.code == 2
    assert "cannot write lake.json" in result.err
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    url_of_reset = f"{os.environ['AWS_ENDPOINT_URL']}/moto-api/reset-auth"
    reset = urllib.request.Request(url_of_reset, b"0", {"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(reset).close()  # from now on the server wants a signature
    try:
        result = ask("lake", "stats", "--lake", url)
    finally:
        reset.data = b"inf"
        urllib.request.urlopen(reset).close()
    assert result.code == 2, result.out
    assert f"Lake {url}: cannot" in result.err
    assert "AWS_ACCESS_KEY_ID" in result.err


def test_a_lake_that_is_read_while_a_sync_is_added(s3, make_c1z, organisation):
    from connector_host.lake.file_adding import add_file, open_lake_for_adding

    _, url = s3
    lake = open_lake_for_adding(url)
    add_file(lake, make_c1z(organisation), source="hr")
    seen = []
    upload = type(lake.store).upload

    def reading(store, key, write):
        seen.append(len(Lake.open(url).commits))
        return upload(store, key, write)

    lake.store.upload = reading.__get__(lake.store)
    add_file(lake, make_c1z(organisation, name="b.c1z", ids=("b1",)), source="hr")
    assert seen == [1] * 5
    assert len(Lake.open(url).commits) == 2
